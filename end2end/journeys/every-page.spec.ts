/** Every page opens with its heading and a silent console, and so does one that is not there. */
import { expect, test } from "./test";

for (const path of ["/", "/runs", "/deployments", "/pools", "/flows", "/queues", "/limits", "/variables", "/blocks", "/artifacts", "/events", "/automations", "/logs", "/calendar", "/why", "/health", "/storage", "/drift", "/doctor", "/settings", "/blocks/catalog"]) {
  test(`${path} opens @reading`, async ({ page, visit }) => {
    const response = await visit(path);
    expect(response.status()).toBe(200);
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
    await expect(page.getByRole("navigation").first()).toBeVisible();
  });
}

test.describe("a page that is not there", () => {
  // The browser reports the status of the document itself.
  test.use({ expected: [/status of 404/] });

  test("says so, and where to go on @reading", async ({ page, visit }) => {
    const response = await visit("/no-such-page");
    expect(response.status()).toBe(404);
    await expect(page.getByRole("link", { name: "Runs" }).first()).toBeVisible();
  });
});
