//! What a plain scalar of YAML means.

use serde_json::{Number, Value};

/// A plain scalar by the core schema: null, a boolean, a number, or text.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::from(text), Value::Number),
    }
}

/// A number. One that JSON cannot hold as it is written is none: `012345678901`, `.inf`, or forty digits.
fn number(text: &str) -> Option<Number> {
    let radix = |digits: &str, radix| {
        let is_number = digits.chars().all(|c| c.is_digit(radix));
        is_number.then(|| u64::from_str_radix(digits, radix).ok()).flatten().map(Number::from)
    };
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let has_leading_zero = unsigned.len() > 1 && unsigned.starts_with('0') && !unsigned.starts_with("0.");
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits(unsigned) {
        if has_leading_zero {
            return None;
        }
        let signed = text.strip_prefix('+').unwrap_or(text);
        return signed.parse::<i64>().map(Number::from).or_else(|_| signed.parse::<u64>().map(Number::from)).ok();
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = [whole, fraction].iter().all(|part| part.is_empty() || is_digits(part))
        && (is_digits(whole) || is_digits(fraction))
        && exponent.is_none_or(is_digits);
    if !is_number || has_leading_zero {
        return None;
    }
    text.parse().ok().and_then(Number::from_f64)
}
