/** A bit of everything, for journeys that look at every page: made once per test run, by whoever comes first. */
import { DEMO_POOL, unique, type Api, type Line } from "./api";

export interface Scene {
  flow: string;
  deployment: { id: string; path: string; name: string };
  paused: { id: string; path: string };
  pool: string;
  /** A run that failed, with tasks, states, parameters and a log of all levels. */
  failed: string;
  /** A run that waits for a worker that does not come. */
  late: string;
  running: string;
  task: string;
  /** Paths of all pages, by the name they have in the picture book. */
  pages: Record<string, string>;
}

const LINES: Line[] = [
  { level: 10, message: "Executing flow 'nightly-etl' for flow run" },
  { level: 20, message: "Beginning flow run for flow 'nightly-etl'" },
  { level: 20, message: "Fetched 12004 rows from https://data.example/api/v2/orders?since=2026-11-23T00:00:00Z in 3.2 s" },
  { level: 30, message: "Column 'discount' has 3 missing values, which are filled with 0" },
  { level: 20, message: "\u001b[32mvalidated\u001b[0m 12004 rows" },
  {
    level: 40,
    message:
      "Encountered exception during execution:\nTraceback (most recent call last):\n  File \"/app/etl.py\", line 41, in load\n    target.insert(rows)\nConnectionRefusedError: [Errno 111] Connection refused",
  },
  { level: 20, message: "Retry 1/3 will start in 10 seconds" },
];

let made: Promise<Scene> | undefined;

export function scene(api: Api): Promise<Scene> {
  return (made ??= make(api));
}

async function make(api: Api): Promise<Scene> {
  const flow = unique("nightly-etl");
  const pool = unique("gpu-cluster");
  await api.pool(pool, "kubernetes");
  const deployment = await api.deployment(flow, "production", {
    work_pool_name: pool,
    description: "Loads yesterday's orders into the warehouse.",
    tags: ["etl", "nightly", "team:data"],
    version: "1.4.0",
    entrypoint: "./etl.py:nightly_etl",
    schedules: [
      { schedule: { cron: "15 3 * * 1-5", timezone: "Asia/Taipei" }, active: true },
      { schedule: { interval: 21600 }, active: false },
    ],
    parameters: { day: "yesterday", limit: 1000 },
    parameter_openapi_schema: {
      type: "object",
      required: ["day"],
      properties: {
        day: { title: "Day", type: "string", position: 0, description: "The day to load" },
        limit: { title: "Limit", type: "integer", default: 1000, position: 1 },
        dry_run: { title: "Dry run", type: "boolean", default: false, position: 2 },
      },
    },
    job_variables: { image: "registry.example/etl:1.4.0", namespace: "flows", env: { LOG_LEVEL: "DEBUG" } },
    pull_steps: [{ "prefect.deployments.steps.git_clone": { repository: "https://git.example/data/etl.git", branch: "main" } }],
  });
  const paused = await api.deployment(flow, "paused-for-now", { work_pool_name: DEMO_POOL, paused: true, schedules: [{ schedule: { interval: 3600 }, active: true }] });

  const run = async (state: string, more: Record<string, unknown> = {}) => {
    const id = (await api.post(`/deployments/${deployment.id}/create_flow_run`, { parameters: { day: "2026-11-23" }, ...more })).id;
    await api.setState(id, "PENDING");
    await api.setState(id, "RUNNING");
    if (state !== "RUNNING") await api.setState(id, state, { message: state === "FAILED" ? "Flow run encountered an exception: ConnectionRefusedError: [Errno 111] Connection refused" : undefined });
    return id as string;
  };
  for (const state of ["COMPLETED", "COMPLETED", "CRASHED", "CANCELLED", "COMPLETED"]) await run(state);
  const failed = await run("RUNNING");
  let task = "";
  for (const [i, [name, state]] of [["extract", "COMPLETED"], ["validate", "COMPLETED"], ["load", "FAILED"], ["notify", "PENDING"]].entries()) {
    const created = await api.post("/task_runs/", { flow_run_id: failed, name: `${name}-0`, task_key: `etl.${name}`, dynamic_key: String(i), state: { type: "PENDING" } });
    if (state !== "PENDING") {
      await api.post(`/task_runs/${created.id}/set_state`, { state: { type: "RUNNING" }, force: true });
      await api.post(`/task_runs/${created.id}/set_state`, { state: { type: state, message: state === "FAILED" ? "ConnectionRefusedError: [Errno 111] Connection refused" : "" }, force: true });
    }
    if (name === "load") task = created.id;
  }
  await api.log(failed, LINES);
  await api.setState(failed, "FAILED", { message: "Flow run encountered an exception: ConnectionRefusedError: [Errno 111] Connection refused" });
  const running = await run("RUNNING");
  await api.log(running, Array.from({ length: 60 }, (_, i) => ({ level: i % 17 === 9 ? 30 : 20, message: `Loaded batch ${i + 1} of 240: 500 rows in 0.${(i * 37) % 90 + 10} s` })));
  const late = (await api.post(`/deployments/${deployment.id}/create_flow_run`, {
    state: { type: "SCHEDULED", name: "Late", state_details: { scheduled_time: new Date(Date.now() - 600_000).toISOString() } },
  })).id;

  const variable = unique("warehouse").replaceAll("-", "_");
  await api.post("/variables/", { name: variable, value: { host: "db.example", port: 5432 }, tags: ["etl"] });
  const limit = await api.post("/v2/concurrency_limits/", { name: unique("database"), limit: 5 });
  await api.post("/v2/concurrency_limits/increment-with-lease", { names: [limit.name], slots: 2, mode: "concurrency", lease_duration: 3600, holder: { type: "flow_run", id: running } });
  const report = await api.post("/artifacts/", { key: unique("report"), type: "markdown", description: "What was **loaded** last night.", data: "# 12004 orders\nloaded in `3.2 s`, of which\n\n- 11 980 were new\n- 24 were [changed](https://data.example)\n\n<script>alert(1)</script>", flow_run_id: failed });
  await api.post("/artifacts/", { key: unique("countries"), type: "table", data: JSON.stringify([{ country: "Taiwan", orders: 8123 }, { country: "Japan", orders: 3881 }]), flow_run_id: failed });
  await api.post("/artifacts/", { key: unique("upload"), type: "progress", data: 62.5, flow_run_id: failed });
  await api.post("/artifacts/", { key: unique("dashboard"), type: "markdown", data: "[the report](https://data.example/report)", flow_run_id: failed });
  await api.put(`/reeve/flow_runs/${failed}/infrastructure`, infrastructure(failed));
  const { base_job_template } = await api.get(`/work_pools/${pool}`);
  const newer = structuredClone(base_job_template);
  newer.variables.properties.image.default = "registry.example/base:2";
  await api.put(`/reeve/work_pools/${pool}/template`, { base_job_template: newer, was: base_job_template, note: "a newer base image" });
  const automation = await api.post("/reeve/automations", { name: unique("failed-nights"), when: "a run fails", then: "only write an event", tag: "nightly" });
  const kind = await api.get("/block_types/slug/secret");
  const [schema] = await api.post("/block_schemas/filter", { block_schemas: { block_type_id: { any_: [kind.id] } } });
  const block = await api.post("/block_documents/", { name: unique("warehouse"), block_type_id: kind.id, block_schema_id: schema.id, data: { value: "hunter2" } });
  const { flow_id } = await api.get(`/flow_runs/${failed}`);
  const events = await api.post("/events/filter", { limit: 1 });
  return {
    flow, deployment, paused, pool, failed, late, running, task,
    pages: {
      "now": "/",
      "runs": "/runs",
      "runs, filtered to nothing": "/runs?q=no-run-has-this-name",
      "runs, one beside them": `/runs?q=flow:${flow}+after:-24h&run=${failed}`,
      "runs, not understood": "/runs?q=colour:red+state:failed",
      "run": `/runs/${failed}`,
      "run, running": `/runs/${running}`,
      "run, late": `/runs/${late}`,
      "run, tasks": `/runs/${failed}/tasks`,
      "run, states": `/runs/${failed}/states`,
      "run, parameters": `/runs/${failed}/params`,
      "deployments": "/deployments",
      "deployment": deployment.path,
      "deployment, paused": paused.path,
      "deployment, custom run": `${deployment.path}/run`,
      "deployment, configuration": `${deployment.path}/configuration`,
      "deployment, effective job": `${deployment.path}/job`,
      "pools": "/pools",
      "pool": `/pools/${DEMO_POOL}`,
      "pool without a worker": `/pools/${pool}`,
      "template": `/pools/${pool}/template`,
      "run, events": `/runs/${failed}/events`,
      "run, timeline": `/runs/${failed}/timeline`,
      "run, why": `/runs/${failed}/why`,
      "run, late, why": `/runs/${late}/why`,
      "run, pod": `/runs/${failed}/pod`,
      "run, no pod": `/runs/${running}/pod`,
      "run, job": `/runs/${failed}/job`,
      "run, artifacts": `/runs/${failed}/artifacts`,
      "task run": `/task-runs/${task}`,
      "flow": `/flows/${flow_id}`,
      "queue": `/pools/${pool}/queues/default`,
      "variable": `/variables/${variable}`,
      "limit": `/limits/${limit.id}`,
      "artifact": `/artifacts/${report.id}`,
      "template history": `/pools/${pool}/history`,
      "template version": `/pools/${pool}/history/2`,
      "automations": "/automations",
      "automation": `/automations/${automation.id}`,
      "block": `/blocks/${block.id}`,
      "kinds of blocks": "/blocks/catalog",
      "new block": "/blocks/catalog/slack-webhook",
      "logs": "/logs",
      "logs, found": "/logs?q=rows&since=1",
      "calendar": "/calendar",
      "why": "/why",
      "health": "/health",
      "storage": "/storage",
      "doctor": "/doctor",
      "settings": "/settings",
      "event": `/events/${events.events[0].id}`,
      "flows": "/flows",
      "queues": "/queues",
      "variables": "/variables",
      "limits": "/limits",
      "blocks": "/blocks",
      "artifacts": "/artifacts",
      "events": "/events",
      "events, filtered to nothing": "/events?q=nobody-says-this",
      "not found": "/no-such-page",
    },
  };
}

/** What a worker tells of a run whose container was killed. */
function infrastructure(run: string): Record<string, unknown> {
  const at = (seconds: number) => new Date(Date.now() - 60_000 + seconds * 1000).toISOString();
  const manifest = {
    apiVersion: "batch/v1", kind: "Job",
    metadata: { name: "etl-x1", namespace: "flows", labels: { "prefect.io/flow-run-id": run } },
    spec: { backoffLimit: 0, template: { spec: { restartPolicy: "Never", containers: [{
      name: "prefect-job", image: "registry.example/etl:1.4.0", imagePullPolicy: "IfNotPresent",
      env: [{ name: "LOG_LEVEL", value: "DEBUG" }, { name: "DB_PASSWORD", value: "hunter2" }],
    }] } } },
  };
  const container = { name: "prefect-job", image: "registry.example/etl:1.4.0", state: "terminated", reason: "OOMKilled", exit_code: 137, restarts: 0, started: at(4), finished: at(30), resources: "memory 512Mi / 512Mi" };
  return {
    manifest,
    origins: [["/spec/template/spec/containers/0/image", "deployment"], ["/spec/backoffLimit", "template"], ["/metadata/namespace", "deployment"], ["/spec/template/spec/containers/0/imagePullPolicy", "pool_default"]],
    pods: [{
      name: "etl-x1-7kq2p", namespace: "flows", node: "node-3", phase: "Failed", created: at(0),
      conditions: [{ kind: "PodScheduled", status: "True", since: at(1) }, { kind: "Ready", status: "False", since: at(30), reason: "ContainersNotReady", message: "containers with unready status: [prefect-job]" }],
      containers: [container],
    }],
  };
}
