//! Whatever people type, nothing panics and nothing takes for ever.

use chrono::DateTime;
use domain::Major;
use domain::job_template::{
    Layers, check_source, check_template, find_placeholders, refusal, render, source_warnings, split_command,
};
use domain::schedule::{Schedule, describe};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn cron_like() -> impl Strategy<Value = String> {
    let letters = prop::sample::select("0123456789*/-,#?lLwWhr fri jan\u{e9}99999999".chars().collect::<Vec<_>>());
    let field = proptest::collection::vec(letters, 0..8).prop_map(String::from_iter);
    proptest::collection::vec(field, 4..8).prop_map(|fields| fields.join(" "))
}

fn rrule_like() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "FREQ=DAILY",
        "FREQ=SECONDLY",
        "FREQ=YEARLY",
        "FREQ=MONTHLY",
        "FREQ=WEEKLY",
        "INTERVAL=9223372036854775807",
        "INTERVAL=3000000",
        "COUNT=18446744073709551615",
        "UNTIL=99991231T235959",
        "UNTIL=00010101",
        "BYDAY=-53MO,2147483647SU",
        "BYMONTHDAY=-2147483648,31",
        "BYWEEKNO=-53,54",
        "BYYEARDAY=-366",
        "BYEASTER=2147483647",
        "BYSETPOS=-366",
        "BYHOUR=23",
        "BYSECOND=59",
        "WKST=SU",
        "BYMONTH=2",
        "\nDTSTART:99991231T235959\nRRULE:FREQ=DAILY",
        "\nDTSTART:00010101\nFREQ=WEEKLY",
        "\nEXRULE:FREQ=DAILY",
        "\nRDATE:00010101,99991231",
        "=",
        ";",
        ":",
        "x",
    ]);
    proptest::collection::vec(part, 1..6).prop_map(|parts| parts.join(";").replace(";\n", "\n"))
}

fn json_like() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "\\u00e9",
        "\\ud83d",
        "\n",
        " ",
        "1",
        "null",
        "é",
        "😀",
        "\"a\"",
        "\"job_configuration\"",
        "\"variables\"",
        "\"{{ x }}\"",
        "{{",
        "}}",
        "\"properties\"",
        "{\"a\":\"{{ y }}\"}",
    ]);
    proptest::collection::vec(part, 0..20).prop_map(|parts| parts.concat())
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z{} .$\\[\\]é]{0,12}".prop_map(Value::from),
        Just(json!("{{ a }}")),
        Just(json!("x{{ env.a[0] }}")),
        Just(json!("{{ prefect.blocks.a.b.c }}")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("(a|env|default|properties|\\$ref|a\\.b)", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => Map::from_iter([("a".to_owned(), other)]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_schedule_has_dates_or_none(
        text in prop_oneof![cron_like(), rrule_like(), ".{0,20}"], interval in any::<f64>(), at in -62_000_000_000i64..250_000_000_000,
    ) {
        let start = DateTime::from_timestamp(at, 0).expect("in range");
        let anchor = start.to_rfc3339();
        for json in [
            json!({"cron": text, "timezone": "America/New_York"}),
            json!({"rrule": text, "timezone": "America/New_York"}),
            json!({"interval": interval, "anchor_date": anchor, "timezone": "Pacific/Apia"}),
            json!({"interval": 86_400, "timezone": text}),
        ] {
            let Ok(schedule) = serde_json::from_value::<Schedule>(json) else { continue };
            let checked = schedule.check();
            let began = std::time::Instant::now();
            let dates = schedule.next_dates(5, start, None);
            prop_assert!(dates.len() <= 5 && (checked.is_ok() || dates.is_empty()));
            prop_assert!(began.elapsed().as_secs() < 5, "{:?} took {:?}", schedule, began.elapsed());
            prop_assert!(!describe(&schedule.normalized_for_v3(start)).is_empty());
        }
    }

    #[test]
    fn any_source_is_judged(text in prop_oneof![json_like(), ".{0,40}"]) {
        if let Err(problems) = check_source(&text) {
            prop_assert!(!problems.is_empty());
            let lines: Vec<&str> = text.split('\n').collect();
            for problem in problems {
                let line = lines.get(problem.line - 1).expect("a line of the text");
                prop_assert!(problem.column - 1 <= line.encode_utf16().count(), "{:?}", problem);
            }
        }
        source_warnings(&text);
        find_placeholders(&text);
        prop_assert!(split_command(&text).is_ok() || text.contains(['\'', '"', '\\']));
    }

    #[test]
    fn any_template_is_rendered_or_refused(
        configuration in value(), variables in value(), deployment in value(), flow_run in value(), v3 in any::<bool>(),
    ) {
        let template = map(json!({"job_configuration": map(configuration), "variables": map(variables)}));
        prop_assert_eq!(check_template(&template).is_empty(), refusal(&template).is_none());
        let (deployment, flow_run) = (map(deployment), map(flow_run));
        let major = if v3 { Major::V3 } else { Major::V2 };
        let layers = Layers { template: &template, deployment: &deployment, flow_run: &flow_run, major };
        if let Ok(rendered) = render(&layers, &|_| None, &|_| Some(json!({"value": {"c": 1}}))) {
            let configuration = Value::Object(rendered.configuration);
            for (pointer, _) in rendered.origins.iter().filter(|(pointer, _)| !pointer.is_empty()) {
                prop_assert!(configuration.pointer(pointer).is_some(), "{} in {}", pointer, configuration);
            }
        }
    }
}
