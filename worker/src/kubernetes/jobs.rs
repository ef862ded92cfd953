//! Making and deleting Jobs, each of it as often as need be.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::Api;
use kube::api::{DeleteParams, ListParams, PostParams, Preconditions, PropagationPolicy};

use super::cluster::Cluster;
use super::facts::{JobEnd, JobFacts};
use super::heard::{self, Said};
use crate::error::Trouble;

/// How long a pod may take to end after its Job was deleted, unless its own
/// `terminationGracePeriodSeconds` says otherwise.
pub(crate) const GRACE_SECONDS: u32 = 30;

/// A Job's place: the cluster, the namespace, the name.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
}

impl Place<'_> {
    fn api(&self) -> Api<Job> {
        Api::namespaced(self.cluster.client.clone(), self.namespace)
    }

    /// `namespace:name`, the form of Prefect 3's `infrastructure_pid`.
    pub(crate) fn pid(&self) -> String {
        format!("{}:{}", self.namespace, self.name)
    }
}

/// What came of asking for a Job.
pub(crate) enum Made {
    Created(Job),
    /// It was there: another worker, or this one before it was restarted, has made it.
    Found(Job),
}

/// Creates the Job of `manifest`. A living one of that name is success. One that has ended is the
/// remains of an earlier try and is deleted first, unless `keep_complete` and it is complete.
pub(crate) async fn ensure(place: Place<'_>, manifest: &[u8], keep_complete: bool) -> Result<Made, Trouble> {
    match create(place, manifest).await? {
        Some(job) => return Ok(Made::Created(job)),
        None => tracing::debug!("job {} is there already", place.pid()),
    }
    let Some(job) = read(place).await? else {
        return Err(Trouble::Retry("an older Job of that name has just gone".to_owned()));
    };
    let facts = JobFacts::of(&job);
    let usable = match facts.end {
        None => !facts.deleting,
        Some(JobEnd::Complete) => keep_complete && !facts.deleting,
        Some(JobEnd::Failed(_)) => false,
    };
    if usable {
        return Ok(Made::Found(job));
    }
    if !facts.deleting {
        delete(place, Some(&facts.uid)).await?;
    }
    Err(Trouble::Retry("an older Job of that name is being deleted".to_owned()))
}

/// `None` when the name is taken. The manifest goes out as it was rendered, so that the API server
/// judges it and fields that this program does not know reach it.
async fn create(place: Place<'_>, manifest: &[u8]) -> Result<Option<Job>, Trouble> {
    let jobs = kube::core::Request::new(format!("/apis/batch/v1/namespaces/{}/jobs", place.namespace));
    let request =
        jobs.create(&PostParams::default(), manifest.to_vec()).map_err(|error| Trouble::GiveUp(error.to_string()))?;
    match place.cluster.client.request::<Job>(request).await {
        Ok(job) => Ok(Some(job)),
        Err(kube::Error::Api(status)) if status.code == 409 && status.reason == "AlreadyExists" => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The Job, if the cluster has it.
pub(crate) async fn read(place: Place<'_>) -> Result<Option<Job>, Trouble> {
    place.api().get_opt(place.name).await.map_err(Trouble::from)
}

/// False when the cluster does not let this worker see the Jobs of a namespace.
pub(crate) async fn may_list(cluster: &Cluster, namespace: &str) -> bool {
    let jobs: Api<Job> = Api::namespaced(cluster.client.clone(), namespace);
    let found = jobs.list_metadata(&ListParams::default().limit(1)).await;
    !matches!(found, Err(kube::Error::Api(status)) if matches!(status.code, 401 | 403))
}

/// Deletes the Job, its pods first; with a uid only that very Job. False when it was gone already.
pub(crate) async fn delete(place: Place<'_>, uid: Option<&str>) -> Result<bool, Trouble> {
    let how = DeleteParams {
        grace_period_seconds: Some(GRACE_SECONDS),
        propagation_policy: Some(PropagationPolicy::Foreground),
        preconditions: uid.map(|uid| Preconditions { uid: Some(uid.to_owned()), resource_version: None }),
        ..DeleteParams::default()
    };
    match place.api().delete(place.name, &how).await {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(false),
        // Another Job has that name by now.
        Err(kube::Error::Api(status)) if status.code == 409 && uid.is_some() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Takes a pod away at once, without asking it to end.
pub(crate) async fn remove_pod(place: Place<'_>, pod: &str) -> Result<(), Trouble> {
    delete_pod(place, pod, &DeleteParams::default().grace_period(0)).await
}

/// Asks a pod to end within its own grace period.
pub(crate) async fn end_pod(place: Place<'_>, pod: &str) -> Result<(), Trouble> {
    delete_pod(place, pod, &DeleteParams::default()).await
}

async fn delete_pod(place: Place<'_>, pod: &str, how: &DeleteParams) -> Result<(), Trouble> {
    let pods: Api<Pod> = Api::namespaced(place.cluster.client.clone(), place.namespace);
    match pods.delete(pod, how).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// When the pod's image was pulled, in microseconds since 1970, and what the cluster said of it.
pub(crate) async fn pulled(place: Place<'_>, pod: &str) -> Option<Said> {
    let read = || async { heard::read(&events(place), "reason=Pulled").await };
    place.cluster.heard(place.namespace).pulled.about(pod, read).await
}

/// The latest warning about an object, e.g. why no pod can be made for a Job.
pub(crate) async fn warning(place: Place<'_>, object: &str) -> Option<String> {
    let read = || async { heard::read(&events(place), "type=Warning").await };
    place.cluster.heard(place.namespace).warnings.about(object, read).await.map(|(_, words)| words)
}

fn events(place: Place<'_>) -> Api<Event> {
    Api::namespaced(place.cluster.client.clone(), place.namespace)
}
