//! Kubernetes Jobs beside those that the real workers of both majors made.

use domain::Major;
use domain::default_templates::default_base_job_template;
use domain::flow_runs::FlowRun;
use domain::job_template::{
    JobContext, Layers, Origin, Rendered, RunDeployment, RunFlow, RunPool, RunWorker, TemplateError, default_image,
    job_name, job_origins, kubernetes_job, render,
};
use serde_json::{Map, Value, json};

/// `[{case, major, alone, configuration, job | error}]`: what prefect-kubernetes 0.3.13 and 0.8.0 made out
/// of rendered configurations for the run below, and without its surroundings where `alone`.
const JOBS: &str = include_str!("templates/kubernetes_jobs.json");

/// Bodies that the real workers posted to a cluster.
const POSTED: [(Major, &str); 2] = [
    (Major::V2, include_str!("templates/job_posted_v2.json")),
    (Major::V3, include_str!("templates/job_posted_v3.json")),
];

fn context(major: Major) -> JobContext {
    let id = |text: &str| text.parse::<domain::Uuid>().expect("an id");
    JobContext {
        major,
        flow_run_id: id("01a2098e-de43-7002-b1ca-56a721760092").into(),
        flow_run_name: "electronic-hummingbird".to_owned(),
        attempt: 1,
        flow: None,
        deployment: None,
        pool: None,
        worker: None,
        environment: Vec::new(),
        details: json!({"flow_run": {"name": "electronic-hummingbird"}, "flow": {}}),
    }
}

fn with_surroundings(context: JobContext) -> JobContext {
    let id = |text: &str| text.parse::<domain::Uuid>().expect("an id");
    JobContext {
        flow: Some(RunFlow { id: id("f6e9e5d3-0dc5-4175-8490-9a37172b56da").into(), name: "repo-info".to_owned() }),
        deployment: Some(RunDeployment {
            id: id("c0ecc491-875b-44f4-88e4-eb0ad45920ae").into(),
            name: "My Demo".to_owned(),
            updated: Some("2026-11-23T17:58:05.520000Z".parse().expect("a time")),
        }),
        pool: Some(RunPool { id: id("25ae2d62-20d3-4f5d-9d67-8df9a53a82d8").into(), name: "worker-pool".to_owned() }),
        worker: Some(RunWorker {
            id: Some(id("4d0a92b0-6f6c-4c5e-8d3e-6a4f6f0d9a11").into()),
            name: "KubernetesWorker ff379a6b".to_owned(),
        }),
        details: json!({"flow_run": {"name": "electronic-hummingbird"}, "flow": {"name": "repo-info"}}),
        ..context
    }
}

fn environment(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Ours made to look like theirs: a generated name in place of a fixed one, no attempt; and for Prefect 2,
/// whose pods have no labels of their own, without what is only added there.
fn as_theirs(mut job: Value, theirs: &Value, major: Major) -> Value {
    for metadata in ["/metadata", "/spec/template/metadata"] {
        let labels = job.pointer_mut(&format!("{metadata}/labels")).and_then(Value::as_object_mut).expect("labels");
        assert_eq!(labels.shift_remove("reeve.io/attempt"), Some("1".into()));
    }
    let metadata = job["metadata"].as_object_mut().expect("metadata");
    let name = metadata.shift_remove("name").expect("a name");
    let generated = theirs["metadata"]["generateName"].as_str().expect("a generated name");
    assert_eq!(name, job_name(generated, &context(major)), "{generated}");
    metadata.insert("generateName".to_owned(), generated.into());
    if major == Major::V2 {
        match theirs.pointer("/spec/template/metadata") {
            Some(theirs) => job["spec"]["template"]["metadata"] = theirs.clone(),
            None => drop(job["spec"]["template"].as_object_mut().expect("a template").shift_remove("metadata")),
        }
    }
    job
}

#[test]
fn jobs_are_made_as_real_workers_make_them() {
    let cases: Vec<Value> = serde_json::from_str(JOBS).expect("recorded cases");
    for case in &cases {
        let major = if case["major"] == 2 { Major::V2 } else { Major::V3 };
        let mut context = context(major);
        if case["alone"] == false {
            context = with_surroundings(context);
        }
        context.environment =
            environment(&[("PREFECT_HOME", "/home"), ("PREFECT_API_URL", "http://server.example:4200/api")]);
        if major == Major::V3 {
            context.environment.extend(environment(&[("PREFECT_SERVER_EPHEMERAL_ENABLED", "True")]));
        }
        let what = format!("{} {}", case["case"], case["major"]);
        let made = kubernetes_job(case["configuration"].as_object().expect("an object"), &context);
        if let Some(error) = case["error"].as_str() {
            let found = made.expect_err(&what).to_string();
            assert!(
                found == error || error.contains("must be a string or list") && found.contains("`args`"),
                "{found}"
            );
            continue;
        }
        let text = case["job"].to_string().replace("<default>", &default_image(major));
        let theirs: Value = serde_json::from_str(&text).expect("JSON");
        let made = made.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(as_theirs(made, &theirs, major), theirs, "{what}");
    }
}

fn seed() -> Value {
    json!({
        "service_account_name": "worker",
        "name": "testset",
        "namespace": "dev",
        "image": "docker.io/library/prefect_worker:1.0",
        "image_pull_policy": "IfNotPresent",
        "finished_job_ttl": 300,
    })
}

fn rendered(major: Major, deployment: &Value, flow_run: &Value) -> Rendered {
    let template = default_base_job_template("kubernetes", major).expect("a template");
    let (deployment, flow_run) = (deployment.as_object().expect("object"), flow_run.as_object().expect("object"));
    let layers = Layers { template: &template, deployment, flow_run, major };
    render(&layers, &|_| None, &|_| None).expect("rendered")
}

#[test]
fn the_default_template_makes_the_jobs_that_were_posted() {
    for (major, posted) in POSTED {
        let theirs: Value = serde_json::from_str(posted).expect("JSON");
        let label = |key: &str| theirs["metadata"]["labels"][key].as_str().unwrap_or_default().to_owned();
        let mut context = with_surroundings(context(major));
        context.flow_run_id = label("prefect.io/flow-run-id").parse().expect("an id");
        context.flow_run_name = label("prefect.io/flow-run-name");
        context.flow =
            Some(RunFlow { id: label("prefect.io/flow-id").parse().expect("an id"), name: "repo-info".to_owned() });
        context.deployment = Some(RunDeployment {
            id: label("prefect.io/deployment-id").parse().expect("an id"),
            name: "demo".to_owned(),
            updated: Some(match major {
                Major::V2 => "2026-11-23T18:07:52.151000Z".parse().expect("a time"),
                Major::V3 => "2026-11-23T17:58:05.520000Z".parse().expect("a time"),
            }),
        });
        context.worker =
            Some(RunWorker { id: None, name: "KubernetesWorker ff379a6b-8cf7-4be6-bae3-9a9f02b5f858".to_owned() });
        context.environment = match major {
            Major::V2 => {
                environment(&[("PREFECT_CLI_PROMPT", "False"), ("PREFECT_API_URL", "http://server.example:4200/api")])
            }
            Major::V3 => environment(&[
                ("PREFECT_API_URL", "http://server.example:4200/api"),
                ("PREFECT_CLI_PROMPT", "False"),
                ("PREFECT_SERVER_EPHEMERAL_ENABLED", "True"),
            ]),
        };
        let mut variables = seed();
        if major == Major::V3 {
            variables["image"] = "docker.io/prefecthq/prefect:3-latest".into();
        }
        let mut job = kubernetes_job(&rendered(major, &variables, &json!({})).configuration, &context).expect("a job");
        let end = context.flow_run_id.to_string().replace('-', "")[24..].to_owned();
        assert_eq!(job["metadata"]["name"], format!("testset-{end}-1"));
        job["metadata"]["name"] = "testset-21760092-1".into();
        assert_eq!(as_theirs(job, &theirs, major), theirs);
    }
}

#[test]
fn names_follow_from_run_and_attempt() {
    let context = context(Major::V3);
    let name = |base: &str, attempt: i64| job_name(base, &JobContext { attempt, ..context.clone() });
    assert_eq!(name("testestset", 1), "testestset-21760092-1");
    assert_eq!(name("testestset", 2), "testestset-21760092-2");
    assert_eq!(name("My Flow_Run! #2", 1), "my-flow-run-2-21760092-1");
    assert_eq!(name("日本", 1), "prefect-job-21760092-1");
    let long = name(&"a".repeat(80), 1000);
    assert_eq!(long, format!("{}-21760092-1000", "a".repeat(40)));
    assert!(long.len() <= 63, "pods get the name as a label");
}

#[test]
fn runs_bring_their_own_context() {
    let run: FlowRun = serde_json::from_value(json!({
        "id": "01a2098e-de43-7002-b1ca-56a721760092", "name": "quick-fox", "run_count": 2,
        "flow_id": "f6e9e5d3-0dc5-4175-8490-9a37172b56da", "tags": [], "parameters": {"x": {"y": 5}},
        "empirical_policy": {}, "created": null, "updated": null,
    }))
    .expect("a run");
    let context = JobContext::of(&run, Major::V3);
    assert_eq!((context.attempt, context.flow_run_name.as_str()), (3, "quick-fox"));
    let variables = json!({"name": "{{ ctx.flow_run.name }}-{{ ctx.flow_run.parameters.x.y }}"});
    let job = kubernetes_job(&rendered(Major::V3, &variables, &json!({})).configuration, &context).expect("a job");
    assert_eq!(job["metadata"]["name"], "quick-fox-5-21760092-3");
}

#[test]
fn every_leaf_of_a_job_tells_who_set_it() {
    let deployment = json!({"image": "a:1", "name": "demo", "env": {"A": "1", "B": "1"}, "labels": {"team": "x"}});
    let flow_run = json!({"image": "a:2", "env": {"B": "2"}, "command": "echo hi"});
    let rendered = rendered(Major::V3, &deployment, &flow_run);
    let mut context = with_surroundings(context(Major::V3));
    context.environment = environment(&[("PREFECT_API_URL", "http://x/api")]);
    let job = kubernetes_job(&rendered.configuration, &context).expect("a job");
    let origins = job_origins(&job, &rendered);
    let container = "/spec/template/spec/containers/0";
    let of = |pointer: &str| {
        assert!(job.pointer(pointer).is_some(), "{pointer}");
        origins.iter().find(|(known, _)| known == pointer).map(|(_, origin)| *origin)
    };
    let value_of = |name: &str| {
        let env = job.pointer(&format!("{container}/env")).and_then(Value::as_array).expect("a list");
        let at = env.iter().position(|entry| entry["name"] == name).expect(name);
        of(&format!("{container}/env/{at}/value"))
    };
    assert_eq!(of(&format!("{container}/image")), Some(Origin::FlowRun));
    assert_eq!(of(&format!("{container}/imagePullPolicy")), Some(Origin::PoolDefault));
    assert_eq!(of(&format!("{container}/name")), Some(Origin::Template));
    assert_eq!(of(&format!("{container}/args/0")), Some(Origin::FlowRun));
    assert_eq!(of("/spec/backoffLimit"), Some(Origin::PoolDefault));
    assert_eq!(of("/metadata/namespace"), Some(Origin::PoolDefault));
    assert_eq!(of("/metadata/name"), Some(Origin::Worker));
    assert_eq!(of("/metadata/labels/team"), Some(Origin::Deployment));
    assert_eq!(of("/spec/template/metadata/labels/team"), Some(Origin::Deployment));
    assert_eq!(of("/metadata/labels/reeve.io~1attempt"), Some(Origin::Worker));
    assert_eq!(value_of("A"), Some(Origin::Deployment));
    assert_eq!(value_of("B"), Some(Origin::FlowRun));
    assert_eq!(value_of("PREFECT_API_URL"), Some(Origin::Worker));
}

#[test]
fn what_makes_no_job_is_an_error() {
    let configuration = |value: Value| -> Map<String, Value> { value.as_object().expect("an object").clone() };
    let manifest = rendered(Major::V3, &json!({}), &json!({})).configuration["job_manifest"].clone();
    let with = |key: &str, value: Value| {
        let mut configuration = configuration(json!({"job_manifest": manifest}));
        configuration.insert(key.to_owned(), value);
        kubernetes_job(&configuration, &context(Major::V3)).map(|_| ())
    };
    assert_eq!(with("x", json!(1)), Ok(()));
    assert_eq!(
        with("job_manifest", json!({})),
        Err(TemplateError::MissingPaths(["/apiVersion", "/kind", "/spec"].map(str::to_owned).to_vec(),))
    );
    for (key, value) in [
        ("job_manifest", json!("text")),
        ("job_manifest", json!({"metadata": []})),
        ("env", json!("text")),
        ("labels", json!([1])),
        ("annotations", json!("text")),
        ("command", json!(5)),
        ("command", json!("an 'open quote")),
    ] {
        assert!(with(key, value.clone()).is_err(), "{key} {value}");
    }
    let nothing = kubernetes_job(&Map::new(), &context(Major::V3));
    assert_eq!(nothing, Err(TemplateError::Incomplete("job_manifest")));
}
