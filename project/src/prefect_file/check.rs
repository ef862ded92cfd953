//! The form of the file: which keys there are and what kinds of values they take.

use domain::Major;

use super::nearest::nearest;
use crate::yaml::{Node, Yaml};
use crate::{Place, Problem};

/// What a key takes.
#[derive(Clone, Copy)]
enum Takes {
    Text,
    /// Text for Prefect 3, which takes no number for it.
    Version,
    Bool,
    Number,
    TextOrList,
    Mapping,
    Steps,
    Schedule,
    Schedules,
    Limit,
    Pool,
    Mappings,
    Anything,
}

const TOP: [(&str, Takes); 9] = [
    ("name", Takes::Text),
    ("description", Takes::Text),
    ("prefect-version", Takes::Anything),
    ("build", Takes::Steps),
    ("push", Takes::Steps),
    ("pull", Takes::Steps),
    ("deployments", Takes::Mappings),
    ("definitions", Takes::Anything),
    ("required_inputs", Takes::Anything),
];

const DEPLOYMENT: [(&str, Takes); 20] = [
    ("name", Takes::Text),
    ("version", Takes::Version),
    ("version_type", Takes::Text),
    ("tags", Takes::TextOrList),
    ("description", Takes::Text),
    ("schedule", Takes::Schedule),
    ("schedules", Takes::Schedules),
    ("is_schedule_active", Takes::Bool),
    ("paused", Takes::Bool),
    ("concurrency_limit", Takes::Limit),
    ("flow_name", Takes::Text),
    ("entrypoint", Takes::Text),
    ("parameters", Takes::Mapping),
    ("enforce_parameter_schema", Takes::Bool),
    ("build", Takes::Steps),
    ("push", Takes::Steps),
    ("pull", Takes::Steps),
    ("work_pool", Takes::Pool),
    ("triggers", Takes::Mappings),
    ("sla", Takes::Mappings),
];

const SCHEDULE: [(&str, Takes); 13] = [
    ("cron", Takes::Text),
    ("interval", Takes::Anything),
    ("rrule", Takes::Text),
    ("timezone", Takes::Text),
    ("anchor_date", Takes::Text),
    ("day_or", Takes::Bool),
    ("active", Takes::Bool),
    ("parameters", Takes::Mapping),
    ("slug", Takes::Text),
    ("replaces", Takes::Text),
    ("max_scheduled_runs", Takes::Number),
    ("max_active_runs", Takes::Number),
    ("catchup", Takes::Bool),
];

const LIMIT: [(&str, Takes); 3] =
    [("limit", Takes::Number), ("collision_strategy", Takes::Text), ("grace_period_seconds", Takes::Number)];

const POOL: [(&str, Takes); 4] = [
    ("name", Takes::Text),
    ("work_queue_name", Takes::Text),
    ("job_variables", Takes::Mapping),
    ("variables", Takes::Mapping),
];

/// Everything that is wrong with the form of the file.
pub fn check(file: &str, root: &Node, major: Major) -> Vec<Problem> {
    let mut checker = Checker { file, major, problems: Vec::new() };
    match &root.value {
        Yaml::Map(_) => checker.top(root),
        Yaml::Null => {}
        _ => checker.wrong(
            root.place,
            format!("the file holds {}", root.kind()),
            "it takes a mapping with `deployments:`",
        ),
    }
    checker.problems
}

struct Checker<'f> {
    file: &'f str,
    major: Major,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn wrong(&mut self, place: Place, what: impl Into<String>, right: impl Into<String>) {
        self.problems.push(Problem::at(self.file, place, what).help(right));
    }

    fn top(&mut self, root: &Node) {
        let others = |key: &str, value: &Node| value.has_anchor || key.starts_with("x-") || key.starts_with('.');
        self.mapping(root, "the file", &TOP, &others);
        for deployment in root.get("deployments").map(Node::items).unwrap_or_default() {
            let what = deployment
                .get("name")
                .and_then(Node::text)
                .map_or("a deployment".to_owned(), |name| format!("the deployment {name}"));
            self.mapping(deployment, &what, &DEPLOYMENT, &|_, _| false);
        }
    }

    /// The keys of a mapping. `others` says which unknown keys are allowed besides.
    fn mapping(&mut self, node: &Node, what: &str, known: &[(&str, Takes)], others: &dyn Fn(&str, &Node) -> bool) {
        for (key, value) in node.entries() {
            let name = key.as_key();
            match known.iter().find(|(known, _)| *known == name) {
                Some((_, takes)) => self.value(&name, value, *takes),
                None if others(&name, value) => {}
                None => {
                    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
                    let right = match nearest(&name, &names) {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => format!("the keys are {}", names.join(", ")),
                    };
                    self.wrong(key.place, format!("{what} has the unknown key `{name}`"), right);
                }
            }
        }
    }

    fn value(&mut self, key: &str, value: &Node, takes: Takes) {
        if is_template(value) || value.value == Yaml::Null {
            return;
        }
        let fits = match (takes, &value.value) {
            (Takes::Anything, _) => true,
            (Takes::Text, Yaml::Text(_)) | (Takes::Version, Yaml::Text(_)) => true,
            (Takes::Version, Yaml::Int(_) | Yaml::Float(_)) => self.major == Major::V2,
            (Takes::Bool, Yaml::Bool(_)) | (Takes::Number, Yaml::Int(_)) => true,
            (Takes::TextOrList, Yaml::Text(_) | Yaml::List(_)) => true,
            (Takes::Mapping, Yaml::Map(_)) => true,
            (Takes::Limit, Yaml::Int(_)) => true,
            (Takes::Limit, Yaml::Map(_)) => {
                self.mapping(value, "concurrency_limit", &LIMIT, &|_, _| false);
                true
            }
            (Takes::Pool, Yaml::Map(_)) => {
                self.mapping(value, "work_pool", &POOL, &|_, _| false);
                true
            }
            (Takes::Steps, Yaml::Map(_)) => self.step(key, value),
            (Takes::Steps, Yaml::List(steps)) => steps.iter().all(|step| self.step(key, step)),
            (Takes::Schedule, Yaml::Map(entries)) => entries.is_empty() || self.schedule(value),
            (Takes::Schedules, Yaml::List(items)) => items.iter().all(|item| self.schedule(item)),
            (Takes::Mappings, Yaml::List(items)) => items.iter().all(|item| {
                let fits = matches!(item.value, Yaml::Map(_));
                if !fits {
                    self.wrong(item.place, format!("an item of {key} is {}", item.kind()), "each is a mapping");
                }
                true
            }),
            _ => false,
        };
        if !fits {
            let right = self.right(key, value, takes);
            self.wrong(value.place, format!("{key} is {}", value.kind()), right);
        }
    }

    fn right(&self, key: &str, value: &Node, takes: Takes) -> String {
        match takes {
            Takes::Text => format!("it takes text, in quotes if need be: {key}: \"{}\"", value.as_key()),
            Takes::Version => format!("Prefect 3 takes text: {key}: \"{}\"", version(value)),
            Takes::Bool => "it takes true or false".to_owned(),
            Takes::Number => "it takes a whole number".to_owned(),
            Takes::TextOrList => "it takes a list of texts".to_owned(),
            Takes::Mapping | Takes::Pool => "it takes a mapping of names to values".to_owned(),
            Takes::Steps => "it takes a list of steps".to_owned(),
            Takes::Schedule => "it takes a mapping with `cron`, `interval` or `rrule`".to_owned(),
            Takes::Schedules | Takes::Mappings => "it takes a list of mappings".to_owned(),
            Takes::Limit => "it takes a whole number, or a mapping with `limit` and `collision_strategy`".to_owned(),
            Takes::Anything => String::new(),
        }
    }

    /// A step is a mapping with one key, the name of what is done.
    fn step(&mut self, key: &str, step: &Node) -> bool {
        let right = "a step is one name with its inputs, such as `prefect.deployments.steps.run_shell_script:`";
        match &step.value {
            Yaml::Map(entries) if entries.len() <= 1 => {
                if let Some((name, inputs)) = entries.first()
                    && !matches!(inputs.value, Yaml::Map(_) | Yaml::Null)
                {
                    let what = format!("the inputs of the step {} are {}", name.as_key(), inputs.kind());
                    self.wrong(inputs.place, what, "they are a mapping of names to values");
                }
            }
            Yaml::Map(entries) => {
                let second = entries.get(1).map_or(step.place, |(name, _)| name.place);
                self.wrong(second, format!("a step of {key} has {} names", entries.len()), right);
            }
            Yaml::Null => {}
            _ => self.wrong(step.place, format!("a step of {key} is {}", step.kind()), right),
        }
        true
    }

    fn schedule(&mut self, schedule: &Node) -> bool {
        if !matches!(schedule.value, Yaml::Map(_)) {
            self.wrong(
                schedule.place,
                format!("a schedule is {}", schedule.kind()),
                "each is a mapping with `cron`, `interval` or `rrule`",
            );
            return true;
        }
        if let Some(inner) = schedule.get("schedule") {
            return self.schedule(inner);
        }
        self.mapping(schedule, "a schedule", &SCHEDULE, &|_, _| false);
        let kinds = ["cron", "interval", "rrule"];
        let given: Vec<&&str> =
            kinds.iter().filter(|kind| schedule.get(kind).is_some_and(|it| it.value != Yaml::Null)).collect();
        match given.len() {
            1 => {}
            0 => {
                self.wrong(schedule.place, "a schedule says not when", "give it one of `cron`, `interval` and `rrule`")
            }
            _ => {
                let place = schedule.key(given[1]).map_or(schedule.place, |key| key.place);
                self.wrong(
                    place,
                    "a schedule has several of `cron`, `interval` and `rrule`",
                    "give each a schedule of its own",
                );
            }
        }
        true
    }
}

fn is_template(value: &Node) -> bool {
    value.text().is_some_and(|text| text.contains("{{"))
}

/// A number as it was probably meant: `1.0` and not `1`.
fn version(value: &Node) -> String {
    value.json().to_string()
}
