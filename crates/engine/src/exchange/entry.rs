//! Choosing one of the requests that a file holds.

use super::host::Host;
use super::{Request, Response};

/// Why none of a file's requests was chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// There is none.
    #[error("there is no request in it")]
    Empty,
    /// There is none of that number.
    #[error("there is no entry {asked}: it has {count}")]
    Number {
        /// The number that was asked for.
        asked: usize,
        /// How many there are.
        count: usize,
    },
    /// There are several, and none stands out.
    #[error(
        "it has {count} requests, and none of them is the one that failed on an AWS host: choose one with --entry N: {list}"
    )]
    Several {
        /// How many there are.
        count: usize,
        /// The first ones, with their numbers.
        list: String,
    },
}

/// How many entries an error lists.
const LISTED: usize = 10;

/// The number, from 1, of the entry that is asked for; without one, the only entry, or else the first that an AWS host
/// answered with an error, or did not answer at all.
pub(super) fn choose(
    asked: Option<usize>,
    entries: &[Option<(&Request, Option<&Response>)>],
) -> Result<usize, EntryError> {
    let count = entries.len();
    if count == 0 {
        return Err(EntryError::Empty);
    }
    if let Some(asked) = asked {
        return if (1..=count).contains(&asked) { Ok(asked) } else { Err(EntryError::Number { asked, count }) };
    }
    if count == 1 {
        return Ok(1);
    }
    let failed = |response: &Response| response.status == 0 || response.status >= 400;
    let is_it = |(request, response): (&Request, Option<&Response>)| {
        response.is_some_and(failed) && request.host() != Host::Other
    };
    let found = entries.iter().position(|entry| entry.is_some_and(is_it));
    found.map(|at| at + 1).ok_or_else(|| EntryError::Several { count, list: list(entries) })
}

fn list(entries: &[Option<(&Request, Option<&Response>)>]) -> String {
    let line = |(at, entry): (usize, &Option<(&Request, Option<&Response>)>)| {
        let number = at + 1;
        match entry {
            Some((request, response)) => {
                let status = response.map(|response| format!(" {}", response.status)).unwrap_or_default();
                let url: String = request.url.without_query().chars().take(100).collect();
                let method: String = request.method.chars().filter(|c| !c.is_control()).take(10).collect();
                format!("{number} {method} {url}{status}")
            }
            None => format!("{number} (not readable)"),
        }
    };
    let mut lines: Vec<String> = entries.iter().enumerate().take(LISTED).map(line).collect();
    if entries.len() > LISTED {
        lines.push(format!("and {} more", entries.len() - LISTED));
    }
    lines.join(", ")
}
