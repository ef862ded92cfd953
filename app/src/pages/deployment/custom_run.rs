//! A run with other parameters, job variables or another time than usual.

use domain::flow_runs::DeploymentFlowRunCreate;
use domain::pages::DeploymentPage;
use domain::state::{StateCreate, StateType};
use domain::{DeploymentId, Timestamp};
use leptos::prelude::*;
use serde_json::{Map, Value};

use crate::browser;
use crate::clock::{Clock, clock};
use crate::components::run_now::Runner;
use crate::components::schema_form::{json_area, schema_field, value_of};
use crate::element::{El, el};
use crate::page::Page;
use crate::schema::{Field, fields, read_object};

/// What has been typed: a text for each parameter, and the rest.
#[derive(Debug, Clone, Default)]
struct Typed {
    parameters: Vec<String>,
    name: String,
    start: String,
    job_variables: String,
    /// Whether "Start run" has been pressed: only then it is told what is wrong.
    tried: bool,
}

#[derive(Clone, Copy)]
struct Form {
    typed: RwSignal<Typed>,
    fields: StoredValue<Vec<Field>>,
    /// The texts that the deployment itself gives.
    given: StoredValue<Vec<String>>,
    clock: Clock,
}

/// The panel.
pub fn custom_run(page: Page<DeploymentPage>, runner: Runner) -> El {
    let (id, fields, given) = page.peek(|data| {
        let deployment = &data.deployment;
        let fields = fields(deployment.parameter_openapi_schema.as_ref().unwrap_or(&Value::Null));
        let value = |field: &Field| field.show(deployment.parameters.get(&field.name).or(field.default.as_ref()));
        let given: Vec<String> = fields.iter().map(value).collect();
        (deployment.id, fields, given)
    });
    let typed = Typed { parameters: given.clone(), ..Typed::default() };
    let inputs = fields.clone();
    let form = Form {
        typed: RwSignal::new(typed),
        fields: StoredValue::new(fields),
        given: StoredValue::new(given),
        clock: clock(),
    };
    let none = inputs.is_empty().then(|| el("p").class("faint").add("This flow takes no parameters."));
    let parameters = el("fieldset")
        .add(el("legend").add("Parameters"))
        .add(none)
        .add_all(inputs.iter().enumerate().map(|(at, field)| form.parameter(at, field)));
    let start = el("button").class("primary").attr("disabled", move || runner.busy.get()).add("Start run");
    el("form")
        .class("form body")
        .on("submit", move |event| {
            event.prevent_default();
            form.submit(id, runner);
        })
        .add(parameters)
        .add(form.rest())
        .add(el("div").class("buttons").add(start))
        .add(el("noscript").add("Starting a run needs JavaScript; prefect deployment run does not."))
}

impl Form {
    fn parameter(self, at: usize, field: &Field) -> El {
        let text = move || self.typed.with(|typed| typed.parameters[at].clone());
        let problem = move || self.problem(at);
        let change = move |text| self.typed.update(|typed| typed.parameters[at] = text);
        schema_field(format!("parameter-{at}"), field, text, problem, change)
    }

    fn problem(self, at: usize) -> Option<String> {
        self.typed.with(|typed| {
            // What is typed may be half a number yet; what is left empty is told about in the end.
            let text = &typed.parameters[at];
            let tell = typed.tried || !text.is_empty();
            tell.then(|| self.fields.with_value(|fields| fields[at].read(text).err())).flatten()
        })
    }

    /// Name, start and job variables.
    fn rest(self) -> El {
        let name = el("input")
            .attr("id", "run-name")
            .attr("placeholder", "made up by the server")
            .attr("autocomplete", "off")
            .on("input", move |event| self.typed.update(|typed| typed.name = value_of(&event)));
        let start = el("input")
            .attr("id", "run-start")
            .attr("type", "datetime-local")
            .on("input", move |event| self.typed.update(|typed| typed.start = value_of(&event)));
        let wrong = move || self.typed.with(|typed| read_object(&typed.job_variables).err());
        let variables = json_area(String::new)
            .attr("id", "run-variables")
            .attr("placeholder", "{ \"image\": \"…\" }")
            .attr("aria-invalid", move || wrong().map(|_| "true"))
            .on("input", move |event| self.typed.update(|typed| typed.job_variables = value_of(&event)));
        let field = |id: &'static str, title: &'static str, input: El| {
            el("div").class("field").add(el("label").attr("for", id).add(title)).add(input)
        };
        let zone = move || if self.clock.is_local() { "in your zone; empty: now" } else { "in UTC; empty: now" };
        el("fieldset")
            .add(el("legend").add("This run"))
            .add(field("run-name", "Name", name))
            .add(field("run-start", "Start", start).add(el("p").class("help").add(zone)))
            .add(
                field("run-variables", "Job variables", variables).add(
                    el("p").class("help").add(move || wrong().map(|problem| el("strong").class("bad").add(problem))),
                ),
            )
    }

    fn submit(self, id: DeploymentId, runner: Runner) {
        self.typed.update(|typed| typed.tried = true);
        match self.read() {
            Some(run) => runner.run(id, run),
            // Later: what is wrong is marked when this event is over.
            None => request_animation_frame(|| drop(browser::find("[aria-invalid]").map(|field| field.focus()))),
        }
    }

    /// The run as it is to be made; nothing while something is wrong.
    fn read(self) -> Option<DeploymentFlowRunCreate> {
        let typed = self.typed.get_untracked();
        let parameters = self.parameters(&typed)?;
        let job_variables = read_object(&typed.job_variables).ok()?;
        let start = match typed.start.as_str() {
            "" => None,
            text => Some(self.clock.instant(text.parse::<Timestamp>().ok()?)),
        };
        Some(DeploymentFlowRunCreate {
            name: Some(typed.name.trim().to_owned()).filter(|name| !name.is_empty()),
            parameters,
            job_variables: (!job_variables.is_empty()).then_some(job_variables),
            state: start.map(|at| StateCreate::new(StateType::Scheduled).at(at)),
            ..DeploymentFlowRunCreate::default()
        })
    }

    /// What differs from the deployment's own; the server lays it over those.
    fn parameters(self, typed: &Typed) -> Option<Map<String, Value>> {
        let mut parameters = Map::new();
        let (fields, given) = (self.fields.get_value(), self.given.get_value());
        for (at, field) in fields.into_iter().enumerate() {
            let text = &typed.parameters[at];
            let value = field.read(text).ok()?;
            if *text != given[at] {
                let emptied = if field.nullable { Some(Value::Null) } else { field.default };
                parameters.extend(value.or(emptied).map(|value| (field.name, value)));
            }
        }
        Some(parameters)
    }
}
