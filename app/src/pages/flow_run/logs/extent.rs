//! From rows to pixels. Browsers lay out some seventeen million pixels and no more: a log that would be higher is
//! scrolled through faster than it moves.

use web_sys::Element;

/// Pixels; the stylesheet says the same.
pub const ROW_HEIGHT: f64 = 18.0;

/// Pixels of the highest sheet.
const HIGHEST: f64 = 17_000_000.0;

/// Pixels of the sheet that so many rows stand on.
pub fn height(rows: usize) -> f64 {
    (rows as f64 * ROW_HEIGHT).min(HIGHEST)
}

/// What of the rows is above what is in sight, in pixels of rows.
pub fn top(scroller: &Element, rows: usize) -> f64 {
    f64::from(scroller.scroll_top()) * pace(rows, f64::from(scroller.client_height()))
}

/// Scrolls so that so many pixels of rows are above what is in sight.
pub fn go(scroller: &Element, rows: usize, top: f64) {
    scroller.set_scroll_top((top / pace(rows, f64::from(scroller.client_height()))) as i32);
}

/// How much faster the rows move than the sheet.
fn pace(rows: usize, sight: f64) -> f64 {
    let all = rows as f64 * ROW_HEIGHT;
    if all <= HIGHEST { 1.0 } else { (all - sight) / (HIGHEST - sight) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_high_sheet_is_the_end_of_the_rows() {
        assert_eq!((height(100), pace(100, 500.0)), (1800.0, 1.0));
        let rows = 10_000_000;
        let at_the_end = (height(rows) - 500.0) * pace(rows, 500.0);
        assert!((at_the_end - (rows as f64 * ROW_HEIGHT - 500.0)).abs() < 1.0);
    }
}
