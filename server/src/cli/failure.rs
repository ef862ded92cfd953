//! What went wrong, and what to do next.

use std::process::ExitCode;

use client::ClientError;

use crate::config::ConfigError;

/// The end of a command that did not do what was asked.
#[derive(Debug)]
pub struct Failure {
    what: String,
    next: Option<String>,
    code: u8,
}

impl Failure {
    /// A sentence that says what happened.
    pub fn new(what: impl Into<String>) -> Self {
        Failure { what: what.into(), next: None, code: 1 }
    }

    /// Something that was asked for by name and is not there.
    pub fn missing(what: impl std::fmt::Display, next: impl Into<String>) -> Self {
        Failure::new(format!("There is no {what}.")).then(next)
    }

    /// The command line holds something that cannot be meant.
    pub fn usage(what: impl Into<String>) -> Self {
        Failure { code: 2, ..Failure::new(what) }
    }

    /// Everything is said already; only the code is left.
    pub fn quiet(code: u8) -> Self {
        Failure { code, ..Failure::new("") }
    }

    /// Adds what to do about it.
    pub fn then(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// Prints both to standard error; the code for the shell.
    pub fn report(&self) -> ExitCode {
        if !self.what.is_empty() {
            eprintln!("error: {}", self.what);
        }
        if let Some(next) = &self.next {
            eprintln!("  next: {next}");
        }
        ExitCode::from(self.code)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.what)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let next =
            "`reeve config view` shows all settings and where they come from; docs/configuration.md explains them.";
        Failure { code: 2, ..Failure::new(error.to_string()) }.then(next)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let failure = Failure::new(sentence(&error.to_string()));
        match (&error, error.status()) {
            (ClientError::Unreachable(_), _) => failure.then(
                "start a server with `reeve server start`, or say where it is with --api-url or PREFECT_API_URL.",
            ),
            (_, Some(401 | 403)) => {
                failure.then("set REEVE_API_AUTH_STRING (or PREFECT_API_AUTH_STRING) to the server's `user:password`.")
            }
            (_, Some(500..)) => failure.then("the server's log tells more; the command can be tried again."),
            (ClientError::Unexpected(_), _) => {
                failure.then("check that --api-url or PREFECT_API_URL names a Reeve server and ends in /api.")
            }
            _ => failure,
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Failure::new(sentence(&format!("{error:#}")))
    }
}

/// The same words with a capital at the beginning and a full stop at the end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}
