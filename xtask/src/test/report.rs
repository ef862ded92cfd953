//! What the parts of a test run came to: a header before each, a table and one closing line after all.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// How one part ended, when nothing kept it from running.
#[derive(Default)]
pub struct Outcome {
    pub counts: Counts,
    /// What was left out of it and why.
    pub notes: Vec<String>,
}

impl std::ops::AddAssign for Outcome {
    fn add_assign(&mut self, other: Self) {
        self.counts += other.counts;
        self.notes.extend(other.notes);
    }
}

impl Outcome {
    /// Of a part that is one step.
    pub fn one_passed() -> Self {
        Outcome { counts: Counts { passed: 1, ..Counts::default() }, notes: Vec::new() }
    }

    /// Of a part that could not run here.
    pub fn skipped(why: impl Into<String>) -> Self {
        Outcome { counts: Counts { skipped: 1, ..Counts::default() }, notes: vec![why.into()] }
    }
}

struct Part {
    name: &'static str,
    took: Duration,
    outcome: Outcome,
}

/// The parts run so far.
#[derive(Default)]
pub struct Report {
    parts: Vec<Part>,
}

impl Report {
    /// Runs one part, unless there is a reason to leave it out. An error counts as one failed test.
    pub fn part(&mut self, name: &'static str, leave_out: Option<&str>, run: impl FnOnce() -> Result<Outcome>) {
        println!("\n=== {name} ===");
        let started = Instant::now();
        let outcome = match leave_out {
            Some(why) => Outcome::skipped(why),
            None => run().unwrap_or_else(|error| Outcome {
                counts: Counts { failed: 1, ..Counts::default() },
                notes: vec![format!("{error:#}")],
            }),
        };
        let part = Part { name, took: started.elapsed(), outcome };
        println!("--- {}", part.line());
        self.parts.push(part);
    }

    /// Prints the summary; an error when any test failed.
    pub fn finish(&self) -> Result<()> {
        println!("\n=== summary ===");
        let mut total = Counts::default();
        for part in &self.parts {
            println!("{}", part.line());
            total += part.outcome.counts;
        }
        println!("\n{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
        if total.failed > 0 {
            bail!("{} failed", total.failed);
        }
        Ok(())
    }
}

impl Part {
    /// `browser          passed    12.3 s   5 passed, 0 failed, 1 skipped; why`
    fn line(&self) -> String {
        let Counts { passed, failed, skipped } = self.outcome.counts;
        let word = match (passed, failed) {
            (_, 1..) => "FAILED",
            (0, 0) => "skipped",
            _ => "passed",
        };
        let mut line = format!(
            "{:<16} {word:<8} {:>7.1} s   {passed} passed, {failed} failed, {skipped} skipped",
            self.name,
            self.took.as_secs_f32()
        );
        for note in &self.outcome.notes {
            line += "; ";
            line += note;
        }
        line
    }
}
