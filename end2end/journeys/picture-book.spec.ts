/** A picture of every page in both themes and at both sizes, to be looked through: `picture-book/` of the report. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scene } from "./scene";
import { expect, test } from "./test";

const BOOK = join(import.meta.dirname, "../test-results/picture-book");
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"] as const) {
    test.describe(`${size}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme, expected: [/status of 404/] });
      test.setTimeout(240_000);

      test("pictures of every page", async ({ page, visit, api }) => {
        const { pages } = await scene(api);
        const folder = join(BOOK, `${size}-${colorScheme}`);
        await mkdir(folder, { recursive: true });
        for (const [name, path] of Object.entries(pages)) {
          await visit(path);
          await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
          if (path.endsWith("/template")) await page.locator(".cm-content").waitFor();
          const picture = await page.screenshot({ animations: "disabled" });
          await writeFile(join(folder, `${name.replaceAll(/[^a-z]+/g, "-")}.png`), picture);
        }
      });
    });
  }
}
