//! The text being edited, what is known of it, and saving it.

use std::time::Duration;

use client::{Client, ClientError, dry_run};
use domain::dry_run::{DryRun, DryRunCreate, DryRunOutcome};
use domain::job_template::{SourceProblem, check_source, source_warnings};
use domain::pages::WorkPoolPage;
use domain::preview::{PreviewAnswer, PreviewCreate};
use domain::sheet::Sheet;
use http::Method;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use serde_json::{Map, Value, json};

use crate::editor::{Editor, Said};
use crate::effect::effect;
use crate::notices::{Notices, notices};
use crate::page::Page;

/// A template that is being typed is rendered after so long a rest.
const RENDER_AFTER: Duration = Duration::from_millis(120);

/// What the panes share.
#[derive(Clone, Copy)]
pub struct Desk {
    pub page: Page<WorkPoolPage>,
    pub name: StoredValue<String>,
    /// The JSON as it is now, or was when it could be read last.
    pub text: RwSignal<String>,
    /// The JSON as the server has it.
    pub saved: RwSignal<String>,
    /// The YAML, if it holds more than the JSON (comments, another form), and as the server has it.
    pub yaml: RwSignal<String>,
    pub saved_yaml: RwSignal<String>,
    /// The language that is shown: `json` or `yaml`.
    pub language: RwSignal<String>,
    /// What speaks against saving.
    pub errors: RwSignal<Vec<SourceProblem>>,
    pub warnings: RwSignal<Vec<SourceProblem>>,
    /// The last template that could be read.
    pub template: RwSignal<Map<String, Value>>,
    /// What the server said when it refused.
    pub refusal: RwSignal<Option<String>>,
    /// Somebody else has saved meanwhile: their template, both brought together, and where both changed the same.
    pub conflict: RwSignal<Option<Value>>,
    /// Why the template is changed, for its history.
    pub note: RwSignal<String>,
    /// What the text as it is would change for the deployments.
    pub impact: RwSignal<Option<Sheet>>,
    /// The job of the template for the chosen deployment, as the server rendered it last.
    pub job: RwSignal<Option<PreviewAnswer>>,
    /// Id of the deployment whose job is shown; empty for none.
    pub chosen: RwSignal<String>,
    pub saving: RwSignal<bool>,
    /// What the cluster said about the job that is shown.
    pub dry_run: RwSignal<Option<DryRun>>,
    pub asking: RwSignal<bool>,
    /// CodeMirror, once it is there.
    pub editor: RwSignal<Option<SendWrapper<Editor>>>,
    client: StoredValue<Client>,
    notices: Notices,
}

impl Desk {
    /// A desk with the pool's template on it.
    pub fn new(page: Page<WorkPoolPage>) -> Self {
        let (name, template, chosen) = page.peek(|data| {
            let chosen = data.deployments.first().map(|row| row.deployment.id.to_string());
            (data.row.work_pool.name.clone(), data.row.work_pool.base_job_template.clone(), chosen)
        });
        let text = print(&template);
        Desk {
            page,
            name: StoredValue::new(name),
            text: RwSignal::new(text.clone()),
            errors: RwSignal::new(check_source(&text).err().unwrap_or_default()),
            warnings: RwSignal::new(source_warnings(&text)),
            saved: RwSignal::new(text),
            yaml: RwSignal::default(),
            saved_yaml: RwSignal::default(),
            language: RwSignal::new("json".to_owned()),
            template: RwSignal::new(template),
            refusal: RwSignal::new(None),
            conflict: RwSignal::new(None),
            note: RwSignal::new(String::new()),
            impact: RwSignal::new(None),
            job: RwSignal::new(page.peek(|data| data.job.clone())),
            chosen: RwSignal::new(chosen.unwrap_or_default()),
            saving: RwSignal::new(false),
            dry_run: RwSignal::new(None),
            asking: RwSignal::new(false),
            editor: RwSignal::new(None),
            client: StoredValue::new(expect_context()),
            notices: notices(),
        }
    }

    /// Has the job rendered whenever what it is made of has changed, and not while it changes on.
    pub fn render_again(self) {
        let changes = StoredValue::new(0_u32);
        effect(move || {
            self.template.track();
            self.chosen.track();
            self.page.with(|_| ());
            let change = changes.get_value() + 1;
            changes.set_value(change);
            // The page came with the job of what it came with.
            if change > 1 {
                let ask = move || {
                    if changes.try_get_value() == Some(change) {
                        self.ask_job(changes, change);
                    }
                };
                set_timeout(ask, RENDER_AFTER);
            }
        });
    }

    fn ask_job(self, changes: StoredValue<u32>, change: u32) {
        let (client, chosen) = (self.client.get_value(), self.chosen.get_untracked());
        let path = self.name.with_value(|name| format!("/reeve/work_pools/{}/template/job", client::segment(name)));
        let ask =
            PreviewCreate { base_job_template: self.template.get_untracked(), deployment_id: chosen.parse().ok() };
        leptos::task::spawn_local(async move {
            let answer = client.post::<PreviewAnswer>(&path, &ask).await;
            if changes.try_get_value() == Some(change) {
                self.job.set(Some(answer.unwrap_or_else(|error| Err(error.to_string()).into())));
            }
        });
    }

    /// Takes a new JSON, from wherever, and checks it.
    pub fn write(self, text: String) {
        self.check(text, Vec::new());
    }

    /// Takes what the editor says: the JSON, unless there is none yet, and what is wrong with the YAML.
    pub fn hear(self, said: &Said) {
        let set = |signal: RwSignal<String>, key: &str| said.text(key).map(|text| signal.set(text));
        set(self.saved_yaml, "saved");
        set(self.yaml, "yaml");
        set(self.language, "language");
        let found: Value = serde_json::from_str(&said.text("found").unwrap_or_default()).unwrap_or_default();
        match said.text("json") {
            Some(json) => self.check(json, problems(&found, "warning")),
            None => {
                self.warnings.set(problems(&found, "warning"));
                self.errors.set(problems(&found, "error"));
            }
        }
    }

    /// Shows the text in the other language.
    pub fn speak(self, language: &str) {
        let spoken = self.editor.with_untracked(|editor| editor.as_ref().is_some_and(|editor| editor.speak(language)));
        if !spoken {
            self.notices.refused("Mend what cannot be read first; then it can be shown in the other language.");
        }
    }

    /// Checks the JSON; `more` is worth a look as well.
    fn check(self, text: String, more: Vec<SourceProblem>) {
        let is_news = self.text.with_untracked(|before| *before != text);
        let mut errors = Vec::new();
        match check_source(&text) {
            Ok(template) if is_news => self.template.set(template),
            Ok(_) => {}
            Err(found) => errors = found,
        }
        let mut warnings = source_warnings(&text);
        if let Some(editor) = self.editor.get_untracked() {
            editor.place(&mut errors);
            editor.place(&mut warnings);
        }
        for problem in more {
            if !errors.iter().any(|error| (error.line, error.column) == (problem.line, problem.column)) {
                domain::sorted::insert(&mut warnings, problem, SourceProblem::may_precede);
            }
        }
        self.errors.set(errors);
        self.warnings.set(warnings);
        if is_news {
            self.refusal.set(None);
            self.conflict.set(None);
            self.impact.set(None);
            self.dry_run.set(None);
            self.text.set(text);
        }
    }

    /// Shows the job of another deployment, or with an empty id that of none.
    pub fn choose(self, deployment: String) {
        self.dry_run.set(None);
        self.chosen.set(deployment);
    }

    /// Changes the template as the form sees it; the text changes only where it must.
    pub fn change(self, change: impl FnOnce(&mut Value)) {
        let parsed = self.text.with_untracked(|text| serde_json::from_slice(text.as_bytes()).ok());
        if let Some(mut template) = parsed {
            change(&mut template);
            let text = format!("{template:#}");
            match self.editor.get_untracked() {
                Some(editor) => editor.put(&text),
                None => self.write(text),
            }
        }
    }

    /// Whether the text differs from what the server has.
    pub fn is_changed(self) -> bool {
        let differs = |a: RwSignal<String>, b: RwSignal<String>| a.with(|a| b.with(|b| a != b));
        differs(self.text, self.saved) || differs(self.yaml, self.saved_yaml)
    }

    /// Whether the text cannot be saved.
    pub fn broken(self) -> bool {
        self.errors.with(|errors| !errors.is_empty())
    }

    /// Whether "Save" would do anything.
    pub fn may_save(self) -> bool {
        self.is_changed() && !self.broken() && !self.saving.get()
    }

    /// One word on where the text stands.
    pub fn status(self) -> &'static str {
        match (self.saving.get(), self.is_changed(), self.broken()) {
            (true, ..) => "Saving…",
            (_, false, _) => "Saved",
            (_, _, true) => "Not saved: it cannot be",
            (_, _, false) => "Not saved",
        }
    }

    /// Goes back to what the server has.
    pub fn discard(self) {
        match self.editor.get_untracked() {
            Some(editor) => editor.reset(&self.saved.get_untracked(), &self.saved_yaml.get_untracked()),
            None => self.write(self.saved.get_untracked()),
        }
    }

    /// Sends the template; the server has the last word, and it is shown.
    pub fn save(self) {
        if !untrack(|| self.may_save()) {
            return;
        }
        let (client, name, text) = (self.client.get_value(), self.name.get_value(), self.text.get_untracked());
        let was = self.saved.with_untracked(|saved| serde_json::from_slice::<Value>(saved.as_bytes()).ok());
        let note = self.note.get_untracked();
        let yaml = self.yaml.get_untracked();
        let body =
            json!({ "base_job_template": self.template.get_untracked(), "was": was, "note": note, "source": yaml });
        self.saving.set(true);
        leptos::task::spawn_local(async move {
            let path = format!("/reeve/work_pools/{}/template", client::segment(&name));
            let answer = client.send(Method::PUT, &path, Some(&body)).await;
            if self.saving.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(()) => {
                    self.saved.set(text);
                    self.saved_yaml.set(yaml);
                    self.note.set(String::new());
                    self.notices.done("The template is saved; the next jobs are made from it");
                    self.page.refresh();
                }
                Err(ClientError::Refused { status: 409, problem }) if problem.detail.is_some() => {
                    self.conflict.set(problem.detail);
                }
                Err(error) => self.refusal.set(Some(error.to_string())),
            }
        });
    }

    /// Takes both changes into the editor; from now on theirs is what is saved.
    pub fn take_merge(self) {
        let Some(conflict) = self.conflict.get_untracked() else { return };
        self.saved.set(format!("{:#}", conflict["theirs"]));
        self.write(format!("{:#}", conflict["merged"]));
    }

    /// Asks what the text as it is would change for the deployments.
    pub fn ask_impact(self) {
        let (client, text) = (self.client.get_value(), self.text.get_untracked());
        let path = self.name.with_value(|name| format!("/reeve/work_pools/{}/template/impact", client::segment(name)));
        let body = json!({ "base_job_template": self.template.get_untracked() });
        leptos::task::spawn_local(async move {
            match client.post::<Sheet>(&path, &body).await {
                Ok(sheet) if self.text.try_get_untracked() == Some(text) => self.impact.set(Some(sheet)),
                Ok(_) => {}
                Err(error) => self.notices.failed("The impact is not known", &error),
            }
        });
    }
}

impl Desk {
    /// Whether "Dry run on cluster" would do anything.
    pub fn may_ask(self) -> bool {
        !self.broken() && !self.asking.get()
    }

    /// Asks the cluster whether it would take the job that is shown. An answer about what has been changed
    /// meanwhile is dropped.
    pub fn ask_cluster(self) {
        if !untrack(|| self.may_ask()) {
            return;
        }
        let (client, text, chosen) = (self.client.get_value(), self.text.get_untracked(), self.chosen.get_untracked());
        let ask = DryRunCreate {
            work_pool_name: Some(self.name.get_value()),
            base_job_template: Some(self.template.get_untracked()),
            deployment_id: chosen.parse().ok(),
        };
        self.asking.set(true);
        self.dry_run.set(None);
        leptos::task::spawn_local(async move {
            let answer = dry_run::create(&client, &ask).await;
            if self.asking.try_set(false).is_some() {
                return;
            }
            if self.text.get_untracked() == text && self.chosen.get_untracked() == chosen {
                let failed = |error: client::ClientError| DryRun::new(DryRunOutcome::Unanswered, error.to_string());
                self.dry_run.set(Some(answer.unwrap_or_else(failed)));
            }
        });
    }
}

/// Those of the editor's problems that are of this severity.
fn problems(found: &Value, severity: &str) -> Vec<SourceProblem> {
    let of_kind = found.as_array().into_iter().flatten().filter(|problem| problem["severity"] == severity);
    let number = |value: &Value| value.as_u64().unwrap_or(1) as usize;
    let problem = |problem: &Value| SourceProblem {
        line: number(&problem["line"]),
        column: number(&problem["column"]),
        length: number(&problem["length"]),
        message: problem["message"].as_str().unwrap_or_default().to_owned(),
    };
    of_kind.map(problem).collect()
}

/// The text of a template.
pub fn print(template: &Map<String, Value>) -> String {
    format!("{:#}", Value::Object(template.clone()))
}
