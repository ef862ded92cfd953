/** From a line of the rendered job to where it comes from in the template. */
import { placeholders, variable } from "./placeholder";
import { at, child, steps, type Step, type Tree } from "./tree";

const CONTAINER = /^\/spec\/template\/spec\/containers\/0\/(env|args|command)(\/|$)/;

/**
 * The part of the template that sets a value of the job. `origin` is who set it, as the line says; `name` gives the
 * name of an environment variable by the pointer of its entry, for its place in the list says nothing.
 */
export function source(template: Tree, pointer: string, origin: string, name: (entry: string) => string): Tree {
  // The way that leads furthest: what is not there was added by the worker.
  const found = ways(pointer, name).map((way) => walk(template, way)).sort((a, b) => a.rest.length - b.rest.length)[0]!;
  const inside = found.part.kind === "text" ? placeholders(found.part.value, 0) : [];
  // The default of the pool stands with the variable; what deployment and run say comes in at the placeholder.
  if (origin !== "pool" || !inside.length) return found.part;
  const fallback = at(template, ["variables", "properties", variable(inside[0]!.name), "default"]);
  return fallback ? walk(fallback, found.rest).part : found.part;
}

interface Walked {
  part: Tree;
  /** Steps that lead into what a placeholder stands for. */
  rest: readonly Step[];
}

function walk(start: Tree, way: readonly Step[]): Walked {
  let part = start;
  for (const [depth, step] of way.entries()) {
    const next = child(part, step);
    if (!next) return { part, rest: way.slice(depth) };
    part = next;
  }
  return { part, rest: [] };
}

/** Where the value of a pointer may have been written, the likeliest first. */
function ways(pointer: string, name: (entry: string) => string): Step[][] {
  const inside = steps(pointer);
  const written = ["job_configuration", "job_manifest", ...inside];
  const plain = ["job_configuration", ...inside];
  const container = CONTAINER.exec(pointer);
  if (container?.[1] === "env") {
    const entry = pointer.split("/").slice(0, 8).join("/");
    return [["job_configuration", "env", name(entry), ...inside.slice(8)], written];
  }
  if (container) return [written, ["job_configuration", "command"]];
  const labels = /\/metadata\/(labels|annotations)\/(.*)$/.exec(pointer);
  if (labels) return [written, ["job_configuration", labels[1]!, inside.at(-1)!]];
  if (pointer === "/metadata/name") return [["job_configuration", "job_manifest", "metadata", "generateName"], ["job_configuration", "name"]];
  return [written, plain];
}
