//! What a browser's console says of an answer that it keeps from the page: the page, and who pastes it, see no other.

use std::sync::LazyLock;

use super::Case;
use crate::exchange::{Headers, Request, Response};

/// An answer that a browser keeps from the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// Why.
    pub why: Kept,
    /// Whether it is the answer to a preflight; `None` where the words do not tell.
    pub of_preflight: Option<bool>,
    /// The answer's status, where it is told.
    pub status: Option<u16>,
    /// The page's origin, where it is told.
    pub origin: Option<String>,
}

/// Why a browser keeps an answer from the page (Fetch standard, CORS check and CORS-preflight fetch).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It has no `Access-Control-Allow-Origin`.
    NoOrigin,
    /// It has none, or one for another origin: Safari has the same words for both.
    Unallowed,
    /// It allows another origin: this one.
    OtherOrigin(String),
    /// It allows several origins.
    Several,
    /// It allows all origins, and the request carries cookies.
    Wildcard,
    /// It does not allow cookies, and the request carries them.
    NoCredentials,
    /// It does not allow this header.
    Header(String),
    /// It does not allow the method.
    Method,
    /// It is a preflight's, and no success.
    Status,
    /// It is a redirect.
    Redirect,
    /// Anything else.
    Untold,
}

/// The words of Chrome, Firefox and Safari by which an answer is known to be kept, in lower case and with plain quotes.
const OF_CORS: [&str; 4] =
    ["cors policy", "cross-origin request blocked", "access-control-allow-", "preflight response"];

/// The words for each reason, the most telling first.
const REASONS: [(&str, Kept); 17] = [
    ("access-control-allow-methods", Kept::Method),
    ("multiple values", Kept::Several),
    ("multiple cors header", Kept::Several),
    ("cannot contain more than one origin", Kept::Several),
    ("must not be the wildcard", Kept::Wildcard),
    ("cannot use wildcard", Kept::Wildcard),
    ("credential is not supported", Kept::Wildcard),
    ("access-control-allow-credentials", Kept::NoCredentials),
    ("redirect is not allowed", Kept::Redirect),
    ("redirect not allowed", Kept::Redirect),
    ("does not have http ok status", Kept::Status),
    ("preflight response is not successful", Kept::Status),
    ("preflight response did not succeed", Kept::Status),
    ("no 'access-control-allow-origin' header", Kept::NoOrigin),
    ("'access-control-allow-origin' missing", Kept::NoOrigin),
    ("is not allowed by access-control-allow-origin", Kept::Unallowed),
    ("", Kept::Untold),
];

impl Blocked {
    /// What a client's words say, where no answer came; `None` if they are no browser's of CORS.
    pub(super) fn of(response: &Response) -> Option<Blocked> {
        if response.status != 0 {
            return None;
        }
        let text = response.body.replace(['‘', '’', '`', '"'], "'");
        let plain = text.to_ascii_lowercase();
        if !OF_CORS.iter().any(|words| plain.contains(words)) {
            return None;
        }
        let status = status(&plain);
        let why = match Kept::of(&text, &plain)? {
            // Chrome has words of its own for it, Firefox and Safari say the status alone.
            Kept::Status if status.is_some_and(is_redirect) => Kept::Redirect,
            why => why,
        };
        let says_preflight =
            plain.contains("preflight") || matches!(why, Kept::Header(_) | Kept::Method | Kept::Status);
        // Chrome always says of a preflight that it is one.
        let of_preflight = if says_preflight { Some(true) } else { plain.contains("cors policy").then_some(false) };
        let origin = ["from origin '", "origin "].iter().find_map(|words| after(&plain, &text, words));
        let origin = origin.filter(|own| own.contains("://")).map(str::to_owned);
        Some(Blocked { why, of_preflight, status, origin })
    }

    /// Whether it is the answer to the preflight of a request.
    fn is_of_preflight(&self, request: &Request) -> bool {
        self.of_preflight.unwrap_or_else(|| asks_before(request))
    }

    /// The answer to a request itself, so far as a console tells it: an error's status, and nothing else.
    pub(super) fn error(&self, request: &Request) -> Option<&'static Response> {
        let status = self.status.filter(|_| self.may_name_no_origin() && !self.is_of_preflight(request))?;
        ERRORS.iter().find(|own| own.status == status)
    }

    /// Whether it may be the answer to a preflight that nothing of the API was made to answer: its headers of CORS are missing,
    /// so far as it is told, and no success, redirect or failure of what is behind the API is told either.
    pub fn may_be_unanswered(&self) -> bool {
        let is_refused = self.status.is_none_or(|status| (400..500).contains(&status));
        is_refused && (self.may_name_no_origin() || self.why == Kept::Status)
    }

    /// Whether the answer has no `Access-Control-Allow-Origin`, or may have none.
    pub fn may_name_no_origin(&self) -> bool {
        matches!(self.why, Kept::NoOrigin | Kept::Unallowed)
    }
}

/// The errors of which a status is all that is known.
static ERRORS: LazyLock<Vec<Response>> = LazyLock::new(|| {
    (400..600).map(|status| Response { status, headers: Headers::default(), body: String::new() }).collect()
});

/// The words before a status in the lines that Chrome prints of a request, in lower case.
const OF_REQUEST: [&str; 2] = ["net::err_failed ", "failed to load resource: the server responded with a status of "];

/// The status that a console tells, in lower case: Firefox and Safari say it with the reason, Chrome in a line of its own of the
/// same request.
fn status(plain: &str) -> Option<u16> {
    if let Some(own) = after(plain, plain, "status code: ") {
        return own.trim_end_matches(['.', ')']).parse().ok();
    }
    let url = after(plain, plain, " at '");
    let of_line = |line| OF_REQUEST.iter().find_map(|words| after(line, line, words))?.parse::<u16>().ok();
    let mut told = plain.lines().filter(|line| is_of(line, url)).filter_map(of_line);
    let status = told.next().filter(|status| (100..600).contains(status))?;
    told.all(|own| own == status).then_some(status)
}

/// Whether a line of Chrome's console may be of the request to a URL: it names this one, or the end of it, or none.
fn is_of(line: &str, url: Option<&str>) -> bool {
    let (before, _) = line.split_once("failed to load resource").unwrap_or_default();
    let (named, _) = before.trim().rsplit_once(':').unwrap_or_default();
    let is_named = |url: &str| {
        let mut after = line.match_indices(url).map(|(at, _)| line.get(at + url.len()..).unwrap_or_default());
        after.any(|rest| rest.starts_with(|c: char| c == '\'' || c.is_whitespace()))
    };
    if line.contains("://") { url.is_some_and(is_named) } else { url.unwrap_or_default().ends_with(named) }
}

/// Whether a status is a redirect's, which browsers follow after no preflight (Fetch standard, CORS-preflight fetch).
pub fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

impl Kept {
    fn of(text: &str, plain: &str) -> Option<Kept> {
        if plain.contains("access-control-allow-headers") {
            let names = ["request header field ", "missing token '", "header '"];
            let name = names.iter().find_map(|words| after(plain, text, words))?;
            return Some(Kept::Header(name.to_ascii_lowercase()));
        }
        let others = ["has a value '", "contains the invalid value '", "does not match '"];
        if let Some(other) = others.iter().find_map(|words| after(plain, text, words)) {
            return Some(Kept::OtherOrigin(other.to_owned()));
        }
        REASONS.iter().find(|(words, _)| plain.contains(words)).map(|(_, why)| why.clone())
    }
}

/// The word that follows others, which are in lower case; `plain` is the text in lower case.
fn after<'t>(plain: &str, text: &'t str, words: &str) -> Option<&'t str> {
    let at = plain.find(words)? + words.len();
    let rest = text.get(at..)?;
    rest.split(|c: char| c == '\'' || c == ',' || c.is_whitespace()).next().filter(|word| !word.is_empty())
}

impl Case<'_> {
    /// What the browser's console says of the answer, where it keeps it from the page.
    pub fn blocked(&self) -> Option<&Blocked> {
        self.blocked.as_ref()
    }

    /// The same, if it is the preflight that failed: the request itself was then not sent.
    pub fn blocked_preflight(&self) -> Option<&Blocked> {
        self.blocked().filter(|own| own.is_of_preflight(self.request))
    }

    /// Whether the request was sent, and its answer may be any error of the gateway's: not even its status is told.
    pub fn hides_status(&self) -> bool {
        let is_untold = |own: &Blocked| own.may_name_no_origin() && own.status.is_none();
        self.blocked().is_some_and(is_untold) && self.blocked_preflight().is_none()
    }
}

/// What browsers send by themselves, or may send without asking (Fetch standard, CORS-safelisted request-header).
const UNASKED: [&str; 16] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-language",
    "content-length",
    "cookie",
    "dnt",
    "host",
    "origin",
    "pragma",
    "priority",
    "range",
    "referer",
    "user-agent",
];

/// The types of bodies that pages may send without asking.
const UNASKED_TYPES: [&str; 3] = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

/// Whether a browser asks with a preflight before it sends a request.
fn asks_before(request: &Request) -> bool {
    !["GET", "HEAD", "POST"].contains(&request.method.as_str()) || !asked_for(&request.headers).is_empty()
}

/// The headers of a request that a preflight asks for, in lower case.
pub fn asked_for(headers: &Headers) -> Vec<String> {
    let is_asked = |name: &str, value: &str| match name {
        "content-type" => !UNASKED_TYPES.iter().any(|own| value.trim().to_ascii_lowercase().starts_with(own)),
        name => !UNASKED.contains(&name) && !name.starts_with("sec-"),
    };
    let all = headers.0.iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
    all.filter(|(name, value)| is_asked(name, value)).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Blocked> {
        Blocked::of(&Response { status: 0, headers: Headers::default(), body: text.to_owned() })
    }

    #[test]
    fn reads_what_browsers_say() {
        let chrome = "Access to fetch at 'https://a.example.com/x' from origin 'https://app.example.com' has been blocked by CORS policy: ";
        let preflight = "Response to preflight request doesn't pass access control check: ";
        let firefox = "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at https://a.example.com/x. ";
        let header = || Kept::Header("x-api-key".to_owned());
        let other = |own: &str| Kept::OtherOrigin(own.to_owned());
        for (text, why, of_preflight, status) in [
            (
                format!(
                    "{chrome}{preflight}No 'Access-Control-Allow-Origin' header is present on the requested resource."
                ),
                Kept::NoOrigin,
                Some(true),
                None,
            ),
            (
                format!(
                    "{chrome}No 'Access-Control-Allow-Origin' header is present on the requested resource. If an opaque response serves your needs, set the request's mode to 'no-cors' to fetch the resource with CORS disabled."
                ),
                Kept::NoOrigin,
                Some(false),
                None,
            ),
            (format!("{chrome}{preflight}It does not have HTTP ok status."), Kept::Status, Some(true), None),
            (
                format!("{chrome}{preflight}Redirect is not allowed for a preflight request."),
                Kept::Redirect,
                Some(true),
                None,
            ),
            (
                format!(
                    "{chrome}Request header field x-api-key is not allowed by Access-Control-Allow-Headers in preflight response."
                ),
                header(),
                Some(true),
                None,
            ),
            (
                format!("{chrome}Method PUT is not allowed by Access-Control-Allow-Methods in preflight response."),
                Kept::Method,
                Some(true),
                None,
            ),
            (
                format!(
                    "{chrome}The 'Access-Control-Allow-Origin' header contains multiple values '*, *', but only one is allowed."
                ),
                Kept::Several,
                Some(false),
                None,
            ),
            (
                format!(
                    "{chrome}The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the request's credentials mode is 'include'."
                ),
                Kept::Wildcard,
                Some(false),
                None,
            ),
            (
                format!(
                    "{chrome}{preflight}The value of the 'Access-Control-Allow-Credentials' header in the response is '' which must be 'true' when the request's credentials mode is 'include'."
                ),
                Kept::NoCredentials,
                Some(true),
                None,
            ),
            (
                format!(
                    "{chrome}The 'Access-Control-Allow-Origin' header has a value 'https://b.example.com' that is not equal to the supplied origin."
                ),
                other("https://b.example.com"),
                Some(false),
                None,
            ),
            (
                format!("{firefox}(Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 403."),
                Kept::NoOrigin,
                None,
                Some(403),
            ),
            (
                format!(
                    "{firefox}(Reason: CORS header ‘Access-Control-Allow-Origin’ does not match ‘https://b.example.com’)."
                ),
                other("https://b.example.com"),
                None,
                None,
            ),
            (
                format!(
                    "{firefox}(Reason: header ‘x-api-key’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight response)."
                ),
                header(),
                Some(true),
                None,
            ),
            (
                format!(
                    "{firefox}(Reason: missing token ‘X-Api-Key’ in CORS header ‘Access-Control-Allow-Headers’ from CORS preflight channel)."
                ),
                header(),
                Some(true),
                None,
            ),
            (
                format!("{firefox}(Reason: Did not find method in CORS header ‘Access-Control-Allow-Methods’)."),
                Kept::Method,
                Some(true),
                None,
            ),
            (
                format!("{firefox}(Reason: Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed)."),
                Kept::Several,
                None,
                None,
            ),
            (
                format!(
                    "{firefox}(Reason: Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’)."
                ),
                Kept::Wildcard,
                None,
                None,
            ),
            (
                format!("{firefox}(Reason: expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’)."),
                Kept::NoCredentials,
                None,
                None,
            ),
            (
                format!("{firefox}(Reason: CORS preflight response did not succeed). Status code: 403."),
                Kept::Status,
                Some(true),
                Some(403),
            ),
            (
                format!("{firefox}(Reason: CORS request did not succeed). Status code: (null)."),
                Kept::Untold,
                None,
                None,
            ),
            (
                "Origin https://app.example.com is not allowed by Access-Control-Allow-Origin. Status code: 500"
                    .to_owned(),
                Kept::Unallowed,
                None,
                Some(500),
            ),
            ("Preflight response is not successful. Status code: 403".to_owned(), Kept::Status, Some(true), Some(403)),
            (
                "Preflight response is not successful. Status code: 301".to_owned(),
                Kept::Redirect,
                Some(true),
                Some(301),
            ),
            ("Access-Control-Allow-Origin cannot contain more than one origin.".to_owned(), Kept::Several, None, None),
        ] {
            let own = read(&text).unwrap();
            assert_eq!((own.why, own.of_preflight, own.status), (why, of_preflight, status), "{text}");
            let has_origin = text.contains("https://app.example.com");
            assert_eq!(own.origin.as_deref(), has_origin.then_some("https://app.example.com"), "{text}");
        }
        for text in
            ["", "net::ERR_FAILED", "curl: (28) Connection timed out", "Failed to fetch", "ENOTFOUND cors.example.com"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        // An answer that came is read as it is.
        assert_eq!(Blocked::of(&Response { status: 403, headers: Headers::default(), body: chrome.to_owned() }), None);
    }

    #[test]
    fn chrome_tells_the_status_in_a_line_of_its_own() {
        let url = "https://a.example.com/v1/x";
        let words = format!(
            "Access to fetch at '{url}' from origin 'https://app.example.com' has been blocked by CORS policy: No \
             'Access-Control-Allow-Origin' header is present on the requested resource."
        );
        let failed = "Failed to load resource: the server responded with a status of";
        for (line, expected) in [
            (format!("GET {url} net::ERR_FAILED 502 (Bad Gateway)"), Some(502)),
            (format!("main.js:1  GET {url} net::ERR_FAILED 200 (OK)"), Some(200)),
            (format!("{failed} 502 ()"), Some(502)),
            (format!("x:1 {failed} 502 ()"), Some(502)),
            (format!("GET {url} net::ERR_FAILED"), None),
            // Of another request.
            (format!("favicon.ico:1 {failed} 404 ()"), None),
            (format!("GET {url}/2 net::ERR_FAILED 404 (Not Found)"), None),
            (format!("GET {url} net::ERR_FAILED 502 (Bad Gateway)\nGET {url} net::ERR_FAILED 504 (Timeout)"), None),
            (format!("GET {url} net::ERR_FAILED 99999"), None),
        ] {
            assert_eq!(read(&format!("{words}\n{line}")).unwrap().status, expected, "{line}");
        }
    }
}
