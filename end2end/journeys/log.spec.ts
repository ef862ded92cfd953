/** The log of a run: live, long, filtered, followed and left alone. */
import type { Locator, Page } from "@playwright/test";
import { unique, type Api, type Line } from "./api";
import { expect, inSight, test } from "./test";

const INFO = 20;
const WARNING = 30;
const ERROR = 40;

function numbered(from: number, to: number, level = INFO): Line[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({ level, message: `line ${from + i} says something of ordinary length` }));
}

/** Twenty thousand lines: every hundredth a warning, every thousandth an error. */
function many(): Line[] {
  const level = (n: number) => (n % 1000 === 0 ? ERROR : n % 100 === 0 ? WARNING : INFO);
  return numbered(1, 20_000).map((line, i) => ({ ...line, level: level(i + 1) }));
}

async function runWith(api: Api, lines: Line[]): Promise<string> {
  const run = await api.running("journeys", { name: unique("log") });
  await api.log(run, lines);
  return run;
}

const rows = (page: Page): Locator => page.getByRole("log").locator(".ln");
const row = (page: Page, n: number): Locator => page.locator(`#L${n}`);
const follow = (page: Page): Locator => page.getByRole("button", { name: "Follow" });

async function toTop(page: Page): Promise<void> {
  await page.getByRole("log").evaluate((box) => { box.scrollTop = 0; });
}

test("twenty thousand lines are read with few elements in the document", async ({ page, visit, api }) => {
  const run = await runWith(api, many());
  await visit(`/runs/${run}`);
  await inSight(row(page, 20_000));
  await expect(page.locator(".log-foot")).toContainText(/^20.000 lines, /);
  const few = async () => {
    expect(await rows(page).count()).toBeLessThan(250);
    expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(1500);
  };
  await few();

  // The first lines are as near as the last ones.
  await toTop(page);
  await inSight(row(page, 1));
  await expect(row(page, 1)).toContainText("line 1 says");
  await few();

  // A link to a line leads to it.
  await page.evaluate(() => { location.hash = "#L7000-L7002"; });
  await inSight(row(page, 7000));
  await expect(row(page, 7000)).toHaveAttribute("data-marked", "");
  await expect(row(page, 7003)).not.toHaveAttribute("data-marked", "");
  await expect(row(page, 7000)).toContainText("line 7000 says");
  await few();

  // Somewhere in the middle the numbers are those of the lines.
  await page.getByRole("log").evaluate((box) => { box.scrollTop = 18 * 10_000; });
  await inSight(row(page, 10_005));
  await expect(row(page, 10_005)).toContainText("line 10005 says");
  await few();
});

test("the end is followed until somebody scrolls up, and again when asked to", async ({ page, visit, api }) => {
  const run = await runWith(api, numbered(1, 300));
  await visit(`/runs/${run}`);
  await inSight(row(page, 300));
  await expect(follow(page)).toHaveAttribute("aria-pressed", "true");
  await api.log(run, numbered(301, 305));
  await inSight(row(page, 305));

  await page.getByRole("log").hover();
  await page.mouse.wheel(0, -900);
  await expect(follow(page)).toHaveAttribute("aria-pressed", "false");
  const top = () => page.getByRole("log").evaluate((box) => box.scrollTop);
  const held = await top();
  await api.log(run, numbered(306, 312));
  const pill = page.getByRole("button", { name: /^7 new lines/ });
  await expect(pill).toBeVisible();
  expect(await top(), "what is read stays where it is").toBe(held);

  await pill.click();
  await inSight(row(page, 312));
  await expect(pill).toHaveCount(0);
  await expect(follow(page)).toHaveAttribute("aria-pressed", "true");
  await api.log(run, numbered(313, 313));
  await inSight(row(page, 313));

  // By keyboard: the log scrolls when it has the focus, `f` goes back to the end.
  await page.getByRole("log").focus();
  await page.keyboard.press("Home");
  await inSight(row(page, 1));
  await expect(follow(page)).toHaveAttribute("aria-pressed", "false");
  await page.keyboard.press("f");
  await inSight(row(page, 313));
});

test("levels are hidden and shown, and the URL remembers which", async ({ page, visit, api }) => {
  const run = await runWith(api, [
    { level: 10, message: "a detail" },
    { level: INFO, message: "as usual" },
    { level: WARNING, message: "take care" },
    { level: ERROR, message: "it broke" },
    { level: 50, message: "it broke badly" },
  ]);
  await visit(`/runs/${run}`);
  const text = rows(page).locator(".tx");
  await expect(text).toHaveText(["a detail", "as usual", "take care", "it broke", "it broke badly"]);
  await page.getByRole("button", { name: /^Info/ }).click();
  await page.getByRole("button", { name: /^Debug/ }).click();
  await expect(text).toHaveText(["take care", "it broke", "it broke badly"]);
  await api.log(run, [{ level: INFO, message: "unseen" }, { level: WARNING, message: "seen" }]);
  await expect(text).toHaveText(["take care", "it broke", "it broke badly", "seen"]);
  await expect(page.getByRole("button", { name: /^Info/ })).toHaveText(/2$/);
  await page.reload();
  await expect(text).toHaveText(["take care", "it broke", "it broke badly", "seen"]);
  // Going on from a hidden level and coming back to it.
  await page.locator("#L3 .no").click();
  await page.getByRole("button", { name: /^Info/ }).click();
  await expect(page).toHaveURL(`/runs/${run}?hide=debug#L3`);
  await expect(text).toHaveText(["as usual", "take care", "it broke", "it broke badly", "unseen", "seen"]);
  await page.goBack();
  await expect(page).toHaveURL(`/runs/${run}?hide=debug%2Cinfo`);
  await expect(text).toHaveText(["take care", "it broke", "it broke badly", "seen"]);
  await page.goForward();
  await expect(text).toHaveText(["as usual", "take care", "it broke", "it broke badly", "unseen", "seen"]);
});

test("a stored line is on the screen within moments", async ({ page, visit, api }, info) => {
  const run = await runWith(api, numbered(1, 50));
  await visit(`/runs/${run}`);
  await inSight(row(page, 50));
  const took = await page.evaluate(async (run) => {
    const log = document.querySelector("[role=log]")!;
    const seen = (text: string) => new Promise<number>((resolve) => {
      const look = () => {
        if (!log.textContent!.includes(text)) return false;
        watch.disconnect();
        // The next frame is the one that shows it.
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
        return true;
      };
      const watch = new MutationObserver(look);
      watch.observe(log, { childList: true, subtree: true, characterData: true });
      look();
    });
    const took: number[] = [];
    for (let i = 0; i < 20; i++) {
      const message = `needle ${i} ${Math.random()}`;
      const line = { name: "journey", level: 20, message, timestamp: new Date().toISOString(), flow_run_id: run };
      const shown = seen(message);
      let stored = 0;
      const post = fetch("/api/logs/", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify([line]) });
      // Stored when the server has answered; the line may be on the screen before that.
      await post.then((answer) => { stored = performance.now(); return answer.arrayBuffer(); });
      took.push(Math.max(0, (await shown) - stored));
    }
    return took;
  }, run);
  const sorted = took.toSorted((a, b) => a - b).map(Math.round);
  const words = `stored to shown: median ${sorted[10]} ms, slowest ${sorted[19]} ms`;
  info.annotations.push({ type: "measured", description: words });
  console.log(words);
  expect(sorted[10], "half of them, on whatever machine this is").toBeLessThan(1500);
});

test.describe("search", () => {
  test.use({ expected: [/status of 422/] });

  test("the whole log is searched, by text and by pattern", async ({ page, visit, api }) => {
    const run = await runWith(api, many());
    await visit(`/runs/${run}`);
    await inSight(row(page, 20_000));
    const field = page.getByRole("searchbox", { name: "Search: text or /regex/" });
    const position = page.locator(".log-search output");
    await expect(page.getByRole("button", { name: /^Warning/ })).toHaveText(/180$/);
    await page.keyboard.press("/");
    await expect(field).toBeFocused();
    await field.fill("LINE 12345 ");
    await expect(position).toHaveText("1 of 1");
    await inSight(row(page, 12_345));
    await expect(row(page, 12_345).locator("mark")).toHaveText("line 12345 ");

    await field.fill("/line (\\d)\\1\\1 /");
    await expect(position).toHaveText(/back ?references|backreference/i);
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await field.fill("/line [13]99 /");
    await expect(position).toHaveText("2 of 2");
    await inSight(row(page, 399));
    await field.press("Shift+Enter");
    await inSight(row(page, 199));
    await expect(position).toHaveText("1 of 2");
    await page.getByRole("log").focus();
    await page.keyboard.press("n");
    await inSight(row(page, 399));
    await page.keyboard.press("N");
    await inSight(row(page, 199));

    // Hidden levels hold no matches; what arrives is searched as well.
    await field.fill("of ordinary length");
    await expect(position).toHaveText(/ of 20.000$/);
    await page.getByRole("button", { name: /^Info/ }).click();
    await expect(position).toHaveText(/ of 200$/);
    await api.log(run, numbered(20_001, 20_003, WARNING));
    await expect(position).toHaveText(/ of 203$/);
    await field.fill("nowhere to be found");
    await expect(position).toHaveText("no match");
    await field.fill("/(/");
    await expect(position).not.toHaveText(/of|no match/);
    await field.fill("");
    await expect(position).toHaveCount(0);
  });

  test("a pattern that fits nothing at all is harmless beside letters of two units", async ({ page, visit, api }) => {
    const run = await runWith(api, [{ level: INFO, message: "🎉🎉 xx 🎉" }, { level: INFO, message: "plain" }]);
    await visit(`/runs/${run}`);
    await page.getByRole("searchbox", { name: "Search: text or /regex/" }).fill("/x*/");
    await expect(page.locator(".log-search output")).toHaveText("1 of 1");
    await expect(rows(page).locator("mark")).toHaveText(["xx"]);
  });

  test("more matches than have numbers are counted all the same", async ({ page, visit, api }) => {
    const run = await runWith(api, numbered(1, 600));
    // As the server answers where there are very many.
    const first = { count: 70_000, lines: [7, 8], cursor: 2 ** 40 };
    await page.route("**/logs/search?*", (route) => route.fulfill({ json: first }));
    await visit(`/runs/${run}`);
    await page.getByRole("searchbox", { name: "Search: text or /regex/" }).fill("ordinary");
    await expect(page.locator(".log-search output")).toHaveText(/^2 of 70.000$/);
    await api.log(run, numbered(601, 603));
    await expect(page.locator(".log-search output")).toHaveText(/^2 of 70.003$/);
  });
});

test.describe("a page that could not be fetched", () => {
  test.use({ expected: [/Failed to load resource/] });

  test("is asked for again when somebody scrolls on", async ({ page, visit, api }) => {
    const run = await runWith(api, numbered(1, 6000));
    await visit(`/runs/${run}`);
    await inSight(row(page, 6000));
    let asked = 0;
    await page.route("**/logs/window?*", (route) => (asked++ === 0 ? route.abort() : route.continue()));
    await page.getByRole("log").evaluate((box) => { box.scrollTop = 18 * 100; });
    await expect.poll(() => asked).toBe(1);
    await page.waitForTimeout(300);
    expect(asked, "nobody hammers").toBe(1);
    await page.getByRole("log").evaluate((box) => { box.scrollTop = 18 * 90; });
    await inSight(row(page, 95));
  });
});

test("a line that there is not keeps nothing from its place", async ({ page, visit, api }) => {
  const run = await runWith(api, numbered(1, 6000));
  let asked = 0;
  await page.route("**/logs/window?*", (route) => { asked++; return route.continue(); });
  await visit(`/runs/${run}#L7000`);
  await inSight(row(page, 6000));
  await page.waitForTimeout(500);
  expect(asked).toBe(0);
});

test("the log is downloaded as it is filtered", async ({ page, visit, api }) => {
  const run = await runWith(api, [{ level: INFO, message: "\u001b[32mgreen\u001b[0m" }, { level: WARNING, message: "yellow" }]);
  await visit(`/runs/${run}`);
  await page.getByRole("button", { name: /^Debug/ }).click();
  const text = async () => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download", exact: true }).click()]);
    expect(download.suggestedFilename()).toMatch(/^log-.*\.log$/);
    let text = "";
    for await (const chunk of await download.createReadStream()) text += chunk;
    return text;
  };
  expect(await text()).toMatch(/^\S+Z INFO {4}green\n\S+Z WARNING yellow\n$/);
  await page.getByRole("button", { name: /^Info/ }).click();
  expect(await text()).toMatch(/^\S+Z WARNING yellow\n$/);
});
