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

/// A part that has not run: its name, why it is left out, and what runs it.
pub type Planned<'w, F> = (&'static str, Option<&'w str>, F);

/// The parts run so far.
#[derive(Default)]
pub struct Report {
    parts: Vec<Part>,
}

impl Report {
    /// Runs one part, unless there is a reason to leave it out. An error counts as one failed test.
    pub fn part(&mut self, name: &'static str, leave_out: Option<&str>, run: impl FnOnce() -> Result<Outcome>) {
        self.parts.push(Part::run(name, leave_out, run));
    }

    /// Runs two parts that mostly wait at the same time; what they print is mixed.
    pub fn side_by_side<A, B>(&mut self, one: Planned<'_, A>, other: Planned<'_, B>)
    where
        A: FnOnce() -> Result<Outcome> + Send,
        B: FnOnce() -> Result<Outcome>,
    {
        let (one, other) = std::thread::scope(|scope| {
            let one = scope.spawn(move || Part::run(one.0, one.1, one.2));
            let other = Part::run(other.0, other.1, other.2);
            (one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), other)
        });
        self.parts.extend([one, other]);
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
    fn run(name: &'static str, leave_out: Option<&str>, run: impl FnOnce() -> Result<Outcome>) -> Part {
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
        part
    }

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
