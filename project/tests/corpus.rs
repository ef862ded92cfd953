//! Flows as both real clients see them: `tests/record.py` asked the clients, here our reading is compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::Major;
use project::python::{Flow, Library, read_flow};
use serde_json::{Map, Value, json};

/// What differs, and why it should.
const ON_PURPOSE: [(&str, &str); 3] = [
    ("blocks.py:of_a_block", "a class of the client's own library, which is not there: open, with a warning"),
    ("defaults.py:comprehension", "a loop is not run: the default is left out, with a warning"),
    ("missing_modules.py:missing_types", "the client says null for a default of a missing module: here it is left out"),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn recordings(client: &str) -> BTreeMap<String, Map<String, Value>> {
    let files = std::fs::read_dir(folder("recorded").join(client)).expect("recordings");
    files
        .map(|file| {
            let path = file.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("a recording");
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, serde_json::from_str(&text).expect("JSON"))
        })
        .collect()
}

fn as_recorded(flow: &Flow) -> Value {
    json!({ "name": flow.name, "description": flow.description, "schema": flow.parameters })
}

fn compare(client: &str, major: Major) {
    let (mut same, mut differing) = (0, Vec::new());
    for (file, flows) in recordings(client) {
        for (name, want) in flows {
            let library = Library::new();
            let entrypoint = format!("{file}.py:{name}");
            let got = read_flow(&library, &folder("corpus"), &entrypoint, major);
            let fits = match (&got, want.get("refused")) {
                (Err(_), Some(_)) => true,
                (Ok(flow), None) => as_recorded(flow) == want,
                _ => false,
            };
            match fits || ON_PURPOSE.iter().any(|(known, _)| *known == entrypoint) {
                true => same += 1,
                false => differing.push(format!(
                    "{entrypoint}\n  want {want}\n  got  {}",
                    got.as_ref().map_or_else(ToString::to_string, |flow| as_recorded(flow).to_string())
                )),
            }
        }
    }
    assert!(differing.is_empty(), "{same} same, {} differ:\n{}", differing.len(), differing.join("\n"));
    assert!(same >= 140, "{same}");
}

#[test]
fn prefect_2_makes_the_same_of_the_corpus() {
    compare("prefect2", Major::V2);
}

#[test]
fn prefect_3_makes_the_same_of_the_corpus() {
    compare("prefect3", Major::V3);
}

#[test]
fn what_cannot_be_told_is_open_and_named() {
    let flow = |entrypoint| read_flow(&Library::new(), &folder("corpus"), entrypoint, Major::V3).expect("a flow");
    let block = flow("blocks.py:of_a_block");
    assert_eq!(block.parameters["properties"]["s"], json!({ "position": 0, "title": "s" }));
    let warnings: Vec<String> = block.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[0].starts_with("blocks.py:10:16: the parameter s has the type prefect.blocks.system.Secret"),
        "{warnings:?}"
    );
    let default = flow("defaults.py:comprehension");
    assert!(default.parameters["properties"]["a"].get("default").is_none());
    assert!(default.warnings[0].why.contains("`[x for x in range(3)]`"), "{:?}", default.warnings);
    assert!(flow("scalars.py:scalars").warnings.is_empty());
}
