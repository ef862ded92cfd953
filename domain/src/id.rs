//! Identifiers: one newtype per kind of thing, all of them UUIDs on the wire.

pub use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
        )]
        #[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map($name)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                $name(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )*};
}

ids! {
    /// A flow: the name under which runs and deployments are gathered.
    FlowId,
    /// One execution of a flow.
    FlowRunId,
    /// One execution of a task.
    TaskRunId,
    /// One state of a flow run or a task run.
    StateId,
    /// A deployment.
    DeploymentId,
    /// One schedule of a deployment; new with every deploy.
    ScheduleId,
    /// A work pool.
    WorkPoolId,
    /// A queue of a work pool.
    WorkQueueId,
    /// A worker that polls a pool.
    WorkerId,
    /// A stored log line.
    LogId,
    /// An event; the one about a run's new state has that state's id.
    EventId,
    /// Something that a run left to look at.
    ArtifactId,
    /// A variable.
    VariableId,
    /// A kind of block.
    BlockTypeId,
    /// The fields of a kind of block, in one version.
    BlockSchemaId,
    /// A stored block.
    BlockDocumentId,
    /// A concurrency limit.
    ConcurrencyLimitId,
    /// The hold on slots of concurrency limits, for a time.
    ConcurrencyLeaseId,
    /// A named search of the dashboard.
    SavedSearchId,
    /// An automation.
    AutomationId,
    /// A trigger of an automation; new with every change of it.
    TriggerId,
    /// Whom Prefect 2 tells of which states.
    NotificationPolicyId,
}
