/** Reading works everywhere: each page says what matters in the HTML that the server sends. */
import { DEMO_POOL } from "./api";
import { scene } from "./scene";
import { expect, test } from "./test";

test("a run with its log @reading", async ({ page, visit, api }) => {
  const { failed, deployment } = await scene(api);
  await visit(`/runs/${failed}`);
  await expect(page.locator(".run-head .state").first()).toHaveText("Failed");
  await expect(page.locator(".why")).toContainText("ConnectionRefusedError");
  const log = page.getByRole("log");
  await expect(log).toContainText("Fetched 12004 rows from https://data.example/api/v2/orders");
  await expect(log).toContainText("ConnectionRefusedError: [Errno 111]");
  await expect(log.getByText("Column 'discount' has 3 missing values")).toBeVisible();
  await page.getByRole("link", { name: deployment.name, exact: true }).click();
  await expect(page).toHaveURL(deployment.path);
});

test("the parts of a run @reading", async ({ page, visit, api }) => {
  const { failed } = await scene(api);
  await visit(`/runs/${failed}`);
  await page.getByRole("link", { name: /^Tasks/ }).click();
  await expect(page.getByRole("row", { name: /load-0/ })).toContainText("Failed");
  await page.getByRole("link", { name: /^States/ }).click();
  await expect(page.getByRole("row", { name: /Running/ })).toBeVisible();
  await page.getByRole("link", { name: "Parameters" }).click();
  await expect(page.getByText('"day": "2026-11-23"')).toBeVisible();
});

test("a deployment @reading", async ({ page, visit, api }) => {
  const { deployment, flow, pool } = await scene(api);
  await visit(`/deployments?q=${flow}`);
  await page.getByRole("link", { name: deployment.name, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(deployment.name);
  await expect(page.getByText("Loads yesterday's orders into the warehouse.")).toBeVisible();
  await expect(page.locator(".schedule", { hasText: "03:15" })).toContainText("Asia/Taipei");
  await expect(page.getByText(`No worker polls ${pool}`)).toBeVisible();
  await page.getByRole("link", { name: "Configuration" }).click();
  await expect(page.getByText("registry.example/etl:1.4.0")).toBeVisible();
  await page.getByRole("link", { name: "Effective job" }).click();
  await expect(page.getByLabel("Rendered job")).toContainText("image: registry.example/etl:1.4.0");
});

test("pools and a template @reading", async ({ page, visit, api }) => {
  const { pool } = await scene(api);
  await visit("/pools");
  await expect(page.getByRole("row", { name: new RegExp(DEMO_POOL) })).toContainText("Ready");
  await expect(page.getByRole("row", { name: new RegExp(pool) })).toContainText("No worker");
  await page.getByRole("link", { name: pool, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(pool);
  await expect(page.getByRole("region", { name: "Queues" })).toContainText("default");
  await page.getByRole("link", { name: "Edit the template" }).click();
  await expect(page).toHaveURL(`/pools/${pool}/template`);
  await expect(page.getByRole("region", { name: "Source" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Rendered job" })).toContainText("kind: Job");
});

test("lists are filtered by form and by link @reading", async ({ page, visit, api }) => {
  const { flow, failed } = await scene(api);
  const { name } = await api.get(`/flow_runs/${failed}`);
  await visit(`/runs?deployment=${flow}/production`);
  await expect(page.getByRole("row", { name: new RegExp(name) })).toContainText("Failed");
  await page.getByRole("link", { name: "Completed", exact: true }).click();
  await expect(page).toHaveURL(/q=state:completed\+deployment:/);
  await expect(page.getByRole("row", { name: new RegExp(name) })).toHaveCount(0);
  await expect(page.getByRole("row", { name: /Completed/ })).toHaveCount(3);
  await visit("/deployments");
  await page.getByRole("searchbox", { name: "Flow or deployment" }).fill(flow);
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(new RegExp(`/deployments\\?q=${flow}(&tag=)?$`));
  await expect(page.getByRole("row", { name: /production/ })).toHaveCount(1);
  await page.getByRole("link", { name: "Clear", exact: true }).click();
  await expect(page).toHaveURL("/deployments");
});
