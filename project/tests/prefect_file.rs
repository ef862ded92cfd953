//! What is wrong in a prefect.yaml is named with its line and column, and with what would be right.

use std::path::Path;

use domain::Major;
use project::prefect_file::{Choice, PrefectFile};

fn problems(text: &str) -> Vec<String> {
    match PrefectFile::of(text, "prefect.yaml", Path::new("."), Some(Major::V3)) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn each_mistake_has_its_place_and_its_cure() {
    let cases = [
        (
            "deployments:\n- name: x\n  shedules: []\n",
            "3:3: the deployment x has the unknown key `shedules`",
            "`schedules`",
        ),
        ("deploymens: []\n", "1:1: the file has the unknown key `deploymens`", "`deployments`"),
        ("deployments:\n- name: x\n  version: 1.0\n", "3:12: version is a number", "version: \"1.0\""),
        ("deployments:\n- name: x\n  paused: 3\n", "3:11: paused is a number", "true or false"),
        ("deployments:\n- name: x\n  schedules:\n  - timezone: UTC\n", "4:5: a schedule says not when", "`cron`"),
        (
            "deployments:\n- name: x\n  schedules:\n  - cron: '* * * * *'\n    interval: 3\n",
            "5:5: a schedule has several",
            "its own",
        ),
        ("deployments:\n- name: x\n  work_pool: pool\n", "3:14: work_pool is text", "mapping"),
        (
            "deployments:\n- name: x\n  work_pool:\n    nam: pool\n",
            "4:5: work_pool has the unknown key `nam`",
            "`name`",
        ),
        ("deployments:\n- name: x\n  pull:\n  - a: {}\n    b: {}\n", "5:5: a step of pull has 2 names", "one name"),
        ("deployments: 3\n", "1:14: deployments is a number", "list"),
        ("- a\n", "1:1: the file holds a list", "`deployments:`"),
        ("a: [\n", "2:1: YAML syntax", ""),
    ];
    for (text, what, right) in cases {
        let found = problems(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].starts_with(&format!("prefect.yaml:{what}")), "{text}: {found:?}");
        assert!(found[0].contains(right), "{text}: {found:?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_and_what_is_right_passes() {
    assert_eq!(problems("deployments:\n- nme: x\n  paused: 3\n").len(), 2);
    let fine = "name: p\nprefect-version: 3.8.8\ndefinitions:\n  pool: &pool\n    name: w\ncommon: &common\n  tags: [a]\nx-more: 1\n\
                pull: []\ndeployments:\n- <<: *common\n  name: a\n  work_pool: *pool\n  paused: '{{ prefect.variables.p }}'\n  schedule: {}\n";
    assert_eq!(problems(fine), Vec::<String>::new());
}

#[test]
fn names_and_patterns_choose() {
    let text = "deployments:\n- {name: a, entrypoint: 'f.py:my_flow'}\n- {name: ab, entrypoint: 'f.py:other'}\n- {name: c, entrypoint: m.my_flow}\n";
    let file = PrefectFile::of(text, "prefect.yaml", Path::new("."), None).expect("a file");
    let names = |names: &[&str]| {
        let choice = Choice { all: false, names: names.iter().map(|name| (*name).to_owned()).collect() };
        file.chosen(&choice).map(|found| found.iter().filter_map(|entry| entry.name()).collect::<Vec<_>>().join(","))
    };
    assert_eq!(names(&["a*"]).as_deref(), Ok("a,ab"));
    assert_eq!(names(&["my-flow/*"]).as_deref(), Ok("a,c"));
    assert_eq!(names(&["my_flow/a", "c"]).as_deref(), Ok("a,c"));
    assert!(names(&["zzz"]).is_err_and(|problem| problem.to_string().contains("there are a, ab, c")));
    assert!(names(&[]).is_err());
}
