//! Somebody's Markdown as HTML in which nothing runs: HTML inside of it is shown as the text that it is, links lead to
//! the web and nowhere else, pictures that are elsewhere become links.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// The HTML.
pub fn html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut pictures = Vec::new();
    let harmless = Parser::new_ext(markdown, options).map(|event| harmless(event, &mut pictures));
    let mut out = String::new();
    html::push_html(&mut out, harmless);
    out
}

fn harmless<'a>(event: Event<'a>, pictures: &mut Vec<bool>) -> Event<'a> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: allowed(dest_url), title, id })
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            let inside = dest_url.starts_with("data:image/");
            pictures.push(inside);
            match inside {
                true => Event::Start(Tag::Image { link_type, dest_url, title, id }),
                false => Event::Start(Tag::Link { link_type, dest_url: allowed(dest_url), title, id }),
            }
        }
        Event::End(TagEnd::Image) => match pictures.pop() {
            Some(true) => Event::End(TagEnd::Image),
            _ => Event::End(TagEnd::Link),
        },
        // One heading of the first level is the page's own.
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: lower(level), id, classes, attrs })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        other => other,
    }
}

fn lower(level: pulldown_cmark::HeadingLevel) -> pulldown_cmark::HeadingLevel {
    use pulldown_cmark::HeadingLevel::{H3, H4};
    match level {
        pulldown_cmark::HeadingLevel::H1 | pulldown_cmark::HeadingLevel::H2 => H3,
        _ => H4,
    }
}

/// The address, if it leads to the web, to a mailbox or to a page of the dashboard; else one that leads nowhere.
pub fn allowed(address: CowStr<'_>) -> CowStr<'_> {
    match is_allowed(&address) {
        true => address,
        false => "#".into(),
    }
}

/// Whether an address may be followed from a page.
pub fn is_allowed(address: &str) -> bool {
    let text = address.trim().to_ascii_lowercase();
    let schemes = ["https://", "http://", "mailto:"];
    schemes.iter().any(|scheme| text.starts_with(scheme)) || (text.starts_with('/') && !text.starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_rendered_and_nothing_in_it_runs() {
        let cases = [
            ("# Hi\n\n**bold** `x`", "<h3>Hi</h3>\n<p><strong>bold</strong> <code>x</code></p>\n"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("a <img src=x onerror=alert(1)> b", "<p>a &lt;img src=x onerror=alert(1)&gt; b</p>\n"),
            ("[x](javascript:alert(1))", "<p><a href=\"#\">x</a></p>\n"),
            ("[x](data:text/html,1)", "<p><a href=\"#\">x</a></p>\n"),
            ("[x](//evil.example)", "<p><a href=\"#\">x</a></p>\n"),
            ("[x](https://a.example)", "<p><a href=\"https://a.example\">x</a></p>\n"),
            ("![x](https://a.example/p.png)", "<p><a href=\"https://a.example/p.png\">x</a></p>\n"),
        ];
        for (markdown, expected) in cases {
            assert_eq!(html(markdown), expected, "{markdown}");
        }
    }
}
