//! What the server keeps and a file refers to: variables, blocks, pools.

use std::collections::{BTreeSet, HashMap};

use client::{Client, segment, work_pools};
use project::Problem;
use project::deployment::{self, Prepared, World};
use project::prefect_file::Entry;
use project::template::Kept;
use serde_json::{Map, Value};

use crate::cli::failure::Failure;
use crate::cli::session::Session;

/// Reads all that the deployments ask for; nothing is asked when they ask for nothing.
pub async fn fetch(session: &Session, entries: &[Option<&Entry>]) -> Result<Kept, Failure> {
    let (mut variables, mut blocks) = (Vec::new(), Vec::new());
    entries.iter().flatten().for_each(|entry| deployment::asked(entry, &mut variables, &mut blocks));
    of(&session.client, variables, blocks).await
}

/// Reads variables and blocks by their names; those that do not exist are left out.
pub async fn of(client: &Client, variables: Vec<String>, blocks: Vec<(String, String)>) -> Result<Kept, Failure> {
    let mut kept = Kept::default();
    for name in variables.into_iter().collect::<BTreeSet<_>>() {
        let found: Option<Value> = client.get(&format!("/variables/name/{}", segment(&name))).await?;
        if let Some(value) = found.and_then(|found| found.get("value").cloned()) {
            kept.variables.insert(name, value);
        }
    }
    for (kind, name) in blocks.into_iter().collect::<BTreeSet<_>>() {
        let path = format!(
            "/block_types/slug/{}/block_documents/name/{}?include_secrets=true",
            segment(&kind),
            segment(&name)
        );
        let found: Option<Map<String, Value>> = client.get(&path).await?;
        if let Some(Value::Object(data)) = found.and_then(|mut found| found.remove("data")) {
            kept.blocks.insert((kind, name), data);
        }
    }
    Ok(kept)
}

/// All pools by name, with their types.
pub async fn pools(session: &Session) -> Result<HashMap<String, String>, Failure> {
    let mut pools = HashMap::new();
    loop {
        let page = work_pools::filter(&session.client, None, 200, pools.len() as i64).await?;
        let is_last = page.len() < 200;
        pools.extend(page.into_iter().map(|pool| (pool.name, pool.kind)));
        if is_last {
            return Ok(pools);
        }
    }
}

/// The deployment, if its pool exists and takes such.
pub fn known_pool(
    world: &World,
    entry: Option<&Entry>,
    one: Prepared,
    pools: &HashMap<String, String>,
) -> Result<Prepared, Problem> {
    let name = one.pool();
    let problem = |what: String| match entry {
        Some(entry) => world.file.problem(entry.node.place_of(&["work_pool", "name"]), what),
        None => Problem::of("reeve deploy", what),
    };
    match pools.get(&name).map(String::as_str) {
        None => Err(problem(format!("there is no work pool {name:?}")).help(format!(
            "make it with `reeve work-pool create {name} --type process`, or name one of `reeve work-pool ls`"
        ))),
        Some("prefect-agent") => Err(problem(format!("the work pool {name:?} is one for agents of old"))
            .help("deployments with steps need a pool of another type")),
        Some(_) => Ok(one),
    }
}
