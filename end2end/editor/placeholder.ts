/** `{{ name }}` in a text, and what is known of the variable behind it. */
import { at, type Span, type Tree } from "./tree";

/** What the server knows about the pool's deployments. */
export interface Facts {
  /** The template as it was written in YAML, with its comments, when somebody last did. */
  source: string | null;
  deployments: number;
  /** Deployments that set a variable themselves, by its name. */
  overridden: Record<string, string[]>;
}

export const NO_FACTS: Facts = { source: null, deployments: 0, overridden: {} };

/** The placeholders of a text that lies at an offset of the document. */
export function placeholders(text: string, from: number): (Span & { name: string })[] {
  return [...text.matchAll(/\{\{\s*([\p{L}\p{N}_.$[\]-]+)\s*\}\}/gu)].map((match) => ({
    name: match[1]!, from: from + match.index, to: from + match.index + match[0].length,
  }));
}

/** The variable that a placeholder is about: `limits` of `limits.cpu`. */
export function variable(name: string): string {
  return name.split(/[.[]/)[0]!;
}

/** The variables that a template declares. */
export function declared(tree: Tree): { name: string; schema: Tree }[] {
  const properties = at(tree, ["variables", "properties"]);
  return properties?.kind === "object" ? properties.members.map(({ key, value }) => ({ name: key, schema: value })) : [];
}

/** Sentences about a variable: what it is, its default, and who says otherwise. */
export function about(name: string, tree: Tree, facts: Facts, print: (value: Tree) => string): string[] {
  const outside: [RegExp, string][] = [
    [/^prefect\.blocks\./, "A block of the server, read when the job is made."],
    [/^prefect\.variables\./, "A variable of the server, read when the job is made."],
    [/^\$/, "A variable of the worker's environment."],
    [/^ctx\./, "A fact about the run."],
  ];
  const known = outside.find(([pattern]) => pattern.test(name));
  if (known) return [known[1]];
  const schema = at(tree, ["variables", "properties", variable(name)]);
  if (!schema) return ["No variable of this name is declared."];
  const text = (key: string) => {
    const value = at(schema, [key]);
    return value?.kind === "text" ? [value.value] : [];
  };
  const fallback = at(schema, ["default"]);
  return [
    ...text("description"),
    fallback ? `Default: ${print(fallback)}` : "It has no default.",
    usage(facts, variable(name)),
  ];
}

/** How many deployments of the pool set a variable themselves. */
export function usage({ deployments, overridden }: Facts, name: string): string {
  const all = deployments === 1 ? "1 deployment" : `${deployments} deployments`;
  const own = Object.hasOwn(overridden, name) ? overridden[name]! : [];
  if (!own.length) return `None of ${all} overrides it.`;
  const shown = own.slice(0, 5).join(", ");
  return `${own.length} of ${all} override it: ${shown}${own.length > 5 ? ", …" : ""}`;
}
