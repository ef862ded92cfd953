/** What the journeys through the template editor share. */
import type { Locator, Page } from "@playwright/test";
import { unique, type Api } from "./api";

// Variables first: the editor has only what is in sight in the document.
export const TEMPLATE = {
  variables: {
    type: "object",
    properties: {
      image: { title: "Image", type: "string", default: "registry.example/base:1" },
      namespace: { title: "Namespace", type: "string", default: "flows" },
      name: { title: "Name", type: "string" },
      command: { title: "Command", anyOf: [{ type: "string" }, { type: "null" }], default: null },
      env: { title: "Environment", type: "object", additionalProperties: { type: "string" } },
    },
  },
  job_configuration: {
    command: "{{ command }}",
    env: "{{ env }}",
    job_manifest: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { namespace: "{{ namespace }}", generateName: "{{ name }}-" },
      spec: {
        template: {
          spec: { parallelism: 1, completions: 1, restartPolicy: "Never", containers: [{ name: "prefect-job", image: "{{ image }}" }] },
        },
      },
    },
  },
};

export interface Pool {
  name: string;
  path: string;
  template: () => Promise<any>;
}

export async function pool(api: Api): Promise<Pool> {
  const name = unique("template");
  await api.pool(name, "kubernetes", TEMPLATE);
  return { name, path: `/pools/${name}/template`, template: async () => (await api.get(`/work_pools/${name}`)).base_job_template };
}

export const editor = (page: Page): Locator => page.locator(".cm-content");
export const save = (page: Page): Locator => page.getByRole("button", { name: "Save", exact: true });
export const problems = (page: Page): Locator => page.getByRole("region", { name: "Problems" });
export const job = (page: Page): Locator => page.getByRole("region", { name: "Rendered job" });

export async function write(page: Page, text: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

export const source = (template: unknown): string => JSON.stringify(template, null, 2);
