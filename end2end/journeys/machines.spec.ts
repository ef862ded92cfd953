/** The same pages for machines: `.json` is what the page is made of, `.yaml` and `.txt` where they are natural. */
import { unique } from "./api";
import { scene } from "./scene";
import { expect, test } from "./test";

test("every page has its answer at the same path", async ({ request, api }) => {
  const { pages } = await scene(api);
  for (const [name, path] of Object.entries(pages).filter(([name]) => name !== "not found")) {
    const [stem, query] = path.split("?");
    const url = `${stem === "/" ? "/now" : stem}.json${query ? `?${query}` : ""}`;
    const response = await request.get(url);
    expect.soft(response.status(), `${name}: ${url}`).toBe(200);
    expect.soft(response.headers()["content-type"], name).toBe("application/json");
    expect.soft(typeof (await response.json()).now, name).toBe("string");
  }
});

test("a template as YAML, a log as text, why a run waits as JSON", async ({ request, api }) => {
  const { pool, failed, late } = await scene(api);
  const template = await (await request.get(`/pools/${pool}/template.yaml`)).text();
  expect(template).toMatch(/^job_configuration:\n/m);
  expect(template).toContain("kind: Job");
  const log = await request.get(`/runs/${failed}.txt`);
  expect(log.headers()["content-type"]).toContain("text/plain");
  expect(await log.text()).toContain("WARNING Column 'discount' has 3 missing values");
  const why = await (await request.get(`/api/reeve/flow_runs/${late}/why`)).json();
  expect(why.sentence).toContain(`no worker polls the pool ${pool}`);
  expect((await request.get("/runs/no-such-run.json")).status()).toBe(404);
  expect((await request.get("/no-such-page.json")).status()).toBe(404);
});

test("a name that ends like a file has its page", async ({ page, visit, api }) => {
  const { path } = await api.deployment(unique("files"), "nightly.json");
  await visit(path);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("nightly.json");
  expect((await (await page.request.get(`${path}.json`)).json()).deployment.name).toBe("nightly.json");
});
