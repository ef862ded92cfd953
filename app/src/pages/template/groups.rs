//! Variables of a template, gathered by what they are about.

/// The groups in the order of the form.
pub const GROUPS: [&str; 6] =
    ["Image and command", "Environment and labels", "Identity", "Resources", "Lifetime", "Others"];

/// The group of a variable, by the words in its name.
pub fn group(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let at = match () {
        () if has(&["image", "command", "entrypoint", "working_dir", "args"]) => 0,
        () if has(&["env", "label", "annotation"]) => 1,
        () if has(&["cpu", "memory", "resource", "gpu", "limit", "request", "storage"]) => 3,
        () if has(&["timeout", "ttl", "backoff", "stream", "grace", "deadline", "retries"]) => 4,
        () if has(&["name", "service_account", "cluster", "user", "secret"]) => 2,
        () => 5,
    };
    GROUPS[at]
}

#[cfg(test)]
mod tests {
    use super::group;

    #[test]
    fn the_usual_variables_have_their_groups() {
        let cases = [
            ("image_pull_policy", "Image and command"),
            ("command", "Image and command"),
            ("env", "Environment and labels"),
            ("service_account_name", "Identity"),
            ("namespace", "Identity"),
            ("name", "Identity"),
            ("cluster_config", "Identity"),
            ("memory_request", "Resources"),
            ("finished_job_ttl", "Lifetime"),
            ("job_watch_timeout_seconds", "Lifetime"),
            ("stream_output", "Lifetime"),
            ("bucket", "Others"),
        ];
        for (name, expected) in cases {
            assert_eq!(group(name), expected, "{name}");
        }
    }
}
