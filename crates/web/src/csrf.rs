//! That nobody is made to ask for something by another site.
//!
//! A form carries a token that only its own page could know: it is signed, for the person who sees the page and for some
//! hours. No cookie is needed for that. What a browser says of where a request comes from is looked at, too (Fetch Metadata;
//! the header `Origin` of the Fetch standard).

use axum::http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;

use crate::problem::Problem;
use crate::query;
use crate::seal::Seal;

const PURPOSE: &str = "csrf";

/// How many hours a form may lie open.
const HOURS: i64 = 24;

/// The header in which scripts may send the token. There are none here.
pub(crate) const HEADER: &str = "x-csrf-token";

/// A token for the forms of somebody's page. It is the same for an hour, and so is the page.
pub(crate) fn token(seal: &Seal, person: Option<&str>, now: Timestamp) -> String {
    seal.seal(PURPOSE, &format!("{} {}", hour(now), person.unwrap_or_default()))
}

fn hour(now: Timestamp) -> i64 {
    now.as_second().div_euclid(3600)
}

/// Refuses what another site has sent.
///
/// # Errors
///
/// A [`Problem`] of the status 403.
pub fn is_own_site(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST.as_str()).unwrap_or_default();
    let is_own = match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(site), _) => ["same-origin", "none"].contains(&site),
        // Browsers say `null` of a page that is not to tell where it leads, as ours are not: the token decides.
        (None, None | Some("null")) => true,
        (None, Some(origin)) => origin.split_once("://").is_some_and(|(_, own)| own.eq_ignore_ascii_case(host)),
    };
    if is_own { Ok(()) } else { Err(refused("the request comes from another site")) }
}

/// Whether a browser may have sent a request by itself: then, as every form, it has to carry a token. Programs that sign their requests, or
/// send a token of their own, do so on purpose.
pub(crate) fn is_of_a_browser(headers: &HeaderMap) -> bool {
    ["sec-fetch-site", "origin", "cookie"].iter().any(|name| headers.contains_key(*name))
}

/// Checks a token.
pub(crate) fn check(seal: &Seal, person: Option<&str>, now: Timestamp, token: Option<&str>) -> Result<(), Problem> {
    let opened = token.and_then(|token| seal.open(PURPOSE, token));
    let opened = opened.as_deref().and_then(|text| text.split_once(' '));
    let is_ours = opened.is_some_and(|(made, whose)| {
        let age = made.parse::<i64>().map(|made| hour(now).saturating_sub(made));
        whose == person.unwrap_or_default() && age.is_ok_and(|age| (-1..HOURS).contains(&age))
    });
    if is_ours { Ok(()) } else { Err(refused("the form's token is missing, of somebody else, or too old")) }
}

/// Whether a form that is taken outside of the router comes from its own page.
///
/// # Errors
///
/// A [`Problem`] of the status 403, if it does not.
pub fn check_form(
    seal: &Seal,
    person: Option<&str>,
    now: Timestamp,
    headers: &HeaderMap,
    form: &str,
) -> Result<(), Problem> {
    is_own_site(headers)?;
    let token = query::pairs(form).find(|(name, _)| name == "csrf").map(|(_, token)| token);
    check(seal, person, now, token.as_deref())
}

fn refused(what: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, what).help("open the page anew, and send its form again")
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};
    use store::Secret;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_token_is_one_persons_and_grows_old() {
        let seal = Seal::new(&Secret([1; 32]));
        let now: Timestamp = "2026-11-22T12:30:00Z".parse().unwrap();
        let later = |hours: i64| now + jiff::SignedDuration::from_hours(hours);
        let made = token(&seal, Some("ana"), now);
        assert_eq!(made, token(&seal, Some("ana"), now + jiff::SignedDuration::from_mins(20)));
        assert!(check(&seal, Some("ana"), now, Some(&made)).is_ok());
        assert!(check(&seal, Some("ana"), later(23), Some(&made)).is_ok());
        for (person, now, token) in [
            (Some("ana"), later(24), Some(made.as_str())),
            (Some("ana"), later(-2), Some(&made)),
            (Some("ben"), now, Some(&made)),
            (None, now, Some(&made)),
            (Some("ana"), now, None),
            (Some("ana"), now, Some("")),
            (Some("ana"), now, Some(&seal.seal("next", "0 ana"))),
        ] {
            assert_eq!(check(&seal, person, now, token).unwrap_err().status(), 403, "{person:?} {now} {token:?}");
        }
    }

    #[test]
    fn other_sites_are_refused() {
        let table: [(&[(&str, &str)], bool); 9] = [
            (&[], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (
                &[("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")],
                false,
            ),
            (&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], true),
            (&[("origin", "http://127.0.0.1:8081"), ("host", "127.0.0.1:8080")], false),
            (&[("origin", "https://evil.example"), ("host", "127.0.0.1:8080")], false),
            (&[("origin", "null"), ("host", "127.0.0.1:8080")], true),
        ];
        for (pairs, expected) in table {
            assert_eq!(is_own_site(&headers(pairs)).is_ok(), expected, "{pairs:?}");
        }
    }
}
