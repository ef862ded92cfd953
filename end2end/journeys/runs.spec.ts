/** The runs page: its line of tokens, its histogram, the run beside the list, saved views. */
import type { Page } from "@playwright/test";
import { unique, type Api } from "./api";
import { expect, fits, test } from "./test";

const rows = (page: Page) => page.getByRole("region", { name: "Runs" }).locator("tbody tr");
const field = (page: Page) => page.getByRole("combobox", { name: "Filter runs" });
const chip = (page: Page, text: string) => page.getByRole("link", { name: `Remove ${text}`, exact: true });

/** One failed and two completed runs of a flow of its own. */
async function some(api: Api): Promise<{ flow: string; failed: string; name: string; tag: string }> {
  const [flow, tag] = [unique("tokens"), unique("tag")];
  const failed = await api.run(flow, { state: { type: "FAILED", message: "no more room on the disk" }, tags: [tag] });
  for (const type of ["COMPLETED", "COMPLETED"]) await api.run(flow, { state: { type } });
  await api.log(failed, [{ level: 20, message: "began" }, { level: 40, message: "the disk is full" }]);
  return { flow, failed, tag, name: (await api.get(`/flow_runs/${failed}`)).name };
}

test("what is typed goes into the address, and out of it by its chips @reading", async ({ page, visit, api }) => {
  const { flow, tag } = await some(api);
  await visit("/runs");
  await field(page).fill(`flow:${flow} state:failed`);
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(chip(page, `flow:${flow}`)).toBeVisible();
  await field(page).fill(`tag:${tag}`);
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(chip(page, `tag:${tag}`)).toBeVisible();
  await chip(page, "state:failed").click();
  await expect(page).toHaveURL(`/runs?q=flow:${flow}+tag:${tag}`);
  await chip(page, `tag:${tag}`).click();
  await expect(page).toHaveURL(`/runs?q=flow:${flow}`);
  await expect(rows(page)).toHaveCount(3);
});

test("older addresses show the same runs as chips @reading", async ({ page, visit, api }) => {
  const { flow } = await some(api);
  await visit(`/runs?state=failed&flow=${flow}`);
  await expect(rows(page)).toHaveCount(1);
  await expect(chip(page, "state:failed")).toBeVisible();
  await page.getByRole("link", { name: "Completed", exact: true }).click();
  await expect(page).toHaveURL(`/runs?q=state:completed+flow:${flow}`);
  await expect(rows(page)).toHaveCount(2);
});

test("what cannot be understood is refused beside the field @reading", async ({ page, visit }) => {
  await visit("/runs?q=colour:red+state:failed");
  await expect(page.getByText("“colour:red” asks for nothing: there is no key “colour:”")).toBeVisible();
  await expect(field(page)).toHaveValue("colour:red");
  await expect(chip(page, "state:failed")).toBeVisible();
});

test("the field is worked by keyboard: completed, refused, emptied", async ({ page, visit, api }) => {
  const { flow } = await some(api);
  await visit("/runs");
  await page.keyboard.press("/");
  await expect(field(page)).toBeFocused();
  await page.keyboard.type("flo");
  const offer = (name: string | RegExp) => page.getByRole("option", { name });
  await expect(offer(/^flow:/)).toBeVisible();
  // What is offered may still change between the letters.
  await expect(async () => {
    await page.keyboard.press("ArrowDown");
    await expect(offer(/^flow:/)).toHaveAttribute("aria-selected", "true", { timeout: 300 });
  }).toPass();
  await page.keyboard.press("Enter");
  await expect(field(page)).toHaveValue("flow:");
  await page.keyboard.type(flow);
  await expect(offer(`flow:${flow}`)).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await expect(page).toHaveURL(`/runs?q=flow:${flow}`);
  await expect(rows(page)).toHaveCount(3);
  await expect(field(page)).toBeFocused();
  await page.keyboard.type("state:blue");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "there is no such state" })).toBeVisible();
  await expect(page).toHaveURL(`/runs?q=flow:${flow}`);
  await field(page).fill("state:failed");
  await page.keyboard.press("Enter");
  await expect(rows(page)).toHaveCount(1);
  await expect(chip(page, "state:failed")).toBeVisible();
  await expect(field(page)).toHaveValue("");
  await page.keyboard.press("Backspace");
  await expect(page).toHaveURL(`/runs?q=flow:${flow}`);
  await expect(rows(page)).toHaveCount(3);
  await page.goBack();
  await expect(rows(page)).toHaveCount(1);
});

test("a bar of the histogram leads to its runs, and says how many in words @reading", async ({ page, visit, api }) => {
  const { flow } = await some(api);
  await visit(`/runs?q=flow:${flow}`);
  const picture = page.getByRole("figure").filter({ hasText: "3 runs due from" });
  await expect(picture).toContainText("1 failed, 2 completed");
  await picture.getByText("In words").click();
  await picture.getByRole("listitem").filter({ hasText: /failed/ }).last().getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(`/runs\\?q=flow:${flow}\\+after:.*\\+before:`));
  await expect(rows(page)).not.toHaveCount(0);
  await page.getByRole("navigation", { name: "Time" }).getByRole("link", { name: "7 d" }).click();
  await expect(page).toHaveURL(`/runs?q=flow:${flow}+after:-7d`);
  await expect(rows(page)).toHaveCount(3);
});

test("a run is shown beside the list by Space and by click, and Escape leads back", async ({ page, visit, api }) => {
  const { flow, failed, name } = await some(api);
  await visit(`/runs?q=flow:${flow}`);
  const brief = page.getByRole("complementary", { name: "The run that is chosen" });
  await expect(brief).toHaveCount(0);
  const link = rows(page).getByRole("link", { name });
  await link.focus();
  await page.keyboard.press("Space");
  await expect(page).toHaveURL(`/runs?q=flow:${flow}&run=${failed}`);
  await expect(brief).toContainText("no more room on the disk");
  await expect(brief).toContainText("ERR the disk is full");
  await expect(link).toHaveAttribute("aria-current", "true");
  await page.keyboard.press("Escape");
  await expect(brief).toHaveCount(0);
  await expect(page).toHaveURL(`/runs?q=flow:${flow}`);
  await expect(link).toBeFocused();
  await rows(page).filter({ hasText: "Completed" }).first().locator("td").nth(2).click();
  await expect(brief).toContainText("Completed");
  await rows(page).filter({ hasText: name }).locator("td").nth(2).click();
  await expect(brief.getByRole("heading", { name })).toBeVisible();
  await brief.getByRole("link", { name: "Close" }).click();
  await expect(brief).toHaveCount(0);
  await expect(rows(page)).toHaveCount(3);
});

test("a link shows the run beside the list @reading", async ({ page, visit, api }) => {
  const { flow, failed, name } = await some(api);
  await visit(`/runs?q=flow:${flow}&run=${failed}`);
  const brief = page.getByRole("complementary");
  await expect(brief.getByRole("heading", { name })).toBeVisible();
  await brief.getByRole("link", { name: "Close" }).click();
  await expect(page).toHaveURL(`/runs?q=flow:${flow}`);
  await expect(brief).toHaveCount(0);
});

test.describe("on a telephone", () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test("the run lies over the list", async ({ page, visit, api }) => {
    const { flow, name } = await some(api);
    await visit(`/runs?q=flow:${flow}`);
    await rows(page).filter({ hasText: name }).click({ position: { x: 340, y: 4 } });
    const brief = page.getByRole("complementary");
    await expect(brief).toBeInViewport();
    await expect(brief).toBeFocused();
    expect(await fits(page)).toBe(true);
    await brief.getByRole("link", { name: "Close" }).click();
    await expect(brief).toHaveCount(0);
  });
});

test("a filter is saved as a view, found again and deleted", async ({ page, visit, api }) => {
  const { flow } = await some(api);
  const view = unique("view");
  await visit(`/runs?q=flow:${flow}+state:failed`);
  await page.getByText("Save this view").click();
  await page.getByRole("textbox", { name: "Name" }).fill(view);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const link = page.getByRole("navigation", { name: "Saved views" }).getByRole("link", { name: view });
  await expect(link).toHaveAttribute("aria-current", "true");
  await visit("/runs");
  await link.click();
  await expect(page).toHaveURL(`/runs?q=state:failed+flow:${flow}`);
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole("button", { name: "Delete this view" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete this view" }).click();
  await expect(link).toHaveCount(0);
});

test("the usual views are links @reading", async ({ page, visit }) => {
  await visit("/runs");
  const views = page.getByRole("navigation", { name: "Runs by state" });
  for (const name of ["Failed today", "Late", "Running"]) {
    await views.getByRole("link", { name, exact: true }).click();
    await expect(views.getByRole("link", { name, exact: true })).toHaveAttribute("aria-current", "true");
  }
});
