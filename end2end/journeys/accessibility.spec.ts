/** Every page, light and dark, wide and narrow: nothing that axe finds, and nothing wider than the window. */
import AxeBuilder from "@axe-core/playwright";
import { scene } from "./scene";
import { expect, fits, test } from "./test";

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"] as const) {
    test.describe(`${size}, ${colorScheme}`, () => {
      // The page that is not there answers with 404, which the browser reports.
      test.use({ viewport, colorScheme, expected: [/status of 404/] });
      test.setTimeout(600_000);

      test("nothing stands in anybody's way", async ({ page, visit, api }) => {
        const { pages } = await scene(api);
        for (const [name, path] of Object.entries(pages)) {
          await test.step(name, async () => {
            await visit(path);
            if (path.endsWith("/template")) await page.locator(".cm-content").waitFor();
            expect.soft(await fits(page), `${name} is wider than the window`).toBe(true);
            const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
            const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.html.slice(0, 120)}`).join(" | ")}`);
            expect.soft(found, name).toEqual([]);
          });
        }
      });
    });
  }
}
