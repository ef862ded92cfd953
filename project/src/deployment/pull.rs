//! Pull steps: those that are written, or the one that the client would think of.

use domain::Major;
use serde_json::{Map, Value as Json, json};

use super::World;
use crate::prefect_file::{Entry, Stage};

const BUILD_IMAGE: &str = "prefect_docker.deployments.steps.build_docker_image";

/// The steps with their templates; null when there are none.
pub fn steps(
    world: &World,
    entry: Option<&Entry>,
    config: &Map<String, Json>,
    build: &[Json],
    entrypoint: &str,
) -> Json {
    let of_file = world.file.steps(Stage::Pull);
    let own = entry.and_then(|entry| entry.steps(Stage::Pull));
    let is_some = |steps: &Option<Json>| steps.as_ref().and_then(Json::as_array).is_some_and(|steps| !steps.is_empty());
    let said = own.clone().unwrap_or_else(|| of_file.clone());
    if world.major == Major::V3 && said == Some(json!([])) {
        return json!([]);
    }
    for steps in [said, of_file] {
        if is_some(&steps) {
            return steps.unwrap_or_default();
        }
    }
    by_default(world, config, build, entrypoint)
}

fn by_default(world: &World, config: &Map<String, Json>, build: &[Json], _entrypoint: &str) -> Json {
    let here =
        |directory: String| json!([{ "prefect.deployments.steps.set_working_directory": { "directory": directory } }]);
    if let Some(image) = build.iter().find_map(|step| step.get(BUILD_IMAGE)) {
        let base = world.directory.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        return match image.get("dockerfile").and_then(Json::as_str) {
            Some("auto") => here(format!("/opt/prefect/{base}")),
            // The image brings the code: only its maker knows where.
            _ => Json::Null,
        };
    }
    let image = config.get("work_pool").and_then(|pool| pool.get("job_variables")).and_then(|it| it.get("image"));
    let has_image = image.is_some_and(|image| !image.is_null() && *image != json!(""));
    match world.major {
        Major::V3 if has_image => here("/opt/prefect".to_owned()),
        _ => here(world.directory.display().to_string()),
    }
}
