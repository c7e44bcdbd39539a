//! What curl makes a body of, or with `-G` a query.

use super::super::body::Body;
use super::super::encoding::percent_encoded;
use super::super::is_read;
use super::url::pairs;
use crate::unknown::shown_text;

/// The body, as the options put it together.
#[derive(Default)]
pub(super) struct Data {
    text: Option<String>,
    kind: Kind,
    /// Whether a part of it was not read: it lies in a file, or holds a variable.
    is_unread: bool,
    /// What `--url-query` adds to the URL.
    pub(super) url_query: Vec<(String, String)>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    None,
    Form,
    Json,
    Multipart,
}

impl Data {
    /// An option that brings data; others are curl's own affair.
    pub(super) fn option(&mut self, name: &str, value: &str, notes: &mut Vec<String>) {
        self.is_unread |= name != "url-query" && !is_read(value);
        let file = || format!("`--{name}` names a file, which was not read: the body is unknown");
        match name {
            "data" | "data-ascii" | "data-binary" | "json" if value.starts_with('@') => {
                notes.push(file());
                self.is_unread = true;
                self.add("", kind(name));
            }
            "data" | "data-ascii" | "data-binary" | "data-raw" | "json" => self.add(value, kind(name)),
            "data-urlencode" => match encoded(value) {
                Some(value) => self.add(&value, Kind::Form),
                None => {
                    notes.push(file());
                    self.is_unread = true;
                    self.add("", Kind::Form);
                }
            },
            "url-query" => {
                let value = shown_text(value);
                let text = value.strip_prefix('+').map(str::to_owned).or_else(|| encoded(&value));
                match text {
                    Some(text) => self.url_query.extend(pairs(&text)),
                    None => notes.push("`--url-query` names a file, which was not read".to_owned()),
                }
            }
            "form" | "form-string" => {
                if self.kind != Kind::Multipart {
                    notes.push("`--form`: the parts of the form are not read, the body is unknown".to_owned());
                }
                self.is_unread = true;
                self.add("", Kind::Multipart);
            }
            _ => {}
        }
    }

    /// Several `-d` are joined with `&`, several `--json` without anything.
    fn add(&mut self, value: &str, kind: Kind) {
        self.text = Some(match self.text.take() {
            Some(before) if kind == Kind::Json => before + value,
            Some(before) => format!("{before}&{value}"),
            None => value.to_owned(),
        });
        if kind != Kind::Form || self.kind == Kind::None {
            self.kind = kind;
        }
    }

    pub(super) fn has_body(&self) -> bool {
        self.kind != Kind::None
    }

    pub(super) fn is_json(&self) -> bool {
        self.kind == Kind::Json
    }

    /// The `Content-Type` that the options bring.
    pub(super) fn content_type(&self) -> Option<&'static str> {
        match self.kind {
            Kind::None => None,
            Kind::Form => Some("application/x-www-form-urlencoded"),
            Kind::Json => Some("application/json"),
            Kind::Multipart => Some("multipart/form-data"),
        }
    }

    /// The body.
    pub(super) fn body(&mut self) -> Body {
        match self.text.take() {
            Some(_) if self.is_unread => Body::NotRead,
            Some(text) => Body::Text(text),
            None => Body::Absent,
        }
    }

    /// With `-G`, the query.
    pub(super) fn take_query(&mut self) -> Vec<(String, String)> {
        pairs(&shown_text(&self.text.take().unwrap_or_default()))
    }
}

fn kind(name: &str) -> Kind {
    if name == "json" { Kind::Json } else { Kind::Form }
}

/// What `--data-urlencode` makes of `content`, `=content` or `name=content`; none of `@file` and `name@file`.
fn encoded(value: &str) -> Option<String> {
    let at = value.find(['=', '@']);
    match at.and_then(|at| value.split_at_checked(at)) {
        None => Some(percent_encoded(value)),
        Some((_, rest)) if rest.starts_with('@') => None,
        Some(("", content)) => Some(percent_encoded(content.strip_prefix('=').unwrap_or(content))),
        Some((name, content)) => {
            Some(format!("{name}={}", percent_encoded(content.strip_prefix('=').unwrap_or(content))))
        }
    }
}
