//! Actions that change what the server keeps.

use domain::automations::{Action, Invocation, Source};
use domain::events::{NAME, ROLE, Resource};
use domain::flow_runs::{CreatedBy, DeploymentFlowRunCreate};
use domain::state::{OrchestrationResult, SetStateDetails, SetStateStatus, StateCreate, StateType};
use domain::work_pools::{WorkPoolUpdate, WorkQueueUpdate};
use domain::{AutomationId, DeploymentId, FlowRunId, Moment, Patch, Uuid, WorkPoolId, WorkQueueId};
use serde_json::{Map, Value};
use store::{Tx, deployments, flow_runs, work_pools, work_queues};

use super::super::after_commit::AfterCommit;
use super::super::asked::Asked;
use super::super::create_run::create_run;
use super::super::flow_rules::FlowPolicy;
use super::super::parameters::{self, HydrationError};
use super::super::set_state::propose;
use super::super::{delete_runs, deploy, resume, run_deployment, templates};
use super::super::{work_pools as pools, work_queues as queues};
use super::outcome::{ActError, Acted, Report, refused};
use super::outside::context;
use super::targets::{flow_run, target};
use crate::app_state::AppState;
use crate::clock::new_id;

/// A run that is suspended and not resumed fails after so many seconds.
const SUSPENDED_FOR: f64 = 3600.0;

/// What an action is carried out with.
pub struct Hands<'h> {
    pub app: &'h AppState,
    pub tx: &'h mut Tx,
    pub asked: Asked,
    pub after: &'h mut AfterCommit,
    pub report: &'h mut Report,
}

impl Hands<'_> {
    /// Carries out what the invocation asks for.
    pub async fn act(&mut self, of: &Invocation) -> Acted {
        match &of.action {
            Action::DoNothing => Ok(()),
            Action::RunDeployment { source, deployment_id, parameters, job_variables, schedule_after } => {
                let id = target(of, *source, *deployment_id, "deployment")?;
                let ask = (parameters.clone().unwrap_or_default(), job_variables.clone(), *schedule_after);
                self.run_deployment(of, id, ask).await
            }
            Action::PauseDeployment { source, deployment_id } => {
                self.pause_deployment(of, *source, *deployment_id, true).await
            }
            Action::ResumeDeployment { source, deployment_id } => {
                self.pause_deployment(of, *source, *deployment_id, false).await
            }
            Action::CancelFlowRun => {
                let state = StateCreate::new(StateType::Cancelling);
                self.set_state(of, state.because(by(of, "Cancelled")), FlowPolicy::Core).await
            }
            Action::SuspendFlowRun => self.set_state(of, self.suspended(of), FlowPolicy::Core).await,
            Action::ChangeFlowRunState { name, state, message, force } => {
                let mut state = StateCreate::new(*state);
                state.name.clone_from(name);
                let message = message.clone().filter(|message| !message.is_empty());
                let policy = if *force { FlowPolicy::Minimal } else { FlowPolicy::Core };
                self.set_state(of, state.because(message.unwrap_or_else(|| by(of, "State changed"))), policy).await
            }
            Action::ResumeFlowRun => self.resume_flow_run(of).await,
            Action::DeleteFlowRun => self.delete_flow_run(of).await,
            Action::PauseWorkQueue { source, work_queue_id } => {
                self.pause_work_queue(of, *source, *work_queue_id, true).await
            }
            Action::ResumeWorkQueue { source, work_queue_id } => {
                self.pause_work_queue(of, *source, *work_queue_id, false).await
            }
            Action::PauseWorkPool { source, work_pool_id } => {
                self.pause_work_pool(of, *source, *work_pool_id, true).await
            }
            Action::ResumeWorkPool { source, work_pool_id } => {
                self.pause_work_pool(of, *source, *work_pool_id, false).await
            }
            Action::PauseAutomation { source, automation_id } => {
                self.pause_automation(of, *source, *automation_id, true).await
            }
            Action::ResumeAutomation { source, automation_id } => {
                self.pause_automation(of, *source, *automation_id, false).await
            }
            Action::SendNotification { .. } | Action::CallWebhook { .. } => {
                Err(ActError::failed("This action calls out and is not carried out here"))
            }
        }
    }

    /// A run of the deployment; one, however often it is tried.
    async fn run_deployment(
        &mut self,
        of: &Invocation,
        id: DeploymentId,
        (parameters, job_variables, schedule_after): (Map<String, Value>, Option<Map<String, Value>>, f64),
    ) -> Acted {
        self.report.target(Resource::of("deployment", id));
        let parameters = self.filled_in(of, parameters).await?;
        let Some(deployment) = deployments::by_id(self.tx, id).await? else {
            return Err(self.missing(of, "Deployment not found"));
        };
        let due = self.asked.at.plus_seconds(schedule_after);
        let ask = DeploymentFlowRunCreate {
            state: Some(StateCreate::new(StateType::Scheduled).at(due)),
            parameters,
            idempotency_key: Some(of.idempotency_key()),
            job_variables,
            ..DeploymentFlowRunCreate::default()
        };
        let created_by = CreatedBy {
            id: Some(of.automation.id.0),
            kind: Some("AUTOMATION".to_owned()),
            display_value: Some(of.automation.name.clone()),
        };
        let drafted = run_deployment::draft(self.tx, &self.asked, &deployment, ask, Some(created_by), self.after).await;
        let (run, first) = drafted.map_err(|refusal| refused(of.action.kind(), refusal, self.report))?;
        let (run, is_new) = create_run(self.tx, &self.asked, run, first, self.after).await?;
        let made = Resource::of("flow-run", run.id).with(ROLE, "flow-run").with(NAME, run.name);
        self.report.involved.push(made);
        self.report.tell("status_code", if is_new { 201 } else { 200 });
        Ok(())
    }

    /// The parameters with their templates filled in.
    async fn filled_in(&mut self, of: &Invocation, given: Map<String, Value>) -> Result<Map<String, Value>, ActError> {
        let given = parameters::with_templates(given);
        let texts = parameters::templates(&given);
        let context = context(self.tx, self.app, of, &texts, self.asked.at).await?;
        let environment = templates::environment(&self.app.policy.dashboard_url);
        let render = |text: &str| environment.render_str(text, &context);
        parameters::hydrate_in(self.tx, given, &render).await.map_err(|error| match error {
            HydrationError::Store(error) => error.into(),
            error => ActError::failed(format!("Unable to create flow run from deployment: {error}")),
        })
    }

    async fn pause_deployment(
        &mut self,
        of: &Invocation,
        source: Source,
        selected: Option<DeploymentId>,
        pause: bool,
    ) -> Acted {
        let id = target(of, source, selected, "deployment")?;
        self.report.target(Resource::of("deployment", id));
        let paused = match pause {
            true => deploy::pause(self.tx, &self.asked, id).await,
            false => deploy::resume(self.tx, &self.asked, id).await,
        };
        paused.map_err(|refusal| refused(of.action.kind(), refusal, self.report))?;
        self.after.deployment(id);
        self.report.tell("status_code", 200);
        Ok(())
    }

    fn suspended(&self, of: &Invocation) -> StateCreate {
        let mut state = StateCreate::new(StateType::Paused).named("Suspended").because(by(of, "Suspended"));
        state.state_details.pause_reschedule = true;
        state.state_details.pause_timeout = Some(Moment::from(self.asked.at.plus_seconds(SUSPENDED_FOR)));
        state.state_details.pause_key = Some(new_id::<Uuid>().to_string());
        state
    }

    async fn set_state(&mut self, of: &Invocation, state: StateCreate, policy: FlowPolicy) -> Acted {
        let id = self.the_flow_run(of)?;
        let Some(run) = flow_runs::by_id_locked(self.tx, id, self.asked.at).await? else {
            return Err(self.missing(of, "Flow run not found"));
        };
        let decision = propose(self.tx, &self.asked, run, state, policy, self.after).await?;
        self.report.tell("status_code", if decision.is_new { 201 } else { 200 });
        // A run that was never started is cancelled at once, which is told as a refusal of the step between.
        let is_cancelled = decision.answer.state.as_ref().is_some_and(|state| state.kind == StateType::Cancelled);
        match &of.action {
            Action::CancelFlowRun if decision.is_new && is_cancelled => Ok(()),
            _ => accepted(&decision.answer, "Failed to set state"),
        }
    }

    async fn resume_flow_run(&mut self, of: &Invocation) -> Acted {
        let id = self.the_flow_run(of)?;
        let Some(decision) = resume::resume_in(self.tx, &self.asked, id, None, self.after).await? else {
            return Err(self.missing(of, "Flow run not found"));
        };
        accepted(&decision.answer, "Failed to resume flow run")
    }

    async fn delete_flow_run(&mut self, of: &Invocation) -> Acted {
        let id = self.the_flow_run(of)?;
        if delete_runs::delete_in(self.tx, &self.asked, &[id], self.after).await?.is_empty() {
            return Err(self.missing(of, "Flow run not found"));
        }
        self.report.tell("status_code", 204);
        Ok(())
    }

    fn the_flow_run(&mut self, of: &Invocation) -> Result<FlowRunId, ActError> {
        let id = flow_run(of)?;
        self.report.target(Resource::of("flow-run", id));
        Ok(id)
    }

    async fn pause_work_queue(
        &mut self,
        of: &Invocation,
        source: Source,
        selected: Option<WorkQueueId>,
        pause: bool,
    ) -> Acted {
        let id = target(of, source, selected, "work-queue")?;
        self.report.target(Resource::of("work-queue", id));
        let Some(queue) = work_queues::by_id(self.tx, id).await? else {
            return Err(self.missing(of, "Work queue not found"));
        };
        let update = WorkQueueUpdate { is_paused: Patch::Value(pause), ..WorkQueueUpdate::default() };
        let queue = queues::update(self.tx, queue, update, &self.app.policy.foreman, self.asked.at, self.after).await;
        let queue = queue.map_err(|refusal| refused(of.action.kind(), refusal, self.report))?;
        queue.work_pool_id.into_iter().for_each(|pool| self.after.work_pool(pool));
        self.report.tell("status_code", 204);
        Ok(())
    }

    async fn pause_work_pool(
        &mut self,
        of: &Invocation,
        source: Source,
        selected: Option<WorkPoolId>,
        pause: bool,
    ) -> Acted {
        let id = target(of, source, selected, "work-pool")?;
        let Some(pool) = work_pools::by_id(self.tx, id).await? else {
            return Err(ActError::failed(format!("Work pool {id} not found")));
        };
        self.report.target(Resource::of("work-pool", id).with(NAME, &pool.name));
        let update = WorkPoolUpdate { is_paused: Patch::Value(pause), ..WorkPoolUpdate::default() };
        let pool =
            pools::update(self.tx, &pool.name, update, &self.app.policy.foreman, self.asked.at, self.after).await;
        let pool = pool.map_err(|refusal| refused(of.action.kind(), refusal, self.report))?;
        self.after.work_pool(pool.id);
        self.report.tell("status_code", 204);
        Ok(())
    }

    async fn pause_automation(
        &mut self,
        of: &Invocation,
        source: Source,
        selected: Option<AutomationId>,
        pause: bool,
    ) -> Acted {
        let id = target(of, source, selected, "automation")?;
        self.report.target(Resource::of("automation", id));
        let enabled = super::enable(self.tx, id, !pause, self.asked.at, self.after).await;
        let enabled = enabled.map_err(|refusal| refused(of.action.kind(), refusal, self.report))?;
        if let Err(fault) = enabled {
            self.report.tell("status_code", 422);
            return Err(ActError::failed(fault.sentence));
        }
        self.report.tell("status_code", 204);
        Ok(())
    }

    fn missing(&mut self, of: &Invocation, sentence: &str) -> ActError {
        let refusal = super::super::refusal::Refusal::NotFound(sentence.to_owned());
        refused(of.action.kind(), refusal, self.report)
    }
}

fn by(of: &Invocation, what: &str) -> String {
    format!("{what} by Automation {}", of.automation.id)
}

fn accepted(answer: &OrchestrationResult, what: &str) -> Acted {
    if answer.status == SetStateStatus::Accept {
        return Ok(());
    }
    let reason = match &answer.details {
        SetStateDetails::AcceptDetails => None,
        SetStateDetails::RejectDetails { reason }
        | SetStateDetails::AbortDetails { reason }
        | SetStateDetails::WaitDetails { reason, .. } => reason.as_deref(),
    };
    Err(ActError::Answered(format!("{what}: {}", reason.unwrap_or_default())))
}
