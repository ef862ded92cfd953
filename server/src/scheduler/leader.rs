//! Leadership: a row with an expiry. Whoever holds it runs the loops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::Uuid;
use store::{Backend, leases};

use crate::api::error::causes;
use crate::app_state::AppState;
use crate::clock::new_id;

/// Name of the row.
const LEASE: &str = "scheduler";

/// How long leadership lasts without being renewed. A leader that cannot renew stops before others start.
const TERM: Duration = Duration::from_secs(15);

/// How often it is renewed, or asked for.
const PAUSE: Duration = Duration::from_secs(5);

/// Whether this process leads. Clones share the answer.
#[derive(Clone)]
pub struct Leader {
    holder: Uuid,
    leads: Arc<AtomicBool>,
    alone: bool,
}

impl Leader {
    /// A SQLite file belongs to one server, which leads without asking.
    pub fn new(backend: Backend) -> Self {
        let alone = backend == Backend::Sqlite;
        Leader { holder: new_id(), leads: Arc::new(AtomicBool::new(alone)), alone }
    }

    /// Whether the loops may run here now.
    pub fn leads(&self) -> bool {
        self.leads.load(Ordering::Acquire)
    }

    /// Keeps asking until the server stops, then gives the row back so that another need not wait.
    pub async fn campaign(&self, app: &AppState) -> anyhow::Result<()> {
        while !self.alone && !app.stopping.is_cancelled() {
            let leads = self.ask(app).await.unwrap_or_else(|error| {
                tracing::warn!(error = %causes(&error), "scheduler leadership could not be renewed");
                false
            });
            if self.leads.swap(leads, Ordering::AcqRel) != leads {
                tracing::info!(leads, "scheduler leadership changed");
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = app.stopping.cancelled() => {}
            }
        }
        app.stopping.cancelled().await;
        if !self.alone
            && let Err(error) = self.give_back(app).await
        {
            tracing::warn!(error = %causes(&error), "scheduler leadership could not be given back; it expires");
        }
        Ok(())
    }

    async fn give_back(&self, app: &AppState) -> store::Result<()> {
        let mut tx = app.store.write().await?;
        leases::release(&mut tx, LEASE, self.holder).await?;
        tx.commit().await
    }

    async fn ask(&self, app: &AppState) -> store::Result<bool> {
        let now = app.clock.now();
        let mut tx = app.store.write().await?;
        let leads = leases::take(&mut tx, LEASE, self.holder, now, now.plus_seconds(TERM.as_secs_f64())).await?;
        tx.commit().await?;
        Ok(leads)
    }
}
