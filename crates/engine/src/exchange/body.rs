//! The body of a request, as far as it was read.

use std::fmt;

use serde_json::Value;

use super::Headers;

/// The body of a request. One that was not read is not the same as none.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Body {
    /// None is sent.
    #[default]
    Absent,
    /// This text is sent.
    Text(String),
    /// One is sent, and not all of it was read: it lies in a file, comes from another command, or holds a variable.
    NotRead,
}

impl Body {
    /// What was read of a body. Where nothing was, the headers may tell that one was sent (RFC 9112, section 6.3).
    pub fn told(text: Option<String>, headers: &Headers) -> Body {
        let length = || headers.get("content-length").and_then(|text| text.trim().parse::<u64>().ok());
        match text {
            Some(text) => Body::Text(text),
            None if headers.has("transfer-encoding") || length().is_some_and(|length| length > 0) => Body::NotRead,
            None => Body::Absent,
        }
    }

    /// Its text, where all of it was read.
    pub fn text(&self) -> Option<&str> {
        match self {
            Body::Text(text) => Some(text),
            Body::Absent | Body::NotRead => None,
        }
    }

    /// Its text as JSON, if it is that.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(self.text()?).ok()
    }
}

impl From<Option<String>> for Body {
    fn from(text: Option<String>) -> Body {
        text.map_or(Body::Absent, Body::Text)
    }
}

/// Which it is, and no text of it.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Body::Absent => "Absent",
            Body::Text(_) => "Text",
            Body::NotRead => "NotRead",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_of_a_body_that_was_not_read() {
        let text = || Some("{}".to_owned());
        let table = [
            (None, "Accept", "*/*", Body::Absent),
            (None, "Content-Length", "0", Body::Absent),
            (None, "content-length", " 7 ", Body::NotRead),
            (None, "Transfer-Encoding", "chunked", Body::NotRead),
            (text(), "Content-Length", "2", Body::Text("{}".to_owned())),
        ];
        for (text, name, value, expected) in table {
            let headers = Headers(vec![(name.to_owned(), value.to_owned())]);
            assert_eq!(Body::told(text, &headers), expected, "{name}: {value}");
        }
    }

    #[test]
    fn a_body_is_not_printed() {
        assert_eq!(format!("{:?}", Body::Text("secret".to_owned())), "Text");
    }
}
