/** The source of a template in both languages: what YAML adds is kept, and whoever writes is helped. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { unique } from "./api";
import { editor, job, pool, problems, save, source, TEMPLATE, write } from "./template";
import { expect, test } from "./test";

const language = (page: Page, name: "JSON" | "YAML") => page.getByRole("button", { name, exact: true });
/** The line that the cursor is on. */
const line = (page: Page) => page.locator(".cm-activeLine");

/** Takes the first of what is offered. The editor waits a moment, so that nobody takes what they have not seen. */
async function take(page: Page): Promise<void> {
  await page.waitForTimeout(200);
  await page.keyboard.press("Enter");
}

/** Puts the cursor at the end of the first line that has these words; the editor's own search finds it. */
async function behind(page: Page, words: string): Promise<void> {
  await editor(page).focus();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("ControlOrMeta+f");
  await expect(page.getByRole("textbox", { name: "Find" })).toBeFocused();
  await page.keyboard.type(words);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await expect(line(page)).toContainText(words);
  await page.keyboard.press("End");
}

test("YAML says the same, keeps comments through JSON, a save and a change by others, and is found again", async ({ page, visit, api }) => {
  const { name, path, template } = await pool(api);
  await visit(path);
  await expect(editor(page)).toContainText('"variables": {');
  await language(page, "YAML").click();
  await expect(page).toHaveURL(`${path}?source=yaml`);
  await expect(language(page, "YAML")).toHaveAttribute("aria-pressed", "true");
  await expect(editor(page)).toContainText("default: registry.example/base:1");
  await expect(page.getByText("Saved", { exact: true }), "looking at it changes nothing").toBeVisible();

  await behind(page, "default: registry.example/base:1");
  await page.keyboard.insertText(" # rebuilt every night");
  await expect(page.getByText("Not saved", { exact: true })).toBeVisible();
  await language(page, "JSON").click();
  await expect(page.getByText("Comments are kept; YAML shows them.")).toBeVisible();
  await expect(editor(page)).not.toContainText("rebuilt");
  await language(page, "YAML").click();
  await expect(editor(page)).toContainText("base:1 # rebuilt every night");

  // The form changes the value and nothing else.
  await page.getByLabel("Image").fill("registry.example/base:2");
  await expect(editor(page)).toContainText("default: registry.example/base:2 # rebuilt every night");
  await save(page).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  const changed = structuredClone(TEMPLATE);
  changed.variables.properties.image.default = "registry.example/base:2";
  expect(JSON.stringify(await template())).toBe(JSON.stringify(changed));

  changed.variables.properties.namespace.default = "elsewhere";
  await api.patch(`/work_pools/${name}`, { base_job_template: changed });
  await expect(editor(page)).toContainText("default: elsewhere");
  await expect(editor(page)).toContainText("# rebuilt every night");
  await visit(path);
  await expect(language(page, "YAML"), "whoever comes back finds the comments").toHaveAttribute("aria-pressed", "true");
  await expect(editor(page)).toContainText("default: registry.example/base:2 # rebuilt every night");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("link", { name: "2", exact: true }).click();
  await expect(page.getByLabel("Template as it was written")).toContainText("# rebuilt every night");
});

test("a draft in YAML comes back as it was, even when it is half a sentence", async ({ page, visit, api }) => {
  const { path, template } = await pool(api);
  page.on("dialog", (dialog) => dialog.accept());
  await visit(`${path}?source=yaml`);
  await expect(editor(page)).toContainText("variables:");
  await write(page, "# half\nvariables: [");
  await expect(problems(page)).toContainText("This is no valid YAML");
  await expect(problems(page).getByRole("button").first()).toHaveText("2:13");
  await expect(page.locator(".cm-lint-marker-error")).toBeVisible();
  await expect(save(page)).toBeDisabled();
  await language(page, "JSON").click();
  await expect(page.getByRole("status").getByText("Mend what cannot be read first")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("status").getByText("Your unsaved changes are back")).toBeVisible();
  await expect(editor(page)).toContainText("# half");
  await page.getByRole("button", { name: "Discard changes" }).click();
  await expect(editor(page)).toContainText("default: registry.example/base:1");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  expect(await template()).toEqual(TEMPLATE);
});

test("what is wrong stands at its line in both languages, and F8 goes from one to the next", async ({ page, visit, api }) => {
  const { path } = await pool(api);
  await visit(path);
  const wrong = structuredClone(TEMPLATE) as any;
  wrong.job_configuration.env = "{{ enw }}";
  wrong.job_configuration.job_manifest.spec.backoffLimit = "many";
  wrong.job_configuration.job_manifest.spec.template.spec.tolerationz = [];
  await write(page, source(wrong));
  for (const name of ["JSON", "YAML"] as const) {
    await language(page, name).click();
    await expect(problems(page)).toContainText("`enw` is not declared in `variables`.");
    await expect(problems(page)).toContainText("`backoffLimit` must be a whole number");
    await expect(problems(page)).toContainText("Is `tolerations` meant?");
    await expect(problems(page).getByRole("listitem"), "each is told once").toHaveCount(4);
    await problems(page).getByRole("listitem").filter({ hasText: "tolerationz" }).getByRole("button").click();
    await expect(line(page)).toContainText("tolerationz");
    await page.keyboard.press("F8");
    await expect(line(page)).toContainText("backoffLimit");
    await page.keyboard.press("Shift+F8");
    await expect(line(page)).toContainText("tolerationz");
    await page.keyboard.press("Shift+F8");
    await expect(line(page)).toContainText("{{ enw }}");
  }
  await save(page).focus();
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("F8");
  await expect(editor(page), "from anywhere on the page").toBeFocused();
});

test("fields, values and placeholders are offered and explained, by the keyboard alone", async ({ page, visit, api }) => {
  const { name, path } = await pool(api);
  await api.deployment("journeys", unique("own"), { work_pool_name: name, job_variables: { image: "mine:1" } });
  await visit(`${path}?source=yaml`);
  await behind(page, "completions: 1");
  await page.keyboard.press("Enter");
  await page.keyboard.type("servAcc");
  const offered = page.locator(".cm-tooltip-autocomplete");
  await expect(offered.getByRole("option").first()).toContainText("serviceAccountName");
  await expect(page.locator(".cm-completionInfo")).toContainText("ServiceAccount to use to run this pod");
  await take(page);
  await page.keyboard.type('"{{ namesp');
  await expect(offered.getByRole("option").first()).toContainText("namespace");
  await take(page);
  await expect(line(page)).toContainText('serviceAccountName: "{{ namespace }}"');
  await expect(job(page)).toContainText("serviceAccountName: flows");

  await page.keyboard.press("F2");
  const explained = page.locator(".explanation");
  await expect(explained).toContainText("{{ namespace }} variable");
  await expect(explained).toContainText("Default: flows");
  await expect(explained).toContainText("None of 1 deployment overrides it.");
  await page.keyboard.press("Escape");
  await expect(explained).toHaveCount(0);

  await language(page, "JSON").click();
  await page.locator(".cm-line", { hasText: '"image": "{{ image }}"' }).getByText("image").last().hover();
  await expect(explained).toContainText("1 of 1 deployment override it: journeys / own");
  await behind(page, '"completions": 1,');
  await page.keyboard.press("Enter");
  await page.keyboard.type('"dnsPol');
  await expect(offered.getByRole("option").first()).toContainText("dnsPolicy");
  await take(page);
  await page.keyboard.press("Control+Space");
  await expect(offered.getByRole("option")).toHaveText([/ClusterFirst/, /ClusterFirstWithHostNet/, /Default/, /None/]);
});

test("a line of the job leads to what sets it, by pointer and keyboard", async ({ page, visit, api }) => {
  const { name, path } = await pool(api);
  await api.deployment("journeys", unique("own"), { work_pool_name: name, job_variables: { namespace: "mine" } });
  await visit(path);
  await expect(editor(page)).toBeVisible();
  for (const shown of ["JSON", "YAML"] as const) {
    await language(page, shown).click();
    await job(page).locator(".yl", { hasText: "image: registry.example/base:1" }).click();
    await expect(line(page), "the pool's default stands with the variable").toHaveText(/default.*registry.example\/base:1/);
    const namespace = job(page).locator(".yl", { hasText: "namespace: mine" });
    await expect(namespace).toHaveAttribute("title", "Set by the deployment");
    await namespace.click();
    await expect(line(page), "what the deployment says comes in here").toContainText("{{ namespace }}");
  }
  await job(page).locator("pre").focus();
  await page.keyboard.press("ArrowDown");
  await expect(job(page).locator(".yl").first()).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(editor(page)).toBeFocused();
  await expect(line(page)).toContainText("kind: Job");
});

test("the form says whom a variable concerns", async ({ page, visit, api }) => {
  const { name, path } = await pool(api);
  const own = await api.deployment("journeys", unique("own"), { work_pool_name: name, job_variables: { image: "mine:1" } });
  await api.deployment("journeys", unique("plain"), { work_pool_name: name });
  await visit(path);
  const form = page.getByRole("region", { name: "Defaults" });
  const usage = (label: string) => form.locator(".field", { has: page.getByLabel(label, { exact: true }) }).locator(".usage");
  await expect(usage("Image")).toHaveText(`Used by 2 deployments, overridden by 1: ${own.name}`);
  await expect(usage("Image").getByRole("link", { name: own.name })).toHaveAttribute("href", own.path);
  await expect(usage("Namespace")).toHaveText("Used by 2 deployments");
});

for (const theme of ["light", "dark"] as const) {
  for (const [size, width, height] of [["wide", 1440, 900], ["narrow", 390, 844]] as const) {
    test(`the editor is accessible with all of its help open, ${theme} and ${size}`, async ({ page, visit, api }, info) => {
      const { name, path } = await pool(api);
      await api.deployment("journeys", unique("own"), { work_pool_name: name, job_variables: { namespace: "mine" } });
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await visit(`${path}?source=yaml`);
      await behind(page, "completions: 1");
      await page.keyboard.press("Enter");
      await page.keyboard.type("tolerationz: []");
      await expect(problems(page)).toContainText("Is `tolerations` meant?");
      await page.keyboard.press("F2");
      await page.screenshot({ path: info.outputPath("explained.png") });
      await page.keyboard.press("Enter");
      await page.keyboard.type("serv");
      await expect(page.locator(".cm-tooltip-autocomplete")).toBeVisible();
      await page.screenshot({ path: info.outputPath("offered.png") });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(" | ")}`)).toEqual([]);
    });
  }
}
