//! Build and push steps: run here, before anything is sent.

use serde_json::{Map, Value};

use project::deployment::{Prepared, World};
use project::template::{self, Unset, Values};

use super::{docker, kept, python_step, shell};
use crate::cli::failure::Failure;
use crate::cli::session::Session;

/// Keys of a step that are not for its function.
const RESERVED: [&str; 2] = ["id", "requires"];

/// Runs steps; the same steps with the same inputs once, however many deployments have them.
pub struct Runner<'r> {
    world: &'r World<'r>,
    session: &'r Session,
    plan: bool,
    done: Vec<(Vec<Value>, Map<String, Value>)>,
}

impl<'r> Runner<'r> {
    /// A runner that has run nothing. With `plan` it never does: what steps would say stays open.
    pub fn new(world: &'r World<'r>, session: &'r Session, plan: bool) -> Self {
        Runner { world, session, plan, done: Vec::new() }
    }

    /// What the steps of a deployment say.
    pub async fn outputs(&mut self, one: &Prepared) -> Result<Map<String, Value>, Failure> {
        let steps: Vec<Value> = one.build.iter().chain(&one.push).cloned().collect();
        if self.plan {
            return Ok(unknown(&steps));
        }
        if let Some((_, outputs)) = self.done.iter().find(|(known, _)| *known == steps) {
            return Ok(outputs.clone());
        }
        let mut outputs = Map::new();
        for step in &steps {
            self.step(step, &mut outputs).await?;
        }
        self.done.push((steps, outputs.clone()));
        Ok(outputs)
    }

    async fn step(&self, step: &Value, outputs: &mut Map<String, Value>) -> Result<(), Failure> {
        let Some((name, inputs)) = step.as_object().and_then(|step| step.iter().next()) else { return Ok(()) };
        let short = name.rsplit('.').next().unwrap_or(name);
        eprintln!(" > Running {short} step...");
        let inputs = inputs.as_object().cloned().unwrap_or_default();
        let id = inputs.get("id").and_then(Value::as_str).map(str::to_owned);
        let requires = inputs.get("requires").cloned();
        let inputs = self.filled(inputs, outputs).await?;
        let said = match name.as_str() {
            "prefect.deployments.steps.run_shell_script" | "prefect.deployments.steps.utility.run_shell_script" => {
                shell::run(&inputs, self.world.environment, self.world.directory).await
            }
            "prefect.deployments.steps.set_working_directory"
            | "prefect.deployments.steps.pull.set_working_directory" => {
                Ok(Map::from_iter(inputs.get("directory").map(|it| ("directory".to_owned(), it.clone()))))
            }
            "prefect_docker.deployments.steps.build_docker_image" => {
                docker::build(&inputs, self.world.environment, self.world.directory).await
            }
            "prefect_docker.deployments.steps.push_docker_image" => {
                docker::push(&inputs, self.world.environment, self.world.directory).await
            }
            _ => python_step::run(name, &inputs, requires.as_ref(), self.world.environment, self.world.directory).await,
        };
        let said = said.map_err(|why| Failure::new(format!("The step {short} failed: {why}")))?;
        if let Some(id) = id {
            outputs.insert(id, Value::Object(said.clone()));
        }
        outputs.extend(said);
        Ok(())
    }

    /// The inputs with what steps before, the server and the environment hold.
    async fn filled(
        &self,
        inputs: Map<String, Value>,
        outputs: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Failure> {
        let inputs = inputs.into_iter().filter(|(key, _)| !RESERVED.contains(&key.as_str())).collect();
        let environment = self.world.environment;
        let values = Values { known: outputs, environment, unset: Unset::Remove, skip: None };
        let filled = template::fill(&Value::Object(inputs), &values).unwrap_or_default();
        let (mut variables, mut blocks) = (Vec::new(), Vec::new());
        template::asked(&filled, &mut variables, &mut blocks);
        let kept = kept::of(&self.session.client, variables, blocks).await?;
        let put = template::put_kept(&filled, &kept).map_err(Failure::usage)?;
        Ok(put.as_object().cloned().unwrap_or_default())
    }
}

/// Outputs that only a run would tell, in words that stand for them in a plan.
fn unknown(steps: &[Value]) -> Map<String, Value> {
    let said = ["stdout", "stderr", "image", "image_name", "tag", "image_id", "directory"];
    let open =
        |id: &str| said.iter().map(|key| ((*key).to_owned(), Value::from(format!("(known after {id})")))).collect();
    let ids = steps.iter().filter_map(|step| step.as_object()?.values().next()?.get("id")?.as_str());
    let mut outputs: Map<String, Value> = if steps.is_empty() { Map::new() } else { open("the build") };
    outputs.extend(ids.map(|id| (id.to_owned(), Value::Object(open(id)))));
    outputs
}
