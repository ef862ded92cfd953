//! Steps that are Python functions: run by Python when it is there, told of when it is not.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Map, Value, json};
use tokio::process::Command;

use super::shell::captured;

/// Imports a function, calls it with its inputs, and prints what it gives after a line of its own.
const CALL: &str = "\
import asyncio, importlib, inspect, json, sys
name, inputs = sys.argv[1], json.loads(sys.argv[2])
module, function = name.rsplit('.', 1)
result = getattr(importlib.import_module(module), function)(**inputs)
if inspect.isawaitable(result):
    async def wait():
        return await result
    result = asyncio.run(wait())
print('\\n--- reeve: output')
print(json.dumps(result if isinstance(result, dict) else {}, default=str))
";

const MARK: &str = "--- reeve: output\n";

/// Runs the function `name` with its inputs; what it gives, or a sentence.
pub async fn run(
    name: &str,
    inputs: &Map<String, Value>,
    requires: Option<&Value>,
    environment: &HashMap<String, String>,
    directory: &Path,
) -> Result<Map<String, Value>, String> {
    let folders: Vec<&str> = environment.get("PATH").map(|path| path.split(':').collect()).unwrap_or_default();
    let is_there = |name: &&&str| folders.iter().any(|folder| Path::new(folder).join(name).is_file());
    let Some(python) = ["python3", "python"].iter().find(is_there).copied() else {
        return Err(format!(
            "{name} is a Python function, and there is no Python on this machine; install it, or do the same with run_shell_script"
        ));
    };
    let mut command = Command::new(python);
    command.args(["-c", CALL, name, &json!(inputs).to_string()]).current_dir(directory).env_clear().envs(environment);
    let (out, err, code) = captured(command, false).await.map_err(|error| format!("{python}: {error}"))?;
    if code != 0 {
        let why = err.trim().lines().last().unwrap_or_default();
        let needs = requires.map(|it| format!(" (it requires {it})")).unwrap_or_default();
        return Err(format!("{name}{needs} ended with {code}: {why}"));
    }
    let (printed, said) = out.rsplit_once(MARK).unwrap_or((&out, "{}"));
    eprint!("{printed}");
    serde_json::from_str(said.trim()).map_err(|error| format!("what {name} gives is no object: {error}"))
}
