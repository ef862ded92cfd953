/** The log of a run: its sources, colours, times, histogram, what is copied of it, and very many lines. */
import AxeBuilder from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { unique, type Api, type Line } from "./api";
import { expect, inSight, test } from "./test";

const INFO = 20;

const rows = (page: Page): Locator => page.getByRole("log").locator(".ln");
const texts = (page: Page): Locator => rows(page).locator(".tx");
const source = (page: Page, name: string): Locator =>
  page.getByRole("group", { name: "Source of the lines" }).getByRole("button", { name: new RegExp(`^${name}`) });

async function runWith(api: Api, lines: Line[]): Promise<string> {
  const run = await api.running("journeys", { name: unique("log") });
  await api.log(run, lines);
  return run;
}

/** What a pod of the run prints. */
async function print(api: Api, run: string, from: number, lines: string[]): Promise<void> {
  const at = new Date().toISOString();
  await api.post(`/reeve/flow_runs/${run}/output`, { pod: "pod-a", lines: lines.map((text, i) => ({ at, nth: from + i, text })) });
}

const nodes = (page: Page) => page.evaluate(() => document.querySelectorAll("*").length);

test("what clients send and what pods print is read apart or together, live", async ({ page, visit, api }) => {
  const run = await runWith(api, [{ level: INFO, message: "sent one" }]);
  await visit(`/runs/${run}`);
  await expect(texts(page)).toHaveText(["sent one"]);
  await expect(source(page, "Pod")).toBeHidden();

  // The first lines of a pod are told of, and shown when asked for.
  await print(api, run, 0, ["printed one", "WARNING: printed two"]);
  await expect(source(page, "Pod")).toHaveText(/2$/);
  await expect(texts(page)).toHaveText(["sent one"]);
  await source(page, "Pod").click();
  await expect(texts(page)).toHaveText(["printed one", "WARNING: printed two"]);
  await expect(page).toHaveURL(`/runs/${run}?source=pod`);
  await print(api, run, 2, ["printed three"]);
  await expect(texts(page)).toHaveText(["printed one", "WARNING: printed two", "printed three"]);
  await page.reload();
  await expect(source(page, "Pod")).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", { name: /^Info/ }).click();
  await expect(texts(page)).toHaveText(["WARNING: printed two"]);
  await page.getByRole("button", { name: /^Info/ }).click();

  await source(page, "Both").focus();
  await page.keyboard.press("Enter");
  await api.log(run, [{ level: INFO, message: "sent two" }]);
  await expect(texts(page)).toHaveText(["sent one", "printed one", "WARNING: printed two", "printed three", "sent two"]);
  await expect(rows(page).locator(".no")).toHaveText(["1", "P1", "P2", "P3", "2"]);
  await expect(page.locator(".log-foot")).toContainText(/^2 lines from clients and 3 that pods printed, /);

  // Each source has its own numbers, whatever is shown.
  await page.locator("#P3 .no").click();
  await expect(page).toHaveURL(`/runs/${run}?source=both#P3`);
  await source(page, "Pod").click();
  await expect(page.locator("#P3")).toHaveAttribute("data-marked", "");
  await visit(`/runs/${run}/output`);
  await expect(texts(page)).toHaveText(["printed one", "WARNING: printed two", "printed three"]);
});

test("colours of terminals are shown, and nothing else of them", async ({ page, visit, api, browser, baseURL }) => {
  const run = await runWith(api, [
    { level: INFO, message: "\u001b[1;31mred\u001b[0m \u001b[38;5;34mgreen\u001b[39m \u001b[38;2;0;0;250mblue\u001b[0m \u001b[41mon red\u001b[0m" },
    { level: INFO, message: "<img src=x onerror=alert(1)> \u001b]0;title\u0007\u001b[2J\u202egnp.exe" },
    { level: INFO, message: Array.from({ length: 5000 }, (_, n) => `\u001b[3${(n % 7) + 1}mx`).join("") },
  ]);
  const look = async (page: Page) => {
    await expect(texts(page).nth(1)).toHaveText("<img src=x onerror=alert(1)> \ufffdgnp.exe");
    const pieces = texts(page).first().locator("span");
    await expect(pieces).toHaveText(["red", "green", "blue", "on red"]);
    const classes = await pieces.evaluateAll((all) => all.map((one) => one.className));
    expect(classes).toEqual(["a1 ab", "a2", "a12", "g1"]);
    expect(await nodes(page), "a hostile line is no burden").toBeLessThan(1500);
  };
  await visit(`/runs/${run}`);
  await look(page);
  const plain = await browser.newContext({ javaScriptEnabled: false, baseURL });
  const still = await plain.newPage();
  await still.goto(`/runs/${run}`);
  await look(still);
  await plain.close();
});

test("bars lead to the time at which lines were written", async ({ page, visit, api }) => {
  const began = Date.now() - 3_600_000;
  const run = await api.running("journeys", { name: unique("log") });
  for (let part = 0; part < 3; part++) {
    await api.post("/logs/", Array.from({ length: 1000 }, (_, i) => ({
      name: "x", level: part === 1 && i === 500 ? 40 : INFO, message: `line ${part * 1000 + i + 1}`,
      timestamp: new Date(began + (part * 1000 + i) * 1000).toISOString(), flow_run_id: run,
    })));
  }
  await visit(`/runs/${run}`);
  await inSight(page.locator("#L3000"));
  const slider = page.getByRole("slider", { name: "When the lines were written" });
  await slider.focus();
  await page.keyboard.press("Home");
  await inSight(page.locator("#L1"));
  await expect(slider).toHaveAttribute("aria-valuetext", /, \d+ lines, Info \d+$/);
  await page.keyboard.press("PageUp");
  await expect(slider).toHaveAttribute("aria-valuenow", "10");
  // The error: where its bar is, there is its line.
  const { bars } = await api.get(`/reeve/flow_runs/${run}/logs/overview`);
  const box = (await slider.boundingBox())!;
  const bar = bars.findIndex((bar: number[]) => bar[3]! > 0);
  await page.mouse.click(box.x + (box.width * (bar + 0.5)) / bars.length, box.y + 20);
  await expect(slider).toHaveAttribute("aria-valuenow", String(bar));
  await expect.poll(async () => {
    const numbers = await rows(page).locator(".no").allTextContents();
    return numbers.map(Number).some((number) => Math.abs(number - 1500) < 100);
  }).toBe(true);
  await expect(page.locator(".log > div > p.hidden")).toHaveText(/^Most lines, \d+, within .* 1 error, the first near \d\d:\d\d:\d\d UTC\.$/);
  const found = await new AxeBuilder({ page }).include(".log").analyze();
  expect(found.violations).toEqual([]);

  // Hidden levels are not drawn; what arrives is.
  const drawn = page.locator('.log-chart path[data-level="info"]');
  await expect(drawn).toHaveAttribute("d", /^M/);
  await page.getByRole("button", { name: /^Info/ }).click();
  await expect(drawn).toHaveAttribute("d", "");
  await api.post("/logs/", [{ name: "x", level: 30, message: "w", timestamp: new Date().toISOString(), flow_run_id: run }]);
  await expect(page.locator('.log-chart path[data-level="warning"]')).toHaveAttribute("d", /^M/);
});

test("times are those of the clock, since the start or since the line before", async ({ page, visit, api }) => {
  const run = await api.running("journeys", { name: unique("log") });
  const start = Date.parse((await api.get(`/flow_runs/${run}`)).start_time);
  await api.post("/logs/", [2, 5].map((second) => ({
    name: "x", level: INFO, message: "m", timestamp: new Date(start + second * 1000).toISOString(), flow_run_id: run,
  })));
  await visit(`/runs/${run}`);
  const shown = rows(page).locator("time");
  await expect(shown).toHaveText([/^\d\d:\d\d:\d\d\.\d{3}$/, /^\d\d:\d\d:\d\d\.\d{3}$/]);
  const times = page.getByRole("combobox", { name: "Times" });
  await times.selectOption("Since start");
  await expect(shown).toHaveText(["+2.0 s", "+5.0 s"]);
  await expect(page).toHaveURL(`/runs/${run}?times=start`);
  await times.selectOption("Since previous");
  await expect(shown).toHaveText(["·", "+3.0 s"]);
  await page.reload();
  await expect(shown).toHaveText(["·", "+3.0 s"]);
  await expect(times).toHaveValue("previous");
  await times.selectOption("No times");
  await expect(shown).toHaveCount(0);
});

test("what is shown, or marked, is copied as text and as Markdown", async ({ page, visit, api, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const lines = ["one", "``` two", "\u001b[31mthree\u001b[0m", "four"].map((message, i) => ({ level: i === 3 ? 30 : INFO, message }));
  const run = await runWith(api, lines);
  await visit(`/runs/${run}`);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  const done = page.getByText(/ copied$/);
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await expect(done).toHaveText("4 lines copied");
  expect(await copied()).toMatch(/^\S+Z INFO {4}one\n\S+Z INFO {4}``` two\n\S+Z INFO {4}three\n\S+Z WARNING four\n$/);
  await page.locator("#L2 .no").click();
  await page.locator("#L3 .no").click({ modifiers: ["Shift"] });
  await expect(page).toHaveURL(`/runs/${run}#L2-L3`);
  await page.getByRole("button", { name: "Copy Markdown" }).click();
  await expect(page.getByText("2 lines copied")).toBeVisible();
  const markdown = await copied();
  expect(markdown).toMatch(/^\[.*\]\(http.*#L2-L3\)\n\n````text\n\S+Z INFO {4}``` two\n\S+Z INFO {4}three\n````\n$/);
});

test("the foot says whether the log is whole", async ({ page, visit, api }) => {
  const run = await runWith(api, [{ level: INFO, message: "one" }, { level: INFO, message: "two" }]);
  await visit(`/runs/${run}`);
  const foot = page.locator(".log-foot");
  await expect(foot).toHaveText(/^2 lines, from \S+ to \S+ UTC; the run still goes on; none is known to be missing\.$/);
  await api.post("/logs/", [{
    name: "prefect.flow_runs.worker", level: 30, timestamp: new Date().toISOString(), flow_run_id: run,
    message: "7 lines are missing: they were printed while the server could not take them.",
  }]);
  await expect(foot).toHaveText(/^3 lines, .* lines are missing in 1 place, which say how many\.$/);
  await api.setState(run, "COMPLETED");
  await expect(foot).toHaveText(/; the last one \S+ s (before|after) the run ended; /);
});

test("a hundred thousand lines are scrolled through with few elements", async ({ page, visit, api }, info) => {
  test.setTimeout(240_000);
  const total = 100_000;
  const run = await api.running("journeys", { name: unique("log") });
  const long = " and what it says is of ordinary length";
  await api.log(run, Array.from({ length: total }, (_, n) => ({ level: INFO, message: `line ${n + 1}${long}` })));
  await visit(`/runs/${run}`);
  await inSight(page.locator(`#L${total}`));
  const log = page.getByRole("log");
  const most = { nodes: await nodes(page), rows: await rows(page).count() };
  for (const part of [0, 0.5, 0.9, 0.1, 1]) {
    await log.evaluate((box, part) => { box.scrollTop = box.scrollHeight * part; }, part);
    const near = Math.round(part * total);
    await expect.poll(async () => {
      const numbers = await rows(page).locator(".no").allTextContents();
      return numbers.map(Number).some((number) => Math.abs(number - near) < 80);
    }).toBe(true);
    most.nodes = Math.max(most.nodes, await nodes(page));
    most.rows = Math.max(most.rows, await rows(page).count());
  }
  await log.focus();
  await page.keyboard.press("Home");
  await inSight(page.locator("#L1"));
  // Wrapped lines take more rows than was known before they were there: what is in sight stays.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("button", { name: "Wrap" }).click();
  await log.evaluate((box) => { box.scrollTop = box.scrollHeight / 2; });
  await expect.poll(() => rows(page).count()).toBeGreaterThan(20);
  expect(most.nodes).toBeLessThan(1500);
  expect(most.rows).toBeLessThan(200);
  info.annotations.push({ type: "measured", description: `at most ${most.nodes} elements, ${most.rows} rows` });
});

test("five hundred lines a second are followed and none is lost", async ({ page, visit, api }, info) => {
  test.setTimeout(120_000);
  const run = await runWith(api, [{ level: INFO, message: "line 0" }]);
  await visit(`/runs/${run}`);
  await inSight(page.locator("#L1"));
  await page.evaluate(() => {
    const seen = { long: [] as number[], nodes: 0 };
    (window as any).seen = seen;
    new PerformanceObserver((list) => seen.long.push(...list.getEntries().map((entry) => Math.round(entry.duration)))).observe({ type: "longtask" });
    setInterval(() => { seen.nodes = Math.max(seen.nodes, document.querySelectorAll("*").length); }, 100);
  });
  const [seconds, perTenth] = [10, 50];
  const began = Date.now();
  for (let n = 0; n < seconds * 10; n++) {
    const line = (i: number) => ({ level: INFO, message: `line ${n * perTenth + i + 1} of a busy run` });
    await api.log(run, Array.from({ length: perTenth }, (_, i) => line(i)));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + (n + 1) * 100 - Date.now())));
  }
  const total = seconds * 10 * perTenth + 1;
  await inSight(page.locator(`#L${total}`));
  await expect(page.locator(`#L${total}`)).toContainText(`line ${total - 1} of`);
  await expect(page.getByRole("button", { name: /^Info/ })).toHaveText(/5.001$/);
  await expect(page.getByRole("button", { name: "Follow" })).toHaveAttribute("aria-pressed", "true");
  // In their order, and without a hole.
  const numbers = (await rows(page).locator(".no").allTextContents()).map(Number);
  expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i));
  await page.getByRole("searchbox", { name: "Search: text or /regex/" }).fill("of a busy run");
  await expect(page.locator(".log-search output")).toHaveText(/ of 5.000$/);
  const seen = await page.evaluate(() => (window as any).seen as { long: number[]; nodes: number });
  expect(seen.nodes).toBeLessThan(1500);
  const words = `${Math.round((Date.now() - began) / 1000)} s, at most ${seen.nodes} elements, long tasks: ${seen.long.length}, the longest ${Math.max(0, ...seen.long)} ms`;
  info.annotations.push({ type: "measured", description: words });
  console.log(words);
});
