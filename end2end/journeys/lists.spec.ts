/** The lists behind "More": found, read, looked through. */
import { unique } from "./api";
import { scene } from "./scene";
import { expect, test } from "./test";

const LISTS = ["Flows", "Work queues", "Variables", "Limits", "Blocks", "Artifacts", "Events"];

test("the menu leads to each of them and closes behind @reading", async ({ page, visit, api }) => {
  await scene(api);
  await visit("/");
  for (const name of LISTS) {
    await page.getByText("More", { exact: true }).click();
    await page.getByRole("navigation", { name: "More" }).getByRole("link", { name, exact: true }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
    await expect(page.getByRole("navigation", { name: "More" })).toBeHidden();
  }
});

test("the menu closes when what is shown is chosen again", async ({ page, visit }) => {
  await visit("/limits");
  await page.getByText("More", { exact: true }).click();
  const menu = page.getByRole("navigation", { name: "More" });
  await menu.getByRole("link", { name: "Limits", exact: true }).click();
  await expect(menu).toBeHidden();
  await expect(page).toHaveURL("/limits");
});

test("a page that there is not is the first one @reading", async ({ page, visit, api }) => {
  await scene(api);
  for (const path of ["/runs", "/deployments", "/flows"]) {
    for (const number of ["0", "x", "-3"]) {
      expect((await visit(`${path}?page=${number}`)).status(), `${path}?page=${number}`).toBe(200);
      await expect(page.locator("tbody tr").first()).toBeVisible();
    }
  }
});

test("a list is looked through by name @reading", async ({ page, visit, api }) => {
  const name = unique("needle").replaceAll("-", "_");
  await api.post("/variables/", { name, value: ["a", 1] });
  await visit("/variables");
  await page.getByRole("searchbox", { name: "Variable" }).fill(name);
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(`/variables?q=${name}`);
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await expect(page.locator("tbody tr")).toContainText('["a",1]');
  await visit("/variables?q=no-variable-has-this-name");
  await expect(page.getByRole("heading", { name: "No variables match this filter" })).toBeVisible();
  await page.getByRole("link", { name: "Clear the filter" }).click();
  await expect(page).toHaveURL("/variables");
  await expect(page.locator("tbody tr").first()).toBeVisible();
});

test("a flow leads to its runs and its deployments @reading", async ({ page, visit, api }) => {
  const { flow } = await scene(api);
  await visit(`/flows?q=${flow}`);
  await page.getByRole("link", { name: "2", exact: true }).click();
  await expect(page).toHaveURL(`/deployments?q=${flow}`);
  await visit(`/flows?q=${flow}`);
  await page.getByRole("link", { name: "runs", exact: true }).click();
  await expect(page).toHaveURL(`/runs?flow=${flow}`);
  await expect(page.locator("tbody tr")).toHaveCount(8);
  await visit(`/flows?q=${flow}`);
  await page.getByRole("link", { name: flow, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(flow);
  await expect(page.getByRole("region", { name: "Deployments" }).getByRole("row", { name: /production/ })).toContainText("03:15");
});

test("what happened to a run @reading", async ({ page, visit, api }) => {
  const { failed } = await scene(api);
  await visit(`/runs/${failed}`);
  await page.getByRole("link", { name: "Events" }).last().click();
  await expect(page).toHaveURL(`/runs/${failed}/events`);
  await expect(page.getByRole("row", { name: /prefect\.flow-run\.Failed/ })).toContainText("ConnectionRefusedError");
  await expect(page.getByRole("row", { name: /prefect\.flow-run\.Running/ }).first()).toBeVisible();
});

test("events that are on their way are not said to be none", async ({ page, visit, api }) => {
  const { failed } = await scene(api);
  await visit(`/runs/${failed}`);
  let go = () => {};
  const wait = new Promise<void>((resolve) => { go = resolve; });
  await page.route(`**/api/reeve/flow_runs/${failed}?*`, async (route) => { await wait; await route.continue(); });
  await page.getByRole("link", { name: "Events" }).last().click();
  await expect(page.locator(".body .loading")).toHaveText("Loading…");
  await expect(page.getByText("No events so far.")).toHaveCount(0);
  go();
  await expect(page.getByRole("row", { name: /prefect\.flow-run\.Failed/ })).toBeVisible();
});
