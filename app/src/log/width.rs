//! How many columns text takes in a fixed-width font.

/// 0 for marks that combine, 2 for the wide letters of East Asia and for emoji, 1 for the rest.
pub fn columns(letter: char) -> usize {
    match letter as u32 {
        0x20..0x300 => 1,
        0x300..0x370 | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
        0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// Byte offsets at which `line` is broken so that no part is wider than `limit` columns; preferably after
/// a blank. Empty when the line fits.
pub fn breaks(line: &str, limit: usize) -> Vec<usize> {
    let limit = limit.max(8);
    let mut cuts = Vec::new();
    if line.len() <= limit && line.is_ascii() {
        return cuts;
    }
    let (mut start, mut used, mut blank) = (0, 0, None);
    for (at, letter) in line.char_indices() {
        let width = columns(letter);
        if used + width > limit {
            // A blank in the first half is no good place: it would leave the row nearly empty.
            let cut = blank.filter(|(cut, _)| cut - start > (at - start) / 2).map_or(at, |(cut, _)| cut);
            cuts.push(cut);
            used = line[cut..at].chars().map(columns).sum();
            (start, blank) = (cut, None);
        }
        used += width;
        if letter == ' ' {
            blank = Some((at + 1, used));
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_never_inside_a_letter() {
        let cases: [(&str, usize, &[&str]); 5] = [
            ("short", 10, &["short"]),
            ("one two three four", 10, &["one two ", "three four"]),
            ("abcdefghijklmnop", 10, &["abcdefghij", "klmnop"]),
            ("漢字漢字漢字", 8, &["漢字漢字", "漢字"]),
            ("a 🎉🎉🎉🎉", 8, &["a 🎉🎉🎉", "🎉"]),
        ];
        for (line, limit, parts) in cases {
            let mut cuts = breaks(line, limit);
            cuts.push(line.len());
            let mut from = 0;
            let found: Vec<&str> = cuts.into_iter().map(|to| &line[std::mem::replace(&mut from, to)..to]).collect();
            assert_eq!(found, parts, "{line}");
        }
    }
}
