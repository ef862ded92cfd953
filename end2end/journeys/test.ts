/**
 * What every journey uses: `visit`, which waits until the page is alive, the API, and a console that must
 * stay silent.
 */
import { test as base, expect, type Locator, type Page, type Response } from "@playwright/test";
import { Api } from "./api";

interface Fixtures {
  /** Opens a page of the dashboard; with JavaScript it returns when the page has been taken over by the wasm. */
  visit: (path: string) => Promise<Response>;
  api: Api;
  /** Lines of the console that a journey expects, such as a failed request that it provokes. */
  expected: RegExp[];
  silence: void;
}

export const test = base.extend<Fixtures>({
  visit: async ({ page, javaScriptEnabled }, use) => {
    await use(async (path) => {
      const response = await page.goto(path);
      if (!response) throw new Error(`no answer for ${path}`);
      if (javaScriptEnabled !== false) await alive(page);
      return response;
    });
  },
  api: async ({ request }, use) => use(new Api(request)),
  expected: [[], { option: true }],
  silence: [
    async ({ page, expected, javaScriptEnabled }, use) => {
      // Without JavaScript nobody starts the program that the page has preloaded.
      if (javaScriptEnabled === false) expected = [...expected, /was preloaded using link preload but not used/];
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

/** Waits until the wasm has taken the page over. */
export async function alive(page: Page): Promise<void> {
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
}

/** True when nothing of the document is wider than the window. */
export async function fits(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);
}

/** Waits until a line of a log is inside of the part that is seen. */
export async function inSight(line: Locator): Promise<void> {
  await expect.poll(() => line.evaluate((row) => {
    const box = row.closest("[role=log]")!.getBoundingClientRect();
    const own = row.getBoundingClientRect();
    return own.top >= box.top - 1 && own.bottom <= box.bottom + 1;
  })).toBe(true);
}

export { expect };
