//! What is known of the Jobs of one namespace, kept up to date by the watchers.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::watcher::Event;
use tokio::sync::watch;

use super::facts::{JobFacts, PodFacts};
use super::orphans::Running;
use super::reasons::{Verdict, verdict};

/// One Job with its pods, as last seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct View {
    /// The last facts about the Job, kept when it is gone.
    pub(crate) job: Option<JobFacts>,
    /// The cluster no longer has the Job.
    pub(crate) gone: bool,
    /// Oldest first; those that are gone are kept, too.
    pub(crate) pods: Vec<PodFacts>,
}

impl View {
    pub(crate) fn verdict(&self) -> Verdict {
        verdict(self.job.as_ref(), self.gone, &self.pods)
    }

    /// True when the Job is gone or on its way out and none of its containers runs any more. Old kubelets
    /// take up to a minute from a container's end to clearing its pod away.
    pub(crate) fn is_over(&self) -> bool {
        let leaving = self.gone || self.job.as_ref().is_some_and(|job| job.deleting);
        leaving && self.pods.iter().all(|pod| pod.gone || pod.dead || pod.exit.is_some())
    }

    /// Names of the pods that may end in peace: those that have started, but for one that an old Job controller
    /// has made in the place of a pod that was deleted. Nobody wants that one.
    pub(crate) fn spared(&self) -> HashSet<String> {
        let deletions = |of: &PodFacts| {
            let others = self.pods.iter().filter(|pod| pod.name != of.name && pod.created <= of.created);
            others.filter_map(|pod| pod.deleted.or(pod.gone.then_some(pod.created / 1_000_000))).min()
        };
        let is_replacement = |pod: &PodFacts| deletions(pod).is_some_and(|deleted| pod.created / 1_000_000 >= deleted);
        let spared = self.pods.iter().filter(|pod| pod.started && !is_replacement(pod));
        spared.map(|pod| pod.name.clone()).collect()
    }

    /// True when neither the Job nor a pod of it is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.gone && self.pods.iter().all(|pod| pod.gone)
    }
}

/// All Jobs of a namespace that belong to the worker's pool.
#[derive(Default)]
pub(crate) struct Board {
    jobs: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    view: watch::Sender<View>,
    /// Seen by the list that is being read.
    job_listed: bool,
    pods_listed: Vec<String>,
}

impl Entry {
    fn new() -> Self {
        Entry { view: watch::Sender::new(View::default()), job_listed: false, pods_listed: Vec::new() }
    }
}

impl Board {
    /// Follows one Job, whether it is there yet or not.
    pub(crate) fn follow(&self, job: &str) -> watch::Receiver<View> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.entry(job.to_owned()).or_insert_with(Entry::new).view.subscribe()
    }

    /// What is known of a Job, if anything.
    pub(crate) fn look(&self, job: &str) -> Option<View> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.get(job).map(|entry| entry.view.borrow().clone())
    }

    /// The Jobs that belong to a run and have neither ended nor begun to go.
    pub(crate) fn running(&self, namespace: &str) -> Vec<Running> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let running = jobs.iter().filter_map(|(name, entry)| {
            let view = entry.view.borrow();
            let job = view.job.as_ref().filter(|job| job.end.is_none() && !job.deleting && !view.gone)?;
            let (namespace, name, uid) = (namespace.to_owned(), name.clone(), job.uid.clone());
            Some(Running { namespace, name, uid, run: job.run? })
        });
        running.collect()
    }

    /// Enters a Job that the cluster has just answered with, so that its absence means something.
    pub(crate) fn enter(&self, job: &Job) {
        self.with(job.metadata.name.as_deref(), |view| {
            // A watcher may have told more already.
            if view.job.as_ref().is_none_or(|known| Some(&known.uid) != job.metadata.uid.as_ref()) {
                see_job(view, job);
            }
            view.gone = false;
        });
    }

    /// Notes that the cluster was asked for the Job and does not have it.
    pub(crate) fn strike(&self, job: &str) {
        self.with(Some(job), |view| view.gone = true);
    }

    /// Takes in what the Job watcher says.
    pub(crate) fn take_job(&self, event: Event<Job>) {
        match event {
            Event::Apply(job) => self.with(job.metadata.name.as_deref(), |view| see_job(view, &job)),
            Event::InitApply(job) => {
                self.mark(job.metadata.name.as_deref(), |entry| entry.job_listed = true);
                self.with(job.metadata.name.as_deref(), |view| see_job(view, &job));
            }
            Event::Delete(job) => self.with(job.metadata.name.as_deref(), |view| {
                see_job(view, &job);
                view.gone = true;
            }),
            Event::Init => self.each(|entry| entry.job_listed = false),
            Event::InitDone => self.each(|entry| {
                if !entry.job_listed {
                    entry.view.send_if_modified(|view| view.job.is_some() && !std::mem::replace(&mut view.gone, true));
                }
            }),
        }
    }

    /// Takes in what the pod watcher says.
    pub(crate) fn take_pod(&self, event: Event<Pod>) {
        match event {
            Event::Apply(pod) => self.with(job_of(&pod), |view| see_pod(view, PodFacts::of(&pod))),
            Event::InitApply(pod) => {
                let name = pod.metadata.name.clone().unwrap_or_default();
                self.mark(job_of(&pod), |entry| entry.pods_listed.push(name));
                self.with(job_of(&pod), |view| see_pod(view, PodFacts::of(&pod)));
            }
            Event::Delete(pod) => {
                self.with(job_of(&pod), |view| see_pod(view, PodFacts { gone: true, ..PodFacts::of(&pod) }));
            }
            Event::Init => self.each(|entry| entry.pods_listed.clear()),
            Event::InitDone => self.each(|entry| {
                let listed = std::mem::take(&mut entry.pods_listed);
                entry.view.send_if_modified(|view| {
                    let missing = view.pods.iter_mut().filter(|pod| !pod.gone && !listed.contains(&pod.name));
                    missing.map(|pod| pod.gone = true).count() > 0
                });
            }),
        }
    }

    /// Changes a Job's view and tells its followers if that changed anything.
    fn with(&self, job: Option<&str>, change: impl FnOnce(&mut View)) {
        self.mark(job, |entry| {
            entry.view.send_if_modified(|view| {
                let before = view.clone();
                change(view);
                *view != before
            });
        });
    }

    fn mark(&self, job: Option<&str>, change: impl FnOnce(&mut Entry)) {
        let Some(job) = job else { return };
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        change(jobs.entry(job.to_owned()).or_insert_with(Entry::new));
    }

    /// Visits all entries and forgets those that are over and that nobody follows.
    fn each(&self, mut visit: impl FnMut(&mut Entry)) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.values_mut().for_each(&mut visit);
        jobs.retain(|_, entry| entry.view.receiver_count() > 0 || !entry.view.borrow().is_empty());
    }
}

/// A Job of the same name but another uid is another Job: pods of the old one do not count.
fn see_job(view: &mut View, job: &Job) {
    let facts = JobFacts::of(job);
    view.pods.retain(|pod| pod.belongs_to(&facts));
    view.gone = false;
    view.job = Some(facts);
}

fn see_pod(view: &mut View, mut pod: PodFacts) {
    if view.job.as_ref().is_some_and(|job| !pod.belongs_to(job)) {
        return;
    }
    match view.pods.iter_mut().find(|known| known.name == pod.name) {
        Some(known) => {
            pod.remember(known);
            *known = pod;
        }
        None => {
            // Most Jobs never have another.
            view.pods.reserve_exact(1);
            view.pods.push(pod);
        }
    }
    view.pods.sort_by(|one, other| (one.created, &one.name).cmp(&(other.created, &other.name)));
}

/// The Job a pod belongs to: the label that the Job controller gives it under its old or its new name.
fn job_of(pod: &Pod) -> Option<&str> {
    let labels = pod.metadata.labels.as_ref()?;
    labels.get("batch.kubernetes.io/job-name").or_else(|| labels.get("job-name")).map(String::as_str)
}

#[cfg(test)]
mod tests;
