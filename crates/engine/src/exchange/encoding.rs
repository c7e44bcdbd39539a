//! Percent-encoding (RFC 3986, section 2.1) and base64 (RFC 4648), read as leniently as what people paste needs.

/// A text with its percent-encoded bytes put in; what is no encoding stays as it is, and bytes that are no UTF-8 become
/// U+FFFD.
///
/// ```
/// assert_eq!(engine::exchange::encoding::percent_decoded("%7Bid%7D%2f100%"), "{id}/100%");
/// ```
pub fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit =
        |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high * 16 + low);
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// A name or value of a query or of a form, decoded: `+` is a space (WHATWG URL, section 5.1).
pub fn form_decoded(text: &str) -> String {
    percent_decoded(&text.replace('+', " "))
}

/// A text in which everything but the unreserved characters is percent-encoded.
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// What base64 stands for, in either alphabet, with padding or without; `None` where it is not base64.
pub fn base64_decoded(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut decoded = Vec::with_capacity(text.len() * 3 / 4);
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(six)) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            decoded.push(u8::try_from(held >> bits & 0xFF).unwrap_or_default());
        }
    }
    // One character alone is six bits: no byte.
    (text.len() % 4 != 1).then_some(decoded)
}

/// Bytes in base64, with padding.
pub fn base64_encoded(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let held = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let six = usize::try_from(held >> (18 - 6 * at) & 0x3F).ok().and_then(|six| ALPHABET.get(six));
            let is_padding = at > chunk.len() as u32;
            encoded.push(six.filter(|_| !is_padding).map_or('=', |six| char::from(*six)));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone_where_it_is_one() {
        let table = [
            ("orders", "orders"),
            ("%7Bid%7D", "{id}"),
            ("%7bid%7d", "{id}"),
            ("notes%E2%80%98notes%E2%80%99", "notes‘notes’"),
            ("a%2Fb", "a/b"),
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
            ("%ff", "\u{fffd}"),
            ("%2540", "%40"),
            ("a+b", "a+b"),
        ];
        for (text, decoded) in table {
            assert_eq!(percent_decoded(text), decoded, "{text}");
        }
        assert_eq!(form_decoded("a+b%2Bc"), "a b+c");
        assert_eq!(percent_encoded("a b&ä~"), "a%20b%26%C3%A4~");
    }

    #[test]
    fn base64_is_read_in_both_alphabets() {
        let table: [(&str, Option<&[u8]>); 9] = [
            ("", Some(b"")),
            ("dXNlcjpwYXNz", Some(b"user:pass")),
            ("dXNlcjpwYXM=", Some(b"user:pas")),
            ("dXNlcjpwYXM", Some(b"user:pas")),
            ("dXNlcjpwYQ==", Some(b"user:pa")),
            ("-_8", Some(b"\xfb\xff")),
            ("+/8=", Some(b"\xfb\xff")),
            ("dXNl cjpw", None),
            ("dXNlc", None),
        ];
        for (text, decoded) in table {
            assert_eq!(base64_decoded(text).as_deref(), decoded, "{text}");
        }
        for text in ["", "u", "us", "use", "user:pass", "ünïcödé"] {
            assert_eq!(base64_decoded(&base64_encoded(text.as_bytes())).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(base64_encoded(b"user:pa"), "dXNlcjpwYQ==");
    }
}
