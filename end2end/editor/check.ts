/** What the cluster would refuse or ignore in a template's Job, by the schema of Kubernetes. */
import type { Kind, Schema } from "./schema";
import { at, type Fault, type Span, type Tree } from "./tree";

const QUANTITY = /^[-+]?(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?\d+)?$/;
/** More than this helps nobody. */
const MOST = 100;

/** Warnings, each at its place. Placeholders may become anything. */
export function checkJob(tree: Tree, schema: Schema): Fault[] {
  const job = at(tree, ["job_configuration", "job_manifest"]);
  const field = schema.at(["job_configuration", "job_manifest"]);
  const faults: Fault[] = [];
  if (job && field?.kind.is === "type") check(job, field.kind, "job_manifest", null, schema, faults);
  return faults.slice(0, MOST);
}

function check(value: Tree, kind: Kind, name: string, key: Span | null, schema: Schema, faults: Fault[]): void {
  if ((value.kind === "text" && value.value.includes("{{")) || (value.kind === "word" && value.raw === "null")) return;
  const say = (span: Span, message: string) => faults.push({ from: span.from, to: span.to, message, severity: "warning" });
  if (!fits(value, kind)) {
    const written = value.kind === "object" ? "an object" : value.kind === "array" ? "a list" : value.kind === "text" ? JSON.stringify(value.value) : value.raw;
    say(begin(value), `The cluster takes for \`${name}\` ${expected(kind, schema)}, not ${written}.`);
    return;
  }
  if (value.kind === "array" && kind.is === "list") {
    for (const item of value.items) check(item, schema.kind(kind.of), name, null, schema, faults);
  }
  if (value.kind !== "object") return;
  for (const member of value.members) {
    const field = schema.child(kind, member.key);
    if (field) check(member.value, field.kind, member.key, member.at, schema, faults);
    else if (kind.is === "type" && !member.key.includes("{{")) say(member.at, unknown(member.key, kind.name, Object.keys(kind.type.fields)));
  }
  const isOpen = value.members.some(({ key }) => key.includes("{{"));
  for (const [field, { required }] of isOpen ? [] : schema.fields(kind)) {
    if (required && !value.members.some((member) => member.key === field)) say(key ?? begin(value), `\`${name}\` needs \`${field}\`.`);
  }
}

/** A container would be marked over many lines: where it begins says enough. */
function begin(value: Tree): Span {
  return value.kind === "object" || value.kind === "array" ? { from: value.from, to: Math.min(value.from + 1, value.to) } : value;
}

function fits(value: Tree, kind: Kind): boolean {
  if (kind.is === "list") return value.kind === "array";
  if (kind.is === "map" || kind.is === "type") return value.kind === "object";
  if (kind.is === "choice") return value.kind === "text" && kind.texts.includes(value.value);
  const isWhole = value.kind === "number" && /^-?\d+$/.test(value.raw);
  switch (kind.name) {
    case "string": return value.kind === "text";
    case "integer": return isWhole;
    case "number": return value.kind === "number";
    case "boolean": return value.kind === "word";
    case "int-or-string": return isWhole || value.kind === "text";
    case "quantity": return value.kind === "number" || (value.kind === "text" && QUANTITY.test(value.value));
    default: return true;
  }
}

function expected(kind: Kind, schema: Schema): string {
  if (kind.is === "type" || kind.is === "map") return "an object";
  if (kind.is === "list") return "a list";
  if (kind.is === "plain" && kind.name === "quantity") return "a quantity such as 500m or 1Gi";
  return kind.is === "choice" || kind.name === "boolean" ? schema.words(kind) : `a ${schema.words(kind)}`;
}

function unknown(key: string, type: string, known: string[]): string {
  const near = known.map((name) => [distance(key, name), name] as const).sort((a, b) => a[0] - b[0])[0];
  const hint = near && near[0] <= Math.max(2, key.length / 4) ? ` Is \`${near[1]}\` meant?` : "";
  return `\`${key}\` is no field of ${type}: the cluster ignores it.${hint}`;
}

/** How many letters to change, whatever their case. */
export function distance(a: string, b: string): number {
  const [from, to] = [a.toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length]!;
}
