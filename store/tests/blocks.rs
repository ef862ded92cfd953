//! Tables `block_type`, `block_schema`, `block_document` and `block_document_reference`.

use domain::blocks::{BlockPage, BlockSchema, BlockType};
use domain::{BlockDocumentId, BlockSchemaId, BlockTypeId};
use serde_json::{Value, json};
use store::block_documents::{self, Reference, StoredDocument};
use store::{Tx, block_schemas, block_types};

use crate::both::{at, id, on_both};

const NOON: &str = "2026-11-23T12:00:00Z";

async fn block_type(tx: &mut Tx, name: &str, slug: &str) -> BlockType {
    let block_type: BlockType = serde_json::from_value(json!({
        "id": id::<BlockTypeId>(), "created": at(NOON), "updated": at(NOON), "name": name, "slug": slug, "logo_url": "l",
        "documentation_url": null, "description": "d", "code_example": null, "is_protected": true,
    }))
    .expect("a type");
    block_types::insert(tx, &block_type, at(NOON)).await.expect("stored");
    block_type
}

async fn schema(
    tx: &mut Tx,
    of: &BlockType,
    second: f64,
    checksum: &str,
    version: &str,
    capabilities: Value,
) -> BlockSchema {
    let now = at(NOON).plus_seconds(second);
    let schema: BlockSchema = serde_json::from_value(json!({
        "id": id::<BlockSchemaId>(), "created": now, "updated": now, "checksum": checksum, "fields": {"title": "T", "n": [1.0]},
        "block_type_id": of.id, "block_type": of, "capabilities": capabilities, "version": version,
    }))
    .expect("a schema");
    block_schemas::insert(tx, &schema, now).await.expect("stored");
    schema
}

async fn document(tx: &mut Tx, of: &BlockSchema, name: &str, is_anonymous: bool) -> StoredDocument {
    let document = StoredDocument {
        id: id(),
        created: at(NOON),
        updated: at(NOON),
        name: name.to_owned(),
        data: "sealed".to_owned(),
        is_anonymous,
        block_type_id: of.block_type_id,
        block_schema_id: of.id,
    };
    block_documents::insert(tx, &document).await.expect("stored");
    document
}

/// A document of that name, of a type of its own.
pub async fn a_document(tx: &mut Tx, name: &str) -> BlockDocumentId {
    let of = block_type(tx, name, name).await;
    let of = schema(tx, &of, 0.0, &format!("sha256:{name}"), "1", json!([])).await;
    document(tx, &of, name, false).await.id
}

fn page(text: Value) -> BlockPage {
    serde_json::from_value(text).expect("a page")
}

#[tokio::test]
async fn types_and_schemas() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let (b, a) = (block_type(&mut tx, "Beta", "b").await, block_type(&mut tx, "Alpha", "a").await);
        assert_eq!(block_types::by_id(&mut tx, a.id).await.expect("a row"), Some(a.clone()));
        assert_eq!(block_types::by_slug(&mut tx, "b").await.expect("a row"), Some(b.clone()));
        let first = schema(&mut tx, &a, 0.0, "sha256:1", "1", json!(["x", "y"])).await;
        let second = schema(&mut tx, &a, 1.0, "sha256:1", "2", json!(["y", "z"])).await;
        let third = schema(&mut tx, &b, 2.0, "sha256:3", "1", json!([])).await;
        assert_eq!(block_schemas::by_id(&mut tx, third.id).await.expect("a row"), Some(third.clone()));
        assert_eq!(block_schemas::by_checksum(&mut tx, "sha256:1", None).await.expect("a row"), Some(second.clone()));
        assert_eq!(
            block_schemas::by_checksum(&mut tx, "sha256:1", Some("1")).await.expect("a row"),
            Some(first.clone())
        );
        assert_eq!(block_schemas::by_checksum(&mut tx, "sha256:1", Some("9")).await.expect("no row"), None);
        assert_eq!(block_schemas::capabilities(&mut tx).await.expect("a list"), ["x", "y", "z"]);
        assert_eq!(block_schemas::by_ids(&mut tx, &[first.id, third.id]).await.expect("rows").len(), 2);
        let cases = [
            (json!({}), vec![third.id, second.id, first.id]),
            (json!({"block_schemas": {"block_type_id": {"any_": [a.id]}}}), vec![second.id, first.id]),
            (json!({"block_schemas": {"block_capabilities": {"all_": ["x", "y"]}}}), vec![first.id]),
            (json!({"block_schemas": {"version": {"any_": ["1"]}}}), vec![third.id, first.id]),
            (json!({"block_schemas": {"id": {"any_": [second.id]}}}), vec![second.id]),
        ];
        for (text, want) in cases {
            let found =
                block_schemas::filter(&mut tx, page(text.clone()).block_schemas.as_ref(), 10, 0).await.expect("rows");
            assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), want, "{text}");
        }
        let slugs = async |tx: &mut Tx, text: Value| {
            let found = block_types::filter(tx, &page(text), 10, 0).await.expect("rows");
            found.into_iter().map(|one| one.slug).collect::<Vec<_>>()
        };
        assert_eq!(slugs(&mut tx, json!({})).await, ["a", "b"]);
        assert_eq!(slugs(&mut tx, json!({"block_types": {"name": {"like_": "BET"}}})).await, ["b"]);
        assert_eq!(slugs(&mut tx, json!({"block_types": {"slug": {"any_": ["a"]}}})).await, ["a"]);
        assert_eq!(slugs(&mut tx, json!({"block_schemas": {"block_capabilities": {"all_": ["z"]}}})).await, ["a"]);
        let changed = BlockType {
            logo_url: None,
            description: Some("e".to_owned()),
            updated: Some(at(NOON).plus_seconds(5.0)),
            ..a.clone()
        };
        block_types::save(&mut tx, &changed, at(NOON).plus_seconds(5.0)).await.expect("written");
        assert_eq!(block_types::by_id(&mut tx, a.id).await.expect("a row"), Some(changed));
        assert!(block_schemas::delete(&mut tx, first.id).await.expect("deleted"));
        assert!(!block_schemas::delete(&mut tx, first.id).await.expect("gone"));
        assert!(block_types::delete(&mut tx, a.id).await.expect("deleted"));
        assert!(!block_types::delete(&mut tx, a.id).await.expect("gone"));
        assert_eq!(block_schemas::by_id(&mut tx, second.id).await.expect("gone with its type"), None);
    })
    .await;
}

#[tokio::test]
async fn documents_and_what_is_part_of_them() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let (a, b) = (block_type(&mut tx, "Alpha", "a").await, block_type(&mut tx, "Beta", "b").await);
        let of_a = schema(&mut tx, &a, 0.0, "sha256:1", "1", json!(["x"])).await;
        let other_of_a = schema(&mut tx, &a, 1.0, "sha256:2", "1", json!([])).await;
        let of_b = schema(&mut tx, &b, 2.0, "sha256:3", "1", json!([])).await;
        let (two, one) = (document(&mut tx, &of_a, "two", false).await, document(&mut tx, &of_b, "one", false).await);
        let hidden = document(&mut tx, &of_a, "anonymous-1", true).await;
        assert_eq!(block_documents::by_id(&mut tx, two.id).await.expect("a row"), Some(two.clone()));
        assert_eq!(block_documents::by_name(&mut tx, a.id, "two").await.expect("a row"), Some(two.clone()));
        assert_eq!(block_documents::by_name(&mut tx, b.id, "two").await.expect("no row"), None);
        assert_eq!(block_documents::capabilities(&mut tx, two.id).await.expect("a list"), Some(vec!["x".to_owned()]));
        assert_eq!(block_documents::capabilities(&mut tx, id()).await.expect("nothing"), None);
        let cases = [
            (json!({}), vec![one.id, two.id]),
            (json!({"sort": "NAME_DESC"}), vec![two.id, one.id]),
            (
                json!({"sort": "BLOCK_TYPE_AND_NAME_ASC", "block_documents": {"is_anonymous": null}}),
                vec![hidden.id, two.id, one.id],
            ),
            (json!({"block_documents": {"is_anonymous": {"eq_": true}}}), vec![hidden.id]),
            (json!({"block_documents": {"id": {"any_": [one.id]}, "name": {"like_": "ON"}}}), vec![one.id]),
            (json!({"block_documents": {"block_type_id": {"any_": [a.id]}}}), vec![two.id]),
            (json!({"block_types": {"slug": {"any_": ["b"]}}}), vec![one.id]),
            (json!({"block_schemas": {"block_capabilities": {"all_": ["x"]}}}), vec![two.id]),
        ];
        for (text, want) in cases {
            let found = block_documents::filter(&mut tx, &page(text.clone()), 10, 0).await.expect("rows");
            assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), want, "{text}");
            assert_eq!(
                block_documents::count(&mut tx, &page(text.clone())).await.expect("a number"),
                want.len() as i64,
                "{text}"
            );
        }
        let references = |names: &[&str]| {
            names.iter().map(|name| Reference { name: (*name).to_owned(), to: one.id }).collect::<Vec<_>>()
        };
        block_documents::set_references(&mut tx, two.id, &references(&["r", "q"])).await.expect("written");
        assert_eq!(block_documents::references(&mut tx, two.id).await.expect("rows"), references(&["q", "r"]));
        block_documents::set_references(&mut tx, two.id, &references(&["s"])).await.expect("written");
        assert_eq!(block_documents::references(&mut tx, two.id).await.expect("rows"), references(&["s"]));
        let changed = StoredDocument {
            data: "again".to_owned(),
            block_schema_id: other_of_a.id,
            updated: at(NOON).plus_seconds(1.0),
            ..two.clone()
        };
        block_documents::save(&mut tx, &changed).await.expect("written");
        assert_eq!(block_documents::by_id(&mut tx, two.id).await.expect("a row"), Some(changed));
        assert!(block_documents::delete(&mut tx, one.id).await.expect("deleted"));
        assert!(!block_documents::delete(&mut tx, one.id).await.expect("gone"));
        assert_eq!(block_documents::references(&mut tx, two.id).await.expect("gone as well"), []);
    })
    .await;
}
