//! Lists kept in order as they grow.
//!
//! For the short lists that the browser sorts: the standard library's sort, made for long ones, is some
//! twenty kilobytes of the program there.

/// Puts `item` behind the last one that may stand before it; with "not greater" as `may_precede`, equals stay
/// in the order of their arrival.
pub fn insert<T>(list: &mut Vec<T>, item: T, may_precede: impl Fn(&T, &T) -> bool) {
    let at = list.iter().rposition(|there| may_precede(there, &item)).map_or(0, |last| last + 1);
    list.insert(at, item);
}

#[cfg(test)]
mod tests {
    use super::insert;

    #[test]
    fn equals_stay_in_the_order_of_their_arrival() {
        let mut list = Vec::new();
        for pair in [(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e')] {
            insert(&mut list, pair, |a, b| a.0 <= b.0);
        }
        assert_eq!(list, [(0, 'd'), (1, 'b'), (1, 'e'), (2, 'a'), (2, 'c')]);
    }
}
