//! Whether a template may be saved.

use serde_json::{Map, Value};

use super::manifest::check_manifest;
use super::placeholder::{Kind, child, find_placeholders, visit_texts};

/// What is wrong with a template, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// JSON pointer into the template.
    pub pointer: String,
    pub fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Prefect's servers count an empty one as missing too.
    #[error("The template needs both `job_configuration` and `variables`; `{0}` is missing or empty.")]
    Missing(&'static str),
    #[error("`{0}` must be an object.")]
    NoObject(&'static str),
    #[error("`{0}` is not declared in `variables`.")]
    Undeclared(String),
    /// Prefect's servers take it; the cluster would refuse each run's Job.
    #[error("In the Job, `{field}` must be {expected}, not {found}.")]
    Shape { field: &'static str, expected: String, found: String },
}

/// What Prefect's servers refuse in a template, and what every cluster would; an empty template passes. Only variables have to be
/// declared: blocks, variables of the server, the environment and the run (`ctx.…`) exist outside of it.
pub fn check_template(template: &Map<String, Value>) -> Vec<Problem> {
    if template.is_empty() {
        return Vec::new();
    }
    let mut problems = Vec::new();
    let mut member = |key: &'static str| match template.get(key) {
        None | Some(Value::Null) => {
            problems.push(Problem { pointer: String::new(), fault: Fault::Missing(key) });
            None
        }
        Some(Value::Object(members)) if members.is_empty() => {
            problems.push(Problem { pointer: child("", key), fault: Fault::Missing(key) });
            None
        }
        Some(Value::Object(members)) => Some(members),
        Some(_) => {
            problems.push(Problem { pointer: child("", key), fault: Fault::NoObject(key) });
            None
        }
    };
    let configuration = member("job_configuration");
    let variables = member("variables");
    let (Some(configuration), Some(variables)) = (configuration, variables) else { return problems };
    let declared = variables.get("properties").and_then(Value::as_object);
    for (key, value) in configuration {
        visit_texts(value, child("/job_configuration", key), &mut |pointer, text| {
            for placeholder in find_placeholders(text) {
                let known = declared.is_some_and(|declared| declared.contains_key(placeholder.name));
                if placeholder.kind() == Kind::Variable && !known {
                    let fault = Fault::Undeclared(placeholder.name.to_owned());
                    problems.push(Problem { pointer: pointer.to_owned(), fault });
                }
            }
        });
    }
    problems.extend(check_manifest(configuration));
    problems
}

/// The sentence with which the template is refused (status 422), Prefect's where it is Prefect's rule; none if
/// it passes.
pub fn refusal(template: &Map<String, Value>) -> Option<String> {
    let problems = check_template(template);
    let mut undeclared: Vec<&str> = Vec::new();
    for problem in &problems {
        match &problem.fault {
            Fault::Missing(_) => {
                let both = "The `base_job_template` must contain both a `job_configuration` key and a `variables` key.";
                return Some(both.to_owned());
            }
            Fault::NoObject(_) => return Some(problem.fault.to_string()),
            Fault::Shape { .. } => {}
            Fault::Undeclared(name) if undeclared.contains(&name.as_str()) => {}
            Fault::Undeclared(name) => undeclared.push(name),
        }
    }
    if undeclared.is_empty() {
        return problems.first().map(|problem| problem.fault.to_string());
    }
    Some(format!(
        "The variables specified in the job configuration template must be present as properties in the \
             variables schema. Your job configuration uses the following undeclared variable(s): {}.",
        undeclared.join(" ,")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(template: Value) -> Option<String> {
        refusal(template.as_object().expect("an object"))
    }

    #[test]
    fn templates_are_refused_in_prefects_words() {
        let both = "The `base_job_template` must contain both a `job_configuration` key and a `variables` key.";
        for template in [
            json!({"job_configuration": {"a": 1}}),
            json!({"variables": {"properties": {}}}),
            json!({"job_configuration": {}, "variables": {"properties": {}}}),
            json!({"job_configuration": {"a": 1}, "variables": {}}),
            json!({"other": 1}),
        ] {
            assert_eq!(refused(template.clone()).as_deref(), Some(both), "{template}");
        }
        let undeclared = json!({
            "job_configuration": {"a": "{{ zzz }}", "b": {"{{ key }}": ["{{ zzz }}", "{{ known }}"]}},
            "variables": {"properties": {"known": {}}},
        });
        assert_eq!(
            refused(undeclared).as_deref(),
            Some(
                "The variables specified in the job configuration template must be present as properties in the \
                 variables schema. Your job configuration uses the following undeclared variable(s): zzz ,key."
            )
        );
        assert!(refused(json!({"job_configuration": "x", "variables": {"a": 1}})).is_some());
    }

    #[test]
    fn what_is_outside_of_the_template_need_not_be_declared() {
        let text = "{{ prefect.blocks.secret.token }} {{ prefect.variables.x }} {{ $HOME }} {{ ctx.flow.name }}";
        assert_eq!(refused(json!({"job_configuration": {"a": text}, "variables": {"properties": {}}})), None);
        assert_eq!(refused(json!({})), None);
    }

    #[test]
    fn problems_are_pointed_at() {
        let template = json!({
            "job_configuration": {"a/b": ["{{ x }}", {"c": "{{ y }} {{ x }}"}]},
            "variables": {"properties": {"y": {}}},
        });
        let problems = check_template(template.as_object().expect("an object"));
        let pointers: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
        assert_eq!(pointers, ["/job_configuration/a~1b/0", "/job_configuration/a~1b/1/c"]);
        assert_eq!(problems[0].fault.to_string(), "`x` is not declared in `variables`.");
    }
}
