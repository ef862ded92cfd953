//! What the containers of a run printed: the last of it, and the way to all of it.

use domain::listing::Cell;
use domain::pages::FlowRunPage;
use domain::say;
use domain::sheet::{Part, Sheet};
use domain::words;
use store::{Tx, flow_run_output};

use super::super::super::output::written;
use super::nothing;

/// Lines that are shown.
const SHOWN: i64 = 1000;

/// The tab.
pub async fn output(tx: &mut Tx, sheet: Sheet, page: &FlowRunPage) -> store::Result<Sheet> {
    let run = page.flow_run.id;
    let total = flow_run_output::count(tx, run).await?;
    if total == 0 {
        let text = "A Kubernetes worker keeps what the containers of flows print, beside the log that the flow sends, unless the pool or the deployment says stream_output: false. Commands without Prefect code have their output as their log.";
        return Ok(nothing(sheet, "Nothing is kept of what containers of this run printed", text));
    }
    let lines = flow_run_output::last(tx, run, SHOWN).await?;
    let count = match total > SHOWN {
        true => say!("The last {} of {} lines.", words::grouped(SHOWN), words::grouped(total)),
        false => say!("{} lines.", words::grouped(total)),
    };
    let all = Cell::link(format!("/api/reeve/flow_runs/{run}/output"), say!("All of it as text"));
    let text: String = lines.iter().map(|(_, line)| written(line)).collect();
    let caption = say!("What its containers printed");
    Ok(sheet.with(Part::Say(String::new(), vec![Cell::Text(count), all])).with(Part::Source(caption, text)))
}
