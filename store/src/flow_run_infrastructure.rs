//! Table `flow_run_infrastructure`: what stands behind a run in a cluster.

use domain::infrastructure::Infrastructure;
use domain::{FlowRunId, Timestamp};

use crate::column::Json;
use crate::sql::{json_or_null, sql};
use crate::{Result, Tx, row};

row! {
    struct InfrastructureRow {
        manifest: Option<Json<serde_json::Value>>,
        origins: Option<Json<Vec<(String, domain::job_template::Origin)>>>,
        pods: Option<Json<Vec<domain::infrastructure::Pod>>>,
    }
}

/// What is known of it, if anything is.
pub async fn of_run(tx: &mut Tx, run: FlowRunId) -> Result<Option<Infrastructure>> {
    let query = sql("SELECT manifest, origins, pods FROM flow_run_infrastructure WHERE flow_run_id = ?").bind(run);
    Ok(tx.optional::<InfrastructureRow>(query).await?.map(|row| Infrastructure {
        manifest: row.manifest.map(|manifest| manifest.0),
        origins: row.origins.map(|origins| origins.0),
        pods: row.pods.map(|pods| pods.0),
    }))
}

/// Writes what is told; the rest stays. Says whether the run exists.
pub async fn save(tx: &mut Tx, run: FlowRunId, told: &Infrastructure, now: Timestamp) -> Result<bool> {
    let there = tx.count(sql("SELECT count(*) FROM flow_run WHERE id = ?").bind(run)).await? > 0;
    if there {
        let upsert = sql(
            "INSERT INTO flow_run_infrastructure (flow_run_id, updated, manifest, origins, pods) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (flow_run_id) DO UPDATE SET updated = excluded.updated,
                 manifest = coalesce(excluded.manifest, flow_run_infrastructure.manifest),
                 origins = coalesce(excluded.origins, flow_run_infrastructure.origins),
                 pods = coalesce(excluded.pods, flow_run_infrastructure.pods)",
        );
        let upsert = upsert.bind(run).bind(now).bind(json_or_null(&told.manifest));
        tx.run(upsert.bind(json_or_null(&told.origins)).bind(json_or_null(&told.pods))).await?;
    }
    Ok(there)
}
