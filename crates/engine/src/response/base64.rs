//! Base64 (RFC 4648 §4), read as strictly as a gateway may read it.

/// What a text is, read as base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Base64 with its padding.
    Base64,
    /// Base64 but for the padding, or for line breaks within: some readers take it.
    Loose,
    /// Not base64.
    Other,
}

/// Tells what a text is.
pub(super) fn form(text: &str) -> Form {
    if is_strict(text.as_bytes()) {
        return Form::Base64;
    }
    let bare: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let bare = bare.strip_suffix(b"==").or_else(|| bare.strip_suffix(b"=")).unwrap_or(&bare);
    if bare.len() % 4 != 1 && bare.iter().all(|byte| value(*byte).is_some()) { Form::Loose } else { Form::Other }
}

fn is_strict(bytes: &[u8]) -> bool {
    let digits = bytes.strip_suffix(b"==").or_else(|| bytes.strip_suffix(b"=")).unwrap_or(bytes);
    bytes.len().is_multiple_of(4) && digits.len() % 4 != 1 && digits.iter().all(|byte| value(*byte).is_some())
}

/// The bytes of a text in base64, with or without padding. None if it is not base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().trim_end_matches('=').as_bytes();
    if digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.chunks(4) {
        let mut bits = 0_u32;
        for digit in group {
            bits = bits << 6 | u32::from(value(*digit)?);
        }
        bits <<= 6 * (4 - group.len());
        let [_, first, second, third] = bits.to_be_bytes();
        bytes.extend([first, second, third].into_iter().take(group.len() * 6 / 8));
    }
    Some(bytes)
}

fn value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_base64() {
        for (text, expected) in [
            ("", Form::Base64),
            ("dGVzdC1kYXRh", Form::Base64),
            ("dGVzdA==", Form::Base64),
            ("dGVzdDE=", Form::Base64),
            ("dGVzdA", Form::Loose),
            ("dGVz\r\ndA==\r\n", Form::Loose),
            ("dGVzdA=", Form::Loose),
            ("hello", Form::Other),
            ("not base64", Form::Other),
            ("not-base64", Form::Other),
            ("dGVz====", Form::Other),
            ("dG=zdA==", Form::Other),
            ("é", Form::Other),
            ("=", Form::Loose),
        ] {
            assert_eq!(form(text), expected, "{text:?}");
        }
    }

    #[test]
    fn decodes() {
        for (text, expected) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob")] {
            assert_eq!(decode(text).as_deref(), Some(expected.as_bytes()), "{text}");
        }
        assert_eq!((decode("Zm9vY"), decode("Zm9v!A==")), (None, None));
    }
}
