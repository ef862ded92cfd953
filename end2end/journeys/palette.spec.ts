/** Ctrl K and `?`: everything is a few keystrokes away. */
import { unique, type Api } from "./api";
import { expect, test } from "./test";

const made = (api: Api, name: string) => api.deployment("journeys", name);

test("Ctrl K goes to a page, and to a deployment by a part of its name", async ({ page, visit, api }) => {
  const name = unique("findable");
  await made(api, name);
  await visit("/");
  const palette = page.getByRole("dialog", { name: "Go to" });
  await expect(palette).toBeHidden();
  await page.keyboard.press("ControlOrMeta+k");
  await expect(palette.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type("vari");
  await expect(palette.getByRole("link")).toHaveText(["Variablespage"]);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Variables");
  await expect(palette).toBeHidden();

  await page.keyboard.press("ControlOrMeta+k");
  await expect(palette.getByRole("searchbox")).toHaveValue("");
  await page.keyboard.type(name.slice(2));
  await expect(palette.getByRole("link")).toHaveText([`journeys / ${name}deployment`]);
  await page.keyboard.press("ArrowDown");
  await expect(palette.getByRole("link").first()).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(palette.getByRole("searchbox")).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);

  // The page that is shown can be chosen as well.
  await page.keyboard.press("ControlOrMeta+k");
  await page.keyboard.type(name.slice(2));
  await palette.getByRole("link").first().click();
  await expect(palette).toBeHidden();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);

  await page.keyboard.press("ControlOrMeta+k");
  await expect(palette).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(palette).toBeHidden();
});

test("? lists the keys, and single keys are off while somebody types", async ({ page, visit }) => {
  await visit("/deployments");
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  await expect(keys).toBeVisible();
  for (const key of ["g r", "/", "n N", "Ctrl K"]) await expect(keys.getByText(key, { exact: true })).toBeVisible();
  await keys.getByRole("button", { name: "Close" }).click();
  await expect(keys).toBeHidden();
  await page.getByRole("searchbox", { name: "Flow or deployment" }).focus();
  await page.keyboard.type("gd?");
  await expect(page.getByRole("searchbox", { name: "Flow or deployment" })).toHaveValue("gd?");
  await expect(page).toHaveURL("/deployments");
  await expect(keys).toBeHidden();
});
