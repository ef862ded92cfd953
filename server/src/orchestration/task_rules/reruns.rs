//! Attempts after the first are told apart by name.

use super::*;

/// Names a RUNNING that is not the first `Retrying` after a wait for a retry, else `Rerunning`.
pub fn rename(t: &mut TaskTransition) -> Ruling {
    if let Some(initial) = t.initial()
        && t.proposed.kind == StateType::Running
        && t.run_count > 0
    {
        let name = if initial.name == "AwaitingRetry" { "Retrying" } else { "Rerunning" };
        t.proposed.name = Some(name.to_owned());
    }
    Ruling::Pass
}
