//! Questions to clusters: one worker gets each, and the answer finds whoever asked.

use domain::Uuid;
use domain::dry_run::{DryRun, DryRunOutcome, DryRunQuestion};
use serde_json::Map;
use store::dry_runs::{self, Asked};

use crate::both::{at, on_both};

#[tokio::test]
async fn a_question_goes_to_one_worker_and_its_answer_comes_back() {
    on_both(async |store| {
        let (old, now) = (at("2026-11-28T08:00:00Z"), at("2026-11-28T08:01:00Z"));
        let mut tx = store.write().await.expect("a transaction");
        let pool = crate::work_pools::pool_with(&mut tx, "gpu", &[]).await.0.id;
        let other = crate::work_pools::pool_with(&mut tx, "other", &[]).await.0.id;
        let id = Uuid::from_u128(7);
        let question = DryRunQuestion { id, base_job_template: Map::new(), deployment_id: None };
        assert!(dry_runs::ask(&mut tx, pool, &question, 1, old, now).await.expect("asked"));
        let second = DryRunQuestion { id: Uuid::from_u128(8), ..question.clone() };
        assert!(!dry_runs::ask(&mut tx, pool, &second, 1, old, now).await.expect("too many"));
        assert!(dry_runs::is_open(&mut tx, pool, now).await.expect("looked"));
        assert_eq!(dry_runs::take(&mut tx, other, old, now).await.expect("none"), None);
        assert_eq!(dry_runs::take(&mut tx, pool, at("2026-11-28T08:02:00Z"), now).await.expect("too old"), None);
        assert_eq!(dry_runs::take(&mut tx, pool, old, now).await.expect("taken"), Some(question));
        assert_eq!(dry_runs::take(&mut tx, pool, old, now).await.expect("gone"), None);
        assert!(!dry_runs::is_open(&mut tx, pool, old).await.expect("looked"));
        let waiting = Asked { is_taken: true, answer: None };
        assert_eq!(dry_runs::by_id(&mut tx, id).await.expect("there"), Some(waiting));
        let said = DryRun::new(DryRunOutcome::Accepted, "fine");
        assert!(dry_runs::answer(&mut tx, id, &said).await.expect("stored"));
        assert!(!dry_runs::answer(&mut tx, id, &said).await.expect("once"), "it is answered once");
        let answered = Asked { is_taken: true, answer: Some(said) };
        assert_eq!(dry_runs::by_id(&mut tx, id).await.expect("there"), Some(answered));
        // A question that nobody has removed does not stand in the way for ever.
        let later = at("2026-11-28T09:00:00Z");
        assert!(dry_runs::ask(&mut tx, pool, &second, 1, later, later).await.expect("asked"));
        dry_runs::remove(&mut tx, second.id).await.expect("removed");
        assert_eq!(dry_runs::by_id(&mut tx, second.id).await.expect("gone"), None);
    })
    .await;
}
