/** What a visit may weigh. Sizes are those of a release build; counts hold for every build. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { scene } from "./scene";
import { alive, expect, test } from "./test";

const RELEASE = resolve(import.meta.dirname, "../../target/site/release");
const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

function brotli(site: string, path: string): number {
  const file = join(site, path);
  return existsSync(`${file}.br`) ? statSync(`${file}.br`).size : brotliCompressSync(readFileSync(file)).length;
}

test("program, glue and stylesheet of a release are at most 330 kB", async ({}, info) => {
  test.skip(!existsSync(join(RELEASE, "manifest.json")), "there is no release build: cargo xtask build --release makes one");
  const manifest = JSON.parse(readFileSync(join(RELEASE, "manifest.json"), "utf8"));
  const sizes = Object.fromEntries(["wasm", "js", "css", "editor", "kubernetes"].map((kind) => [kind, brotli(RELEASE, manifest[kind])]));
  const words = Object.entries(sizes).map(([kind, size]) => `${kind} ${kB(size)}`).join(", ");
  info.annotations.push({ type: "measured", description: words });
  console.log(`as brotli: ${words}`);
  expect(sizes.wasm! + sizes.js! + sizes.css!).toBeLessThanOrEqual(330_000);
  expect(sizes.editor! + sizes.kubernetes!).toBeLessThanOrEqual(250_000);
});

test("a first visit takes at most six requests, and its HTML at most 60 kB", async ({ page, visit, api }) => {
  const { pages } = await scene(api);
  for (const [name, path] of Object.entries(pages).filter(([name]) => name !== "not found")) {
    await test.step(name, async () => {
      const asked: string[] = [];
      const note = (request: { url: () => string }) => asked.push(request.url());
      page.on("request", note);
      const response = await visit(path);
      await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
      page.off("request", note);
      expect(asked.filter((url) => !url.startsWith("data:")).length, asked.join(" ")).toBeLessThanOrEqual(6);
      expect(gzipSync(await response.body()).length, "HTML as gzip").toBeLessThanOrEqual(60_000);
    });
  }
});

test("going on inside of the dashboard asks for data once", async ({ page, visit, api }) => {
  const { deployment, failed, pool, flow } = await scene(api);
  await visit("/deployments");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  const goes = async (what: string, click: () => Promise<void>, heading: string | RegExp, expected: string[]) => {
    await test.step(what, async () => {
      asked.length = 0;
      await click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(heading);
      await expect(page.locator("#main")).toBeFocused();
      // What changes elsewhere meanwhile is asked for on its own; it is no part of the way here.
      expect(asked.slice(0, expected.length)).toEqual(expected);
      expect(asked.filter((one) => !expected.includes(one))).toEqual([]);
    });
  };
  const link = (name: string) => () => page.getByRole("link", { name, exact: true }).first().click();
  await goes("deployment", () => page.getByRole("row", { name: new RegExp(`production.*${flow}`) }).getByRole("link", { name: "production" }).click(), "production", [`GET /api/reeve${deployment.path}`]);
  await goes("pool", link(pool), pool, [`GET /api/reeve/work_pools/${pool}`]);
  await page.goto(`/runs/${failed}`);
  await alive(page);
  await goes("runs", link("Runs"), "Runs", ["GET /api/reeve/runs"]);
});
