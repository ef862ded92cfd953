//! The known word that was probably meant.

/// The word of `known` that is nearest to `word`, if it is near at all.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let far = (word.chars().count() / 3).max(1);
    let near = known.iter().map(|known| (distance(word, known), *known));
    near.filter(|(distance, _)| *distance <= far).min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// How many letters have to be added, taken away or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (n, letter) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = n + 1;
        for (m, other) in b.iter().enumerate() {
            let changed = before + usize::from(letter != *other);
            before = row[m + 1];
            row[m + 1] = changed.min(row[m] + 1).min(before + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["schedules", "schedule", "entrypoint", "tags"];
        assert_eq!(nearest("shedules", &known), Some("schedules"));
        assert_eq!(nearest("entry_point", &known), Some("entrypoint"));
        assert_eq!(nearest("colour", &known), None);
    }
}
