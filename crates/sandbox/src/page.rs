//! Which page of a list a request gets.

use serde_json::Value;

use crate::recording::{self, Held};
use crate::service::{Operation, Request};
use crate::wire;

/// Why there is no page.
pub(crate) enum NoPage {
    /// The request asks for a page that the list does not have.
    NotThere(String),
    /// Something else is held in its place.
    Held(Held),
    /// Nothing is.
    NotHeld,
}

/// The page that a request asks for. Tokens count items, or the pages of a list that is held in pages.
pub(crate) fn page(operation: &Operation, request: &Request, mut full: Value) -> Result<Value, NoPage> {
    let not_there = || NoPage::NotThere("Invalid position parameter".to_owned());
    let pages = match full.get_mut("pages").map(Value::take) {
        Some(Value::Array(pages)) if pages.is_empty() => return Err(NoPage::NotHeld),
        Some(Value::Array(pages)) => Some(pages),
        _ => None,
    };
    let answered = |page: Value| match recording::settled(page) {
        Held::Answer(page) => Ok((operation.shape)(request, page)),
        other => Err(NoPage::Held(other)),
    };
    let Some(list) = operation.list else {
        return match pages {
            // An operation that does not page answers with all of them.
            Some(pages) => {
                pages.into_iter().map(answered).reduce(|all, page| Ok(wire::joined(all?, page?))).unwrap_or(Ok(full))
            }
            None => Ok((operation.shape)(request, full)),
        };
    };
    let start = match request.parameters.get(list.token) {
        None => 0,
        Some(token) => token.strip_prefix("at-").and_then(|at| at.parse::<usize>().ok()).ok_or_else(not_there)?,
    };
    if let Some(pages) = pages {
        let count = pages.len();
        let mut page = answered(pages.into_iter().nth(start).ok_or_else(not_there)?)?;
        if start + 1 < count {
            wire::set(&mut page, list.next, format!("at-{}", start + 1));
        }
        return Ok(page);
    }
    let mut full = (operation.shape)(request, full);
    let limit = match request.parameters.get(list.limit) {
        None => list.default,
        Some(limit) => limit.parse().ok().filter(|limit| (1..=list.max).contains(limit)).ok_or_else(|| {
            let expected = format!("It must be between 1 and {}", list.max);
            NoPage::NotThere(format!("Invalid value for {}: {limit}. {expected}", list.limit))
        })?,
    };
    let Some(items) = full.get_mut(list.items).and_then(Value::as_array_mut) else { return Ok(full) };
    let count = items.len();
    if start > count {
        return Err(not_there());
    }
    items.drain(..start);
    items.truncate(limit);
    if start + limit < count {
        wire::set(&mut full, list.next, format!("at-{}", start + limit));
    }
    Ok(full)
}
