//! What Prefect's command lines have and this one has not: who asks for it is told why, and what to do.

use super::failure::Failure;

/// What runs Python, and so needs Prefect's own package.
const PYTHON: &str = "it runs Python code, which this program does not: use the command of Prefect's own package, with \
                      PREFECT_API_URL set to this server.";

/// Verbs by their first words, with the reason.
pub const VERBS: &[(&str, &str)] = &[
    ("agent", "agents are Prefect 2's way of old: `reeve worker start --pool POOL` takes runs."),
    (
        "block register",
        "kinds of blocks are Python classes, and registering them needs Python: use `prefect block \
                        register` of Prefect's own package, with PREFECT_API_URL set to this server.",
    ),
    ("cloud", "Prefect Cloud is another service: say where this server is with PREFECT_API_URL or --api-url."),
    ("deploy init", "say `reeve init`."),
    ("deployment apply", "such files are Prefect 2's way of old: write a prefect.yaml and use `reeve deploy`."),
    ("deployment build", "such files are Prefect 2's way of old: write a prefect.yaml and use `reeve deploy`."),
    ("dev", "it is for people who work on Prefect itself."),
    ("experimental plugins", "plugins are Python packages, which this program does not load."),
    ("flow serve", PYTHON),
    ("flow-run execute", PYTHON),
    ("kubernetes manifest", "the manifests of this server are in its repository, below deploy/."),
    ("plugins", "plugins are Python packages, which this program does not load."),
    (
        "sdk",
        "it writes Python code: use the command of Prefect's own package, with PREFECT_API_URL set to this server.",
    ),
    (
        "server database downgrade",
        "the schema only goes forward: `reeve server database backup` before an upgrade, and \
                                   put the copy back.",
    ),
    ("server database revision", "it is for people who work on Prefect itself."),
    ("server database stamp", "it is for people who work on Prefect itself."),
    ("server services disable", "the loops are settings of a server: `reeve server services ls` tells the variables."),
    ("server services enable", "the loops are settings of a server: `reeve server services ls` tells the variables."),
    ("server services manager", "the loops run within every server."),
    ("server services start", "the loops run within every server: start one more with `reeve server start --no-ui`."),
    ("server services stop", "the loops run within every server: they end with it."),
    (
        "server stop",
        "a server runs in the foreground of whoever started it: end it with Ctrl-C, or with the signal TERM.",
    ),
    ("shell serve", "deploy a command instead: an empty entrypoint, and `command` in its job variables."),
    ("shell watch", "deploy a command instead: an empty entrypoint, and `command` in its job variables."),
    ("task serve", PYTHON),
    (
        "transfer",
        "use `prefect transfer` of Prefect's own package with one profile for each server; it works with this \
                  one on either side.",
    ),
    (
        "work-pool provision-infra",
        "it sets up services of clouds for pools that push, which this server does not have.",
    ),
    (
        "work-pool provision-infrastructure",
        "it sets up services of clouds for pools that push, which this server does \
                                            not have.",
    ),
    (
        "work-pool storage configure",
        "its kinds of blocks come from Python packages: use the command of Prefect's own \
                                     package, with PREFECT_API_URL set to this server.",
    ),
];

/// Flags of verbs that are here, with the reason; `*` is any verb.
pub const FLAGS: &[(&str, &str, &str)] = &[
    ("api", "--account", "accounts are Prefect Cloud's."),
    ("config view", "--show-secrets", "secrets are never printed: look into the file or the variable that sets them."),
    (
        "deploy",
        "--sla",
        "service level agreements are Prefect Cloud's: an automation can watch for what fails to come.",
    ),
    ("event stream", "--account", "accounts are Prefect Cloud's."),
    ("server database upgrade", "-r", "the schema is brought to the one that this program needs."),
    ("server database upgrade", "--revision", "the schema is brought to the one that this program needs."),
    ("server start", "--analytics-on", "nothing is told to anybody, so there is nothing to turn on."),
    ("server start", "--background", "use what supervises services on the machine, or a shell's `&`."),
    ("server start", "--workers", "one process uses all cores; `--worker POOL` hosts a worker of a pool."),
    ("work-pool create", "--provision-infrastructure", "it sets up services of clouds for pools that push."),
    ("work-pool create", "--set-as-default", "deployments name their pool, or `reeve deploy --pool POOL` does."),
    ("work-queue create", "-t", "tags of queues are Prefect 2's way of old: deployments name their queue."),
    (
        "worker start",
        "--with-healthcheck",
        "a worker that cannot go on ends; whether it polls, the server tells: \
                                            `reeve work-pool inspect POOL`.",
    ),
];

/// Why there is no command with these words, if it is one of Prefect's.
pub fn verb(bare: &[String]) -> Option<Failure> {
    let line = bare.join(" ");
    let fits = |verb: &str| line == verb || line.strip_prefix(verb).is_some_and(|rest| rest.starts_with(' '));
    let (verb, why) = VERBS.iter().find(|(verb, _)| fits(verb))?;
    Some(Failure::usage(format!("`{verb}` is not a command of Reeve.")).then(*why))
}

/// Why a command does not take that flag, if Prefect's does.
pub fn flag(bare: &[String], flag: &str) -> Option<Failure> {
    let line = bare.join(" ");
    let name = flag.split('=').next().unwrap_or(flag);
    let (_, _, why) = FLAGS.iter().find(|(verb, known, _)| *known == name && line.starts_with(verb))?;
    Some(Failure::usage(format!("{name} is not a flag of Reeve.")).then(*why))
}
