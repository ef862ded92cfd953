//! Terminal escape sequences: colours and emphasis become styles, everything else is taken out. What a log holds was
//! written by anybody: no text may hide what follows it, turn its direction round, or cost more than it is worth.

/// Styles of one message; after so many it goes on in the last one.
const MOST_STYLES: usize = 200;

/// How a stretch of text looks; the default is plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// 1 + one of the 16 terminal colours; 0 is none.
    pub colour: u8,
    /// The same for what is behind the text.
    pub ground: u8,
    pub bold: bool,
    pub faint: bool,
    pub italic: bool,
    pub underlined: bool,
    pub reversed: bool,
    pub struck: bool,
}

impl Style {
    /// Classes for the stylesheet, such as `a2 ab`; empty for plain text. On a ground of its own text has no colour:
    /// not every pair could be read.
    pub fn classes(self) -> String {
        let mut classes = Vec::new();
        let colour = match (self.reversed, self.ground, self.colour) {
            (true, ..) => Some("ar".to_owned()),
            (_, 0, 0) => None,
            (_, 0, colour) => Some(format!("a{}", colour - 1)),
            (_, ground, _) => Some(format!("g{}", ground - 1)),
        };
        classes.extend(colour.as_deref());
        classes.extend(self.bold.then_some("ab"));
        classes.extend(self.faint.then_some("af"));
        classes.extend(self.italic.then_some("ai"));
        classes.extend(self.underlined.then_some("au"));
        classes.extend(self.struck.then_some("as"));
        classes.join(" ")
    }
}

/// A message without escapes, and from which byte on which style holds. Tabs become blanks, marks that turn the
/// direction of writing round become U+FFFD, other control characters but line breaks vanish.
pub fn parse(message: &str) -> (String, Vec<(u32, Style)>) {
    if !message.chars().any(is_control) {
        return (message.to_owned(), Vec::new());
    }
    let mut text = String::with_capacity(message.len());
    let (mut styles, mut style) = (Vec::new(), Style::default());
    let mut rest = message;
    while let Some(at) = rest.find(is_control) {
        text.push_str(&rest[..at]);
        let control = rest[at..].chars().next().unwrap_or_default();
        rest = &rest[at + control.len_utf8()..];
        match control {
            '\t' => text.push_str("    "),
            '\r' if !rest.is_empty() && !rest.starts_with('\n') => overwrite(&mut text, &mut styles),
            '\u{1b}' | '\u{80}'..='\u{9f}' => {
                let (sequence, after) = split_sequence(control, rest);
                rest = after;
                if let Some(codes) = sequence {
                    style = select(style, codes);
                    if styles.len() < MOST_STYLES {
                        styles.push((text.len() as u32, style));
                    }
                }
            }
            c if turns(c) => text.push('\u{fffd}'),
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

fn is_control(c: char) -> bool {
    (c.is_ascii_control() && c != '\n') || ('\u{80}'..='\u{9f}').contains(&c) || turns(c)
}

/// Whether it changes the direction in which what follows is written.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A carriage return inside a line: what follows replaces the line, as a progress bar does.
fn overwrite(text: &mut String, styles: &mut Vec<(u32, Style)>) {
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    text.truncate(start);
    let last = styles.last().map(|(_, style)| *style);
    styles.truncate(styles.partition_point(|(from, _)| *from < start as u32));
    styles.extend(last.map(|style| (start as u32, style)));
}

/// What stands after ESC, or after a control character that stands for ESC and a letter: the codes of a "select graphic
/// rendition", or something to leave out; and what is left.
fn split_sequence(control: char, rest: &str) -> (Option<&str>, &str) {
    let (kind, rest) = if control == '\u{1b}' {
        let Some(kind) = rest.chars().next().filter(|kind| (' '..='~').contains(kind)) else { return (None, rest) };
        (kind, &rest[1..])
    } else {
        // U+009B is ESC and `[`, and so on.
        (char::from((control as u32 - 0x40) as u8), rest)
    };
    match kind {
        '[' => match rest.find(|c: char| !(' '..='?').contains(&c)) {
            Some(end) if rest[end..].starts_with(|c: char| ('@'..='~').contains(&c)) => {
                (rest[end..].starts_with('m').then_some(&rest[..end]), &rest[end + 1..])
            }
            end => (None, &rest[end.unwrap_or(rest.len())..]),
        },
        // Commands to the system, such as links, end with BEL or ESC \ in the same line; what does not end is text.
        ']' | 'P' | 'X' | '^' | '_' => match rest.find(['\u{7}', '\u{1b}', '\u{9c}', '\n']) {
            Some(end) if !rest[end..].starts_with('\n') => {
                let ended = &rest[end..];
                // An ESC that begins something else ends the command all the same.
                let after = ended.strip_prefix("\u{1b}\\").or_else(|| ended.strip_prefix(['\u{7}', '\u{9c}']));
                (None, after.unwrap_or(ended))
            }
            _ => (None, rest),
        },
        // Sets of characters: one or more marks, then a letter.
        ' '..='/' => (None, rest.trim_start_matches(|c| (' '..='/').contains(&c)).get(1..).unwrap_or_default()),
        _ => (None, rest),
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
            7 => style.reversed = true,
            9 => style.struck = true,
            22 => (style.bold, style.faint) = (false, false),
            23 => style.italic = false,
            24 => style.underlined = false,
            27 => style.reversed = false,
            29 => style.struck = false,
            30..=37 => style.colour = (code - 30) as u8 + 1,
            90..=97 => style.colour = (code - 90) as u8 + 9,
            38 => style.colour = extended(&mut codes),
            39 => style.colour = 0,
            40..=47 => style.ground = (code - 40) as u8 + 1,
            100..=107 => style.ground = (code - 100) as u8 + 9,
            48 => style.ground = extended(&mut codes),
            49 => style.ground = 0,
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
        let cases: [Case; 23] = [
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
            ("\u{1b}[41mx\u{1b}[49;7my\u{1b}[27;9mz", "xyz", &[(0, "g1"), (1, "ar"), (2, "as")]),
            ("\u{1b}[31;48;5;4mx", "x", &[(0, "g4")]),
            ("\u{9b}32mok\u{9d}0;title\u{7}.\u{7f}\u{85}", "ok.", &[(0, "a2")]),
            ("\u{1b}(Bx\u{1b}Py\u{1b}\\z\u{1b}=!\u{1b}", "xz!", &[]),
            ("\u{1b}]hides all\nthat follows", "hides all\nthat follows", &[]),
            ("\u{1b}]0;a\u{1b}[31mred", "red", &[(0, "a1")]),
            ("\u{1b}]0;a\u{7}\u{1b}[2J\u{1b}[31mred", "red", &[(0, "a1")]),
            ("\u{1b}[1ünot a sequence", "ünot a sequence", &[]),
            ("\u{1b}[31\nm", "\nm", &[]),
            ("pay \u{202e}001\u{202c} now", "pay \u{fffd}001\u{fffd} now", &[]),
            ("\u{1b}\u{1b}[32mx", "x", &[(0, "a2")]),
            ("<b>&amp;</b>", "<b>&amp;</b>", &[]),
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

    #[test]
    fn a_message_has_few_styles() {
        let hostile: String = (0..100_000).map(|n| format!("\u{1b}[3{}mx", n % 7 + 1)).collect();
        let (text, styles) = parse(&hostile);
        assert_eq!((text.len(), styles.len()), (100_000, MOST_STYLES));
    }
}
