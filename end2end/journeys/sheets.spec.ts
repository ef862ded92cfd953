/** Pages that the server describes by data: what is on them, what can be done from them, what a form does when it fails. */
import { unique } from "./api";
import { scene } from "./scene";
import { expect, test } from "./test";

test("the tabs of a run say what happened behind it @reading", async ({ page, visit, api }) => {
  const { failed, late, running } = await scene(api);
  await visit(`/runs/${failed}/timeline`);
  await expect(page.getByRole("region", { name: "Steps of the run" }).getByRole("row", { name: /Running/ })).toBeVisible();
  await expect(page.getByRole("region", { name: "Tasks" }).getByRole("row", { name: /load-0/ })).toContainText("Failed");
  await page.getByRole("link", { name: "Why", exact: true }).click();
  await expect(page.getByRole("row", { name: /A worker took it/ })).toBeVisible();
  await page.getByRole("link", { name: "Pod", exact: true }).click();
  await expect(page.getByRole("row", { name: /^prefect-job/ })).toContainText("137");
  await expect(page.getByRole("row", { name: /^prefect-job/ })).toContainText("OOMKilled");
  await page.getByRole("link", { name: "Job", exact: true }).click();
  await expect(page.getByLabel("Manifest")).toContainText("image: registry.example/etl:1.4.0");
  await expect(page.getByLabel("Manifest")).not.toContainText("hunter2");
  await expect(page.getByRole("row", { name: /containers\/0\/image / })).toContainText("Set by the deployment");
  await page.getByRole("link", { name: "Artifacts", exact: true }).first().click();
  await expect(page.getByText("loaded in 3.2 s")).toBeVisible();
  await expect(page.getByText("<script>alert(1)</script>")).toBeVisible();
  await expect(page.getByRole("row", { name: /Taiwan/ })).toContainText("8123");
  await expect(page.getByRole("link", { name: "the report" })).toHaveAttribute("href", "https://data.example/report");
  await visit(`/runs/${running}/pod`);
  await expect(page.getByRole("heading", { name: "No pod is known of this run" })).toBeVisible();
  await visit(`/runs/${late}/why`);
  await expect(page.getByRole("row", { name: /nobody has taken it/ })).toBeVisible();
});

test("a variable is added, changed and deleted, by keyboard", async ({ page, visit }) => {
  const name = unique("greeting").replaceAll("-", "_");
  await visit("/variables");
  await page.getByText("Add a variable").focus();
  await page.keyboard.press("Enter");
  const form = page.getByRole("form", { name: "Add a variable" });
  await form.getByLabel("Name").fill(name);
  await form.getByLabel("Value").fill('"hello"');
  await form.getByLabel("Value").press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("row", { name })).toContainText("hello");
  await expect(form.getByLabel("Name")).toHaveValue("");
  await page.getByRole("link", { name }).click();
  await page.getByRole("form", { name: "Its value" }).getByLabel("Value").fill("[1, 2]");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL("/variables");
  await expect(page.getByRole("row", { name })).toContainText("[1,2]");
  await page.getByRole("row", { name }).getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("row", { name })).toHaveCount(0);
});

test.describe("a form that fails", () => {
  test.use({ expected: [/status of (409|422)/] });

  test("says what is wrong beside the field and loses nothing", async ({ page, visit, api }) => {
    const name = unique("taken").replaceAll("-", "_");
    await api.post("/variables/", { name, value: 1 });
    await visit("/variables");
    await page.getByText("Add a variable").click();
    const form = page.getByRole("form", { name: "Add a variable" });
    await form.getByRole("button", { name: "Add" }).click();
    await expect(form.getByText("This is required.")).toHaveCount(2);
    await expect(form.getByLabel("Name")).toBeFocused();
    await form.getByLabel("Name").fill("No Such Name!");
    await form.getByLabel("Value").fill("{ broken");
    await expect(form.getByText(/This is no JSON/)).toBeVisible();
    await form.getByLabel("Value").fill('"kept"');
    await form.getByRole("button", { name: "Add" }).click();
    await expect(form.locator(".field", { hasText: "Name" }).locator(".bad")).toBeVisible();
    await form.getByLabel("Name").fill(name);
    await form.getByRole("button", { name: "Add" }).click();
    await expect(form.getByRole("alert")).toBeVisible();
    await page.reload();
    await expect(form.getByLabel("Name")).toHaveValue(name);
    await expect(form.getByLabel("Value")).toHaveValue('"kept"');
    await form.getByRole("button", { name: "Start over" }).click();
    await expect(form.getByLabel("Value")).toHaveValue("");
  });
});

test("slots show who holds them and are taken back", async ({ page, visit, api }) => {
  const name = unique("shared");
  const { running } = await scene(api);
  const { name: run } = await api.get(`/flow_runs/${running}`);
  const { id } = await api.post("/v2/concurrency_limits/", { name, limit: 2 });
  await api.post("/v2/concurrency_limits/increment-with-lease", { names: [name], slots: 1, mode: "concurrency", lease_duration: 3600, holder: { type: "flow_run", id: running } });
  await visit(`/limits?q=${name}`);
  await expect(page.getByRole("row", { name })).toContainText("1 of 2");
  await page.getByRole("link", { name }).click();
  await expect(page).toHaveURL(`/limits/${id}`);
  await page.getByRole("row", { name: run }).getByRole("button", { name: "Release" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Release" }).click();
  await expect(page.getByText("Nobody.")).toBeVisible();
  const on = page.getByRole("switch", { name: `Limit ${name} is on` });
  await on.click();
  await expect(on).toHaveAttribute("aria-checked", "false");
  await page.getByText("Change it").click();
  await page.getByRole("form", { name: "Change it" }).getByLabel("Slots", { exact: false }).first().fill("7");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("0 of 7")).toBeVisible();
});

test("a task run and an event have pages @reading", async ({ page, visit, api }) => {
  const { failed, task } = await scene(api);
  await visit(`/runs/${failed}/tasks`);
  await page.getByRole("link", { name: "load-0" }).click();
  await expect(page).toHaveURL(`/task-runs/${task}`);
  await expect(page.getByRole("region", { name: "States" }).getByRole("row", { name: /Failed/ })).toContainText("ConnectionRefusedError");
  await visit(`/events?about=prefect.flow-run.${failed}`);
  await page.getByRole("link", { name: "prefect.flow-run.Failed" }).first().click();
  await expect(page.getByLabel("The event as JSON")).toContainText("ConnectionRefusedError");
});

test.describe("an automation", () => {
  test.use({ expected: [/status of 422/] });

  test("is made from a few words, switched off and deleted", async ({ page, visit, api }) => {
  const name = unique("late-runs");
  await visit("/automations");
  await page.getByText("Add an automation").click();
  const form = page.getByRole("form", { name: "Add an automation" });
  await form.getByLabel("Name").fill(name);
  await form.getByLabel("When", { exact: false }).first().selectOption("a run is late");
  await form.getByLabel("Then", { exact: false }).first().selectOption("send a message");
  await form.getByRole("button", { name: "Add" }).click();
  await expect(form.getByText("A message needs a block that sends it")).toBeVisible();
  await form.getByLabel("Then", { exact: false }).first().selectOption("pause the work pool");
  await form.getByRole("button", { name: "Add" }).click();
  const row = page.getByRole("row", { name });
  await expect(row).toContainText("prefect.flow-run.Late");
  await expect(row).toContainText("pause work pool");
  await row.getByRole("switch").click();
  await expect(row.getByRole("switch")).toHaveAttribute("aria-checked", "false");
  await row.getByRole("link", { name }).click();
  await expect(page.getByLabel("The whole as JSON")).toContainText('"expect"');
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL("/automations");
  await expect(page.getByRole("row", { name })).toHaveCount(0);
  expect(await api.post("/automations/count", { automations: { name: { any_: [name] } } })).toBe(0);
  });
});

test("a block is made from its kind's schema, and its secret is never shown", async ({ page, visit, api }) => {
  const name = unique("token");
  await visit("/blocks/catalog?q=secret");
  await page.getByRole("link", { name: "Secret", exact: true }).click();
  const form = page.getByRole("form");
  await form.getByLabel("Name").fill(name);
  await form.getByLabel("Value").fill('"hunter2-secret"');
  await form.getByRole("button", { name: "Add" }).click();
  await expect(page).toHaveURL("/blocks");
  await page.goto(`/blocks?q=${name}`);
  await page.getByRole("link", { name, exact: true }).click();
  await expect(page.getByText("In templates")).toBeVisible();
  expect(await page.content()).not.toContain("hunter2");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("The block is saved")).toBeVisible();
  const document = await api.get(`/block_types/slug/secret/block_documents/name/${name}?include_secrets=true`);
  expect(document.data.value).toBe("hunter2-secret");
});

test("logs of all runs are looked through @reading", async ({ page, visit, api }) => {
  const word = unique("needle");
  const run = await api.running(unique("flow"));
  await api.log(run, [{ level: 20, message: `found the ${word} here` }, { level: 40, message: `lost the ${word} there` }]);
  await visit("/logs");
  await page.getByRole("searchbox").fill(word);
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByText("2 lines of 1 run, the newest first.")).toBeVisible();
  await expect(page.getByRole("row", { name: /lost the/ })).toContainText("ERR");
  await visit(`/logs?q=${word}&level=40`);
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await page.locator("tbody").getByRole("link").click();
  await expect(page).toHaveURL(`/runs/${run}`);
});

test("the calendar shows what starts in an hour @reading", async ({ page, visit, api }) => {
  const pool = unique("pool");
  await api.pool(pool, "process");
  const { flow } = await api.deployment(unique("hourly"), "d", { work_pool_name: pool, schedules: [{ schedule: { cron: "30 * * * *", timezone: "UTC" }, active: true }] });
  await visit("/calendar");
  await page.locator(".bars a").first().click();
  await expect(page).toHaveURL(/hour=/);
  await expect(page.getByRole("row", { name: new RegExp(flow) }).first()).toContainText("30");
});

test("the calendar tells who collides under a pool's limit @reading", async ({ page, visit, api }) => {
  const [pool, flow] = [unique("pool"), unique("crowd")];
  await api.pool(pool, "process");
  await api.patch(`/work_pools/${pool}`, { concurrency_limit: 1 });
  for (const name of ["a", "b"]) await api.deployment(flow, name, { work_pool_name: pool, schedules: [{ schedule: { cron: "35 4 * * *", timezone: "UTC" }, active: true }] });
  await visit("/calendar");
  await page.getByRole("combobox", { name: "All pools" }).selectOption(pool);
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(new RegExp(`pool=${pool}`));
  await expect(page.getByText("The line is the pool's limit of 1 run at once")).toBeVisible();
  const row = page.getByRole("region", { name: "Who collides" }).getByRole("row", { name: /04:30/ }).first();
  await expect(row).toContainText(`${flow} / a, ${flow} / b`);
  await row.getByRole("link", { name: /04:30/ }).click();
  await expect(page.getByRole("row", { name: new RegExp(`${flow} / a`) }).first()).toContainText("04:35");
});

test("the doctor finds what will go wrong, and how the server fares is told @reading", async ({ page, visit, api }) => {
  const { flow } = await scene(api);
  const pool = unique("nobody");
  await api.pool(pool, "kubernetes");
  const misspelt = unique("misspelt");
  await api.deployment(flow, misspelt, { work_pool_name: pool, job_variables: { imagee: "x" } });
  await visit("/doctor");
  await expect(page.getByRole("row", { name: new RegExp(`pool ${pool}`) })).toContainText("No worker polls it");
  await expect(page.getByRole("row", { name: new RegExp(misspelt) })).toContainText("imagee");
  await visit("/health");
  await expect(page.getByRole("row", { name: /late runs/ }).first()).toContainText("well");
  await visit("/storage");
  await expect(page.getByRole("row", { name: /flow_run / })).toBeVisible();
  await visit("/settings");
  await expect(page.getByRole("row", { name: /server\.port/ })).toContainText("--port");
});

test("what holds runs back is summed up @reading", async ({ page, visit, api }) => {
  const { late, pool } = await scene(api);
  const { name } = await api.get(`/flow_runs/${late}`);
  await visit("/");
  await expect(page.getByText(`no worker polls the pool ${pool}`).first()).toBeVisible();
  await expect(async () => {
    await visit("/why");
    await expect(page.getByRole("row", { name: new RegExp(name) })).toContainText(`No worker has asked the pool ${pool}`, { timeout: 1000 });
  }).toPass({ timeout: 45_000 });
});
