//! Lists in parts: where one is left off is signed, so that nobody makes it up.

use serde::Serialize;

use crate::problem::Problem;
use crate::query::Query;
use crate::seal::Seal;
use store::{List, StoreError};

/// What a part's end is signed for: a list goes on only as it began.
fn purpose(path: &str, query: &Query) -> String {
    format!("next {path}?{}", query.filters())
}

/// Where the list is to go on.
///
/// # Errors
///
/// A [`Problem`], if no part of this list ended there.
pub(crate) fn after(seal: &Seal, path: &str, query: &Query) -> Result<Option<String>, Problem> {
    let open = |token: &str| seal.open(&purpose(path, query), token).ok_or(StoreError::Token(String::new()));
    Ok(query.get("next").map(open).transpose()?)
}

/// A part whose end is signed.
pub(crate) fn signed<T>(seal: &Seal, path: &str, query: &Query, list: List<T>) -> List<T> {
    let next = list.next.map(|token| seal.seal(&purpose(path, query), &token));
    List { items: list.items, next }
}

/// A part of a list that is known as a whole. `key` tells items apart, and their order.
pub(crate) fn part<T>(mut all: Vec<T>, key: impl Fn(&T) -> String, after: Option<&str>, limit: usize) -> List<T> {
    all.sort_by_cached_key(&key);
    let mut items: Vec<T> =
        all.into_iter().filter(|item| after.is_none_or(|after| key(item).as_str() > after)).collect();
    let is_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| is_more).map(key);
    List { items, next }
}

/// Something of an account and a region.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Of<T> {
    /// The account's twelve digits.
    pub(crate) account_id: String,
    /// The region.
    pub(crate) region: String,
    /// What it is.
    #[serde(flatten)]
    pub(crate) item: T,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_up_the_whole_in_its_order() {
        let all = || vec!["d", "a", "c", "e", "b"];
        let key = |item: &&str| (*item).to_owned();
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..3 {
            let list = part(all(), key, after.as_deref(), 2);
            found.extend(list.items);
            after = list.next;
        }
        assert_eq!((found, after), (vec!["a", "b", "c", "d", "e"], None));
        assert_eq!(part(all(), key, None, 5).next, None);
        assert_eq!(part(all(), key, Some("bb"), 1), List { items: vec!["c"], next: Some("c".to_owned()) });
        assert_eq!(part(all(), key, Some("x"), 1), List { items: Vec::new(), next: None });
    }
}
