//! JSON Web Tokens (RFC 7519), read without trust.

use serde_json::Value;

use super::super::encoding::base64_decoded;
use super::{Jwt, TokenDefect, scheme};

impl Jwt {
    /// The token in a header's value, if there is one in it that can be read.
    pub fn in_header(value: &str) -> Option<Jwt> {
        let (mut rest, mut schemes) = (value, 0);
        while let Some(next) = scheme(rest, "bearer") {
            rest = next;
            schemes += 1;
        }
        let mut defects = Vec::new();
        if schemes > 1 {
            defects.push(TokenDefect::RepeatedScheme);
        }
        let bare = rest.trim_matches(['"', '\'', '“', '”', '‘', '’']);
        if bare.len() < rest.len() {
            defects.push(TokenDefect::Quotes);
        }
        let token: String = bare.chars().filter(|c| !c.is_whitespace()).collect();
        if token.len() < bare.len() {
            defects.push(TokenDefect::WhiteSpace);
        }
        let mut parts = token.split('.');
        let header = object(parts.next()?)?;
        let claims = object(parts.next()?)?;
        if parts.next().is_none_or(str::is_empty) || parts.next().is_some() {
            defects.push(TokenDefect::NoSignature);
        }
        Some(Jwt { header, claims, has_scheme: schemes > 0, defects })
    }
}

/// The object that a part stands for.
fn object(part: &str) -> Option<Value> {
    let value: Value = serde_json::from_slice(&base64_decoded(part)?).ok()?;
    value.is_object().then_some(value)
}
