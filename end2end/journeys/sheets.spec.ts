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
