//! The table of settings. Add a row here and it is read from everywhere, shown by
//! `reeve config view` and documented in docs/configuration.md (`REEVE_WRITE_DOCS=1 cargo test -p
//! server configuration` writes that page).

use std::num::NonZeroU32;

use super::ConfigError;
use super::database_url::DatabaseUrl;
use super::seconds::Seconds;
use super::setting::{Setting, settings, show};
use super::sources::Values;
use super::value::{ApiUrl, AuthString, Folder, FromText, Host, LogFormat, LogLevel, Secret};

settings! {
    /// Folder of the default database, `reeve.db`. It is made when it is missing.
    home: Folder = "~/.reeve" in "home" also "PREFECT_HOME";

    /// Folder with the dashboard's files, in place of those inside the program. For development.
    site_dir: Option<Folder> = "" in "site_dir";

    /// Address of the API that commands and workers call. An address without a path gets `/api`.
    api_url: ApiUrl = "http://127.0.0.1:4200/api" in "api.url" also "PREFECT_API_URL";
    /// What commands and workers send as `user:password` to a server that asks for it.
    api_auth_string: Option<AuthString> = "" in "api.auth_string", secret also "PREFECT_API_AUTH_STRING";
    /// What commands and workers send as a bearer token, for a proxy in front of the server.
    api_key: Option<Secret> = "" in "api.key", secret also "PREFECT_API_KEY";

    /// Address that the server listens at. `0.0.0.0` takes calls from other machines: set
    /// `server.auth_string` as well then.
    server_host: Host = "127.0.0.1" in "server.host" also "PREFECT_SERVER_API_HOST";
    /// Port that the server listens at.
    server_port: u16 = "4200" in "server.port" also "PREFECT_SERVER_API_PORT";
    /// The `user:password` that every call to the server must carry. Without it the server is open.
    server_auth_string: Option<AuthString> = "" in "server.auth_string", secret
        also "PREFECT_SERVER_API_AUTH_STRING";
    /// How long a connection may stay silent, between two requests or within one's headers.
    server_keep_alive: Seconds = "60" in "server.keep_alive_seconds" also "PREFECT_SERVER_API_KEEPALIVE_TIMEOUT";
    /// The least important lines that the server and workers print.
    server_log_level: LogLevel = "info" in "server.log_level"
        also "PREFECT_SERVER_LOGGING_LEVEL", "PREFECT_LOGGING_SERVER_LEVEL";
    /// Log lines for people (text) or one object a line for machines (json).
    server_log_format: LogFormat = "text" in "server.log_format";

    /// A directory with pools, variables, limits, automations and `prefect.yaml` files that the server applies to
    /// itself at its start and whenever they change. Until that has worked once, `/api/ready` answers 503.
    server_apply: Option<Folder> = "" in "server.apply";

    /// Serve the dashboard beside the API.
    ui_enabled: bool = "true" in "ui.enabled" also "PREFECT_SERVER_UI_ENABLED", "PREFECT_UI_ENABLED";
    /// The dashboard's address as a browser outside sees it; links that are printed start with it.
    ui_url: Option<String> = "" in "ui.url" also "PREFECT_UI_URL";
    /// The API's address as `/ui-settings` answers it. The dashboard itself calls the address it was
    /// opened at, so it seldom needs to be set.
    ui_api_url: Option<String> = "" in "ui.api_url" also "PREFECT_SERVER_UI_API_URL", "PREFECT_UI_API_URL";
    /// Path below which a proxy shows the dashboard. Reeve serves it at `/` and warns about others.
    ui_serve_base: String = "/" in "ui.serve_base" also "PREFECT_SERVER_UI_SERVE_BASE", "PREFECT_UI_SERVE_BASE";

    /// The whole address of the database. Without it and without `database.host` it is the SQLite
    /// file `reeve.db` in `home`.
    database_url: Option<DatabaseUrl> = "" in "database.url"
        also "PREFECT_SERVER_DATABASE_CONNECTION_URL", "PREFECT_API_DATABASE_CONNECTION_URL";
    /// PostgreSQL's host, when there is no `database.url`.
    database_host: Option<Host> = "" in "database.host"
        also "PREFECT_SERVER_DATABASE_HOST", "PREFECT_API_DATABASE_HOST";
    /// PostgreSQL's port, beside `database.host`.
    database_port: u16 = "5432" in "database.port"
        also "PREFECT_SERVER_DATABASE_PORT", "PREFECT_API_DATABASE_PORT";
    /// PostgreSQL's user, beside `database.host`.
    database_user: String = "postgres" in "database.user"
        also "PREFECT_SERVER_DATABASE_USER", "PREFECT_API_DATABASE_USER";
    /// PostgreSQL's password, for `database.host` or for a `database.url` without one.
    database_password: Option<Secret> = "" in "database.password", secret
        also "PREFECT_SERVER_DATABASE_PASSWORD", "PREFECT_API_DATABASE_PASSWORD";
    /// Name of the database, beside `database.host`.
    database_name: String = "reeve" in "database.name"
        also "PREFECT_SERVER_DATABASE_NAME", "PREFECT_API_DATABASE_NAME";
    /// Make the runs that schedules ask for. Off where another server on the same database does it.
    scheduler_enabled: bool = "true" in "scheduler.enabled"
        also "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED", "PREFECT_API_SERVICES_SCHEDULER_ENABLED";
    /// Time between two looks at all deployments.
    scheduler_loop: Seconds = "60" in "scheduler.loop_seconds"
        also "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS", "PREFECT_API_SERVICES_SCHEDULER_LOOP_SECONDS";
    /// Time between two looks at deployments that were just created or changed.
    scheduler_recent_loop: Seconds = "1" in "scheduler.recent_loop_seconds"
        also "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS";
    /// The most runs that are made ahead for one schedule.
    scheduler_max_runs: NonZeroU32 = "100" in "scheduler.max_runs"
        also "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS", "PREFECT_API_SERVICES_SCHEDULER_MAX_RUNS";
    /// The fewest runs that are kept ahead for one schedule.
    scheduler_min_runs: NonZeroU32 = "3" in "scheduler.min_runs"
        also "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_RUNS", "PREFECT_API_SERVICES_SCHEDULER_MIN_RUNS";
    /// No run is made further ahead than this.
    scheduler_max_scheduled_time: Seconds = "100d" in "scheduler.max_scheduled_time"
        also "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_SCHEDULED_TIME", "PREFECT_API_SERVICES_SCHEDULER_MAX_SCHEDULED_TIME";
    /// Runs are made ahead at least this far.
    scheduler_min_scheduled_time: Seconds = "1h" in "scheduler.min_scheduled_time"
        also "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME", "PREFECT_API_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME";

    /// Mark runs that nobody started in time as Late.
    late_runs_enabled: bool = "true" in "late_runs.enabled"
        also "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED", "PREFECT_API_SERVICES_LATE_RUNS_ENABLED";
    /// Time between two looks for late runs.
    late_runs_loop: Seconds = "5" in "late_runs.loop_seconds"
        also "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS", "PREFECT_API_SERVICES_LATE_RUNS_LOOP_SECONDS";
    /// A run is late when it has been due for this long.
    late_runs_after: Seconds = "15" in "late_runs.after_seconds"
        also "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS", "PREFECT_API_SERVICES_LATE_RUNS_AFTER_SECONDS";

    /// Fail paused runs whose time to be resumed has passed.
    pause_expirations_enabled: bool = "true" in "pause_expirations.enabled"
        also "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_ENABLED", "PREFECT_API_SERVICES_PAUSE_EXPIRATIONS_ENABLED";
    /// Time between two looks for expired pauses.
    pause_expirations_loop: Seconds = "5" in "pause_expirations.loop_seconds"
        also "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS", "PREFECT_API_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS";

    /// Finish what cancelled runs left behind: their task runs, subflows, and runs stuck in Cancelling.
    cancellation_cleanup_enabled: bool = "true" in "cancellation_cleanup.enabled"
        also "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED", "PREFECT_API_SERVICES_CANCELLATION_CLEANUP_ENABLED";
    /// Time between two such clean-ups.
    cancellation_cleanup_loop: Seconds = "20" in "cancellation_cleanup.loop_seconds"
        also "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS", "PREFECT_API_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS";

    /// Watch heartbeats and polls, and set workers, pools, queues and deployments to not ready.
    foreman_enabled: bool = "true" in "foreman.enabled"
        also "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED", "PREFECT_API_SERVICES_FOREMAN_ENABLED";
    /// Time between two such looks.
    foreman_loop: Seconds = "15" in "foreman.loop_seconds"
        also "PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS", "PREFECT_API_SERVICES_FOREMAN_LOOP_SECONDS";
    /// A worker is offline after this many of its heartbeats have failed to come.
    foreman_inactivity_heartbeat_multiple: NonZeroU32 = "3" in "foreman.inactivity_heartbeat_multiple"
        also "PREFECT_SERVER_SERVICES_FOREMAN_INACTIVITY_HEARTBEAT_MULTIPLE",
             "PREFECT_API_SERVICES_FOREMAN_INACTIVITY_HEARTBEAT_MULTIPLE";
    /// The time between heartbeats of a worker that does not tell its own.
    foreman_fallback_heartbeat_interval: Seconds = "30" in "foreman.fallback_heartbeat_interval_seconds"
        also "PREFECT_SERVER_SERVICES_FOREMAN_FALLBACK_HEARTBEAT_INTERVAL_SECONDS",
             "PREFECT_API_SERVICES_FOREMAN_FALLBACK_HEARTBEAT_INTERVAL_SECONDS";
    /// A deployment that nobody polled for this long is not ready.
    foreman_deployment_last_polled_timeout: Seconds = "60" in "foreman.deployment_last_polled_timeout_seconds"
        also "PREFECT_SERVER_SERVICES_FOREMAN_DEPLOYMENT_LAST_POLLED_TIMEOUT_SECONDS",
             "PREFECT_API_SERVICES_FOREMAN_DEPLOYMENT_LAST_POLLED_TIMEOUT_SECONDS";
    /// A work queue that nobody polled for this long is not ready.
    foreman_work_queue_last_polled_timeout: Seconds = "60" in "foreman.work_queue_last_polled_timeout_seconds"
        also "PREFECT_SERVER_SERVICES_FOREMAN_WORK_QUEUE_LAST_POLLED_TIMEOUT_SECONDS",
             "PREFECT_API_SERVICES_FOREMAN_WORK_QUEUE_LAST_POLLED_TIMEOUT_SECONDS";

    /// A run that a worker has claimed and not started within this time goes back to Scheduled.
    runs_claim_lease: Seconds = "300" in "runs.claim_lease_seconds";
    /// A run that has been asked to stop and has not done so within this time is set to Cancelled.
    runs_cancelling_timeout: Seconds = "300" in "runs.cancelling_timeout_seconds";

    /// Time between two heartbeats of a worker.
    worker_heartbeat: Seconds = "30" in "worker.heartbeat_seconds" also "PREFECT_WORKER_HEARTBEAT_SECONDS";
    /// Time between two polls of a worker.
    worker_query: Seconds = "10" in "worker.query_seconds" also "PREFECT_WORKER_QUERY_SECONDS";
    /// How far ahead of their time a worker takes runs, so that infrastructure is up when they are due.
    worker_prefetch: Seconds = "10" in "worker.prefetch_seconds" also "PREFECT_WORKER_PREFETCH_SECONDS";

    /// Kubernetes Secret, in the namespace of the Jobs, from which they take `PREFECT_API_KEY` in place of the worker's
    /// own, which everybody can read who may see a Job.
    kubernetes_api_key_secret_name: Option<String> = "" in "kubernetes.api_key_secret_name"
        also "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_KEY_SECRET_NAME";
    /// The key in that Secret.
    kubernetes_api_key_secret_key: String = "value" in "kubernetes.api_key_secret_key"
        also "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_KEY_SECRET_KEY";
    /// The same for `PREFECT_API_AUTH_STRING`.
    kubernetes_api_auth_string_secret_name: Option<String> = "" in "kubernetes.api_auth_string_secret_name"
        also "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_AUTH_STRING_SECRET_NAME";
    /// The key in that Secret.
    kubernetes_api_auth_string_secret_key: String = "value" in "kubernetes.api_auth_string_secret_key"
        also "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_AUTH_STRING_SECRET_KEY";
}
