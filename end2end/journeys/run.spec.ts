/** The run page: why a run is where it is, what it went through, what can be done about it. */
import { DEMO_POOL, unique } from "./api";
import { scene } from "./scene";
import { expect, test } from "./test";

test("a run that waits says what it waits for @reading", async ({ page, visit, api }) => {
  const { late, pool } = await scene(api);
  await visit(`/runs/${late}`);
  await expect(page.locator(".why")).toHaveText(new RegExp(`^Due \\d+ (s|min|h|d) ago: no worker polls the pool ${pool}\\.$`));
});

test("the reason follows what happens", async ({ page, visit, api }) => {
  const pool = unique("paused-pool");
  await api.pool(pool, "process");
  const deployment = await api.deployment("journeys", unique("waits"), { work_pool_name: pool });
  const { id } = await api.post(`/deployments/${deployment.id}/create_flow_run`, {});
  await visit(`/runs/${id}`);
  await expect(page.locator(".why")).toContainText(`no worker polls the pool ${pool}`);
  await api.patch(`/work_pools/${pool}`, { is_paused: true });
  await expect(page.locator(".why")).toContainText(`the pool ${pool} is paused`);
  await api.setState(id, "PENDING");
  await expect(page.locator(".why")).toContainText("A worker took it");
  await api.setState(id, "RUNNING");
  await expect(page.locator(".why")).toHaveCount(0);
  await api.setState(id, "CRASHED", { message: "The node went away" });
  await expect(page.locator(".why")).toHaveText("The node went away");
});

test("the steps of a run and what each took @reading", async ({ page, visit, api }) => {
  const { failed } = await scene(api);
  await visit(`/runs/${failed}`);
  const steps = page.getByRole("list", { name: "Steps of this run" });
  await expect(steps.locator(".state")).toHaveText(["Due", "Claimed", "Started", "Failed"]);
  await expect(steps.locator(".took")).toHaveText([/ s$/, / s$/, / s$/]);
});

test("a run is cancelled after asking, and retried", async ({ page, visit, api }) => {
  const deployment = await api.deployment("journeys", unique("cancel"), { work_pool_name: DEMO_POOL, job_variables: { command: "sleep 600" } });
  const { id } = await api.post(`/deployments/${deployment.id}/create_flow_run`, {});
  await visit(`/runs/${id}`);
  await expect(page.locator(".run-head .state").first()).toHaveText("Running");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  const question = page.getByRole("dialog", { name: "Cancel this run?" });
  await question.getByRole("button", { name: "Keep it" }).click();
  await expect(question).toBeHidden();
  expect((await api.get(`/flow_runs/${id}`)).state_type).toBe("RUNNING");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await question.getByRole("button", { name: "Cancel the run" }).click();
  await expect(page.getByRole("status").getByText("The run is being cancelled")).toBeVisible();
  await expect(page.locator(".run-head .state").first()).toHaveText("Cancelled");
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page.locator(".run-head .state").first()).toHaveText("Running");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await question.getByRole("button", { name: "Cancel the run" }).click();
  await expect(page.locator(".run-head .state").first()).toHaveText("Cancelled");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog", { name: "Delete this run?" }).getByRole("button", { name: "Delete the run" }).click();
  await expect(page).toHaveURL("/runs");
  expect((await page.request.get(`/api/flow_runs/${id}`)).status()).toBe(404);
});

test.describe("what could not be deleted", () => {
  test.use({ expected: [/status of 500/] });

  test("is followed on", async ({ page, visit, api }) => {
    const deployment = await api.deployment("journeys", unique("kept"));
    const run = await api.running("journeys", { name: unique("kept") });
    await page.route("**/api/**", (route) => (route.request().method() === "DELETE" ? route.fulfill({ status: 500, json: {} }) : route.fallback()));

    await visit(`/runs/${run}`);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog", { name: "Delete this run?" }).getByRole("button", { name: "Delete the run" }).click();
    await expect(page.getByRole("status").getByText("The run was not deleted")).toBeVisible();
    await api.setState(run, "COMPLETED");
    await expect(page.locator(".run-head .state").first()).toHaveText("Completed");

    await visit(deployment.path);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog", { name: "Delete this deployment?" }).getByRole("button", { name: "Delete the deployment" }).click();
    await expect(page.getByRole("status").getByText("The deployment was not deleted")).toBeVisible();
    await api.patch(`/deployments/${deployment.id}`, { description: "still here" });
    await expect(page.getByText("still here")).toBeVisible();
  });
});

test("after a lost connection only what is not shown yet is asked for", async ({ page, visit, api }) => {
  const run = await api.running("journeys", { name: unique("lost") });
  const ages: number[] = [];
  let cut = () => {};
  await page.routeWebSocket("**/api/reeve/live", (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      const age = JSON.parse(String(message)).follow_changes?.age;
      if (age !== undefined) ages.push(age);
      server.send(message);
    });
    cut = () => void socket.close();
  });
  await visit(`/runs/${run}`);
  await expect.poll(() => ages.length).toBe(1);
  await page.waitForTimeout(4000);
  await api.setState(run, "COMPLETED");
  await expect(page.locator(".run-head .state").first()).toHaveText("Completed");
  cut();
  await expect.poll(() => ages.length).toBe(2);
  expect(ages[1]!, "seconds since the page was read again").toBeLessThan(4);
});
