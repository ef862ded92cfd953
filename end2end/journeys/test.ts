/** What every journey uses: `visit`, which waits until the page is alive, and a console that must stay silent. */
import { test as base, expect, type Response } from "@playwright/test";

interface Fixtures {
  /** Opens a page of the dashboard; with JavaScript it returns when the page has been taken over by the wasm. */
  visit: (path: string) => Promise<Response>;
  /** Lines of the console that a journey expects, such as a failed request that it provokes. */
  expected: RegExp[];
  silence: void;
}

export const test = base.extend<Fixtures>({
  visit: async ({ page, javaScriptEnabled }, use) => {
    await use(async (path) => {
      const response = await page.goto(path);
      if (!response) throw new Error(`no answer for ${path}`);
      if (javaScriptEnabled !== false) await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
      return response;
    });
  },
  expected: [[], { option: true }],
  silence: [
    async ({ page, expected }, use) => {
      const said: string[] = [];
      page.on("console", (line) => {
        if (["error", "warning"].includes(line.type())) said.push(`${line.type()}: ${line.text()} (${line.location().url})`);
      });
      page.on("pageerror", (error) => said.push(`exception: ${error.message}`));
      await use();
      expect(said.filter((line) => !expected.some((pattern) => pattern.test(line)))).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
