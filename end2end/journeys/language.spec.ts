/** The interface in Chinese as it is written in Taiwan: asked for by the browser, or chosen. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Page } from "@playwright/test";
import { scene } from "./scene";
import { expect, fits, test } from "./test";

const FILE = resolve(import.meta.dirname, "../../server/languages/zh-Hant.json");
const CATALOGUE: { pages: Record<string, string>; server: Record<string, string> } = JSON.parse(readFileSync(FILE, "utf8"));
const ENTRIES = Object.entries({ ...CATALOGUE.pages, ...CATALOGUE.server });
const CHINESE = new Set(ENTRIES.map(([, chinese]) => chinese));
/** Texts that the catalogue has in Chinese, and must therefore not be seen in English. */
/** Names that are data as well: of a pool's first queue, of what Kubernetes says of a pod, of families of routes. */
const NAMES = new Set(["default", "Ready", "deployments", "text"]);
const ENGLISH = new Set(ENTRIES.map(([english]) => english.trim()).filter((text) => /[a-z]{3}/i.test(text) && !CHINESE.has(text) && !NAMES.has(text)));

/** What of the page's own words is in English, data aside. */
async function english(page: Page): Promise<string[]> {
  // Titles of parameters and of a template's variables are theirs who wrote them.
  const titles = await page.locator("form label, .variables label, .variables summary, .facts [data-state=failed]").allTextContents();
  const texts: string[] = await page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.parentElement;
      // What somebody named or wrote is shown as it is.
      if (at && !at.closest("script, style, pre, code, textarea, .cm-editor, [data-row-link], .of, .tags, .why, .tx, h1")) found.push(node.textContent ?? "");
    }
    for (const at of document.querySelectorAll("[aria-label], [title], [placeholder]"))
      for (const name of ["aria-label", "title", "placeholder"]) found.push(at.getAttribute(name) ?? "");
    return found;
  });
  return [...new Set(texts.map((text) => text.trim()).filter((text) => ENGLISH.has(text) && !titles.some((title) => title.includes(text))))];
}

test.describe("for a browser that asks for it", () => {
  test.use({ locale: "zh-TW", viewport: { width: 1440, height: 900 }, expected: [/status of 404/] });
  test.setTimeout(180_000);

  test("every page is in Chinese", async ({ page, visit, api }) => {
    const { pages } = await scene(api);
    for (const [name, path] of Object.entries(pages)) {
      await test.step(name, async () => {
        await visit(path);
        await expect(page.locator("html")).toHaveAttribute("lang", "zh-Hant");
        expect.soft(await english(page), name).toEqual([]);
        expect.soft(await fits(page), `${name} is wider than the window`).toBe(true);
      });
    }
  });

  test("what is drawn in the browser is as well @reading", async ({ page, visit, api, javaScriptEnabled }) => {
    const { deployment } = await scene(api);
    await visit("/");
    await page.getByRole("navigation", { name: "主選單", exact: true }).getByRole("link", { name: "部署" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "部署" })).toBeVisible();
    await expect(page).toHaveTitle("部署 · Reeve");
    await visit(deployment.path);
    await expect(page.getByText("週一至週五").or(page.getByText("星期一至星期五")).first()).toContainText("03:15");
    if (javaScriptEnabled !== false) expect(await english(page)).toEqual([]);
  });
});

test("a language is chosen and stays chosen", async ({ page, visit }) => {
  await visit("/runs");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await page.getByRole("button", { name: "中文" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "執行" })).toBeVisible();
  await visit("/deployments");
  await expect(page.getByRole("heading", { level: 1, name: "部署" })).toBeVisible();
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Deployments" })).toBeVisible();
});
