//! AWS Signature Version 4 and 4A, in a header or in the query: docs.aws.amazon.com/IAM/latest/UserGuide, *Create a
//! signed AWS API request*.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::super::Request;
use super::SigV4;

/// The names of the parts in a header.
const PARTS: [&str; 3] = ["credential=", "signedheaders=", "signature="];

impl SigV4 {
    /// The parts in a header that begins with `AWS4-`. Commas may be missing, white space may stand anywhere.
    pub(super) fn in_header(value: &str, request: &Request) -> SigV4 {
        let credential = part(value, "credential=");
        let signed_headers = part(value, "signedheaders=");
        let signature = part(value, "signature=");
        let has_stray_white_space = [credential, signed_headers, signature]
            .into_iter()
            .flatten()
            .any(|part| part.trim_end().contains(char::is_whitespace));
        let mut parts = SigV4 {
            signed_headers: signed_headers.map(|names| header_names(&tight(names))).filter(|names| !names.is_empty()),
            has_signature: signature.is_some_and(|signature| !signature.trim().is_empty()),
            is_asymmetric: is_asymmetric(value),
            has_stray_white_space,
            ..SigV4::default()
        };
        parts.read_scope(&tight(credential.unwrap_or_default()));
        parts.sent_with(request)
    }

    /// The parts in a presigned query. Its names are AWS's to the letter.
    pub(super) fn in_query(request: &Request) -> Option<SigV4> {
        let url = &request.url;
        let own = |name: &str| url.parameter_decoded(name).filter(|value| !value.is_empty());
        let marks = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"];
        if marks.iter().all(|name| url.parameter(name).is_none()) {
            return None;
        }
        let credential = own("X-Amz-Credential").unwrap_or_default();
        let mut parts = SigV4 {
            signed_headers: own("X-Amz-SignedHeaders").map(|names| header_names(&tight(&names))),
            has_signature: own("X-Amz-Signature").is_some(),
            signed_at: own("X-Amz-Date"),
            has_session_token: own("X-Amz-Security-Token").is_some(),
            content_sha256: own("X-Amz-Content-Sha256")
                .or_else(|| request.headers.get("x-amz-content-sha256").map(str::to_owned)),
            region_set: own("X-Amz-Region-Set"),
            is_asymmetric: own("X-Amz-Algorithm").is_some_and(|algorithm| is_asymmetric(&algorithm)),
            has_stray_white_space: credential.contains(char::is_whitespace),
            ..SigV4::default()
        };
        parts.read_scope(&tight(&credential));
        Some(parts)
    }

    /// With what the request's other headers say of the signature.
    pub(super) fn sent_with(self, request: &Request) -> SigV4 {
        let own =
            |name: &str| request.headers.get(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
        SigV4 {
            signed_at: own("x-amz-date").or_else(|| own("date")),
            has_session_token: self.has_session_token || own("x-amz-security-token").is_some(),
            content_sha256: own("x-amz-content-sha256"),
            region_set: own("x-amz-region-set"),
            ..self
        }
    }

    /// `{access key id}/{date}/{region}/{service}/aws4_request`; version 4A leaves the region out.
    fn read_scope(&mut self, credential: &str) {
        let mut parts = credential.split('/').map(|part| Some(part.to_owned()).filter(|part| !part.is_empty()));
        let mut next = || parts.next().flatten();
        self.access_key_id = next();
        self.date = next();
        self.region = if self.is_asymmetric { None } else { next() };
        self.service = next();
    }

    /// When the request says that it was made. `X-Amz-Date` is `20261010T115950Z`; `Date` is RFC 9110's, or ISO 8601.
    pub fn timestamp(&self) -> Option<Timestamp> {
        let text = self.signed_at.as_deref()?;
        let basic = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok();
        basic
            .and_then(|civil| TimeZone::UTC.to_timestamp(civil).ok())
            .or_else(|| text.parse().ok())
            .or_else(|| jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp()))
    }
}

/// What stands between a part's name and the next comma or part.
fn part<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    // Lower case in ASCII leaves every place where it was.
    let lower = value.to_ascii_lowercase();
    let start = lower.find(name)? + name.len();
    let rest = lower.get(start..)?;
    let ends = PARTS.iter().filter_map(|other| rest.find(other)).chain(rest.find(','));
    let end = ends.min().unwrap_or(rest.len());
    value.get(start..start + end)
}

fn tight(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn header_names(text: &str) -> Vec<String> {
    text.split(';').filter(|name| !name.is_empty()).map(str::to_ascii_lowercase).collect()
}

fn is_asymmetric(text: &str) -> bool {
    text.get(..11).is_some_and(|start| start.eq_ignore_ascii_case("AWS4-ECDSA-"))
}
