//! The level of a line that carries none.

const DEBUG: i64 = 10;
const INFO: i64 = 20;
const WARNING: i64 = 30;
const ERROR: i64 = 40;
const CRITICAL: i64 = 50;

/// INFO, unless the line begins with a level's name in capitals, bare or in brackets, if need be after a time:
/// `ERROR: no space`, `[WARN] slow`, `12:00:00.123 | DEBUG   | x`. Lower case is left alone: sentences begin with
/// "error" and "debug", too.
pub fn level_of(line: &str) -> i64 {
    let line = line.trim_start().trim_start_matches(['[', '<', '(']);
    let line = if line.starts_with(|c: char| c.is_ascii_digit()) {
        line.trim_start_matches(|c: char| c.is_ascii_digit() || " :.,-|[".contains(c))
    } else {
        line
    };
    let end = line.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    if rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return INFO;
    }
    match word {
        "DEBUG" | "TRACE" => DEBUG,
        "WARN" | "WARNING" => WARNING,
        "ERROR" | "ERR" => ERROR,
        "CRITICAL" | "FATAL" | "PANIC" => CRITICAL,
        _ => INFO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_from_the_first_word() {
        let cases = [
            ("hello", INFO),
            ("", INFO),
            ("INFO: fine", INFO),
            ("ERROR: no space left", ERROR),
            ("  [WARN] slow", WARNING),
            ("WARNING", WARNING),
            ("DEBUG | x = 1", DEBUG),
            ("<FATAL> end", CRITICAL),
            ("ERRORS found: 0", INFO),
            ("ERROR_COUNT=0", INFO),
            ("error in lower case is a sentence", INFO),
            ("Über ERROR", INFO),
            ("12:00:00.123 | ERROR   | Flow run 'x' - broken", ERROR),
            ("2026-11-23 12:00:00,123 WARNING slow", WARNING),
            ("404 pages of errors", INFO),
            ("7", INFO),
        ];
        for (line, level) in cases {
            assert_eq!(level_of(line), level, "{line:?}");
        }
    }
}
