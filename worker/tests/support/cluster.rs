//! A Kubernetes API in memory, given to `kube` as its transport: Jobs and pods, lists, watches and logs.
//! The tests play scheduler and kubelet; calls can be told to fail: this one, then that one.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::mpsc;

type Answer = Response<axum::body::Body>;

/// The cluster; clones are the same one.
#[derive(Clone, Default)]
pub struct Cluster(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    version: u64,
    objects: BTreeMap<(Kind, String), Value>,
    /// Everything that happened, for watches that begin in the past.
    history: Vec<(u64, Kind, Bytes)>,
    watches: Vec<(Kind, mpsc::UnboundedSender<Bytes>)>,
    logs: BTreeMap<String, Vec<String>>,
    followers: Vec<(String, mpsc::UnboundedSender<Bytes>)>,
    refusals: VecDeque<(String, u16, String)>,
    calls: Vec<String>,
    /// Deleted objects stay until [`Cluster::vanish`].
    slow_deletion: bool,
    /// Nobody answers.
    down: bool,
    /// Jobs that were only asked about, and what the cluster remarks about each.
    rehearsed: Vec<Value>,
    warnings: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Job,
    Pod,
}

impl Cluster {
    /// A client of this cluster whose default namespace is `dev`.
    pub fn client(&self) -> kube::Client {
        let cluster = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let cluster = cluster.clone();
            async move {
                if cluster.is_down() {
                    return Err(std::io::Error::from(std::io::ErrorKind::ConnectionRefused));
                }
                Ok(cluster.answer(request).await)
            }
        });
        kube::Client::new(service, "dev")
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the next call whose `METHOD path` begins like that fail with this status and message.
    pub fn refuse(&self, call: &str, status: u16, message: &str) {
        self.inner().refusals.push_back((call.to_owned(), status, message.to_owned()));
    }

    /// Lets deleted Jobs and pods wait for [`Cluster::vanish`].
    pub fn slow_deletion(&self) {
        self.inner().slow_deletion = true;
    }

    /// Lets no call be answered, or all of them again.
    pub fn down(&self, down: bool) {
        self.inner().down = down;
    }

    fn is_down(&self) -> bool {
        let mut inner = self.inner();
        if inner.down {
            inner.calls.push("GET nothing".to_owned());
        }
        inner.down
    }

    /// How often the worker has called.
    pub fn calls(&self) -> usize {
        self.inner().calls.len()
    }

    /// Calls that changed something, in order: `METHOD path`.
    pub fn changes(&self) -> Vec<String> {
        self.inner().calls.iter().filter(|call| !call.starts_with("GET")).cloned().collect()
    }

    /// The Jobs there are.
    pub fn jobs(&self) -> Vec<Value> {
        let inner = self.inner();
        inner.objects.iter().filter(|((kind, _), _)| *kind == Kind::Job).map(|(_, job)| job.clone()).collect()
    }

    /// The name of the only Job, once there is one.
    pub async fn job(&self) -> String {
        super::eventually("a job was made", async || self.jobs().len() == 1).await;
        self.jobs()[0]["metadata"]["name"].as_str().expect("a name").to_owned()
    }

    /// The last Job that the worker only asked about.
    pub fn rehearsed(&self) -> Value {
        self.inner().rehearsed.last().cloned().unwrap_or_default()
    }

    /// Lets the cluster remark this about each Job.
    pub fn warn(&self, text: &str) {
        self.inner().warnings.push(text.to_owned());
    }

    /// Enters a Job as another worker would have made it.
    pub fn put_job(&self, manifest: Value) {
        self.inner().create(Kind::Job, manifest);
    }

    /// Sets the status of the Job's pod, which is made when it is not there.
    pub fn pod(&self, job: &str, status: Value) {
        self.pod_named(job, &format!("{job}-x"), status);
    }

    /// The Job controller makes another pod for the Job.
    pub fn replace_pod(&self, job: &str) {
        self.pod_named(job, &format!("{job}-y"), json!({ "phase": "Pending" }));
    }

    /// Names of the pods there are.
    pub fn pods(&self) -> Vec<String> {
        self.inner().objects.keys().filter(|(kind, _)| *kind == Kind::Pod).map(|(_, name)| name.clone()).collect()
    }

    fn pod_named(&self, job: &str, name: &str, status: Value) {
        let mut inner = self.inner();
        if !inner.objects.contains_key(&(Kind::Pod, name.to_owned())) {
            let owner = inner.objects[&(Kind::Job, job.to_owned())].clone();
            let mut pod =
                json!({ "metadata": owner["spec"]["template"]["metadata"], "spec": owner["spec"]["template"]["spec"] });
            pod["metadata"]["name"] = json!(name);
            pod["metadata"]["namespace"] = owner["metadata"]["namespace"].clone();
            pod["metadata"]["labels"]["job-name"] = json!(job);
            pod["metadata"]["ownerReferences"] = json!([{
                "apiVersion": "batch/v1", "kind": "Job", "name": job, "uid": owner["metadata"]["uid"],
            }]);
            inner.create(Kind::Pod, pod);
        }
        inner.change(Kind::Pod, name, "MODIFIED", |pod| pod["status"] = status);
    }

    /// The pod waits, for this reason.
    pub fn waiting(&self, job: &str, reason: &str, message: &str) {
        let waiting = json!({ "waiting": { "reason": reason, "message": message } });
        self.pod(job, json!({ "phase": "Pending", "containerStatuses": [container(waiting)] }));
    }

    /// The container runs.
    pub fn start(&self, job: &str) {
        self.pod(job, json!({ "phase": "Running", "containerStatuses": [container(json!({ "running": {} }))] }));
    }

    /// The container prints a line.
    pub fn print(&self, job: &str, line: &str) {
        let at = super::server::now();
        let line = format!("{at} {line}\n");
        let mut inner = self.inner();
        let pod = format!("{job}-x");
        inner.followers.retain(|(of, to)| *of != pod || to.send(line.clone().into()).is_ok());
        inner.logs.entry(pod).or_default().push(line);
    }

    /// The container ends, and the Job with it.
    pub fn exit(&self, job: &str, code: i32, reason: &str) {
        let phase = if code == 0 { "Succeeded" } else { "Failed" };
        let ended = json!({ "terminated": { "exitCode": code, "reason": reason } });
        self.pod(job, json!({ "phase": phase, "containerStatuses": [container(ended)] }));
        let pod = format!("{job}-x");
        let mut inner = self.inner();
        inner.followers.retain(|(of, _)| *of != pod);
        let condition = match code {
            0 => json!([{ "type": "Complete", "status": "True" }]),
            _ => json!([{ "type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "limit" }]),
        };
        inner.change(Kind::Job, job, "MODIFIED", |job| job["status"] = json!({ "conditions": condition }));
    }

    /// Somebody deletes the pod; it is being ended.
    pub fn delete_pod(&self, job: &str) {
        self.inner().delete(Kind::Pod, &format!("{job}-x"));
    }

    /// Somebody deletes the Job.
    pub fn delete_job(&self, job: &str) {
        self.inner().delete(Kind::Job, job);
    }

    /// What is being deleted goes.
    pub fn vanish(&self) {
        let mut inner = self.inner();
        let going = |(_, object): &(&(Kind, String), &Value)| object["metadata"]["deletionTimestamp"].is_string();
        let keys: Vec<(Kind, String)> = inner.objects.iter().filter(going).map(|(key, _)| key.clone()).collect();
        for (kind, name) in keys.into_iter().rev() {
            inner.change(kind, &name, "DELETED", |_| {});
        }
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().trim_end_matches('?').to_owned();
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let body = body.collect().await.expect("a body").to_bytes();
        let mut inner = self.inner();
        let call = format!("{} {path}", parts.method);
        inner.calls.push(call.clone());
        if let Some(at) = inner.refusals.iter().position(|(refused, ..)| call.starts_with(refused)) {
            let (_, status, message) = inner.refusals.remove(at).expect("found");
            return failure(status, "Refused", &message);
        }
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (parts.method.as_str(), segments.as_slice()) {
            ("GET", [.., "pods", pod, "log"]) => inner.log(pod, &query),
            ("GET", [.., "namespaces", _, "events"]) => list(Vec::new(), "1"),
            ("GET", [.., "namespaces", _, kind]) => inner.list_or_watch(kind_of(kind), &query),
            ("GET", [.., kind, name]) => match inner.objects.get(&(kind_of(kind), (*name).to_owned())) {
                Some(object) => answer(200, object),
                None => failure(404, "NotFound", &format!("{kind} \"{name}\" not found")),
            },
            ("POST", [.., "jobs"]) => {
                let job: Value = serde_json::from_slice(&body).expect("a manifest");
                if query.contains("dryRun=All") {
                    inner.rehearsed.push(job.clone());
                    return warned(answer(201, &job), &inner.warnings);
                }
                let name = job["metadata"]["name"].as_str().expect("a name").to_owned();
                if inner.objects.contains_key(&(Kind::Job, name.clone())) {
                    return failure(409, "AlreadyExists", &format!("jobs.batch \"{name}\" already exists"));
                }
                answer(201, &inner.create(Kind::Job, job))
            }
            ("DELETE", [.., "pods", name]) => {
                let how: Value = serde_json::from_slice(&body).unwrap_or_default();
                // One that is given time to end takes it.
                if inner.slow_deletion && how["gracePeriodSeconds"] != 0 {
                    let at = json!("2026-11-23T18:01:00Z");
                    inner.change(Kind::Pod, name, "MODIFIED", |pod| pod["metadata"]["deletionTimestamp"] = at);
                } else {
                    inner.change(Kind::Pod, name, "DELETED", |_| {});
                }
                answer(200, &json!({ "kind": "Status", "apiVersion": "v1", "status": "Success" }))
            }
            ("DELETE", [.., "jobs", name]) => {
                if !inner.objects.contains_key(&(Kind::Job, (*name).to_owned())) {
                    return failure(404, "NotFound", "not found");
                }
                inner.delete(Kind::Job, name);
                answer(200, &json!({ "kind": "Status", "apiVersion": "v1", "status": "Success" }))
            }
            _ => panic!("the worker calls {call}"),
        }
    }
}

impl Inner {
    fn create(&mut self, kind: Kind, mut object: Value) -> Value {
        let name = object["metadata"]["name"].as_str().expect("a name").to_owned();
        object["metadata"]["uid"] = json!(uuid::Uuid::new_v4());
        object["metadata"]["creationTimestamp"] = json!("2026-11-23T18:00:00Z");
        self.objects.insert((kind, name.clone()), object);
        self.change(kind, &name, "ADDED", |_| {});
        self.objects[&(kind, name)].clone()
    }

    /// Changes an object and tells the watches.
    fn change(&mut self, kind: Kind, name: &str, what: &str, change: impl FnOnce(&mut Value)) {
        self.version += 1;
        let key = (kind, name.to_owned());
        let Some(object) = self.objects.get_mut(&key) else { return };
        change(object);
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        let (api, word) = if kind == Kind::Job { ("batch/v1", "Job") } else { ("v1", "Pod") };
        object["apiVersion"] = json!(api);
        object["kind"] = json!(word);
        let event = Bytes::from(format!("{}\n", json!({ "type": what, "object": object })));
        if what == "DELETED" {
            self.objects.remove(&key);
        }
        self.watches.retain(|(of, to)| *of != kind || to.send(event.clone()).is_ok());
        self.history.push((self.version, kind, event));
    }

    /// Deletes as the garbage collector does: a Job takes its pods along.
    fn delete(&mut self, kind: Kind, name: &str) {
        if kind == Kind::Job {
            let pod = format!("{name}-x");
            self.delete(Kind::Pod, &pod);
        }
        self.change(kind, name, "MODIFIED", |object| {
            object["metadata"]["deletionTimestamp"] = json!("2026-11-23T18:00:00Z");
        });
        if !self.slow_deletion {
            self.change(kind, name, "DELETED", |_| {});
        }
    }

    fn list_or_watch(&mut self, kind: Kind, query: &str) -> Answer {
        if !query.contains("watch=true") {
            let items = self.objects.iter().filter(|((of, _), _)| *of == kind).map(|(_, object)| object.clone());
            return list(items.collect(), &self.version.to_string());
        }
        let since: u64 = parameter(query, "resourceVersion").and_then(|version| version.parse().ok()).unwrap_or(0);
        let (to, from) = mpsc::unbounded_channel();
        for (_, _, event) in self.history.iter().filter(|(version, of, _)| *of == kind && *version > since) {
            to.send(event.clone()).expect("just made");
        }
        self.watches.push((kind, to));
        stream(from)
    }

    fn log(&mut self, pod: &str, query: &str) -> Answer {
        let key = (Kind::Pod, pod.to_owned());
        let Some(object) = self.objects.get(&key) else { return failure(404, "NotFound", "pods not found") };
        let state = &object["status"]["containerStatuses"][0]["state"];
        let (to, from) = mpsc::unbounded_channel();
        for line in self.logs.get(pod).into_iter().flatten() {
            to.send(line.clone().into()).expect("just made");
        }
        if query.contains("follow=true") && state["running"].is_object() {
            self.followers.push((pod.to_owned(), to));
        }
        stream(from)
    }
}

fn container(state: Value) -> Value {
    json!({ "name": "prefect-job", "image": "busybox:1", "imageID": "", "ready": false, "restartCount": 0, "state": state })
}

fn kind_of(plural: &str) -> Kind {
    match plural {
        "jobs" => Kind::Job,
        "pods" => Kind::Pod,
        other => panic!("the worker asks for {other}"),
    }
}

fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

fn list(items: Vec<Value>, version: &str) -> Answer {
    answer(
        200,
        &json!({ "apiVersion": "v1", "kind": "List", "metadata": { "resourceVersion": version }, "items": items }),
    )
}

fn failure(status: u16, reason: &str, message: &str) -> Answer {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "reason": reason, "message": message,
    });
    answer(status, &body)
}

fn warned(mut answer: Answer, warnings: &[String]) -> Answer {
    for text in warnings {
        answer.headers_mut().append("warning", format!("299 - {text:?}").parse().expect("a header"));
    }
    answer
}

fn answer(status: u16, body: &Value) -> Answer {
    Response::builder().status(status).body(axum::body::Body::from(body.to_string())).expect("a response")
}

/// A body that goes on for as long as somebody holds the other end.
fn stream(from: mpsc::UnboundedReceiver<Bytes>) -> Answer {
    let lines = futures::stream::unfold(from, async |mut from| Some((Ok::<_, Infallible>(from.recv().await?), from)));
    Response::builder().status(200).body(axum::body::Body::from_stream(lines)).expect("a response")
}
