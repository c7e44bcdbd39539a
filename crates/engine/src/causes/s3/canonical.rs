//! The canonical request that S3 computed of what it got, beside what was sent.

use crate::exchange::Request;
use crate::exchange::encoding::percent_decoded;

/// The first part in which a canonical request differs from the request that was sent: its name, what was sent and what S3
/// got. `None` where nothing that can be compared differs. Other headers than `Host` are not looked at, nor is the query:
/// either may hold secrets.
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
            (sent(url, &hash), "cut off".to_owned(), None),
        ] {
            assert_eq!(difference(&request, &canonical).map(|(part, ..)| part), expected, "{canonical}");
        }
    }
}
