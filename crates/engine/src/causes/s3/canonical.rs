//! The canonical request that S3 computed of what it got, beside what was sent.

use crate::exchange::encoding::percent_decoded;
use crate::exchange::{Request, is_read};

/// Headers that are signed and hold no secrets, and how evidence names them.
const SHOWN: [(&str, &str); 7] = [
    ("content-type", "headers.Content-Type"),
    ("content-md5", "headers.Content-MD5"),
    ("content-length", "headers.Content-Length"),
    ("range", "headers.Range"),
    ("x-amz-date", "headers.X-Amz-Date"),
    ("x-amz-acl", "headers.x-amz-acl"),
    ("x-amz-storage-class", "headers.x-amz-storage-class"),
];

/// The first part in which a canonical request differs from the request that was sent: its name, what was sent and what S3
/// got. `None` where nothing that can be compared differs. Of the other headers those are looked at that hold no secrets; the
/// query is not, for it may.
pub(super) fn difference(request: &Request, canonical: &str) -> Option<(&'static str, String, String)> {
    let mut lines = canonical.lines().map(str::trim_end);
    let (method, path, _query) = (lines.next()?, lines.next()?, lines.next()?);
    let headers: Vec<(&str, &str)> =
        lines.by_ref().take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(':')).collect();
    let (_signed, hash) = (lines.next()?, lines.next()?);
    let host = headers.iter().find(|(name, _)| *name == "host").map(|(_, host)| *host);
    let sent_host = request.headers.get("host").map_or_else(|| request.url.host.clone(), str::to_owned);
    let without_port = |host: &str| host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let sent_hash = request.headers.get("x-amz-content-sha256");
    let sent_path = if request.url.path.is_empty() { "/" } else { request.url.path.as_str() };
    let differs = |part: &'static str, sent: &str, got: &str, is_same: bool| {
        (!is_same).then(|| (part, sent.to_owned(), got.to_owned()))
    };
    differs("method", &request.method, method, request.method == method)
        .or_else(|| {
            let host = host?;
            differs("headers.Host", &sent_host, host, without_port(host) == without_port(&sent_host))
        })
        .or_else(|| {
            SHOWN.into_iter().find_map(|(name, part)| {
                let sent = request.headers.get(name)?;
                let got = headers.iter().find(|(own, _)| *own == name)?.1;
                let words = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
                differs(part, sent, got, !is_read(sent) || words(sent) == words(got))
            })
        })
        // What S3 encodes may be encoded otherwise in the request.
        .or_else(|| differs("path", sent_path, path, percent_decoded(path) == percent_decoded(sent_path)))
        .or_else(|| {
            let sent = sent_hash?;
            differs("headers.x-amz-content-sha256", sent, hash, sent.eq_ignore_ascii_case(hash))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit;

    #[test]
    fn the_part_that_differs_is_named() {
        let sent = |url: &str, headers: &[(&str, &str)]| testkit::request(&format!("GET {url}"), headers).request;
        let hash = [("x-amz-content-sha256", "UNSIGNED-PAYLOAD")];
        let url = "https://bkt.s3.eu-west-1.amazonaws.com/a%20b.txt";
        let canonical = |method: &str, path: &str, host: &str, hash: &str| {
            format!("{method}\n{path}\n\nhost:{host}\nx-amz-date:20261010T120000Z\n\nhost;x-amz-date\n{hash}")
        };
        let (host, none) = ("bkt.s3.eu-west-1.amazonaws.com", "UNSIGNED-PAYLOAD");
        for (request, canonical, expected) in [
            (sent(url, &hash), canonical("GET", "/a%20b.txt", host, none), None),
            (sent(url, &hash), canonical("GET", "/a%20b.txt", &format!("{host}:443"), none), None),
            (sent(url, &[]), canonical("GET", "/a%20b.txt", host, "e3b0"), None),
            (sent("https://bkt.s3.eu-west-1.amazonaws.com/a+b", &hash), canonical("GET", "/a%2Bb", host, none), None),
            (sent(url, &hash), canonical("PUT", "/a%20b.txt", host, none), Some("method")),
            (sent(url, &hash), canonical("GET", "/a%2520b.txt", host, none), Some("path")),
            (sent(url, &hash), canonical("GET", "/a%20b.txt", "other.example.com", none), Some("headers.Host")),
            (sent(url, &hash), canonical("GET", "/a%20b.txt", host, "e3b0"), Some("headers.x-amz-content-sha256")),
            // Headers count with single blanks between their words; what was not given is not compared.
            (sent(url, &[("X-Amz-Date", "20261010T120000Z")]), canonical("GET", "/a%20b.txt", host, none), None),
            (sent(url, &[("X-Amz-Date", " 20261010T120000Z ")]), canonical("GET", "/a%20b.txt", host, none), None),
            (
                sent(url, &[("X-Amz-Date", "20261010T115950Z")]),
                canonical("GET", "/a%20b.txt", host, none),
                Some("headers.X-Amz-Date"),
            ),
            (sent(url, &[("Content-Type", "image/png")]), canonical("GET", "/a%20b.txt", host, none), None),
            (
                sent(url, &[("Content-Type", "image/png")]),
                canonical("GET", "/a%20b.txt", &format!("{host}\ncontent-type:image/jpeg"), none),
                Some("headers.Content-Type"),
            ),
            (sent(url, &hash), "cut off".to_owned(), None),
        ] {
            assert_eq!(difference(&request, &canonical).map(|(part, ..)| part), expected, "{canonical}");
        }
    }
}
