//! The documentation of checks and causes, from the little Markdown that it is written in.

use maud::{Markup, html};

/// What stands below a heading, up to the next one. Links to other hosts are shown as text.
pub(super) fn section(page: &str, heading: &str) -> Option<Markup> {
    let wanted = format!("## {heading}");
    let lines = page.lines().skip_while(|line| line.trim_end() != wanted).skip(1);
    let lines: Vec<&str> = lines.take_while(|line| !line.starts_with("## ")).collect();
    let blocks: Vec<&[&str]> = lines.split(|line| line.trim().is_empty()).filter(|block| !block.is_empty()).collect();
    (!blocks.is_empty()).then(|| html! { @for block in blocks { (self::block(block)) } })
}

fn block(lines: &[&str]) -> Markup {
    if !lines.first().is_some_and(|line| line.starts_with("- ")) {
        return html! { p { (spans(&lines.join(" "))) } };
    }
    let mut items: Vec<String> = Vec::new();
    for line in lines {
        match (line.strip_prefix("- "), items.last_mut()) {
            (None, Some(item)) => {
                item.push(' ');
                item.push_str(line.trim());
            }
            (item, _) => items.push(item.unwrap_or(line).to_owned()),
        }
    }
    html! { ul { @for item in items { li { (spans(&item)) } } } }
}

/// `code`, *emphasis*, and text.
fn spans(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else {
                @for (at, part) in part.split('*').enumerate() {
                    @if at % 2 == 1 { em { (part) } } @else { (part) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_markdown_of_the_documentation_becomes_html() {
        let page =
            "# Title\n\n## Why\n\nOne `a*b` and *two*\nlines.\n\n- first\n- second,\n  with more\n\n## Next\n\nno\n";
        let expected = "<p>One <code>a*b</code> and <em>two</em> lines.</p>\
                        <ul><li>first</li><li>second, with more</li></ul>";
        assert_eq!(section(page, "Why").unwrap().into_string(), expected);
        assert_eq!(section(page, "How").map(Markup::into_string), None);
    }

    #[test]
    fn every_check_says_why_it_matters() {
        for check in engine::checks::ALL {
            let why = section(&check.page(), "Why it matters").map(Markup::into_string).unwrap_or_default();
            assert!(why.starts_with("<p>"), "{}: {why}", check.id);
            assert!(section(&check.page(), "How to fix").is_some(), "{}", check.id);
        }
    }
}
