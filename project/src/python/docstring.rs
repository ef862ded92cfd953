//! Docstrings: their text as Python gives it, and what a Google-style section says about each parameter.

use ruff_python_ast::{Expr, Stmt};

/// The docstring at the head of a body, cleaned; None when there is none or it is empty.
pub fn of(body: &[Stmt]) -> Option<String> {
    let Some(Stmt::Expr(statement)) = body.first() else { return None };
    let Expr::StringLiteral(literal) = &*statement.value else { return None };
    let text = clean(literal.value.to_str());
    (!text.is_empty()).then_some(text)
}

/// Takes away the margin that all lines but the first share, and blank lines at both ends.
pub fn clean(text: &str) -> String {
    let expanded = without_tabs(text);
    let mut lines: Vec<String> = expanded.split('\n').map(str::to_owned).collect();
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let margin =
        lines.iter().skip(1).filter(|line| !line.trim().is_empty()).map(|line| indent(line)).min().unwrap_or(0);
    for (n, line) in lines.iter_mut().enumerate() {
        *line = match n {
            0 => line.trim_start().to_owned(),
            _ => line.get(margin..).unwrap_or_default().to_owned(),
        };
    }
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let blank = lines.iter().take_while(|line| line.is_empty()).count();
    lines[blank..].join("\n").trim_end_matches([' ', '\n']).to_owned()
}

fn without_tabs(text: &str) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut column = 0;
    for letter in text.chars() {
        match letter {
            '\t' => {
                let blanks = 8 - column % 8;
                expanded.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
            '\n' | '\r' => {
                column = 0;
                expanded.push(letter);
            }
            letter => {
                column += 1;
                expanded.push(letter);
            }
        }
    }
    expanded
}

/// What the last section on parameters says, by their names.
pub fn parameters(text: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut found = Vec::new();
    let mut in_code = false;
    let mut n = 0;
    while n < lines.len() {
        if lines[n].trim_start_matches(' ').starts_with("```") {
            in_code = !in_code;
        } else if !in_code && let Some(section) = section_at(&lines, n) {
            let (items, end) = items_from(&lines, n + 1);
            if section {
                found = items.iter().filter_map(|item| described(item)).collect();
            }
            n = end.max(n + 1);
            continue;
        }
        n += 1;
    }
    found
}

/// Whether a section begins at a line, and if so whether it is one on parameters. It has a blank line above and
/// an indented one right below.
fn section_at(lines: &[&str], n: usize) -> Option<bool> {
    let (title, rest) = lines[n].split_once(':')?;
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-' || letter.is_whitespace();
    let starts = title.chars().next().is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    let has_gap = rest.is_empty() || rest.starts_with(char::is_whitespace);
    let is_below = lines.get(n + 1).is_some_and(|below| below.starts_with(' ') && !below.trim().is_empty());
    let is_apart = n == 0 || lines[n - 1].trim().is_empty();
    if !starts || !title.chars().all(is_word) || !has_gap || !is_below || !is_apart {
        return None;
    }
    Some(matches!(title.to_lowercase().as_str(), "args" | "arguments" | "params" | "parameters"))
}

/// The items of a section, each with its lines; and the line after it.
fn items_from(lines: &[&str], start: usize) -> (Vec<Vec<String>>, usize) {
    let indent_of = |line: &str| line.len() - line.trim_start().len();
    let indent = lines.get(start).map_or(0, |line| indent_of(line));
    let mut items: Vec<Vec<String>> = Vec::new();
    let mut n = start;
    while let Some(line) = lines.get(n) {
        let own = indent_of(line);
        match items.last_mut() {
            Some(item) if line.trim().is_empty() => item.push(String::new()),
            Some(item) if own >= indent * 2 => item.push(line[indent * 2..].to_owned()),
            Some(item) if own > indent => item.push(line.trim_start().to_owned()),
            _ if own == indent && indent > 0 => items.push(vec![line[indent..].to_owned()]),
            _ => break,
        }
        n += 1;
    }
    (items, n)
}

/// `name (type): words` as the name and the words.
fn described(item: &[String]) -> Option<(String, String)> {
    let (name, words) = item.first()?.split_once(':')?;
    let name = match name.split_once('(') {
        Some((name, _)) if item[0].split_once(':').is_some_and(|(head, _)| head.ends_with(')')) => name.trim(),
        _ => name,
    };
    let rest = item.iter().skip(1).map(String::as_str);
    let words: Vec<&str> = std::iter::once(words.trim_start()).chain(rest).collect();
    Some((name.to_owned(), words.join("\n").trim_end_matches('\n').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_and_tabs_are_taken_away() {
        assert_eq!(clean("One.\n\n    Two.\n      Three.\n    "), "One.\n\nTwo.\n  Three.");
        assert_eq!(clean("\n\tOne.\n\t\tTwo."), "One.\n        Two.");
        assert_eq!(clean("   "), "");
    }

    #[test]
    fn sections_need_room_above_and_words_below() {
        let found = |text: &str| parameters(&clean(text));
        assert_eq!(found("X.\n\nArgs:\n    a: One."), [("a".to_owned(), "One.".to_owned())]);
        assert_eq!(found("X.\nArgs:\n    a: One."), []);
        assert_eq!(found("X.\n\nArgs:\n\n    a: One."), []);
        assert_eq!(found("```\n\nArgs:\n    a: One.\n```"), []);
    }
}
