/** Where one is stands in the URL: back, forward and reload come to the same. */
import { scene } from "./scene";
import { expect, test } from "./test";

test("filters and pages of a list come back", async ({ page, visit, api }) => {
  const { flow } = await scene(api);
  await visit("/runs");
  await page.getByRole("combobox", { name: "Filter runs" }).fill(`deployment:${flow}/production`);
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/q=deployment/);
  const rows = page.getByRole("region", { name: "Runs", exact: true }).locator("tbody tr");
  const chip = page.getByRole("link", { name: `Remove deployment:${flow}/production`, exact: true });
  await expect(rows).toHaveCount(8);
  await page.getByRole("link", { name: "Crashed", exact: true }).click();
  await expect(rows).toHaveCount(1);
  await page.goBack();
  await expect(rows).toHaveCount(8);
  await expect(chip).toBeVisible();
  await page.goForward();
  await expect(rows).toHaveCount(1);
  await expect(page.getByRole("link", { name: "Crashed", exact: true })).toHaveAttribute("aria-current", "true");
  await page.reload();
  await expect(rows).toHaveCount(1);
  await page.getByRole("link", { name: "Clear" }).click();
  await expect(page).toHaveURL("/runs");
});

test("tabs of a run and lines of its log come back", async ({ page, visit, api }) => {
  const { failed } = await scene(api);
  await visit(`/runs/${failed}#L3`);
  await expect(page.locator("#L3")).toHaveAttribute("data-marked", "");
  await page.locator("#L4 .no").click();
  await expect(page).toHaveURL(`/runs/${failed}#L4`);
  await expect(page.locator("#L4")).toHaveAttribute("data-marked", "");
  await expect(page.locator("#L3")).not.toHaveAttribute("data-marked", "");
  await page.locator("#L6 .no").click({ modifiers: ["Shift"] });
  await expect(page).toHaveURL(`/runs/${failed}#L4-L6`);
  await expect(page.locator("#L6")).toHaveAttribute("data-marked", "");
  await page.goBack();
  await expect(page.locator("#L6")).not.toHaveAttribute("data-marked", "");
  await page.getByRole("link", { name: /^Tasks/ }).click();
  await expect(page.getByRole("row", { name: /load-0/ })).toBeVisible();
  await page.getByRole("link", { name: /^States/ }).click();
  await expect(page.getByRole("region", { name: "States" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("region", { name: "States" })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("row", { name: /load-0/ })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(`/runs/${failed}#L4`);
  await expect(page.locator("#L4")).toHaveAttribute("data-marked", "");
});

test("who goes back before the program runs is shown what the address says", async ({ page, visit, api }) => {
  const { failed } = await scene(api);
  await visit(`/runs/${failed}`);
  await page.getByRole("link", { name: /^Tasks/ }).click();
  await expect(page.getByRole("row", { name: /load-0/ })).toBeVisible();
  await page.getByRole("link", { name: /^States/ }).click();
  await expect(page.getByRole("region", { name: "States" })).toBeVisible();
  let let_it_come = () => {};
  const held = new Promise<void>((come) => (let_it_come = come));
  await page.route(/\.wasm$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.reload({ waitUntil: "commit" });
  await expect(page.getByRole("region", { name: "States" })).toBeVisible();
  await page.goBack({ waitUntil: "commit" });
  let_it_come();
  await expect(page.getByRole("row", { name: /load-0/ })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
});

test("every page is reached by the keyboard alone", async ({ page, visit, api }) => {
  const { flow, deployment } = await scene(api);
  await visit("/");
  for (const [keys, path] of [["gr", "/runs"], ["gd", "/deployments"], ["gp", "/pools"], ["gn", "/"]] as const) {
    for (const key of keys) await page.keyboard.press(key);
    await expect(page).toHaveURL(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await expect(page.getByRole("heading", { level: 1, name: "Deployments" })).toBeVisible();
  await expect(page.locator("#main")).toBeFocused();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Flow or deployment" })).toBeFocused();
  await page.keyboard.type(flow);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`/deployments?q=${flow}`);
  await expect(page.locator("tbody tr")).toHaveCount(2);
  await page.locator("#main").focus();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await expect(page.getByRole("link", { name: "production" })).toBeFocused();
  // The row is drawn anew when something happens to it; the focus stays.
  const row = await page.getByRole("row", { name: /production/ }).elementHandle();
  for (const change of ["pause", "resume"]) await api.post(`/deployments/${deployment.id}/${change}_deployment`, {});
  await page.waitForFunction((row) => !row?.isConnected, row);
  await expect(page.getByRole("link", { name: "production" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "production" })).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeHidden();
});

test("theme and zone stay chosen", async ({ page, visit }) => {
  await visit("/runs");
  const theme = page.getByRole("button", { name: /theme/i });
  await theme.click();
  await theme.click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByRole("button", { name: "UTC" }).click();
  await expect(page.getByRole("button", { name: "Local time" })).toBeVisible();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("button", { name: "Local time" })).toBeVisible();
});

test("rows come back when the filter that let none through is cleared", async ({ page, visit, api }) => {
  await scene(api);
  for (const path of ["/runs", "/deployments"]) {
    await visit(`${path}?q=nothing-has-this-name`);
    await expect(page.getByRole("heading", { name: /match this filter/ })).toBeVisible();
    await page.getByRole("link", { name: "Clear the filter" }).click();
    await expect(page.locator("tbody tr").first()).toBeVisible();
    await expect(page.getByRole("heading", { name: /match this filter/ })).toHaveCount(0);
  }
});
