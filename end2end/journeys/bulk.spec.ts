/** Several runs at once. */
import { unique } from "./api";
import { expect, test } from "./test";

test("chosen runs are cancelled and deleted together, by keyboard as well", async ({ page, visit, api }) => {
  const flow = unique("many");
  const runs = [await api.running(flow), await api.running(flow), await api.running(flow)];
  const names = await Promise.all(runs.map(async (run) => (await api.get(`/flow_runs/${run}`)).name as string));
  await visit(`/runs?flow=${flow}`);
  const bar = page.getByRole("toolbar", { name: "With the chosen runs" });
  await expect(bar).toBeHidden();
  await page.getByRole("checkbox", { name: `Choose ${names[0]}` }).check();
  await page.getByRole("checkbox", { name: `Choose ${names[1]}` }).focus();
  await page.keyboard.press("Space");
  await expect(bar).toContainText("2 runs chosen");
  await bar.getByRole("button", { name: "Cancel" }).click();
  await expect(bar).toBeHidden();
  for (const name of names.slice(0, 2)) await expect(page.getByRole("row", { name: new RegExp(name!) })).toContainText("Cancelling");
  await expect(page.getByRole("row", { name: new RegExp(names[2]!) })).toContainText("Running");
  for (const name of names) await page.getByRole("checkbox", { name: `Choose ${name}` }).check();
  await bar.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete them" }).click();
  await expect(page.getByRole("heading", { name: "No runs match this filter" })).toBeVisible();
  expect(await api.post("/flow_runs/count", { flow_runs: { id: { any_: runs } } })).toBe(0);
});
