//! Reading the closing lines of test runners, so that one total can be given.

use std::process::Command;

use anyhow::Result;

use super::report::{Counts, Outcome};
use crate::run::{Run, shown};

/// Runs a test runner, shows what it prints and adds up its closing lines. A runner that fails without
/// saying that a test failed (it did not compile, it crashed) counts as one failed test.
pub fn counted(command: &mut Command) -> Result<Outcome> {
    let mut counts = Counts::default();
    let status = command.tee(|line| counts += read(&plain(line)).unwrap_or_default())?;
    let mut notes = Vec::new();
    if !status.success() && counts.failed == 0 {
        counts.failed = 1;
        notes.push(format!("`{}` ended with {status}", shown(command)));
    }
    Ok(Outcome { counts, notes })
}

/// The counts in a closing line of nextest, cargo test, pytest or Playwright; None for any other line.
fn read(line: &str) -> Option<Counts> {
    let line = line.trim();
    let nextest = line.starts_with("Summary [");
    let cargo = line.starts_with("test result: ");
    let pytest = line.starts_with('=') && line.ends_with('=') && line.contains(" in ");
    if !(nextest || cargo || pytest || playwright(line)) {
        return None;
    }
    let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut counts = Counts::default();
    for pair in words.windows(2) {
        let Ok(number) = pair[0].parse::<u64>() else { continue };
        match pair[1] {
            "passed" | "flaky" => counts.passed += number,
            "failed" | "error" | "errors" | "timed" | "interrupted" => counts.failed += number,
            "skipped" | "ignored" | "did" => counts.skipped += number,
            _ => {}
        }
    }
    Some(counts)
}

/// `5 passed (17.6s)`, `1 failed`, `2 did not run`: a number, then nothing but one of these.
fn playwright(line: &str) -> bool {
    let Some((number, rest)) = line.split_once(' ') else { return false };
    let what = rest.split(" (").next().unwrap_or_default();
    number.parse::<u64>().is_ok()
        && ["passed", "failed", "flaky", "skipped", "interrupted", "did not run"].contains(&what)
}

/// The line without the colour codes of terminals.
fn plain(line: &str) -> String {
    let mut rest = line;
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once("\x1b[") {
        text += before;
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        rest = rest.get(1..).unwrap_or_default();
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::{Counts, plain, read};

    #[test]
    fn closing_lines_are_read() {
        for (line, passed, failed, skipped) in [
            ("     Summary [   1.2s] 12 tests run: 11 passed (1 slow), 1 failed, 3 skipped", 11, 1, 3),
            ("     Summary [   1.2s] 2 tests run: 1 passed, 1 timed out, 0 skipped", 1, 1, 0),
            ("test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.1s", 4, 0, 1),
            ("=== 2 failed, 30 passed, 1 skipped, 1 error in 61.20s (0:01:01) ===", 30, 3, 1),
            ("  5 passed (17.6s)", 5, 0, 0),
            ("  2 did not run", 0, 0, 2),
            ("\x1b[32m  5 passed\x1b[39m\x1b[2m (17.6s)\x1b[22m", 5, 0, 0),
        ] {
            assert_eq!(read(&plain(line)), Some(Counts { passed, failed, skipped }), "{line}");
        }
    }

    #[test]
    fn other_lines_are_not() {
        for line in ["", "running 3 tests", "3 passed over it", "1 failed attempt of 3 passed on", "=== failures ==="] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
