//! Tables `concurrency_limit_v2`, `concurrency_lease` and `concurrency_lease_limit`.

use domain::concurrency_limits::{ConcurrencyLimit, Holder, HolderKind, Lease};
use store::{Store, Tx, concurrency_leases as leases, concurrency_limits as limits};

use crate::both::{at, id, on_both};

const NOON: &str = "2026-11-23T12:00:00Z";

async fn write(store: &Store) -> Tx {
    store.write().await.expect("a transaction")
}

async fn limit(tx: &mut Tx, name: &str, slots: i64) -> ConcurrencyLimit {
    let limit = ConcurrencyLimit::new(id(), name, slots, at(NOON));
    limits::insert(tx, &limit, at(NOON)).await.expect("stored");
    limit
}

fn lease(of: &[&ConcurrencyLimit], seconds: f64, holder: Option<Holder>) -> Lease {
    let mut limits: Vec<_> = of.iter().map(|limit| limit.id).collect();
    limits.sort_unstable();
    Lease { id: id(), created: at(NOON), expires: at(NOON).plus_seconds(seconds), slots: 2, holder, limits }
}

#[tokio::test]
async fn limits_are_found_by_id_and_name_changed_and_deleted() {
    on_both(async |store| {
        let mut tx = write(&store).await;
        let (b, a) = (limit(&mut tx, "b", 2).await, limit(&mut tx, "tag:a", 1).await);
        assert_eq!(limits::by_id(&mut tx, b.id).await.expect("a row"), Some(b.clone()));
        assert_eq!(limits::by_name(&mut tx, "tag:a").await.expect("a row"), Some(a.clone()));
        assert_eq!(limits::by_name(&mut tx, "a").await.expect("no row"), None);
        let changed = ConcurrencyLimit {
            name: "c".to_owned(),
            active: false,
            limit: 9,
            active_slots: 3,
            denied_slots: 4,
            slot_decay_per_second: 0.5,
            avg_slot_occupancy_seconds: 1.25,
            updated: Some(at(NOON).plus_seconds(1.0)),
            ..b.clone()
        };
        limits::save(&mut tx, &changed, at(NOON).plus_seconds(1.0)).await.expect("written");
        assert_eq!(limits::page(&mut tx, false, 10, 0).await.expect("rows"), [changed.clone(), a.clone()]);
        assert_eq!(limits::page(&mut tx, true, 10, 0).await.expect("rows"), std::slice::from_ref(&a));
        assert_eq!(limits::page(&mut tx, false, 1, 1).await.expect("rows"), std::slice::from_ref(&a));
        let names = ["c".to_owned(), "none".to_owned()];
        assert_eq!(limits::lock_by_names(&mut tx, &names).await.expect("rows"), [changed]);
        assert_eq!(limits::lock_by_ids(&mut tx, &[a.id, b.id]).await.expect("rows").len(), 2);
        assert!(limits::delete(&mut tx, b.id).await.expect("deleted"));
        assert!(!limits::delete(&mut tx, b.id).await.expect("gone"));
        tx.commit().await.expect("committed");
        let mut tx = write(&store).await;
        let again = ConcurrencyLimit::new(id(), "tag:a", 1, at(NOON));
        assert!(limits::insert(&mut tx, &again, at(NOON)).await.expect_err("the name is taken").is_conflict());
    })
    .await;
}

#[tokio::test]
async fn leases_are_kept_until_they_expire() {
    on_both(async |store| {
        let mut tx = write(&store).await;
        let (a, b) = (limit(&mut tx, "a", 2).await, limit(&mut tx, "b", 2).await);
        let holder = Holder { kind: HolderKind::FlowRun, id: id() };
        let (short, long) = (lease(&[&a, &b], 60.0, Some(holder)), lease(&[&b], 120.0, None));
        for lease in [&short, &long] {
            leases::insert(&mut tx, lease).await.expect("stored");
        }
        assert_eq!(leases::lock_by_id(&mut tx, short.id).await.expect("a row"), Some(short.clone()));
        assert_eq!(leases::of_holder(&mut tx, holder.id).await.expect("rows"), std::slice::from_ref(&short));
        assert_eq!(leases::of_limit(&mut tx, a.id).await.expect("rows"), std::slice::from_ref(&short));
        assert_eq!(leases::of_limit(&mut tx, b.id).await.expect("rows").len(), 2);
        let now = at(NOON).plus_seconds(59.0);
        assert_eq!(leases::holders(&mut tx, &[a.id, b.id], now).await.expect("rows").len(), 2);
        assert!(leases::expired(&mut tx, now, 10).await.expect("rows").is_empty());
        assert!(leases::renew(&mut tx, long.id, now.plus_seconds(60.0), now).await.expect("kept"));
        let later = at(NOON).plus_seconds(60.0);
        assert!(!leases::renew(&mut tx, short.id, later.plus_seconds(60.0), later).await.expect("expired"));
        assert!(leases::holders(&mut tx, &[a.id], later).await.expect("rows").is_empty());
        assert_eq!(leases::expired(&mut tx, later, 10).await.expect("rows"), std::slice::from_ref(&short));
        assert!(leases::delete(&mut tx, short.id).await.expect("deleted"));
        assert_eq!(leases::lock_by_id(&mut tx, short.id).await.expect("no row"), None);
        limits::delete(&mut tx, b.id).await.expect("deleted");
        let left = leases::lock_by_id(&mut tx, long.id).await.expect("a row").expect("the lease is there");
        assert!(left.limits.is_empty());
    })
    .await;
}
