//! Making a run of a deployment, then going to its page to watch it.

use client::{Client, deployments};
use domain::DeploymentId;
use domain::flow_runs::DeploymentFlowRunCreate;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::element::{El, IntoNode, button, icon, many};
use crate::notices::notices;
use crate::routes;

/// Makes runs.
#[derive(Clone, Copy)]
pub struct Runner {
    make: Callback<(DeploymentId, DeploymentFlowRunCreate)>,
    /// True while the server is being asked.
    pub busy: RwSignal<bool>,
}

impl Runner {
    /// A runner for a page. Wants to be called while the page is drawn.
    pub fn new() -> Self {
        let client = expect_context::<Client>();
        let notices = notices();
        let busy = RwSignal::new(false);
        let navigate = use_navigate();
        let make = Callback::new(move |(id, run): (DeploymentId, DeploymentFlowRunCreate)| {
            if busy.get_untracked() {
                return;
            }
            busy.set(true);
            let (client, navigate) = (client.clone(), navigate.clone());
            leptos::task::spawn_local(async move {
                let made = deployments::create_flow_run(&client, id, &run).await;
                busy.try_set(false);
                match made {
                    Ok(run) => navigate(&routes::flow_run(run.id), Default::default()),
                    Err(error) => notices.failed("The run was not made", &error),
                }
            });
        });
        Runner { make, busy }
    }

    /// Makes a run and goes to its page.
    pub fn run(self, id: DeploymentId, run: DeploymentFlowRunCreate) {
        self.make.run((id, run));
    }

    /// A button that makes a run with the deployment's own parameters.
    pub fn button(self, id: DeploymentId, class: &'static str) -> El {
        let label = many([icon("#i-run").into_any(), "Run now".into_node()]);
        button(label, move || self.run(id, DeploymentFlowRunCreate::default()))
            .class(class)
            .attr("disabled", move || self.busy.get())
    }
}
