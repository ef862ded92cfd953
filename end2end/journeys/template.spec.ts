/** The editor of a pool's base job template: nothing wrong can be saved, nothing typed is lost, the job follows. */
import { editor, job, pool, problems, save, source, TEMPLATE, write } from "./template";
import { unique } from "./api";
import { expect, test } from "./test";

test("broken JSON is refused: place marked, Save off, the rest unharmed", async ({ page, visit, api }) => {
  const { path, template } = await pool(api);
  await visit(path);
  await expect(editor(page)).toBeVisible();
  await expect(save(page)).toBeDisabled();

  await editor(page).click();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.press("Backspace");
  const last = source(TEMPLATE).trimEnd().slice(0, -1).trimEnd().split("\n");
  await expect(problems(page)).toContainText("This is no valid JSON");
  await expect(problems(page).getByRole("button", { name: `${last.length}:${last.at(-1)!.length + 1}` })).toBeVisible();
  await expect(page.locator(".cm-lintRange-error, .cm-lintPoint-error").first()).toBeAttached();
  await expect(save(page)).toBeDisabled();
  await page.keyboard.press("ControlOrMeta+s");
  await expect(page.getByText("Not saved: it cannot be")).toBeVisible();
  expect(await template()).toEqual(TEMPLATE);

  // The list of problems leads to the place, and mending it is enough.
  await problems(page).getByRole("button").first().click();
  await expect(editor(page)).toBeFocused();
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.insertText("}");
  await expect(problems(page)).toContainText("in order");
});

test("a placeholder that no variable declares is marked and cannot be saved", async ({ page, visit, api }) => {
  const { path, template } = await pool(api);
  await visit(path);
  const wrong = source(TEMPLATE).replace("{{ image }}", "{{ imagine }}");
  const line = wrong.split("\n").findIndex((line) => line.includes("imagine"));
  const column = wrong.split("\n")[line]!.indexOf("{{") + 1;
  await write(page, wrong);
  await expect(problems(page)).toContainText("imagine");
  await expect(problems(page).getByRole("button", { name: `${line + 1}:${column}` })).toBeVisible();
  await expect(page.locator(".cm-lintRange-error")).toHaveText("{{ imagine }}");
  await expect(save(page)).toBeDisabled();
  expect(await template()).toEqual(TEMPLATE);
});

test("a right edit is saved as it was written", async ({ page, visit, api }) => {
  const { path, template } = await pool(api);
  await visit(path);
  const changed = structuredClone(TEMPLATE);
  changed.variables.properties.image.default = "registry.example/base:2";
  await write(page, source(changed));
  await expect(page.getByText("Not saved", { exact: true })).toBeVisible();
  await page.keyboard.press("ControlOrMeta+s");
  await expect(page.getByRole("status").getByText("The template is saved")).toBeVisible();
  await expect(save(page)).toBeDisabled();
  expect(JSON.stringify(await template()), "keys keep their order").toBe(JSON.stringify(changed));
  await page.reload();
  await expect(editor(page)).toContainText("registry.example/base:2");
});

test("the form writes into the source, and the other way round", async ({ page, visit, api }) => {
  const { path, template } = await pool(api);
  await visit(path);
  await expect(editor(page)).toBeVisible();
  const image = page.getByLabel("Image");
  await image.fill("registry.example/base:3");
  await expect(editor(page)).toContainText('"default": "registry.example/base:3"');
  await expect(job(page)).toContainText("image: registry.example/base:3");
  const changed = structuredClone(TEMPLATE);
  changed.variables.properties.namespace.default = "elsewhere";
  await write(page, source(changed));
  await expect(page.getByLabel("Namespace")).toHaveValue("elsewhere");
  await expect(image).toHaveValue("registry.example/base:1");
  await save(page).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  expect(await template()).toEqual(changed);
});

test("the rendered job follows the text and the chosen deployment", async ({ page, visit, api }) => {
  const { name, path } = await pool(api);
  const own = await api.deployment("journeys", unique("own-image"), { work_pool_name: name, job_variables: { image: "registry.example/own:7" } });
  const plain = await api.deployment("journeys", unique("plain"), { work_pool_name: name });
  await visit(path);
  const choice = job(page).getByLabel("Deployment");
  await choice.selectOption(plain.id);
  await expect(job(page)).toContainText("image: registry.example/base:1");
  await choice.selectOption(own.id);
  await expect(job(page)).toContainText("image: registry.example/own:7");
  await expect(job(page).locator(".yl", { hasText: "registry.example/own:7" })).toHaveAttribute("data-origin", "deployment");

  const changed = structuredClone(TEMPLATE) as any;
  changed.job_configuration.job_manifest.metadata.labels = { team: "journeys" };
  await write(page, source(changed));
  await expect(job(page)).toContainText("team: journeys");
  // Broken text leaves the last job in sight and says so.
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.press("Backspace");
  await expect(job(page)).toContainText("As of the last text that could be read.");
  await expect(job(page)).toContainText("team: journeys");
});

test("a draft survives a reload, can be discarded, and leaving asks", async ({ page, visit, api }) => {
  const { name, path, template } = await pool(api);
  const asked: string[] = [];
  page.on("dialog", async (dialog) => {
    asked.push(dialog.type());
    await (dialog.type() === "confirm" ? dialog.dismiss() : dialog.accept());
  });
  await visit(path);
  const changed = structuredClone(TEMPLATE);
  changed.variables.properties.image.default = "registry.example/draft:1";
  await write(page, source(changed));
  await page.getByRole("link", { name, exact: true }).click();
  await expect.poll(() => asked).toEqual(["confirm"]);
  await expect(page).toHaveURL(path);

  await page.reload();
  await expect.poll(() => asked).toContain("beforeunload");
  await expect(page.getByRole("status").getByText("Your unsaved changes are back")).toBeVisible();
  await expect(editor(page)).toContainText("registry.example/draft:1");
  await expect(save(page)).toBeEnabled();
  expect(await template()).toEqual(TEMPLATE);

  await page.getByRole("button", { name: "Discard changes" }).click();
  await expect(editor(page)).toContainText("registry.example/base:1");
  await page.reload();
  await expect(editor(page)).toContainText("registry.example/base:1");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
});

test("somebody else's save is taken over, or told to whoever is editing", async ({ page, visit, api }) => {
  const { name, path } = await pool(api);
  await visit(path);
  await expect(editor(page)).toBeVisible();
  const theirs = structuredClone(TEMPLATE);
  theirs.variables.properties.image.default = "registry.example/theirs:1";
  await api.patch(`/work_pools/${name}`, { base_job_template: theirs });
  await expect(editor(page)).toContainText("registry.example/theirs:1");

  const mine = structuredClone(TEMPLATE);
  mine.variables.properties.image.default = "registry.example/mine:1";
  await write(page, source(mine));
  theirs.variables.properties.image.default = "registry.example/theirs:2";
  await api.patch(`/work_pools/${name}`, { base_job_template: theirs });
  await expect(page.getByRole("status").getByText("Somebody else has saved this template")).toBeVisible();
  await expect(editor(page)).toContainText("registry.example/mine:1");
});

test.describe("two people at once", () => {
  test.use({ expected: [/status of 409/] });

  test("nobody's change is undone: both are brought together, and the history has all of them", async ({ page, visit, api }) => {
    const { name, path, template } = await pool(api);
    await visit(path);
    await expect(editor(page)).toBeVisible();
    const mine = structuredClone(TEMPLATE);
    mine.variables.properties.image.default = "registry.example/mine:1";
    await write(page, source(mine));
    const theirs = structuredClone(TEMPLATE);
    theirs.variables.properties.namespace.default = "theirs";
    await api.patch(`/work_pools/${name}`, { base_job_template: theirs });
    await expect(page.getByRole("status").getByText("Somebody else has saved this template")).toBeVisible();
    await page.getByRole("textbox", { name: "Why" }).fill("a newer base image");
    await save(page).click();
    await expect(problems(page)).toContainText("Both changes fit together");
    expect(await template(), "theirs is still there").toEqual(theirs);
    await page.getByRole("button", { name: "Bring both together in the editor" }).click();
    await expect(editor(page)).toContainText('"default": "theirs"');
    await expect(editor(page)).toContainText("registry.example/mine:1");
    await save(page).click();
    await expect(page.getByText("Saved", { exact: true })).toBeVisible();
    const both = structuredClone(theirs);
    both.variables.properties.image.default = "registry.example/mine:1";
    expect(await template()).toEqual(both);
    await page.getByRole("link", { name: "History" }).click();
    await expect(page.getByRole("row", { name: /a newer base image/ })).toContainText("is used now");
    await page.getByRole("row", { name: /before versions were kept/ }).getByRole("button", { name: "Go back to it" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Go back to it" }).click();
    await expect(page.getByRole("row", { name: /Back to version 1/ })).toContainText("is used now");
    expect(await template()).toEqual(TEMPLATE);
    await page.getByRole("link", { name: "3", exact: true }).click();
    await expect(page.getByLabel("Against version 2")).toContainText("registry.example/mine:1");
  });
});

test("what a change means for the deployments is told before it is saved", async ({ page, visit, api }) => {
  const { name, path, template } = await pool(api);
  const { flow } = await api.deployment(unique("etl"), "d", { work_pool_name: name });
  await visit(path);
  await expect(editor(page)).toBeVisible();
  await write(page, source(TEMPLATE).replace("base:1", "base:2"));
  await page.getByRole("button", { name: "Impact" }).click();
  const impact = page.getByRole("region", { name: "Impact" });
  await expect(impact).toContainText("The next Jobs of 1 deployment change.");
  await expect(impact.getByRole("row", { name: new RegExp(flow) })).toContainText("changes");
  await expect(impact.getByLabel(`${flow} / d`)).toContainText("registry.example/base:2");
  expect(await template(), "nothing is saved").toEqual(TEMPLATE);
});

test.describe("without the editor's script", () => {
  test.use({ expected: [/ERR_FAILED/] });

  test("the plain text area does the same", async ({ page, visit, api }) => {
    const { path, template } = await pool(api);
    await page.route(/editor\.[0-9a-f]+\.js/, (route) => route.abort());
    await visit(path);
    const area = page.getByRole("textbox", { name: "Template source" });
    await area.fill("{");
    await expect(problems(page)).toContainText("This is no valid JSON");
    await expect(save(page)).toBeDisabled();
    const changed = structuredClone(TEMPLATE);
    changed.variables.properties.image.default = "registry.example/plain:1";
    await area.fill(source(changed));
    await save(page).click();
    await expect(page.getByText("Saved", { exact: true })).toBeVisible();
    expect(await template()).toEqual(changed);
  });
});

test("without a worker the cluster cannot be asked, and that is said", async ({ page, visit, api }) => {
  const { path, template } = await pool(api);
  await visit(path);
  await expect(editor(page)).toBeVisible();
  const ask = page.getByRole("button", { name: "Dry run on cluster" });
  const answer = page.getByRole("region", { name: "Dry run" });
  await ask.click();
  await expect(page.getByRole("button", { name: "Asking the cluster…" })).toBeDisabled();
  await expect(answer).toContainText("No Kubernetes worker of pool", { timeout: 10_000 });
  await expect(answer).toContainText("is online to ask the cluster.");
  expect(await template(), "nothing is saved").toEqual(TEMPLATE);

  // What has been changed since has not been asked about, and what is broken cannot be.
  await write(page, source(TEMPLATE).replace("base:1", "base:2"));
  await expect(answer).not.toContainText("No Kubernetes worker");
  await write(page, "{");
  await expect(ask).toBeDisabled();
});
