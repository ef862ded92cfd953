//! Flags that say what a deployment is, with Prefect's words.

use clap::Args;
use project::deployment::Options;
use serde_json::{Map, Value, json};

use crate::cli::arguments;
use crate::cli::failure::Failure;

#[derive(Args, Default)]
pub struct Given {
    /// The deployment's name, or which of the file: NAME, FLOW/NAME, with * for anything (repeatable)
    #[arg(short, long = "name", value_name = "NAME")]
    pub names: Vec<String>,
    /// What it is for; else the flow's docstring
    #[arg(short, long)]
    description: Option<String>,
    /// Its version
    #[arg(long)]
    version: Option<String>,
    /// Where the version comes from, such as prefect:simple or vcs:git
    #[arg(long, value_name = "TYPE")]
    version_type: Option<String>,
    /// A tag (repeatable)
    #[arg(short, long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Most runs at once
    #[arg(long, value_name = "N")]
    concurrency_limit: Option<i64>,
    /// What becomes of runs beyond the limit: ENQUEUE or CANCEL_NEW
    #[arg(long, value_name = "STRATEGY", requires = "concurrency_limit")]
    collision_strategy: Option<String>,
    /// The work pool that its runs go to
    #[arg(short, long, value_name = "POOL")]
    pool: Option<String>,
    /// The queue of that pool
    #[arg(short = 'q', long, value_name = "QUEUE")]
    work_queue: Option<String>,
    /// A job variable: KEY=VALUE or a JSON object (repeatable)
    #[arg(long = "job-variable", visible_alias = "variable", short_alias = 'v', value_name = "KEY=VALUE")]
    job_variables: Vec<String>,
    /// A cron expression to run by (repeatable)
    #[arg(long)]
    cron: Vec<String>,
    /// Seconds from run to run (repeatable)
    #[arg(long, value_name = "SECONDS")]
    interval: Vec<i64>,
    /// A date from which intervals count
    #[arg(long, value_name = "DATE")]
    anchor_date: Option<String>,
    /// A recurrence rule to run by (repeatable)
    #[arg(long)]
    rrule: Vec<String>,
    /// The time zone of the schedules, such as Asia/Taipei
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// A trigger: a JSON object, or a .yaml or .json file with `triggers` (repeatable)
    #[arg(long = "trigger", value_name = "TRIGGER")]
    triggers: Vec<String>,
    /// A parameter: KEY=VALUE, the value read as JSON where it is JSON (repeatable)
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = arguments::key_value, conflicts_with = "params")]
    param: Vec<(String, Value)>,
    /// Parameters as a JSON object
    #[arg(long, value_name = "JSON")]
    params: Option<String>,
    /// Take parameters that do not fit the flow's signature
    #[arg(long)]
    no_enforce_parameter_schema: bool,
    /// Refuse parameters that do not fit the flow's signature (the default of Prefect 3)
    #[arg(long, overrides_with = "no_enforce_parameter_schema")]
    enforce_parameter_schema: bool,
}

impl Given {
    /// Whether anything but names was given.
    pub fn any(&self) -> bool {
        let texts =
            [&self.description, &self.version, &self.version_type, &self.pool, &self.work_queue, &self.anchor_date];
        let lists = [&self.tags, &self.job_variables, &self.cron, &self.rrule, &self.triggers];
        texts.iter().any(|text| text.is_some())
            || lists.iter().any(|list| !list.is_empty())
            || !self.interval.is_empty()
            || !self.param.is_empty()
            || [&self.params, &self.timezone].iter().any(|text| text.is_some())
            || self.concurrency_limit.is_some()
            || self.no_enforce_parameter_schema
    }

    /// The options for one deployment.
    pub fn read(&self, entrypoint: Option<String>) -> Result<Options, Failure> {
        let dates = |key: &str, value: Value| Map::from_iter([(key.to_owned(), value)]);
        let crons = self.cron.iter().map(|it| dates("cron", json!(it)));
        let intervals = self.interval.iter().map(|it| dates("interval", json!(it)));
        let rrules = self.rrule.iter().map(|it| dates("rrule", json!(it)));
        let mut job_variables = Map::new();
        for given in &self.job_variables {
            match given.split_once('=').filter(|_| !given.trim_start().starts_with('{')) {
                Some((key, value)) => drop(job_variables.insert(key.to_owned(), Value::from(value))),
                None => job_variables.extend(arguments::object("--job-variable", given)?),
            }
        }
        let parameters = match &self.params {
            Some(params) => arguments::object("--params", params)?,
            None => self.param.iter().cloned().collect(),
        };
        let limit = self.concurrency_limit.map(|limit| match &self.collision_strategy {
            Some(strategy) => json!({ "limit": limit, "collision_strategy": strategy.to_uppercase() }),
            None => json!(limit),
        });
        let pattern = |name: &&String| !name.contains('*');
        Ok(Options {
            entrypoint,
            name: match self.names.as_slice() {
                [only] => Some(only).filter(pattern).map(|name| name.rsplit('/').next().unwrap_or(name).to_owned()),
                _ => None,
            },
            description: self.description.clone(),
            version: self.version.clone(),
            version_type: self.version_type.clone(),
            tags: (!self.tags.is_empty()).then(|| self.tags.clone()),
            concurrency_limit: limit,
            work_pool_name: self.pool.clone(),
            work_queue_name: self.work_queue.clone(),
            job_variables,
            schedules: crons.chain(intervals).chain(rrules).collect(),
            timezone: self.timezone.clone(),
            anchor_date: self.anchor_date.clone(),
            parameters,
            enforce_parameter_schema: match (self.no_enforce_parameter_schema, self.enforce_parameter_schema) {
                (true, _) => Some(false),
                (_, true) => Some(true),
                _ => None,
            },
            triggers: self.triggers()?,
        })
    }

    fn triggers(&self) -> Result<Option<Vec<Value>>, Failure> {
        let mut specs = Vec::new();
        for given in &self.triggers {
            if !given.ends_with(".yaml") && !given.ends_with(".json") {
                specs.push(Value::Object(arguments::object("--trigger", given)?));
                continue;
            }
            let text = std::fs::read_to_string(given)
                .map_err(|why| Failure::usage(format!("{given} cannot be read: {why}.")))?;
            // JSON is YAML.
            let read = project::yaml::read(given, &text).map_err(|problem| super::wrong(vec![problem]))?;
            let listed = read.get("triggers").map(|list| list.json()).unwrap_or_default();
            specs.extend(listed.as_array().cloned().unwrap_or_default());
        }
        Ok((!self.triggers.is_empty()).then_some(specs))
    }
}
