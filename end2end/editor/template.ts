/** What is known of a base job template itself, in the notation of `kubernetes.json`. */
import type { Types } from "./schema";

const PROPERTY = "Property";

export const OWN: Types = {
  Template: {
    doc: "A base job template: how the jobs of a work pool are made.",
    fields: {
      variables: ["Variables!", "What deployments and runs may set, as a JSON schema, with the pool's defaults."],
      job_configuration: ["JobConfiguration!", "The job. {{ name }} stands for the variable of that name."],
    },
    rest: "any",
  },
  JobConfiguration: {
    doc: "The job. {{ name }} stands for the variable of that name.",
    fields: {
      command: ["string", "The command that runs the flow. Left empty, the worker's own."],
      env: ["{string}", "Environment variables of the run, beside those that the worker sets."],
      labels: ["{string}", "Labels of the job and its pod, beside those that the worker sets."],
      annotations: ["{string}", "Annotations of the job and its pod."],
      name: ["string", "What the name of the job begins with. Left empty, the name of the run."],
      namespace: ["string", "The namespace that the job is made in, unless the manifest says another one."],
      job_manifest: ["Job", "The Kubernetes Job. The worker adds name, labels, command and environment."],
      cluster_config: ["any", "The cluster that the job is made in. Left empty, the worker's own."],
      job_watch_timeout_seconds: ["integer", "Seconds without news of a running job after which it is given up."],
      pod_watch_timeout_seconds: ["integer", "Seconds that a pod may take to start."],
      stream_output: ["boolean", "Whether the worker repeats what the run prints."],
      working_dir: ["string", "The folder that a process starts in."],
    },
    rest: "any",
  },
  Variables: {
    doc: "What deployments and runs may set, as a JSON schema.",
    fields: {
      type: ["=object", "Variables are the members of an object."],
      properties: [`{${PROPERTY}}`, "One entry for each variable, by its name."],
      required: ["[string]", "Names of the variables that must have a value."],
      definitions: [`{${PROPERTY}}`, "Schemas that others refer to: {\"$ref\": \"#/definitions/Name\"}."],
      title: ["string", "A name for people."],
      description: ["string", "A sentence for people."],
    },
    rest: "any",
  },
  Property: {
    doc: "A variable: what it may be, and its default.",
    fields: {
      title: ["string", "The name in forms."],
      description: ["string", "The help below the field in forms."],
      type: ["=string|integer|number|boolean|object|array|null", "The kind of value."],
      default: ["any", "The value that jobs get when neither deployment nor run says another one."],
      enum: ["[any]", "The only values that it may have."],
      const: ["any", "The only value that it may have."],
      anyOf: [`[${PROPERTY}]`, "It fits when one of these fits; with {\"type\": \"null\"} it may be left empty."],
      oneOf: [`[${PROPERTY}]`, "It fits when exactly one of these fits."],
      allOf: [`[${PROPERTY}]`, "It fits when all of these fit."],
      $ref: ["string", "The schema is the one at this place: #/definitions/Name."],
      items: [PROPERTY, "What the items of a list are."],
      properties: [`{${PROPERTY}}`, "The members of an object, by name."],
      additionalProperties: ["any", "What members that are not named are; false forbids them."],
      required: ["[string]", "Members that must be there."],
      minimum: ["number", "The least number."],
      maximum: ["number", "The greatest number."],
      exclusiveMinimum: ["number", "A number that it must exceed."],
      exclusiveMaximum: ["number", "A number that it must stay below."],
      multipleOf: ["number", "It must be a multiple of this number."],
      minLength: ["integer", "The fewest characters of a text."],
      maxLength: ["integer", "The most characters of a text."],
      pattern: ["string", "A regular expression that a text must match."],
      format: ["string", "What a text is: date-time, date, duration, email, uri, uuid, password."],
      minItems: ["integer", "The fewest items of a list."],
      maxItems: ["integer", "The most items of a list."],
      uniqueItems: ["boolean", "Whether all items of a list must differ."],
      examples: ["[any]", "Values that show what is meant."],
      position: ["integer", "The place of the field in forms, from 0."],
    },
    rest: "any",
  },
  PodSpec: {
    doc: "",
    fields: {
      parallelism: ["integer", "Prefect's workers want 1 here. It is no field of a pod: the cluster ignores it."],
      completions: ["integer", "Prefect's workers want 1 here. It is no field of a pod: the cluster ignores it."],
    },
  },
};
