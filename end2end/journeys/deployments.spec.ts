/** Deployments: from the list to a run with its live log, runs with other parameters, schedules on and off. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEMO_POOL, unique } from "./api";
import { expect, test } from "./test";

const RUN_PAGE = /\/runs\/[0-9a-f-]{36}$/;

test("Run now leads to the run, whose log arrives as it is written", async ({ page, visit, api }) => {
  // The command prints its second half only when this file is there: the first must be seen before.
  const folder = await mkdtemp(join(tmpdir(), "reeve-journey-"));
  const gate = join(folder, "go");
  const script = `echo first half; while [ ! -e ${gate} ]; do sleep 0.1; done; echo second half`;
  const name = unique("live");
  await api.deployment("journeys", name, { work_pool_name: DEMO_POOL, job_variables: { command: `sh -c '${script}'` } });

  await visit(`/deployments?q=${name}`);
  await page.getByRole("link", { name, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await page.getByRole("button", { name: "Run now" }).click();

  await expect(page).toHaveURL(RUN_PAGE);
  const log = page.getByRole("log");
  await expect(log.getByText("first half", { exact: true })).toBeVisible();
  await expect(page.locator(".run-head .state").first()).toHaveText("Running");
  await expect(log.getByText("second half", { exact: true })).toHaveCount(0);
  await writeFile(gate, "");
  await expect(log.getByText("second half", { exact: true })).toBeVisible();
  await expect(page.locator(".run-head .state").first()).toHaveText("Completed");
  await expect(page.getByText(/before the run ended/)).toBeVisible();
  await rm(folder, { recursive: true });

  await page.goBack();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(page.getByRole("table").getByText("Completed").first()).toBeVisible();
});

test("a deployment is run from the list", async ({ page, visit, api }) => {
  const name = unique("list");
  await api.deployment("journeys", name, { work_pool_name: DEMO_POOL, job_variables: { command: "echo from the list" } });
  await visit(`/deployments?q=${name}`);
  await page.getByRole("row", { name }).getByRole("button", { name: "Run now" }).click();
  await expect(page).toHaveURL(RUN_PAGE);
  await expect(page.getByRole("log").getByText("from the list")).toBeVisible();
});

const SCHEMA = {
  type: "object",
  title: "Parameters",
  required: ["city"],
  properties: {
    city: { title: "City", type: "string", position: 0 },
    count: { title: "Count", type: "integer", default: 3, position: 1, description: "How many to fetch" },
    mode: { title: "Mode", enum: ["fast", "thorough"], default: "fast", position: 2 },
    options: { title: "Options", type: "object", default: {}, position: 3 },
  },
};

test("a custom run refuses wrong input beside the field and then runs with what was given", async ({ page, visit, api }) => {
  const deployment = await api.deployment("journeys", unique("custom"), {
    work_pool_name: DEMO_POOL,
    parameter_openapi_schema: SCHEMA,
    enforce_parameter_schema: true,
    parameters: { count: 3 },
    job_variables: { command: "sh -c 'echo \"$REEVE_PARAMETERS\"'" },
  });
  const made: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/create_flow_run")) made.push(request.url());
  });
  await visit(deployment.path);
  await page.getByRole("link", { name: "Custom run" }).click();
  await expect(page).toHaveURL(`${deployment.path}/run`);

  const [city, count, options] = ["City", "Count", "Options"].map((label) => page.getByLabel(label));
  await expect(count!).toHaveValue("3");
  await count!.fill("three");
  await expect(page.locator(".field", { has: count! })).toContainText("This must be a whole number.");
  await expect(count!).toHaveAttribute("aria-invalid", "true");
  await options!.fill("{ \"a\": ");
  await expect(page.locator(".field", { has: options! })).toContainText("This is no JSON");

  await page.getByRole("button", { name: "Start run" }).click();
  await expect(page.locator(".field", { has: city! })).toContainText("This is required.");
  await expect(city!).toBeFocused();
  expect(made, "nothing was asked of the server").toEqual([]);

  await city!.fill("Taipei");
  await count!.fill("12");
  await options!.fill("{ \"a\": [1] }");
  await page.getByLabel("Mode").selectOption("thorough");
  await page.getByLabel("Name").fill("by-hand");
  await page.getByRole("button", { name: "Start run" }).click();
  await expect(page).toHaveURL(RUN_PAGE);
  await expect(page.getByRole("heading", { level: 1, name: "by-hand" })).toBeVisible();
  await expect(page.getByRole("log").getByText('"city":"Taipei"')).toBeVisible();

  const run = await api.get(`/flow_runs/${page.url().split("/").pop()}`);
  expect(run.parameters).toEqual({ city: "Taipei", count: 12, mode: "thorough", options: { a: [1] } });
});

test.describe("a refusal of the server", () => {
  // The browser reports the status.
  test.use({ expected: [/status of 4(09|22)/] });

  test("is told, and nothing typed is lost", async ({ page, visit, api }) => {
    const deployment = await api.deployment("journeys", unique("refused"), {
      parameter_openapi_schema: { type: "object", properties: { count: { title: "Count", type: "integer", maximum: 5 } } },
      enforce_parameter_schema: true,
    });
    await visit(`${deployment.path}/run`);
    await page.getByLabel("Count").fill("9");
    await page.getByLabel("Name").fill("stays");
    await page.getByRole("button", { name: "Start run" }).click();
    await expect(page.getByRole("status").getByText("The run was not made")).toBeVisible();
    await expect(page.getByLabel("Count")).toHaveValue("9");
    await expect(page.getByLabel("Name")).toHaveValue("stays");
    await expect(page).toHaveURL(`${deployment.path}/run`);
  });
});

test("the switch of a schedule changes the schedule, and a reload shows it", async ({ page, visit, api }) => {
  const deployment = await api.deployment("journeys", unique("switch"), {
    schedules: [
      { schedule: { cron: "0 3 * * *", timezone: "Asia/Taipei" }, active: true },
      { schedule: { interval: 7200 }, active: true },
    ],
  });
  const active = async () => {
    const { schedules } = await api.get(`/deployments/${deployment.id}`);
    return Object.fromEntries(schedules.map((one: any) => [one.schedule.cron ?? "interval", one.active]));
  };
  await visit(deployment.path);
  const nightly = page.getByRole("switch", { name: /03:00/ });
  await expect(nightly).toHaveAttribute("aria-checked", "true");
  await nightly.click();
  await expect(nightly).toHaveAttribute("aria-checked", "false");
  expect(await active()).toEqual({ "0 3 * * *": false, interval: true });

  await page.reload();
  await expect(nightly).toHaveAttribute("aria-checked", "false");
  await visit(`/deployments?q=${deployment.name}`);
  await expect(nightly).toHaveAttribute("aria-checked", "false");
  await nightly.focus();
  await page.keyboard.press("Space");
  await expect(nightly).toHaveAttribute("aria-checked", "true");
  expect(await active()).toEqual({ "0 3 * * *": true, interval: true });
});

test("a paused deployment says so and plans nothing until it is resumed", async ({ page, visit, api }) => {
  const deployment = await api.deployment("journeys", unique("paused"), {
    schedules: [{ schedule: { interval: 3600 }, active: true }],
  });
  await visit(deployment.path);
  await expect(page.locator(".next li").first()).toBeVisible();
  await page.getByRole("button", { name: "Pause all schedules" }).click();
  await expect(page.getByText("Paused: its schedules make no runs")).toBeVisible();
  await expect(page.getByText("None planned.")).toBeVisible();
  expect((await api.get(`/deployments/${deployment.id}`)).paused).toBe(true);
  await page.getByRole("button", { name: "Resume all schedules" }).click();
  await expect(page.locator(".next li").first()).toBeVisible();
});
