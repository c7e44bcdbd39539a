//! Reading the members of a JSON object where they stand. What is cut off, as a log line may be, is read as far as it goes:
//! a library that reads whole documents would give nothing.

use memchr::memchr2;

/// A value, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// What stands between the quotes, with its escapes.
    Text(&'a [u8]),
    /// An object, with its braces; the last one may be missing.
    Object(&'a [u8]),
    /// A list, with its brackets; the last one may be missing.
    List(&'a [u8]),
    /// A number, `true`, `false` or `null`.
    Other(&'a [u8]),
}

impl<'a> Value<'a> {
    /// A text, with its escapes resolved and what is no UTF-8 replaced.
    pub(super) fn text(self) -> Option<String> {
        match self {
            Value::Text(raw) => Some(String::from_utf8_lossy(&unescape(raw)).into_owned()),
            _ => None,
        }
    }

    /// A whole number.
    pub(super) fn number(self) -> Option<i64> {
        match self {
            Value::Other(raw) => std::str::from_utf8(raw).ok()?.parse().ok(),
            _ => None,
        }
    }

    /// The items of a list.
    pub(super) fn items(self) -> impl Iterator<Item = Value<'a>> {
        let mut rest = match self {
            Value::List(raw) => raw.get(1..).unwrap_or_default(),
            _ => &[],
        };
        std::iter::from_fn(move || {
            let (value, after) = value(separated(rest))?;
            rest = after;
            Some(value)
        })
    }
}

/// The members of an object, in order; as far as it goes.
pub(super) fn members(object: &[u8]) -> impl Iterator<Item = (&[u8], Value<'_>)> {
    let mut rest = object.trim_ascii_start().strip_prefix(b"{").unwrap_or_default();
    std::iter::from_fn(move || {
        let (Value::Text(name), after) = value(separated(rest))? else { return None };
        let (value, after) = value(after.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start())?;
        rest = after;
        Some((name, value))
    })
}

fn separated(rest: &[u8]) -> &[u8] {
    let rest = rest.trim_ascii_start();
    rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start()
}

/// The value that a text begins with, and what follows it.
fn value(text: &[u8]) -> Option<(Value<'_>, &[u8])> {
    match text.first()? {
        b'"' => {
            let raw = text.get(1..)?;
            let end = string_end(raw);
            let (inside, after) = raw.split_at_checked(end)?;
            Some((Value::Text(inside), after.get(1..).unwrap_or_default()))
        }
        b'{' => container(text).map(|(raw, after)| (Value::Object(raw), after)),
        b'[' => container(text).map(|(raw, after)| (Value::List(raw), after)),
        b'}' | b']' | b',' | b':' => None,
        _ => {
            let is_end =
                |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'{' | b'[');
            let (raw, after) = text.split_at_checked(text.iter().position(is_end).unwrap_or(text.len()))?;
            Some((Value::Other(raw), after))
        }
    }
}

/// Where the quote is that ends a string, or the end of the text.
fn string_end(raw: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = raw.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        match raw.get(at + found) {
            Some(b'"') => return at + found,
            _ => at = (at + found + 2).min(raw.len()),
        }
    }
    raw.len()
}

fn container(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut depth, mut at) = (0_u32, 0);
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => at = (at + string_end(text.get(at..)?) + 1).min(text.len()),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    text.split_at_checked(at)
}

/// What a string of JSON stands for. An escape that is none stays as it is.
pub(super) fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, after) = rest.split_at(at);
        bytes.extend_from_slice(before);
        let Some((escape, after)) = after.get(1..).and_then(<[u8]>::split_first) else {
            rest = &[];
            break;
        };
        rest = after;
        match escape {
            b'n' => bytes.push(b'\n'),
            b't' => bytes.push(b'\t'),
            b'r' => bytes.push(b'\r'),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'u' => {
                let (character, after) = unicode(rest);
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after;
            }
            other => bytes.push(*other),
        }
    }
    bytes.extend_from_slice(rest);
    bytes
}

/// The character of a `\u` escape, which may be one of two surrogates.
fn unicode(text: &[u8]) -> (char, &[u8]) {
    let unit = |text: &[u8]| {
        let digits = std::str::from_utf8(text.get(..4)?).ok()?;
        u32::from_str_radix(digits, 16).ok()
    };
    let Some(first) = unit(text) else { return (char::REPLACEMENT_CHARACTER, text) };
    let rest = text.get(4..).unwrap_or_default();
    if let (0xd800..=0xdbff, Some(second)) = (first, rest.strip_prefix(b"\\u").and_then(unit))
        && (0xdc00..=0xdfff).contains(&second)
    {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), rest.get(6..).unwrap_or_default());
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let show = |value: Value| match value {
            Value::Text(_) => value.text().unwrap(),
            Value::Object(raw) | Value::List(raw) | Value::Other(raw) => String::from_utf8_lossy(raw).into_owned(),
        };
        members(text.as_bytes())
            .map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), show(value)))
            .collect()
    }

    #[test]
    fn reads_members_as_they_stand() {
        let pairs = read(r#"{"a": "x\n\"y\"", "b":{"c":[1,"]}"]}, "d": [ {"e":"}"} ] ,"f":-1.5e3,"g":null}"#);
        let expected =
            [("a", "x\n\"y\""), ("b", r#"{"c":[1,"]}"]}"#), ("d", r#"[ {"e":"}"} ]"#), ("f", "-1.5e3"), ("g", "null")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn reads_what_is_cut_off_as_far_as_it_goes() {
        assert_eq!(read(r#"{"a":"x","b":"hal"#), [("a".into(), "x".into()), ("b".into(), "hal".into())]);
        assert_eq!(read(r#"{"a":"x","b":["y","#), [("a".into(), "x".into()), ("b".into(), r#"["y","#.into())]);
        for end in 0..40 {
            let text = r#"{"a":"\ud83d\ude00\\","b":[{"c":"d"}],"e":1}"#;
            read(text.get(..end).unwrap_or(text));
        }
    }

    #[test]
    fn resolves_escapes() {
        let text = |raw: &str| String::from_utf8(unescape(raw.as_bytes())).unwrap();
        assert_eq!(text(r"a\u00a0b\ud83d\ude00\/\t"), "a\u{a0}b\u{1f600}/\t");
        assert_eq!(text(r"\ud83d!\u12"), "\u{fffd}!\u{fffd}12");
        assert_eq!(text("end\\"), "end");
    }

    #[test]
    fn items_of_a_list() {
        let items: Vec<Option<String>> = Value::List(br#"["a", "b" , 3"#).items().map(Value::text).collect();
        assert_eq!(items, [Some("a".into()), Some("b".into()), None]);
    }
}
