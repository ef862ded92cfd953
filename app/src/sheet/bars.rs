//! Counts as bars: a picture, and the same numbers in words.

use domain::sheet::{Bar, Bars};

use crate::element::{El, el, link};

/// The height of the picture in its own units.
const TALL: i64 = 40;

/// The bars over their caption. Those that lead somewhere are links.
pub fn bars(all: Bars) -> El {
    let top = all.bars.iter().map(|bar| bar.height).chain(all.top).chain(all.limit).max().unwrap_or(0).max(1);
    let one = |bar: &Bar| {
        let words = words(bar);
        let place = el("li").attr("title", words.clone());
        let (picture, words) = (picture(bar, top, all.limit), el("span").class("hidden").add(words));
        match bar.path.is_empty() || bar.height == 0 {
            true => place.add(picture).add(words),
            false => place.add(link(bar.path.clone(), picture).add(words)),
        }
    };
    let list = el("ol").add_all(all.bars.iter().map(one));
    let ends = [all.bars.first(), all.bars.last()].map(|bar| el("small").add(bar.map(|bar| bar.caption.clone())));
    el("figure")
        .class("bars")
        .add(el("figcaption").add(all.caption.clone()))
        .add(list)
        .add(el("div").class("ends").attr("aria-hidden", "true").add_all(ends))
        .add(all.told.then(|| told(&all.bars)))
}

fn words(bar: &Bar) -> String {
    let height = bar.height.to_string();
    [&bar.caption, ": ", if bar.words.is_empty() { &height } else { &bar.words }].concat()
}

/// The columns of a bar, and the line that is not to be passed.
fn picture(bar: &Bar, top: i64, limit: Option<i64>) -> El {
    let own = vec![vec![(bar.mark.clone(), bar.height)]];
    let columns = if bar.columns.is_empty() { &own } else { &bar.columns };
    let wide = 10 * columns.len() as i64;
    let tall = |height: i64| (height * TALL + top - 1) / top;
    let rect = |x: i64, y: i64, width: i64, height: i64| {
        let attributes = [("x", x), ("y", y), ("width", width), ("height", height)];
        attributes.into_iter().fold(el("rect"), |rect, (name, value)| rect.attr(name, value.to_string()))
    };
    let mut all = Vec::new();
    for (nth, column) in columns.iter().enumerate() {
        let mut y = TALL;
        for (mark, height) in column {
            let height = tall(*height).min(y);
            y -= height;
            let mark = Some(mark.clone()).filter(|mark| !mark.is_empty());
            all.push(rect(10 * nth as i64, y, 10, height).attr("data-state", mark));
        }
    }
    all.extend(limit.map(|limit| rect(0, TALL - tall(limit), wide, 1).class("limit")));
    el("svg")
        .attr("viewBox", ["0 0 ", &wide.to_string(), " 40"].concat())
        .attr("preserveAspectRatio", "none")
        .attr("aria-hidden", "true")
        .add_all(all)
}

/// Values of a stretch of time side by side.
pub fn spark(values: &[i64]) -> El {
    let column = |value: &i64| vec![("running".to_owned(), *value)];
    let bar = Bar { columns: values.iter().map(column).collect(), ..Bar::new("", 0, "") };
    picture(&bar, values.iter().copied().max().unwrap_or(0).max(1), None).class("spark")
}

/// The same in words, without the empty ones.
fn told(all: &[Bar]) -> El {
    let one = |bar: &Bar| {
        let line = words(bar);
        el("li").add(if bar.path.is_empty() { el("span").add(line) } else { link(bar.path.clone(), line) })
    };
    let some = all.iter().filter(|bar| bar.height > 0).map(one);
    el("details").add(el("summary").add("In words")).add(el("ul").add_all(some))
}
