//! JSON Web Tokens (RFC 7519), read without trust.

use serde_json::Value;

use super::super::encoding::base64_decoded;
use super::{Jwt, TokenDefect, scheme};

impl Jwt {
    /// The token in a header's value, as it was given, if there is one in it that can be read.
    pub fn in_header(value: &str) -> Option<Jwt> {
        // Blanks around a field's value are none of it (RFC 9110, section 5.5); a line break can be no part of it at all.
        let field = value.trim_matches(BLANKS);
        let mut rest = field.trim();
        let (mut is_spaced, mut is_broken) = (field.len() < value.len(), rest.len() < field.len());
        let mut schemes = 0;
        while let Some(next) = scheme(rest, "bearer") {
            let between = rest.get("bearer".len()..).and_then(|after| after.strip_suffix(next)).unwrap_or_default();
            is_broken |= !between.trim_matches(BLANKS).is_empty();
            is_spaced |= !next.is_empty() && between != " ";
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
        if is_broken || token.len() < bare.len() {
            defects.push(TokenDefect::WhiteSpace);
        } else if is_spaced {
            defects.push(TokenDefect::Spacing);
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

/// What HTTP takes for white space within a line.
const BLANKS: [char; 2] = [' ', '\t'];

/// The object that a part stands for.
fn object(part: &str) -> Option<Value> {
    let value: Value = serde_json::from_slice(&base64_decoded(part)?).ok()?;
    value.is_object().then_some(value)
}
