//! What a request's headers say of the answer: `Accept` (RFC 9110, section 12.5.1) and `If-None-Match` (section 13.1.2).

use axum::http::{HeaderMap, HeaderName, header};

/// Whether the page is wanted: HTML is named, and no other kind of JSON is named with a greater weight. Programs that take
/// anything get JSON.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let (mut html, mut json) = (0, 0);
    for range in values(headers, header::ACCEPT).flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q="))).map_or(1000, weight);
        match media_type.as_str() {
            "text/html" | "application/xhtml+xml" => html = html.max(weight),
            "application/json" | "application/problem+json" => json = json.max(weight),
            _ => {}
        }
    }
    html > 0 && html >= json
}

/// A weight in thousandths; 0 where it is none.
fn weight(text: &str) -> u32 {
    let Ok(weight) = text.parse::<f32>() else { return 0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was just bounded")]
    let thousandths = (weight.clamp(0.0, 1.0) * 1000.0) as u32;
    thousandths
}

/// Whether the client holds what an entity tag stands for. They are compared weakly: something on the way may have
/// weakened them.
pub(crate) fn holds(headers: &HeaderMap, tag: &str) -> bool {
    let mut known = values(headers, header::IF_NONE_MATCH).flat_map(|value| value.split(',')).map(str::trim);
    known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

fn values(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn browsers_get_the_page_and_programs_json() {
        let table = [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", true),
            ("text/html", true),
            ("TEXT/HTML", true),
            ("text/html;q=0.5, application/json;q=0.4", true),
            ("application/json, text/html", true),
            ("application/json, text/html;q=0.9", false),
            ("text/html;q=0", false),
            ("text/html;q=nonsense", false),
            ("text/html;q=NaN", false),
            ("application/json", false),
            ("*/*", false),
            ("text/*", false),
            ("", false),
            (";;;,,,=", false),
        ];
        for (accept, expected) in table {
            assert_eq!(wants_page(&with(header::ACCEPT, accept)), expected, "{accept}");
        }
        assert!(!wants_page(&HeaderMap::new()));
    }

    #[test]
    fn entity_tags_are_compared_weakly() {
        let table = [
            (r#""abc""#, true),
            (r#"W/"abc""#, true),
            (r#""x", "abc""#, true),
            ("*", true),
            (r#""abcd""#, false),
            ("abc", false),
            ("", false),
        ];
        for (known, expected) in table {
            assert_eq!(holds(&with(header::IF_NONE_MATCH, known), r#""abc""#), expected, "{known}");
        }
    }
}
