//! Commands as text.

use super::TemplateError;

/// Splits a command as a POSIX shell would, without expanding anything: blanks separate words, quotes
/// and backslashes keep them together.
pub fn split_command(text: &str) -> Result<Vec<String>, TemplateError> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => loop {
                match letters.next() {
                    Some('\'') => break,
                    Some(letter) => word.get_or_insert_default().push(letter),
                    None => return Err(TemplateError::Command("a quote is not closed")),
                }
            },
            '"' => double_quoted(&mut letters, word.get_or_insert_default())?,
            '\\' => match letters.next() {
                Some(letter) => word.get_or_insert_default().push(letter),
                None => return Err(TemplateError::Command("a backslash at the end escapes nothing")),
            },
            _ => word.get_or_insert_default().push(letter),
        }
        if letter == '\'' {
            word.get_or_insert_default();
        }
    }
    words.extend(word);
    Ok(words)
}

/// Up to the closing quote; a backslash only escapes the quote and itself.
fn double_quoted(letters: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), TemplateError> {
    loop {
        match letters.next() {
            Some('"') => return Ok(()),
            Some('\\') => match letters.next() {
                Some(letter @ ('"' | '\\')) => word.push(letter),
                Some(letter) => word.extend(['\\', letter]),
                None => return Err(TemplateError::Command("a quote is not closed")),
            },
            Some(letter) => word.push(letter),
            None => return Err(TemplateError::Command("a quote is not closed")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_split_as_in_a_shell() {
        let cases: [(&str, &[&str]); 9] = [
            ("prefect flow-run execute", &["prefect", "flow-run", "execute"]),
            ("  a   b\n", &["a", "b"]),
            ("sh -c 'echo \"$HOME\"; exit'", &["sh", "-c", "echo \"$HOME\"; exit"]),
            ("a\"b c\"d 'e'f", &["ab cd", "ef"]),
            (r#""a\"b\\c\d" e\ f"#, &["a\"b\\c\\d", "e f"]),
            ("'' \"\"", &["", ""]),
            ("# no comment", &["#", "no", "comment"]),
            ("", &[]),
            ("größe", &["größe"]),
        ];
        for (text, words) in cases {
            assert_eq!(split_command(text).as_deref(), Ok(words.map_strings().as_slice()), "{text}");
        }
        for text in ["'a", "\"a", "a\\", "\"a\\"] {
            assert!(split_command(text).is_err(), "{text}");
        }
    }

    trait MapStrings {
        fn map_strings(&self) -> Vec<String>;
    }

    impl MapStrings for &[&str] {
        fn map_strings(&self) -> Vec<String> {
            self.iter().map(|word| (*word).to_owned()).collect()
        }
    }
}
