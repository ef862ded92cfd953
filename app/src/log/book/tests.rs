use domain::Timestamp;
use domain::logs::LogMatches;

use super::*;
use crate::log::Hits;

/// Lines whose numbers begin at `from`, a pod's where the text begins with `p`.
fn lines(from: i64, messages: &[(i64, &str)]) -> Vec<LogLine> {
    let line = |(i, (level, message)): (usize, &(i64, &str))| LogLine {
        seq: (from + i as i64) * 10,
        timestamp: Timestamp::from_micros(0),
        level: *level,
        name: "prefect.flow_runs".into(),
        message: (*message).into(),
        task_run_id: None,
        pod: message.starts_with('p').then(|| "pod-1".to_owned()),
        number: from + i as i64,
    };
    messages.iter().enumerate().map(line).collect()
}

fn many(from: i64, count: i64) -> Vec<LogLine> {
    let texts: Vec<String> = (from..from + count).map(|n| format!("line {n}")).collect();
    lines(from, &texts.iter().map(|text| (20, text.as_str())).collect::<Vec<_>>())
}

/// A book of `total` information lines that holds those from the place `offset` on.
fn book(total: i64, offset: i64, held: Vec<LogLine>) -> Book {
    let mut counts = [0; 8];
    counts[1] = total;
    Book::new(&LogWindow { lines: held, offset, counts, source: "client".into(), ..LogWindow::default() })
}

fn small(messages: &[(i64, &str)]) -> Book {
    let mut book = Book::new(&LogWindow::default());
    book.append(&lines(1, messages));
    book
}

fn texts(book: &Book, from: usize, to: usize) -> Vec<String> {
    let text = |shown: Shown| match shown {
        Shown::Gap(page, rows) => format!("{rows} of page {page}"),
        Shown::Row(row) => {
            let line = book.line(row.offset).expect("held");
            let name = if book.is_first(row) { line.address().name() } else { String::new() };
            name + "|" + &book.pieces(row).into_iter().map(|piece| piece.text).collect::<String>()
        }
    };
    book.rows(from, to).into_iter().map(text).collect()
}

fn search(book: &mut Book, typed: &str) -> Vec<i64> {
    let needle = domain::logs::LogQuery::parse(typed).map(|query| Needle::of(query, |_, _| Err(String::new())));
    book.look_for(needle.and_then(Result::ok));
    book.found_after(i64::MIN)
}

#[test]
fn a_million_lines_are_there_and_few_are_held() {
    let mut book = book(1_000_000, 999_936, many(999_937, 64));
    assert_eq!((book.row_count(), book.shown()), (1_000_000, 1_000_000));
    assert_eq!(texts(&book, 999_998, 1_000_001), ["L999999|line 999999", "L1000000|line 1000000"]);
    assert_eq!(texts(&book, 500_000, 500_010), ["10 of page 1953"]);
    assert_eq!(book.missing(499_990, 500_010), [1953]);
    assert_eq!(book.missing(999_990, 1_000_000), [0; 0]);
    for page in 0..200 {
        assert!(book.put(page, &many(page as i64 * PAGE + 1, PAGE)));
        book.keep_near(page);
    }
    assert_eq!(book.held().count(), HELD * PAGE as usize);
    assert_eq!(texts(&book, 51_000, 51_001), ["L51001|line 51001"]);
    assert_eq!(book.missing(0, 300), [0, 1]);
    assert_eq!(book.by_address(Address { of_pod: false, number: 51_001 }), Some(51_000));
    assert_eq!([book.offset_of_row(51_000), book.offset_of_row(700_000)], [51_000, 700_000]);
}

#[test]
fn what_arrives_is_counted_and_numbered_whether_it_is_held_or_not() {
    let mut book = book(300, 256, many(257, 44));
    assert_eq!(book.append(&lines(301, &[(20, "new"), (40, "pod"), (40, "worse")])), 2);
    assert_eq!(texts(&book, 299, 400), ["L300|line 300", "L301|new", "L302|worse"]);
    book.set_sieve(Sieve::parse("", "both"));
    assert_eq!((book.shown(), book.missing(0, 303)), (303, vec![0, 1]));
    book.append(&lines(304, &[(20, "p2")]));
    // An answer that was under way holds fewer lines, or more, than are counted by now.
    assert!(!book.put(1, &many(257, 47)));
    assert!(book.put(1, &many(257, 50)));
    assert_eq!(texts(&book, 303, 400), ["L304|line 304"]);
    book.append(&lines(305, &[(20, "p3")]));
    assert_eq!(texts(&book, 304, 400), ["P3|p3"]);
}

#[test]
fn long_lines_wrap_and_unwrap() {
    let mut book = small(&[(20, "one two three four"), (20, "two\nlines")]);
    assert!(book.set_wrap(Some(10)));
    assert_eq!(texts(&book, 0, 9), ["L1|one two ", "|three four", "L2|two", "|lines"]);
    assert_eq!((book.row_of(1), book.offset_of_row(3)), (2, 1));
    assert!(!book.set_wrap(Some(10)));
    book.set_wrap(None);
    assert_eq!(texts(&book, 0, 9), ["L1|one two three four", "L2|two", "|lines"]);
    let endless = "x".repeat(9000);
    assert_eq!(small(&[(20, &endless)]).row_count(), 3);
}

#[test]
fn matches_and_colours_cut_rows_into_pieces() {
    let mut book = small(&[(20, "\u{1b}[31mError\u{1b}[0m: no error"), (20, "fine")]);
    assert_eq!(search(&mut book, "ERROR"), [0]);
    let Some(Shown::Row(first)) = book.rows(0, 1).first().copied() else { panic!("a row") };
    let pieces: Vec<(String, String, bool)> =
        book.pieces(first).into_iter().map(|piece| (piece.text, piece.classes, piece.matched)).collect();
    let expected = [("Error", "a1", true), (": no ", "", false), ("error", "", true)];
    assert_eq!(pieces, expected.map(|(text, classes, matched)| (text.to_owned(), classes.to_owned(), matched)));
    assert_eq!(search(&mut book, "e"), [0, 1]);
    assert_eq!([0, 10, 19, 20].map(|seq| book.found_after(seq).len()), [2, 1, 1, 0]);
    let mut hits = Hits::of(LogMatches { count: 1, lines: vec![0], cursor: 10 });
    hits.add(book.found_after(10));
    assert_eq!(hits.count(), 2);
    assert!(search(&mut book, "nowhere").is_empty());
}
