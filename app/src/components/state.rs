//! A state as shape, word and colour.

use domain::flow_runs::FlowRun;

use crate::element::{El, el, icon};
use crate::look::{self, Look};

/// Shape and word.
pub fn badge(look: Look) -> El {
    el("span").class("state").attr("data-state", look.mark).add(icon(format!("#s-{}", look.mark))).add(look.word)
}

/// The badge of a run.
pub fn of_run(run: &FlowRun) -> El {
    badge(look_of_run(run))
}

/// The look of a run's state.
pub fn look_of_run(run: &FlowRun) -> Look {
    look::state(run.state_type, run.state_name.as_deref())
}
