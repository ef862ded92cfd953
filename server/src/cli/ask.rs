//! Asking before something is lost.

use std::io::{BufRead, IsTerminal, Write};

use super::failure::Failure;

/// Ends well once a person has said yes to `question`, or `yes` was given as a flag, whose name is `flag`. Without a
/// terminal there is nobody to ask, and it is refused.
pub fn sure(question: &str, yes: bool, flag: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        let what = format!("{question} There is nobody to ask.");
        return Err(Failure::usage(what).then(format!("add {flag} if that is what you want.")));
    }
    eprint!("{question} [y/N] ");
    // A question that is not seen is answered by nobody, which is a no.
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new("Nothing was changed.")),
    }
}
