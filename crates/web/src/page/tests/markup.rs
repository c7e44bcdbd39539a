//! A strict reader of what the pages write: stricter than browsers, which mend what is wrong.

use std::collections::BTreeSet;

/// The elements that pages are made of.
const ELEMENTS: &[&str] = &[
    "html",
    "head",
    "title",
    "body",
    "header",
    "nav",
    "main",
    "footer",
    "section",
    "article",
    "figure",
    "figcaption",
    "h1",
    "h2",
    "h3",
    "h4",
    "p",
    "div",
    "span",
    "a",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "time",
    "code",
    "pre",
    "strong",
    "em",
    "q",
    "ins",
    "del",
    "details",
    "summary",
    "form",
    "fieldset",
    "legend",
    "label",
    "select",
    "option",
    "textarea",
    "button",
    "svg",
    "path",
];
/// Those that have no end tag.
const VOID: &[&str] = &["meta", "link", "input"];

/// The attributes that they have. None of them runs anything.
const ATTRIBUTES: &[&str] = &[
    "lang",
    "charset",
    "name",
    "content",
    "rel",
    "href",
    "class",
    "id",
    "tabindex",
    "role",
    "aria-label",
    "aria-labelledby",
    "aria-describedby",
    "aria-current",
    "aria-hidden",
    "aria-invalid",
    "datetime",
    "scope",
    "data-label",
    "for",
    "method",
    "action",
    "type",
    "value",
    "selected",
    "required",
    "rows",
    "spellcheck",
    "autocapitalize",
    "autocomplete",
    "placeholder",
    "inputmode",
    "pattern",
    "maxlength",
    "title",
    "viewBox",
    "preserveAspectRatio",
    "d",
    "reversed",
    "style",
];

/// An element, as it was opened.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// The elements around it, the outermost first.
    pub(super) within: Vec<String>,
    /// The text right in it, and in all that it holds.
    pub(super) text: String,
}

impl Element {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a page, or a fragment. Panics where it is not well-formed, or holds what pages are not made of.
pub(super) fn read(html: &str) -> Vec<Element> {
    let mut rest = html.strip_prefix("<!DOCTYPE html>").unwrap_or(html);
    let mut found: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    while !rest.is_empty() {
        let Some(tag) = rest.strip_prefix('<') else {
            let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            let text = decoded(text);
            for at in &open {
                found[*at].text.push_str(&text);
            }
            rest = after;
            continue;
        };
        if let Some(tag) = tag.strip_prefix('/') {
            let (name, after) = tag.split_once('>').expect("an end tag ends");
            let at = open.pop().unwrap_or_else(|| panic!("</{name}> ends nothing"));
            assert_eq!(found[at].name, name, "an end tag is of another element");
            rest = after;
            continue;
        }
        let (element, after) = start(tag, &open.iter().map(|at| found[*at].name.clone()).collect::<Vec<_>>());
        if !VOID.contains(&element.name.as_str()) {
            open.push(found.len());
        }
        found.push(element);
        rest = after;
    }
    assert!(open.is_empty(), "not ended: {:?}", open.iter().map(|at| &found[*at].name).collect::<Vec<_>>());
    found
}

fn start<'a>(tag: &'a str, within: &[String]) -> (Element, &'a str) {
    let (name, mut rest) = tag.split_at(tag.find([' ', '>']).expect("a start tag ends"));
    assert!(ELEMENTS.contains(&name) || VOID.contains(&name), "<{name}> is no element of the pages");
    let mut attributes = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix('>') {
            let within = within.to_vec();
            return (Element { name: name.to_owned(), attributes, within, text: String::new() }, after);
        }
        let own = rest
            .strip_prefix(' ')
            .unwrap_or_else(|| panic!("<{name}: {:?}", rest.chars().take(80).collect::<String>()));
        let (attribute, after) = own.split_at(own.find(['=', ' ', '>']).expect("an attribute ends"));
        assert!(ATTRIBUTES.contains(&attribute), "{attribute} is no attribute of the pages");
        rest = after;
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let (raw, after) = quoted.split_once('"').expect("a value ends");
            value = decoded(raw);
            rest = after;
        }
        assert!(attributes.iter().all(|(other, _)| other != attribute), "{attribute} twice");
        attributes.push((attribute.to_owned(), value));
    }
}

/// Text with its references put in: those alone that escaping makes.
fn decoded(text: &str) -> String {
    assert!(!text.contains(['<', '>']), "unescaped: {text:?}");
    for part in text.split('&').skip(1) {
        let is_known = ["amp;", "lt;", "gt;", "quot;"].iter().any(|known| part.starts_with(known));
        assert!(is_known, "an ampersand that is not escaped: {:?}", part.chars().take(20).collect::<String>());
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Holds a page to what all pages keep to.
pub(super) fn check(html: &str, prefix: &str) -> Vec<Element> {
    assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{:?}", html.chars().take(80).collect::<String>());
    let elements = read(html);
    let all = |name: &str| elements.iter().filter(|element| element.name == name).collect::<Vec<_>>();
    for landmark in ["header", "main", "footer", "h1", "title"] {
        assert_eq!(all(landmark).len(), 1, "<{landmark}>");
    }
    nothing_unseen(&elements);
    places(&elements);
    links(&elements, prefix);
    headings(&elements);
    references(&elements);
    controls(&elements);
    for element in &elements {
        assert_eq!(element.get("style"), None, "a style that the policy refuses: {element:?}");
        assert_ne!(element.get("tabindex").unwrap_or("0"), "1", "{element:?}");
    }
    elements
}

/// Nothing is in a page that nobody sees. What forms send back is not shown.
pub(super) fn nothing_unseen(elements: &[Element]) {
    let attributes = elements.iter().flat_map(|element| &element.attributes).filter(|(name, _)| name != "value");
    let outermost = elements.iter().filter(|element| element.within.is_empty());
    for text in attributes.map(|(_, value)| value).chain(outermost.map(|element| &element.text)) {
        let lines = text.replace('\n', "");
        assert_eq!(words::visible(&lines), lines);
    }
}

/// Lists and tables hold what they are made of, and links no other links.
fn places(elements: &[Element]) {
    for element in elements {
        let parent = element.within.last().map(String::as_str).unwrap_or_default();
        let may_be_in: &[&str] = match element.name.as_str() {
            "li" => &["ul", "ol"],
            "dt" | "dd" => &["dl"],
            "tr" => &["thead", "tbody"],
            "td" | "th" => &["tr"],
            "option" => &["select"],
            "legend" => &["fieldset"],
            "summary" => &["details"],
            "path" => &["svg"],
            _ => continue,
        };
        assert!(may_be_in.contains(&parent), "<{}> in <{parent}>", element.name);
    }
    for name in ["a", "form", "p", "button"] {
        assert!(
            !elements.iter().any(|own| own.name == name && own.within.iter().any(|outer| outer == name)),
            "<{name}>"
        );
    }
}

/// Links lead to paths of the page's own alone.
fn links(elements: &[Element], prefix: &str) {
    for element in elements {
        for name in ["href", "action"] {
            let Some(link) = element.get(name) else { continue };
            if element.name == "link" && link.starts_with("data:image/svg+xml,") || link == "#main" {
                continue;
            }
            let path = link.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/'));
            let path = path.unwrap_or_else(|| panic!("a link that leads elsewhere: {link}"));
            assert!(!path.starts_with('/'), "another host: {link}");
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/?&=%".contains(c);
            assert!(path.chars().all(is_plain), "{link}");
            assert!(path.split(['/', '?']).all(|segment| !["..", "."].contains(&segment)), "{link}");
        }
    }
}

/// No level of headings is left out on the way down.
fn headings(elements: &[Element]) {
    let levels = elements.iter().filter_map(|element| element.name.strip_prefix('h')?.parse::<u32>().ok());
    let mut last = 0;
    for level in levels {
        assert!(level <= last + 1, "h{level} after h{last}");
        last = level;
    }
    for element in elements.iter().filter(|element| ["h1", "h2", "h3", "h4"].contains(&element.name.as_str())) {
        assert!(!element.text.trim().is_empty(), "an empty heading");
    }
}

/// What refers to an element by its id finds it, and no id is there twice.
fn references(elements: &[Element]) {
    let ids: Vec<&str> = elements.iter().filter_map(|element| element.get("id")).collect();
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), known.len(), "an id twice: {ids:?}");
    for element in elements {
        for name in ["for", "aria-labelledby", "aria-describedby"] {
            for id in element.get(name).unwrap_or_default().split_whitespace() {
                assert!(known.contains(id), "{name}={id} leads nowhere");
            }
        }
    }
}

/// Whatever can be filled in, chosen, pressed or scrolled has a name.
fn controls(elements: &[Element]) {
    for element in elements {
        let is_hidden = element.get("type") == Some("hidden");
        match element.name.as_str() {
            "input" | "select" | "textarea" if !is_hidden => {
                let id = element.get("id").unwrap_or_else(|| panic!("{element:?}"));
                let label = elements.iter().find(|label| label.name == "label" && label.get("for") == Some(id));
                assert!(label.is_some_and(|label| !label.text.trim().is_empty()), "{element:?}");
            }
            "button" | "summary" | "a" => assert!(!element.text.trim().is_empty(), "{element:?}"),
            "nav" => assert!(element.get("aria-label").is_some(), "{element:?}"),
            "table" => assert!(elements.iter().any(|th| th.name == "th" && th.get("scope").is_some())),
            "svg" => assert!(element.get("role") == Some("img") && element.get("aria-label").is_some()),
            _ => {}
        }
        let is_region = element.get("role") == Some("region");
        assert!(!is_region || element.get("aria-label").is_some_and(|label| !label.trim().is_empty()), "{element:?}");
        assert!(element.get("tabindex") != Some("0") || is_region, "{element:?}");
    }
}
