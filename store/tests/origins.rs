//! Table `origin`.

use domain::VariableId;
use domain::deploy::{Origin, OriginSource, differences};
use serde_json::json;
use store::origins;

use crate::both::{at, id, on_both};

const NOON: &str = "2026-11-23T12:00:00Z";

#[tokio::test]
async fn origins_are_remembered_replaced_and_forgotten() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let object_id = id::<VariableId>().0;
        let first = Origin {
            object_id,
            updated: at(NOON),
            source: OriginSource::Cli,
            name: "shop".to_owned(),
            said: json!({ "b": 1, "a": [null, "é"] }),
            accepted: None,
        };
        origins::put(&mut tx, "deployment", &first, at(NOON)).await.expect("stored");
        assert_eq!(origins::of(&mut tx, "deployment", object_id).await.expect("a row"), Some(first.clone()));
        assert_eq!(origins::of(&mut tx, "variable", object_id).await.expect("a row"), None);
        let differs = differences(&json!({ "b": 1 }), &json!({ "b": null }));
        origins::accept(&mut tx, "deployment", object_id, &differs).await.expect("stored");
        let first = Origin { accepted: Some(differs), ..first };
        assert_eq!(origins::of(&mut tx, "deployment", object_id).await.expect("a row"), Some(first.clone()));
        let second = Origin { source: OriginSource::File, name: "other".to_owned(), said: json!({}), ..first.clone() };
        origins::put(&mut tx, "deployment", &second, at(NOON)).await.expect("stored");
        assert_eq!(origins::named(&mut tx, "deployment", Some("shop")).await.expect("rows"), []);
        assert_eq!(
            origins::named(&mut tx, "deployment", Some("other")).await.expect("rows"),
            std::slice::from_ref(&second)
        );
        assert_eq!(origins::named(&mut tx, "deployment", None).await.expect("rows"), [second]);
        origins::forget(&mut tx, "deployment", object_id).await.expect("forgotten");
        assert_eq!(origins::of(&mut tx, "deployment", object_id).await.expect("a row"), None);
    })
    .await;
}
