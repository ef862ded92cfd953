//! Results that are found by a key instead of being worked out again.

use domain::Major;

use super::*;

/// Longer keys are not stored.
const LONGEST_KEY: usize = 2000;

/// A task whose result is known takes over the state that it completed with.
pub fn retrieve(t: &mut TaskTransition) -> Ruling {
    let Some(cached) = t.cached.filter(|_| t.proposed.kind == StateType::Running) else { return Ruling::Pass };
    let copy = StateCreate {
        name: Some("Cached".to_owned()),
        message: cached.message.clone(),
        data: cached.data.clone(),
        state_details: cached.state_details.clone(),
        ..StateCreate::new(cached.kind)
    };
    Ruling::replace(copy, "Retrieved state from cache")
}

/// Prefect 3: the state is committed all the same, and the client is told.
pub fn refuse_long_keys(t: &mut TaskTransition) -> Ruling {
    let key = t.proposed.state_details.cache_key.as_deref().unwrap_or_default();
    if t.asked.major == Major::V3 && t.proposed.kind == StateType::Completed && key.chars().count() > LONGEST_KEY {
        let reason = format!("Cache key exceeded maximum allowed length of {LONGEST_KEY} characters.");
        return Ruling::replace(t.proposed.clone(), reason);
    }
    Ruling::Pass
}
