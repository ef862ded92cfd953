//! What a transaction keeps and what it does not.

use serde_json::json;
use store::sql::sql;
use store::{Store, configuration};

use crate::both::on_both;

async fn set(store: &Store, key: &str, commits: bool) {
    let mut tx = store.write().await.expect("a transaction");
    configuration::set(&mut tx, key, &json!({ "v": 1 })).await.expect("stored");
    if commits {
        tx.commit().await.expect("committed");
    }
}

async fn keys(store: &Store) -> Vec<String> {
    let mut tx = store.read().await.expect("a connection");
    let keys = tx.all::<(String,)>(sql("SELECT key FROM configuration ORDER BY key")).await.expect("keys");
    keys.into_iter().map(|(key,)| key).collect()
}

#[tokio::test]
async fn what_is_not_committed_is_gone_and_the_next_can_write() {
    on_both(async |store| {
        set(&store, "a", true).await;
        for _ in 0..3 {
            set(&store, "b", false).await;
        }
        set(&store, "c", true).await;
        assert_eq!(keys(&store).await, ["a", "c"]);
    })
    .await;
}

#[tokio::test]
async fn writes_that_wait_are_seen_by_whoever_reads_after_them_and_count_nothing_twice() {
    on_both(async |store| {
        let insert = |key: &str| sql("INSERT INTO configuration (key, value) VALUES (?, '{}')").bind(key);
        let mut tx = store.write().await.expect("a transaction");
        for key in ["a", "b", "c"] {
            tx.later(insert(key)).await.expect("taken");
        }
        assert_eq!(tx.count(sql("SELECT count(*) FROM configuration")).await.expect("a number"), 3);
        tx.later(insert("d")).await.expect("taken");
        tx.commit().await.expect("committed");
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(tx.run(sql("DELETE FROM configuration WHERE key = 'a'")).await.expect("a number"), 1);
        assert_eq!(tx.run(sql("DELETE FROM configuration WHERE key = 'a'")).await.expect("a number"), 0);
        tx.commit().await.expect("committed");
        // Taken too late to be refused at once: the commit says so, and nothing of it stays.
        let mut tx = store.write().await.expect("a transaction");
        let mut refused = false;
        for key in ["e", "b", "f"] {
            refused |= tx.later(insert(key)).await.is_err();
        }
        assert!(tx.commit().await.is_err() || refused, "b is there already");
        set(&store, "g", true).await;
        assert_eq!(keys(&store).await, ["b", "c", "d", "g"]);
    })
    .await;
}

#[tokio::test]
async fn nothing_done_is_nothing_to_commit() {
    on_both(async |store| {
        store.write().await.expect("a transaction").commit().await.expect("committed");
        let mut tx = store.write().await.expect("a transaction");
        assert_eq!(tx.count(sql("SELECT count(*) FROM configuration")).await.expect("a number"), 0);
        tx.commit().await.expect("committed");
        set(&store, "a", true).await;
        assert_eq!(keys(&store).await, ["a"]);
    })
    .await;
}
