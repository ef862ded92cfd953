/** The paths that Prefect's clients print, and those of its dashboards' bookmarks, lead to our pages. */
import { scene } from "./scene";
import { expect, test } from "./test";

const NOBODY = "00000000-0000-4000-8000-000000000000";

test("each path of Prefect's dashboards leads to the page of the same thing", async ({ page, visit, api }) => {
  const { deployment, pool, failed, task, flow } = await scene(api);
  const cases: [from: string, to: string][] = [
    [`/flow-runs/flow-run/${failed}`, `/runs/${failed}`],
    [`/runs/flow-run/${failed}`, `/runs/${failed}`],
    [`/v2/runs/flow-run/${failed}`, `/runs/${failed}`],
    [`/runs/task-run/${task}`, `/task-runs/${task}`],
    [`/flow-runs/task-run/${task}`, `/task-runs/${task}`],
    [`/deployments/deployment/${deployment.id}`, deployment.path],
    [`/v2/deployments/deployment/${deployment.id}`, deployment.path],
    [`/deployments/deployment/${deployment.id}/run`, `${deployment.path}/run`],
    [`/work-pools/work-pool/${pool}`, `/pools/${pool}`],
    [`/v2/work-pools/work-pool/${pool}`, `/pools/${pool}`],
    [`/work-pools/work-pool/${pool}/edit`, `/pools/${pool}/template`],
    [`/work-pools/work-pool/${pool}/queue/default`, `/pools/${pool}/queues/default`],
    ["/dashboard", "/"],
    ["/v2", "/"],
    ["/v2/dashboard", "/"],
    ["/flow-runs", "/runs"],
    ["/runs?state=failed", "/runs?state=failed"],
    ["/v2/flow-runs?state=failed", "/runs?state=failed"],
    ["/work-pools", "/pools"],
    ["/work-queues", "/queues"],
    ["/concurrency-limits", "/limits"],
    ["/v2/variables", "/variables"],
    ["/v2/flows", "/flows"],
    [`/artifacts/key/some-key`, "/artifacts?q=some-key"],
  ];
  for (const [from, to] of cases) {
    await test.step(`${from} → ${to}`, async () => {
      const response = await visit(from);
      expect(response.status()).toBe(200);
      await expect(page).toHaveURL(to);
      await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
    });
  }
  await visit(`/runs/task-run/${task}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("load-0");
  expect(flow).toBeTruthy();
});

test("what is gone is answered with 404 @reading", async ({ request }) => {
  for (const path of [
    `/runs/${NOBODY}`, `/flow-runs/flow-run/${NOBODY}`, "/runs/not-an-id", `/runs/task-run/${NOBODY}`,
    `/deployments/deployment/${NOBODY}`, "/deployments/deployment/x", "/deployments/no/such", "/pools/no-such",
    "/work-pools/work-pool/no-such", "/pools/no-such/template", `/flows/flow/${NOBODY}`,
  ]) {
    expect((await request.get(path)).status(), path).toBe(404);
  }
});
