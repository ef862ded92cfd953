//! Counts as bars: a picture with a table of the same numbers behind it.

use domain::sheet::{Bar, Bars};

use crate::element::{El, el, link};

/// The bars over their caption. Those that lead somewhere are links.
pub fn bars(all: Bars) -> El {
    let top = all.bars.iter().map(|bar| bar.height).chain(all.top).max().unwrap_or(0).max(1);
    let tall = |height: i64| (height * 40 + top - 1) / top;
    let one = |bar: &Bar| {
        let mark = Some(bar.mark.clone()).filter(|mark| !mark.is_empty());
        let height = tall(bar.height);
        let rect = el("rect")
            .attr("x", "0")
            .attr("width", "10")
            .attr("y", (40 - height).to_string())
            .attr("height", height.to_string());
        let picture = el("svg")
            .attr("viewBox", "0 0 10 40")
            .attr("preserveAspectRatio", "none")
            .attr("data-state", mark)
            .attr("aria-hidden", "true")
            .add(rect);
        let words = el("span").class("hidden").add(format!("{}: {}", bar.caption, bar.height));
        let place = el("li").attr("title", format!("{}: {}", bar.caption, bar.height));
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
}
