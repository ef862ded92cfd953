//! What is wrong in a file, and where.

use std::fmt;

/// A place in a text; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

impl Place {
    /// The place of the byte `offset` of `text`.
    pub fn of(text: &str, offset: usize) -> Place {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Place { line, column }
    }
}

/// Something that keeps a file from being used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as the person named it.
    pub file: String,
    /// Where in the file; None when the file as a whole is meant.
    pub place: Option<Place>,
    /// What is wrong: a sentence without its dot.
    pub what: String,
    /// What would be right, or what to do.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at a place.
    pub fn at(file: impl Into<String>, place: Place, what: impl Into<String>) -> Problem {
        Problem { file: file.into(), place: Some(place), what: what.into(), help: None }
    }

    /// A problem of the whole file.
    pub fn of(file: impl Into<String>, what: impl Into<String>) -> Problem {
        Problem { file: file.into(), place: None, what: what.into(), help: None }
    }

    /// The same with an advice.
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    /// `FILE:LINE:COLUMN: what is wrong`, with the advice on a line of its own.
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}", self.file)?;
        if let Some(Place { line, column }) = self.place {
            write!(to, ":{line}:{column}")?;
        }
        write!(to, ": {}", self.what)?;
        self.help.iter().try_for_each(|help| write!(to, "\n  {help}"))
    }
}

impl std::error::Error for Problem {}
