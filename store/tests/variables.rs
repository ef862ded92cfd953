//! Tables `variable`, `saved_search` and `configuration`.

use domain::VariableId;
use domain::saved_searches::SavedSearch;
use domain::variables::{Variable, VariablePage};
use serde_json::{Value, json};
use store::{configuration, saved_searches, variable_values, variables};

use crate::both::{at, id, on_both};

const NOON: &str = "2026-11-23T12:00:00Z";

fn variable(name: &str, value: Value, tags: &[&str]) -> Variable {
    serde_json::from_value(json!({
        "id": id::<VariableId>(), "created": at(NOON), "updated": at(NOON), "name": name, "value": value, "tags": tags,
    }))
    .expect("a variable")
}

#[tokio::test]
async fn variables_are_found_by_all_that_they_are() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let (a, b) = (variable("a", json!("o'ne"), &["x", "y"]), variable("b", json!({"n": [1, null]}), &[]));
        for variable in [&a, &b] {
            variables::insert(&mut tx, variable, at(NOON)).await.expect("stored");
        }
        assert_eq!(variables::by_id(&mut tx, b.id).await.expect("a row"), Some(b.clone()));
        assert_eq!(variables::by_name(&mut tx, "a").await.expect("a row"), Some(a.clone()));
        let cases = [
            (json!({}), vec!["a", "b"]),
            (json!({"sort": "NAME_DESC"}), vec!["b", "a"]),
            (json!({"variables": {"id": {"any_": [a.id]}}}), vec!["a"]),
            (json!({"variables": {"value": {"any_": ["o'ne"]}}}), vec!["a"]),
            (json!({"variables": {"value": {"like_": "NE"}}}), vec!["a"]),
            (json!({"variables": {"tags": {"all_": ["x", "y"]}}}), vec!["a"]),
            (json!({"variables": {"tags": {"is_null_": true}}}), vec!["b"]),
            (
                json!({"variables": {"operator": "or_", "name": {"any_": ["b"]}, "tags": {"all_": ["x"]}}}),
                vec!["a", "b"],
            ),
        ];
        for (text, want) in cases {
            let page: VariablePage = serde_json::from_value(text.clone()).expect("a page");
            let found = variables::filter(&mut tx, &page, 10, 0).await.expect("rows");
            assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), want, "{text}");
            assert_eq!(variables::count(&mut tx, page.variables.as_ref()).await.expect("a number"), want.len() as i64);
        }
        let changed = Variable {
            name: "c".to_owned(),
            value: Value::Null,
            tags: vec![],
            updated: Some(at(NOON).plus_seconds(1.0)),
            ..a.clone()
        };
        variables::save(&mut tx, &changed, at(NOON).plus_seconds(1.0)).await.expect("written");
        assert_eq!(variables::by_id(&mut tx, a.id).await.expect("a row"), Some(changed));
        assert_eq!(variable_values::all(&mut tx).await.expect("values")["b"], b.value);
        assert!(variables::delete(&mut tx, a.id).await.expect("deleted"));
        assert!(!variables::delete(&mut tx, a.id).await.expect("gone"));
        tx.commit().await.expect("committed");
        let mut tx = store.write().await.expect("a transaction");
        let again = variables::insert(&mut tx, &variable("b", json!(1), &[]), at(NOON)).await;
        assert!(again.expect_err("the name is taken").is_conflict());
    })
    .await;
}

#[tokio::test]
async fn a_search_is_replaced_by_name() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        let filters = serde_json::from_value(
            json!([{"object": "o", "property": "p", "type": "t", "operation": "e", "value": {"v": 1}}]),
        );
        let search = SavedSearch {
            id: id(),
            created: None,
            updated: None,
            name: "s".to_owned(),
            filters: filters.expect("filters"),
        };
        let stored = saved_searches::put(&mut tx, &search, at(NOON)).await.expect("stored");
        assert_eq!((stored.id, &stored.filters, stored.created), (search.id, &search.filters, Some(at(NOON))));
        let other = SavedSearch { id: id(), filters: vec![], ..search.clone() };
        let replaced = saved_searches::put(&mut tx, &other, at(NOON).plus_seconds(1.0)).await.expect("replaced");
        assert_eq!(
            (replaced.id, replaced.filters.len(), replaced.updated),
            (search.id, 0, Some(at(NOON).plus_seconds(1.0)))
        );
        assert_eq!(saved_searches::by_id(&mut tx, search.id).await.expect("a row"), Some(replaced.clone()));
        assert_eq!(saved_searches::page(&mut tx, 10, 0).await.expect("rows"), [replaced]);
        assert!(saved_searches::delete(&mut tx, search.id).await.expect("deleted"));
        assert!(!saved_searches::delete(&mut tx, search.id).await.expect("gone"));
    })
    .await;
}

#[tokio::test]
async fn the_server_remembers() {
    on_both(async |store| {
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(configuration::get(&mut tx, "k").await.expect("nothing"), None);
        assert_eq!(configuration::get_or_set(&mut tx, "k", &json!(1)).await.expect("set"), json!(1));
        assert_eq!(configuration::get_or_set(&mut tx, "k", &json!(2)).await.expect("kept"), json!(1));
        configuration::set(&mut tx, "k", &json!({"a": 3})).await.expect("set");
        assert_eq!(configuration::get(&mut tx, "k").await.expect("a value"), Some(json!({"a": 3})));
        configuration::remove(&mut tx, "k").await.expect("removed");
        assert_eq!(configuration::get(&mut tx, "k").await.expect("nothing"), None);
    })
    .await;
}
