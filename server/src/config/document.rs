//! docs/configuration.md, written from the table.

use std::fmt::Write;

use super::table::SETTINGS;

const OPENING: &str = "\
# Configuration

Every setting can be given in six ways. The first one that has it wins:

1. a flag of the command (`reeve server start --port 4300`), where there is one;
2. a `REEVE_` variable: the key in capitals, dots as underscores;
3. a variable of Prefect's that means the same, so that an environment made for Prefect works as it is;
4. a TOML file: the one that `--config` or `REEVE_CONFIG` names, else `./reeve.toml`, else `/etc/reeve/reeve.toml`;
5. Prefect's profile, for settings that Prefect has too: `reeve config set` and `reeve profile` change the file of
   profiles that Prefect's own commands keep (`$PREFECT_HOME/profiles.toml`, else `~/.prefect/profiles.toml`);
6. the default.

`reeve config view` prints the settings in force and where each came from; secrets are masked. A value that is not
allowed stops the start with a sentence that names the setting. An empty variable counts as not set.

```toml
# reeve.toml
[server]
host = \"0.0.0.0\"
port = 4200

[database]
url = \"postgresql://reeve@db.example.org:5432/reeve\"

[late_runs]
after_seconds = 30
```

Lengths of time are seconds, or `90s`, `5m`, `1h`, `100d`, `01:30:00`, `P1DT2H`.

The database's address may be written as SQLAlchemy writes it: `postgresql+asyncpg://` and `sqlite+aiosqlite://` are
understood, asyncpg's `ssl=` becomes `sslmode=`, and parameters that only a Python driver knows are left out. In a SQLite
address three slashes are followed by a path from the working folder (`sqlite:///reeve.db`), four by an absolute one
(`sqlite:////var/lib/reeve/reeve.db`). `$PREFECT_HOME` and `$PREFECT_API_DATABASE_PASSWORD` inside of it are replaced.

This page is written from the table in `server/src/config/table.rs`; a test compares the two.
";

/// The whole page.
pub fn markdown() -> String {
    let mut page = OPENING.to_owned();
    let mut section = None;
    for setting in SETTINGS {
        let (of, _) = setting.key.rsplit_once('.').unwrap_or(("", setting.key));
        if section.replace(of) != Some(of) {
            let title = if of.is_empty() { "General".to_owned() } else { format!("`[{of}]`") };
            let _ = write!(page, "\n## {title}\n");
        }
        let default = match setting.default {
            "" => "none".to_owned(),
            default => format!("`{default}`"),
        };
        let secret = if setting.secret { " Secret: never printed." } else { "" };
        let _ = write!(
            page,
            "\n### `{}`\n\n{}{secret}\n\n- default: {default}\n- value: {}\n- variable: `{}`\n",
            setting.key,
            setting.help.trim(),
            setting.allowed,
            setting.env(),
        );
        if !setting.prefect.is_empty() {
            let names: Vec<_> = setting.prefect.iter().map(|name| format!("`{name}`")).collect();
            let _ = writeln!(page, "- Prefect's: {}", names.join(", "));
        }
    }
    page
}
