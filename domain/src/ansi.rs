//! Terminal escape sequences: colours and emphasis become styles, everything else is taken out.

/// How a stretch of text looks; the default is plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// 1 + one of the 16 terminal colours; 0 is none.
    pub colour: u8,
    pub bold: bool,
    pub faint: bool,
    pub italic: bool,
    pub underlined: bool,
}

impl Style {
    /// Classes for the stylesheet, such as `a2 ab`; empty for plain text.
    pub fn classes(self) -> String {
        let mut classes = Vec::new();
        let colour = (self.colour > 0).then(|| format!("a{}", self.colour - 1));
        classes.extend(colour.as_deref());
        classes.extend(self.bold.then_some("ab"));
        classes.extend(self.faint.then_some("af"));
        classes.extend(self.italic.then_some("ai"));
        classes.extend(self.underlined.then_some("au"));
        classes.join(" ")
    }
}

/// A message without escapes, and from which byte on which style holds. Tabs become blanks, other
/// control characters but line breaks vanish.
pub fn parse(message: &str) -> (String, Vec<(u32, Style)>) {
    if !message.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return (message.to_owned(), Vec::new());
    }
    let mut text = String::with_capacity(message.len());
    let (mut styles, mut style) = (Vec::new(), Style::default());
    let mut rest = message;
    while let Some(at) = rest.find(|c: char| c < ' ' && c != '\n') {
        text.push_str(&rest[..at]);
        let control = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match control {
            b'\t' => text.push_str("    "),
            b'\r' if !rest.is_empty() && !rest.starts_with('\n') => overwrite(&mut text, &mut styles),
            0x1b => {
                let (sequence, after) = split_sequence(rest);
                rest = after;
                if let Some(codes) = sequence {
                    style = select(style, codes);
                    styles.push((text.len() as u32, style));
                }
            }
            _ => {}
        }
    }
    text.push_str(rest);
    styles.dedup_by(|next, kept| {
        let same_place = next.0 == kept.0;
        if same_place {
            kept.1 = next.1;
        }
        same_place || next.1 == kept.1
    });
    (text, styles)
}

/// A carriage return inside a line: what follows replaces the line, as a progress bar does.
fn overwrite(text: &mut String, styles: &mut Vec<(u32, Style)>) {
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    text.truncate(start);
    let last = styles.last().map(|(_, style)| *style);
    styles.truncate(styles.partition_point(|(from, _)| *from < start as u32));
    styles.extend(last.map(|style| (start as u32, style)));
}

/// What stands after ESC: the codes of a "select graphic rendition", or something to leave out.
fn split_sequence(rest: &str) -> (Option<&str>, &str) {
    match rest.as_bytes().first() {
        Some(b'[') => match rest[1..].find(|c: char| ('@'..='~').contains(&c)) {
            Some(end) => {
                let (codes, last, after) = (&rest[1..=end], rest.as_bytes()[end + 1], &rest[end + 2..]);
                ((last == b'm').then_some(codes), after)
            }
            None => (None, ""),
        },
        // Operating system commands, such as links, up to BEL or ESC \.
        Some(b']') => match rest.find(['\u{7}', '\u{1b}']) {
            Some(end) => (None, rest[end..].trim_start_matches(['\u{7}', '\u{1b}']).trim_start_matches('\\')),
            None => (None, ""),
        },
        Some(_) => (None, rest.get(1..).unwrap_or(rest)),
        None => (None, ""),
    }
}

fn select(mut style: Style, codes: &str) -> Style {
    let mut codes = codes.split([';', ':']).map(|code| code.parse::<u16>().unwrap_or(0));
    while let Some(code) = codes.next() {
        match code {
            0 => style = Style::default(),
            1 => style.bold = true,
            2 => style.faint = true,
            3 => style.italic = true,
            4 => style.underlined = true,
            22 => (style.bold, style.faint) = (false, false),
            23 => style.italic = false,
            24 => style.underlined = false,
            30..=37 => style.colour = (code - 30) as u8 + 1,
            90..=97 => style.colour = (code - 90) as u8 + 9,
            38 => style.colour = extended(&mut codes),
            48 => drop(extended(&mut codes)),
            39 => style.colour = 0,
            _ => {}
        }
    }
    style
}

/// One of 256 colours, or red, green and blue, as the nearest of the 16; 0 when the codes make no sense.
fn extended(codes: &mut impl Iterator<Item = u16>) -> u8 {
    let (red, green, blue) = match codes.next() {
        Some(5) => match codes.next().unwrap_or(0) {
            n @ 0..=15 => return n as u8 + 1,
            n @ 16..=231 => ((n - 16) / 36 * 51, (n - 16) / 6 % 6 * 51, (n - 16) % 6 * 51),
            n @ 232..=255 => ((n - 232) * 10 + 8, (n - 232) * 10 + 8, (n - 232) * 10 + 8),
            _ => return 0,
        },
        Some(2) => (codes.next().unwrap_or(0), codes.next().unwrap_or(0), codes.next().unwrap_or(0)),
        _ => return 0,
    };
    let bit = |part: u16, value: u8| if part > 100 { value } else { 0 };
    let bright = if red.max(green).max(blue) > 200 { 8 } else { 0 };
    bit(red, 1) + bit(green, 2) + bit(blue, 4) + bright + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text with escapes, the text that is left, and the classes from each place on.
    type Case = (&'static str, &'static str, &'static [(u32, &'static str)]);

    #[test]
    fn escapes_become_styles_or_vanish() {
        let cases: [Case; 11] = [
            ("plain ✓", "plain ✓", &[]),
            ("\u{1b}[32mok\u{1b}[0m done", "ok done", &[(0, "a2"), (2, "")]),
            ("a\u{1b}[1;91mb\u{1b}[22mc", "abc", &[(1, "a9 ab"), (2, "a9")]),
            ("\u{1b}[38;5;208mx", "x", &[(0, "a11")]),
            ("\u{1b}[38;2;0;0;255mx", "x", &[(0, "a12")]),
            ("\u{1b}[38;5;9000mx", "x", &[(0, "")]),
            ("\u{1b}[31ma\n\u{1b}[1mb\u{1b}[0m\u{1b}[32mc\rd", "a\nd", &[(0, "a1"), (2, "a2")]),
            ("\u{1b}[2K10%\r20%\r\nend", "20%\nend", &[]),
            ("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{7}", "link", &[]),
            ("a\tb\u{0}c", "a    bc", &[]),
            ("cut \u{1b}[3", "cut ", &[]),
        ];
        for (message, text, styles) in cases {
            let (found, spans) = parse(message);
            assert_eq!(found, text, "{message:?}");
            let spans: Vec<(u32, String)> = spans.into_iter().map(|(from, style)| (from, style.classes())).collect();
            let expected: Vec<(u32, String)> =
                styles.iter().map(|(from, classes)| (*from, (*classes).to_owned())).collect();
            assert_eq!(spans, expected, "{message:?}");
        }
    }
}
