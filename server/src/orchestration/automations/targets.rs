//! What an action acts on, where that is not said: the first of its kind that the event involves.

use domain::automations::{Invocation, Source};
use domain::events::{Event, ID, Resource};
use domain::{FlowRunId, Uuid};

use super::outcome::ActError;

/// The selected id, or the one that the event involves. `kind` is as in `prefect.<kind>.<id>`.
pub fn target<T: From<Uuid>>(
    invocation: &Invocation,
    source: Source,
    selected: Option<T>,
    kind: &str,
) -> Result<T, ActError> {
    let words = kind.replace('-', " ");
    match (source, selected) {
        (Source::Selected, Some(id)) => Ok(id),
        (Source::Selected, None) => Err(ActError::failed(format!("No {words} is selected"))),
        (Source::Inferred, _) => match &invocation.triggering_event {
            None => Err(ActError::failed(format!("No event to infer the {words}"))),
            Some(event) => match first(event, kind).and_then(|resource| id_of(resource.id(), kind)) {
                Some(id) => Ok(id.into()),
                None => Err(ActError::failed(format!("No {words} could be inferred"))),
            },
        },
    }
}

/// The flow run that the trigger counted apart, or that the event involves.
pub fn flow_run(invocation: &Invocation) -> Result<FlowRunId, ActError> {
    let counted = invocation.firing.triggering_labels.get(ID).and_then(|resource| id_of(resource, "flow-run"));
    let involved = || {
        let event = invocation.triggering_event.as_ref()?;
        id_of(first(event, "flow-run")?.id(), "flow-run")
    };
    let id = counted.or_else(involved).ok_or_else(|| ActError::failed("No flow run could be inferred"))?;
    Ok(FlowRunId(id))
}

/// The first resource of that kind, the event's own before those that are related.
pub fn first<'e>(event: &'e Event, kind: &str) -> Option<&'e Resource> {
    let is_of_kind = |resource: &&Resource| resource.id().rsplit_once('.').is_some_and(|(of, _)| is_kind(of, kind));
    std::iter::once(&event.resource).chain(&event.related).find(is_of_kind)
}

/// The id in `prefect.<kind>.<id>`.
pub fn id_of(resource: &str, kind: &str) -> Option<Uuid> {
    let (of, id) = resource.rsplit_once('.')?;
    if is_kind(of, kind) { id.parse().ok() } else { None }
}

fn is_kind(of: &str, kind: &str) -> bool {
    of.strip_prefix("prefect.") == Some(kind)
}
