/**
 * What a dashboard is like in a real browser, for the benchmark `cargo xtask bench -- --work dashboard`:
 *
 *   node dashboard.mjs http://127.0.0.1:4200 '{"do":"load","times":5,"pages":[["runs","/runs","text of a row"]]}'
 *
 * Each load has a browser context of its own: nothing is cached. A page is interactive when its first row is there and
 * the main thread has not been busy for more than 50 ms at once for half a second after; what was last is the time.
 * Prints JSON.
 */
import { chromium } from "@playwright/test";

const [root, text] = process.argv.slice(2);
const asked = JSON.parse(text);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--enable-precise-memory-info", "--js-flags=--expose-gc"],
});

/** Notes tasks of more than 50 ms, from the beginning of each document. */
const watch = () => {
  window.long = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.long.push([startTime, duration]);
  }).observe({ type: "longtask", buffered: true });
};

/** Milliseconds from the start of navigation to the row, and to the end of the last long task, and what came over the network. */
async function load(path, row) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(watch);
  let requests = 0;
  let bytes = 0;
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", () => (requests += 1));
  session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(root + path, { waitUntil: "commit" });
  const first = await page.evaluate(
    (row) =>
      new Promise((found) => {
        const look = () => (document.body?.innerText.includes(row) ? found(performance.now()) : requestAnimationFrame(look));
        look();
      }),
    row,
  );
  const ready = await page.evaluate(
    (first) =>
      new Promise((quiet) => {
        const look = () => {
          const last = window.long.at(-1);
          const end = Math.max(first, last ? last[0] + last[1] : 0);
          const settled = !document.documentElement.dataset.at || document.documentElement.hasAttribute("data-hydrated");
          if (settled && performance.now() - end > 500) quiet(Math.max(end, window.settled ?? 0));
          else setTimeout(look, 20);
          if (settled) window.settled ??= performance.now();
        };
        look();
      }),
    first,
  );
  await context.close();
  return { first, ready, requests, kb: bytes / 1000 };
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function loads() {
  const results = [];
  for (const [page, path, row] of asked.pages) {
    const seen = [];
    for (let n = 0; n < asked.times; n++) seen.push(await load(path, row));
    const of = (name) => median(seen.map((one) => one[name]));
    results.push({ page, first: of("first"), ready: of("ready"), requests: of("requests"), kb: of("kb") });
  }
  return results;
}

const send = async (lines) => {
  const body = JSON.stringify(lines);
  const answer = await fetch(`${asked.api}/logs/`, { method: "POST", headers: { "content-type": "application/json" }, body });
  if (!answer.ok) throw new Error(`lines: ${answer.status}`);
};

let number = 0;
const lines = (count) =>
  Array.from({ length: count }, () => ({
    name: "prefect.flow_runs", level: 20, message: `Loaded batch ${(number += 1)}: 500 rows in 0.42 s`,
    timestamp: new Date(Date.now()).toISOString(), flow_run_id: asked.run,
  }));

/** A page that follows: 500 lines a second for 30 s, then 1.8 million lines, which is an hour of that. */
async function follow() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(root + asked.path);
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
  await page.waitForTimeout(2000);
  await page.evaluate(() => (window.long.length = 0));
  for (let tick = 0; tick < 150; tick++) {
    const began = Date.now();
    await send(lines(100));
    await page.waitForTimeout(Math.max(0, 200 - (Date.now() - began)));
  }
  await page.getByText(`batch ${number}:`).waitFor();
  const long = await page.evaluate(() => window.long.map(([, duration]) => duration));
  const shown = number;
  while (number < 1_800_000) await Promise.all([send(lines(1000)), send(lines(1000)), send(lines(1000)), send(lines(1000))]);
  await page.waitForTimeout(10_000);
  const session = await context.newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const wasm = await page.evaluate(async () => {
    const program = performance.getEntriesByType("resource").find(({ name }) => name.includes("/pkg/reeve") && name.endsWith(".js"));
    const { default: init } = await import(program.name);
    return (await init()).memory.buffer.byteLength;
  });
  return { long: long.length, longest: Math.max(0, ...long), shown, lines: number, heap: usedSize / 1e6, wasm: wasm / 1e6 };
}

console.log(JSON.stringify(await (asked.do === "load" ? loads() : follow())));
await browser.close();
