//! Tables `artifact` and `artifact_collection`.

use domain::artifacts::{Artifact, ArtifactPage};
use domain::{ArtifactId, FlowRunId};
use serde_json::{Value, json};
use store::{Tx, artifacts};

use crate::both::{at, id, on_both};

const NOON: &str = "2026-11-23T12:00:00Z";

fn artifact(key: Option<&str>, kind: &str, data: Value, run: Option<FlowRunId>) -> Artifact {
    serde_json::from_value(json!({
        "id": id::<ArtifactId>(), "created": at(NOON), "updated": at(NOON), "key": key, "type": kind, "description": "d", "data": data,
        "metadata_": {"k": "v"}, "flow_run_id": run, "task_run_id": null,
    }))
    .expect("an artifact")
}

async fn insert(tx: &mut Tx, second: f64, artifact: Artifact) -> Artifact {
    let now = at(NOON).plus_seconds(second);
    artifacts::insert(tx, &artifact, id(), now).await.expect("stored");
    Artifact { created: Some(now), updated: Some(now), ..artifact }
}

fn page(text: Value) -> ArtifactPage {
    serde_json::from_value(text).expect("a page")
}

#[tokio::test]
async fn artifacts_and_the_newest_of_each_key() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let run = id();
        let old = insert(&mut tx, 0.0, artifact(Some("k"), "markdown", json!("old"), Some(run))).await;
        let new = insert(&mut tx, 1.0, artifact(Some("k"), "table", json!([1]), None)).await;
        let other = insert(&mut tx, 2.0, artifact(Some("l"), "markdown", json!("x"), None)).await;
        let result = insert(&mut tx, 3.0, artifact(None, "result", Value::Null, Some(run))).await;
        assert_eq!(artifacts::by_id(&mut tx, new.id).await.expect("a row"), Some(new.clone()));
        assert_eq!(artifacts::by_id(&mut tx, id()).await.expect("no row"), None);

        let cases = [
            (json!({}), vec![result.id, other.id, new.id, old.id]),
            (json!({"sort": "CREATED_DESC", "artifacts": {"key": {"exists_": true}}}), vec![other.id, new.id, old.id]),
            (json!({"sort": "KEY_ASC", "artifacts": {"key": {"like_": "K"}}}), vec![new.id, old.id]),
            (json!({"artifacts": {"key": {"any_": ["l"]}, "type": {"any_": ["markdown"]}}}), vec![other.id]),
            (json!({"artifacts": {"flow_run_id": {"any_": [run]}}}), vec![result.id, old.id]),
            (json!({"artifacts": {"id": {"any_": [old.id]}, "task_run_id": {"any_": []}}}), vec![]),
            (json!({"flow_runs": {"id": {"any_": [run]}}}), vec![]),
            (json!({"task_runs": {"name": {"any_": ["x"]}}}), vec![]),
        ];
        for (text, want) in cases {
            let found = artifacts::filter(&mut tx, &page(text.clone()), 10, 0).await.expect("rows");
            assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), want, "{text}");
            assert_eq!(
                artifacts::count(&mut tx, &page(text.clone())).await.expect("a number"),
                want.len() as i64,
                "{text}"
            );
        }

        let latest = artifacts::latest_by_key(&mut tx, "k").await.expect("a row").expect("the newest");
        assert_eq!((latest.latest_id, latest.data, latest.kind.as_deref()), (new.id, Some(json!([1])), Some("table")));
        assert_eq!((latest.created, latest.updated), (old.created, new.created));
        let of_kind = page(json!({"artifacts": {"type": {"any_": ["markdown"]}}}));
        let found = artifacts::filter_latest(&mut tx, &of_kind, 10, 0).await.expect("rows");
        assert_eq!(found.iter().map(|one| one.latest_id).collect::<Vec<_>>(), [other.id]);
        let by_key = page(json!({"sort": "KEY_DESC", "artifacts": {"latest_id": {"any_": [new.id, other.id]}}}));
        let found = artifacts::filter_latest(&mut tx, &by_key, 10, 0).await.expect("rows");
        assert_eq!(found.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(), ["l", "k"]);
        assert_eq!(artifacts::count_latest(&mut tx, &page(json!({}))).await.expect("a number"), 2);

        let changed = Artifact {
            data: None,
            description: None,
            metadata_: None,
            updated: Some(at(NOON).plus_seconds(9.0)),
            ..new.clone()
        };
        artifacts::save(&mut tx, &changed, at(NOON).plus_seconds(9.0)).await.expect("written");
        assert_eq!(artifacts::by_id(&mut tx, new.id).await.expect("a row"), Some(changed));
        assert!(artifacts::delete(&mut tx, new.id).await.expect("deleted"));
        assert!(!artifacts::delete(&mut tx, new.id).await.expect("gone"));
        assert_eq!(artifacts::latest_by_key(&mut tx, "k").await.expect("a row").expect("the older").latest_id, old.id);
        assert!(artifacts::delete(&mut tx, old.id).await.expect("deleted"));
        assert_eq!(artifacts::latest_by_key(&mut tx, "k").await.expect("no row"), None);
    })
    .await;
}
