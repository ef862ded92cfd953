//! `run_shell_script`: commands, line by line, and what they print.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// Runs the script of a step; what it printed, or why it failed.
pub async fn run(
    inputs: &Map<String, Value>,
    environment: &HashMap<String, String>,
    directory: &Path,
) -> Result<Map<String, Value>, String> {
    let script = inputs.get("script").and_then(Value::as_str).ok_or("it has no `script`")?;
    let flag = |name: &str, unless: bool| inputs.get(name).and_then(Value::as_bool).unwrap_or(unless);
    let mut environment = environment.clone();
    for (name, value) in inputs.get("env").and_then(Value::as_object).into_iter().flatten() {
        environment.insert(name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    let directory =
        inputs.get("directory").and_then(Value::as_str).map_or(directory.to_owned(), |it| directory.join(it));
    let (mut out, mut err) = (String::new(), String::new());
    for line in script.lines() {
        let line = if flag("expand_env_vars", false) { expanded(line, &environment) } else { line.to_owned() };
        let words = match flag("shell", false) {
            true if line.trim().is_empty() => continue,
            true => vec!["/bin/sh".to_owned(), "-c".to_owned(), line.clone()],
            false => domain::job_template::split_command(&line).map_err(|error| format!("`{line}`: {error}"))?,
        };
        let Some((program, arguments)) = words.split_first() else { continue };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&directory).env_clear().envs(&environment);
        let done =
            captured(command, flag("stream_output", true)).await.map_err(|error| format!("`{program}`: {error}"))?;
        out.push_str(&done.0);
        err.push_str(&done.1);
        if done.2 != 0 {
            return Err(format!("`{line}` ended with {}: {}", done.2, err.trim()));
        }
    }
    let said = json!({ "stdout": out.trim(), "stderr": err.trim() });
    Ok(said.as_object().cloned().unwrap_or_default())
}

/// Runs a command; what it wrote to its two outputs and its code. With `shown` people see it as it comes.
pub async fn captured(mut command: Command, shown: bool) -> std::io::Result<(String, String, i32)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (out, err) = tokio::join!(collected(out, shown), collected(err, shown));
    let status = child.wait().await?;
    Ok((out?, err?, status.code().unwrap_or(-1)))
}

/// Everything goes to standard error, so that standard output stays the command's answer.
async fn collected(from: Option<impl AsyncRead + Unpin>, shown: bool) -> std::io::Result<String> {
    let Some(mut from) = from else { return Ok(String::new()) };
    let (mut all, mut some) = (Vec::new(), [0u8; 4096]);
    loop {
        let n = from.read(&mut some).await?;
        if n == 0 {
            return Ok(String::from_utf8_lossy(&all).into_owned());
        }
        if shown {
            let mut to = tokio::io::stderr();
            to.write_all(&some[..n]).await?;
            to.flush().await?;
        }
        all.extend_from_slice(&some[..n]);
    }
}

/// `$NAME` and `${NAME}` with their values; names that have none stay.
fn expanded(line: &str, environment: &HashMap<String, String>) -> String {
    let mut whole = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('$') {
        whole.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            whole.push('$');
            rest = after;
            continue;
        }
        let inner = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (name, taken) = match inner {
            Some((name, _)) => (name, name.len() + 2),
            None => (&rest[..end], end),
        };
        match environment.get(name) {
            Some(value) => whole.push_str(value),
            None => whole.push_str(&format!("${}", &rest[..taken])),
        }
        rest = &rest[taken..];
    }
    whole.push_str(rest);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_expanded_as_python_templates_do() {
        let environment = HashMap::from([("A".to_owned(), "1".to_owned())]);
        let cases = [("$A/${A}x", "1/1x"), ("$B ${B}", "$B ${B}"), ("$$A", "$A"), ("end$", "end$")];
        for (line, want) in cases {
            assert_eq!(expanded(line, &environment), want);
        }
    }

    #[tokio::test]
    async fn each_line_is_a_command_and_what_they_print_is_the_output() {
        let environment: HashMap<String, String> = [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into();
        let of = |value: Value| value.as_object().cloned().expect("an object");
        let inputs = of(json!({ "script": "echo 'a b'\n\necho c", "stream_output": false }));
        let said = run(&inputs, &environment, Path::new("/")).await.expect("it runs");
        assert_eq!(said["stdout"], "a b\nc");
        let piped = of(
            json!({ "script": "echo x | tr x y; echo $Z >&2", "shell": true, "env": { "Z": 3 }, "stream_output": false }),
        );
        let said = run(&piped, &environment, Path::new("/")).await.expect("it runs");
        assert_eq!((&said["stdout"], &said["stderr"]), (&json!("y"), &json!("3")));
        let failing = of(json!({ "script": "sh -c 'echo no >&2; exit 4'", "stream_output": false }));
        let why = run(&failing, &environment, Path::new("/")).await.expect_err("it fails");
        assert!(why.ends_with("ended with 4: no"), "{why}");
    }
}
