/** The server's public API as journeys use it: what they show is made through the door that everybody has. */
import { expect, type APIRequestContext } from "@playwright/test";

type Json = Record<string, unknown>;

/** A name that no other journey has. */
export function unique(stem: string): string {
  return `${stem}-${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
}

/** The pool whose worker the demo server hosts. */
export const DEMO_POOL = "demo-pool";

export interface Deployment {
  id: string;
  name: string;
  flow: string;
  /** Path of its page. */
  path: string;
}

export interface Line {
  level: number;
  message: string;
}

export class Api {
  constructor(private readonly request: APIRequestContext) {}

  async get<T = any>(path: string): Promise<T> {
    const response = await this.request.get(`/api${path}`);
    expect(response.ok(), `GET ${path}: ${response.status()}`).toBe(true);
    return response.json();
  }

  async post<T = any>(path: string, data: unknown): Promise<T> {
    const response = await this.request.post(`/api${path}`, { data });
    expect(response.ok(), `POST ${path}: ${response.status()} ${await response.text()}`).toBe(true);
    return response.status() === 204 ? (undefined as T) : response.json();
  }

  async put(path: string, data: unknown): Promise<void> {
    const response = await this.request.put(`/api${path}`, { data });
    expect(response.ok(), `PUT ${path}: ${response.status()} ${await response.text()}`).toBe(true);
  }

  async patch(path: string, data: unknown): Promise<void> {
    const response = await this.request.patch(`/api${path}`, { data });
    expect(response.ok(), `PATCH ${path}: ${response.status()} ${await response.text()}`).toBe(true);
  }

  async flow(name: string): Promise<string> {
    return (await this.post("/flows/", { name })).id;
  }

  async pool(name: string, type: string, template?: Json): Promise<void> {
    await this.post("/work_pools/", { name, type, base_job_template: template ?? (await this.template(type)) });
  }

  /** The template that clients give to a new pool of that type. */
  async template(type: string): Promise<Json> {
    const collections = await this.get("/collections/views/aggregate-worker-metadata");
    const types: Record<string, any> = Object.assign({}, ...Object.values(collections));
    return types[type].default_base_job_configuration;
  }

  async deployment(flow: string, name: string, more: Json = {}): Promise<Deployment> {
    const { id } = await this.post("/deployments/", { name, flow_id: await this.flow(flow), ...more });
    return { id, name, flow, path: `/deployments/${encodeURIComponent(flow)}/${encodeURIComponent(name)}` };
  }

  /** A run of a flow without a deployment, in the given state. */
  async run(flow: string, more: Json = {}): Promise<string> {
    return (await this.post("/flow_runs/", { flow_id: await this.flow(flow), ...more })).id;
  }

  async setState(run: string, type: string, more: Json = {}): Promise<void> {
    await this.post(`/flow_runs/${run}/set_state`, { state: { type, ...more }, force: true });
  }

  /** A run that is under way and has been so for a while. */
  async running(flow: string, more: Json = {}): Promise<string> {
    const id = await this.run(flow, { state: { type: "PENDING" }, ...more });
    await this.setState(id, "RUNNING");
    return id;
  }

  /** Stores lines in the order given, a thousand at a time. */
  async log(run: string, lines: Line[]): Promise<void> {
    const began = Date.now();
    for (let from = 0; from < lines.length; from += 1000) {
      const part = lines.slice(from, from + 1000).map(({ level, message }, i) => ({
        name: "prefect.flow_runs",
        level,
        message,
        timestamp: new Date(began + from + i).toISOString(),
        flow_run_id: run,
      }));
      await this.post("/logs/", part);
    }
  }
}
