//! Numbers of cards: 13 to 19 digits, in one or in the groups that cards are printed with, whose first digits are those of
//! a scheme and whose last one is right (ISO/IEC 7812).

const CARD: &str = "<card>";

/// The groups of digits that cards are printed with.
const GROUPS: [&[usize]; 4] = [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3]];

/// What stands between two groups, as it is written in text, in JSON and in URLs.
const SEPARATORS: [&str; 11] = [" ", "\u{a0}", "\u{202f}", "\u{2009}", "\t", "-", ".", "+", "_", "%20", "\\u00a0"];

/// Text without numbers of cards.
pub(super) fn hide(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        out.push_str(before);
        let digits = digits(number);
        // The digits of a fraction, and those within a hash, are no number of their own.
        let is_fraction = out.ends_with('.') && out.trim_end_matches('.').ends_with(|c: char| c.is_ascii_digit());
        let length = if is_in_hash(&out, number) {
            None
        } else {
            grouped(number)
                .or_else(|| Some(digits).filter(|_| !is_fraction))
                .filter(|length| is_card(number.get(..*length).unwrap_or_default()))
        };
        if length.is_some() {
            out.push_str(CARD);
        } else {
            out.push_str(number.get(..digits).unwrap_or_default());
        }
        rest = number.get(length.unwrap_or(digits)..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// How many digits a text begins with.
fn digits(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())
}

/// How long the groups are that a text begins with, if they are those of a card.
fn grouped(text: &str) -> Option<usize> {
    let of = |groups: &&[usize]| {
        let mut length = 0;
        for (at, size) in groups.iter().enumerate() {
            let mut rest = text.get(length..)?;
            if at > 0 {
                let separator = SEPARATORS.iter().find(|separator| rest.starts_with(**separator))?;
                length += separator.len();
                rest = text.get(length..)?;
            }
            if digits(rest) != *size {
                return None;
            }
            length += size;
        }
        is_card(text.get(..length)?).then_some(length)
    };
    GROUPS.iter().find_map(of)
}

/// Whether digits stand within a word of hexadecimal digits that is as long as hashes and ids of traces are.
fn is_in_hash(before: &str, number: &str) -> bool {
    let is_hex = |c: &char| c.is_ascii_hexdigit();
    let head = before.chars().rev().take_while(is_hex).count();
    let tail = number.chars().take_while(is_hex).count();
    head + tail >= 24
}

/// Whether digits, whatever stands between them, are a card's.
fn is_card(text: &str) -> bool {
    let text = text.replace("%20", " ").replace("\\u00a0", " ");
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let first = digits.iter().take(4).fold(0, |sum, digit| sum * 10 + digit);
    let is_scheme = matches!(
        (digits.len(), first),
        (13 | 16 | 19, 4000..5000)
            | (16, 5100..5600 | 2221..2721)
            | (15, 3400..3500 | 3700..3800)
            | (14, 3000..3060 | 3600..3700 | 3800..4000)
            | (16..=19, 3528..3590 | 6011 | 6200..6300 | 6440..6600)
            | (13..=19, 5000..5100 | 5600..5900 | 6300..6400 | 6700..6800)
    );
    is_scheme && is_valid(&digits)
}

/// The check of Luhn.
fn is_valid(digits: &[u32]) -> bool {
    let doubled = |(at, digit): (usize, &u32)| match at % 2 {
        0 => *digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    };
    digits.iter().rev().enumerate().map(doubled).sum::<u32>().is_multiple_of(10)
}
