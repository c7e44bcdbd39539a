//! What stands before the words of a log line: time, request id and level, as the runtimes' loggers write them.

use jiff::Timestamp;

/// A request id: AWS's are UUIDs, or sixteen characters of base64 at gateways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RequestId {
    bytes: [u8; 36],
    length: u8,
}

impl RequestId {
    /// Takes an id of at most 36 visible characters of ASCII.
    pub(super) fn new(text: &[u8]) -> Option<RequestId> {
        let mut bytes = [0; 36];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        let is_id = text.len() >= 8 && text.iter().all(u8::is_ascii_graphic);
        is_id.then_some(RequestId { bytes, length: u8::try_from(text.len()).ok()? })
    }

    pub(super) fn as_str(&self) -> &str {
        self.bytes.get(..usize::from(self.length)).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
    }
}

/// The UUID that a text begins with, and what follows it.
pub(super) fn uuid(text: &[u8]) -> Option<(RequestId, &[u8])> {
    let (id, rest) = text.split_at_checked(36)?;
    if is_uuid(id) { Some((RequestId::new(id)?, rest)) } else { None }
}

/// Whether a text is a UUID.
pub(crate) fn is_uuid(text: &[u8]) -> bool {
    let fits = |(at, byte): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.iter().enumerate().all(fits)
}

/// What a line says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Context {
    /// When, in milliseconds since 1970.
    pub(super) time: Option<i64>,
    /// Of which request.
    pub(super) request: Option<RequestId>,
    /// Whether it was written at level ERROR or above.
    pub(super) is_error: bool,
    /// Whether it was written at level INFO or below: an error in it is spoken of.
    pub(super) is_spoken: bool,
    /// Whether a logger wrote it, rather than a `print`.
    pub(super) is_logged: bool,
    /// Whether its logger knew of no request: the init was going on.
    pub(super) is_init: bool,
}

/// Takes off what a logger wrote before the words.
///
/// Node and .NET write `time TAB request TAB level TAB`, Python `[LEVEL] TAB time TAB request TAB`, Ruby
/// `E, [time #pid] ERROR -- : `.
pub(super) fn read(raw: &[u8], mut context: Context) -> (Context, &[u8]) {
    let rest = match raw.first() {
        Some(b'0'..=b'9') => dated(raw, &mut context),
        Some(b'[') => bracketed(raw, &mut context),
        Some(b'D' | b'I' | b'W' | b'E' | b'F' | b'A') if raw.get(1..4) == Some(b", [") => ruby(raw, &mut context),
        _ => None,
    };
    (context, rest.unwrap_or(raw))
}

fn dated<'a>(raw: &'a [u8], context: &mut Context) -> Option<&'a [u8]> {
    let (time, rest) = time(raw)?;
    let rest = rest.strip_prefix(b"\t")?;
    context.time = Some(time);
    context.is_logged = true;
    let (field, after) = field(rest)?;
    match uuid(field) {
        Some((id, [])) => context.request = Some(id),
        _ if field == b"undefined" => context.is_init = true,
        _ => return Some(rest),
    }
    let Some((level, words)) = self::field(after) else { return Some(after) };
    context.level(level);
    Some(words)
}

fn bracketed<'a>(raw: &'a [u8], context: &mut Context) -> Option<&'a [u8]> {
    let end = raw.iter().take(12).position(|byte| *byte == b']')?;
    let level = raw.get(1..end)?;
    let rest = raw.get(end + 1..)?.strip_prefix(b"\t")?;
    let (stamp, after) = field(rest)?;
    let (moment, []) = time(stamp)? else { return None };
    context.time = Some(moment);
    context.is_logged = true;
    context.level(level);
    match field(after) {
        Some(([], words)) => Some(words),
        Some((id, words)) => {
            context.request = uuid(id).map(|(id, _)| id).or(context.request);
            Some(words)
        }
        None => Some(after),
    }
}

fn ruby<'a>(raw: &'a [u8], context: &mut Context) -> Option<&'a [u8]> {
    let (moment, rest) = time(raw.get(4..)?)?;
    let close = rest.iter().take(16).position(|byte| *byte == b']')?;
    let mark = b" -- ";
    let at = memchr::memmem::find(rest.get(..120.min(rest.len()))?, mark)?;
    let level = rest.get(close + 1..at)?.trim_ascii();
    let words = rest.get(at + mark.len()..)?;
    let colon = words.iter().take(64).position(|byte| *byte == b':')?;
    let (level, id) = match level.iter().position(|byte| *byte == b' ') {
        Some(space) => (level.get(..space)?, level.get(space + 1..)?),
        None => (level, &[][..]),
    };
    context.time = Some(moment);
    context.is_logged = true;
    context.level(level);
    context.request = uuid(id.trim_ascii()).map(|(id, _)| id).or(context.request);
    Some(words.get(colon + 1..)?.trim_ascii_start())
}

impl Context {
    /// Takes in the level that a logger names.
    pub(super) fn level(&mut self, level: &[u8]) {
        const SPOKEN: [&[u8]; 5] = [b"INFO", b"DEBUG", b"TRACE", b"information", b"dbug"];
        self.is_error = is_error(level);
        self.is_spoken = SPOKEN.iter().any(|known| known.eq_ignore_ascii_case(level.trim_ascii()));
    }
}

/// Whether a level says that something failed, in the words of any runtime's logger.
fn is_error(level: &[u8]) -> bool {
    const LEVELS: [&[u8]; 6] = [b"ERROR", b"FATAL", b"CRITICAL", b"fail", b"crit", b"severe"];
    LEVELS.iter().any(|known| known.eq_ignore_ascii_case(level.trim_ascii()))
}

/// What stands before the next tab, and after it.
fn field(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b'\t', text.get(..64.min(text.len()))?)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The time that a text begins with (`2026-11-22T08:00:00`, with a fraction, `Z` or an offset if there is one; RFC 3339),
/// in milliseconds since 1970, and what follows it.
pub(super) fn time(text: &[u8]) -> Option<(i64, &[u8])> {
    let (stamp, mut rest) = text.split_at_checked(19)?;
    let marks: [(usize, &[u8]); 5] = [(4, b"-"), (7, b"-"), (10, b"T "), (13, b":"), (16, b":")];
    if !marks.iter().all(|(at, any)| stamp.get(*at).is_some_and(|byte| any.contains(byte))) {
        return None;
    }
    let number = |from: usize, to: usize| {
        stamp
            .get(from..to)?
            .iter()
            .try_fold(0_i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut millis = (((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000;
    if let [b'.' | b',', after @ ..] = rest {
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let scale = [100, 10, 1];
        millis += after.iter().take(digits).zip(scale).map(|(byte, scale)| i64::from(byte - b'0') * scale).sum::<i64>();
        rest = after.get(digits..)?;
    }
    match rest {
        [b'Z', after @ ..] => Some((millis, after)),
        [sign @ (b'+' | b'-'), h1, h2, after @ ..] if h1.is_ascii_digit() && h2.is_ascii_digit() => {
            let after = after.strip_prefix(b":").unwrap_or(after);
            let (minutes, after) = match after {
                [m1, m2, after @ ..] if m1.is_ascii_digit() && m2.is_ascii_digit() => {
                    (i64::from(m1 - b'0') * 10 + i64::from(m2 - b'0'), after)
                }
                _ => (0, after),
            };
            let offset = ((i64::from(h1 - b'0') * 10 + i64::from(h2 - b'0')) * 60 + minutes) * 60_000;
            Some((if *sign == b'+' { millis - offset } else { millis + offset }, after))
        }
        _ => Some((millis, rest)),
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar, counted in eras of 400 years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// A time as reports show it.
pub(super) fn timestamp(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil;

    use super::*;

    const ID: &str = "79b4f56e-95b1-4643-9700-2807f4e68189";

    #[test]
    fn reads_times_as_a_library_does() {
        for (text, same) in [
            ("2026-11-22T08:00:00.123Z", "2026-11-22T08:00:00.123Z"),
            ("2024-02-29T23:59:59.9Z", "2024-02-29T23:59:59.900Z"),
            ("2024-03-01T00:00:00.123456+00:00", "2024-03-01T00:00:00.123Z"),
            ("2024-03-01T01:30:00+01:30", "2024-03-01T00:00:00Z"),
            ("1999-12-31T19:00:00-0500", "2000-01-01T00:00:00Z"),
            ("2000-01-01T00:00:00", "2000-01-01T00:00:00Z"),
        ] {
            let (millis, rest) = time(text.as_bytes()).unwrap();
            assert_eq!((millis, rest), (same.parse::<Timestamp>().unwrap().as_millisecond(), &b""[..]), "{text}");
        }
        for year in 1970..2100 {
            let day = civil::date(year, 2, 28).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second();
            assert_eq!(days(i64::from(year), 2, 28) * 86_400, day, "{year}");
        }
        for text in ["", "2026-13-01T00:00:00Z", "2026-11-22", "2026/11/22 08:00:00", "x026-11-22T08:00:00Z"] {
            assert_eq!(time(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn takes_off_what_loggers_write() {
        for (raw, words, has_id, is_error) in [
            (format!("2026-11-22T08:00:00.000Z\t{ID}\tERROR\tno"), "no", true, true),
            (format!("2026-11-22T08:00:00.000Z\t{ID}\tINFO\tyes\tand"), "yes\tand", true, false),
            (format!("2026-11-22T08:00:00.000Z\t{ID}\tfail\tSystem.X: a"), "System.X: a", true, true),
            ("2026-11-22T08:00:00.000Z\tundefined\tERROR\tno".to_owned(), "no", false, true),
            (format!("[ERROR]\t2026-11-22T08:00:00.000Z\t{ID}\tno"), "no", true, true),
            ("[WARNING]\t2026-11-22T08:00:00.118Z\t\tLAMBDA_WARNING: x".to_owned(), "LAMBDA_WARNING: x", false, false),
            ("E, [2026-11-22T08:00:00.123456 #8] ERROR -- : no (X)".to_owned(), "no (X)", false, true),
            (format!("E, [2026-11-22T08:00:00.123456 #8] ERROR {ID} -- app: no"), "no", true, true),
            ("[ERROR] KeyError: 'id'".to_owned(), "[ERROR] KeyError: 'id'", false, false),
            ("2026 things".to_owned(), "2026 things", false, false),
        ] {
            let (context, rest) = read(raw.as_bytes(), Context::default());
            let got = (std::str::from_utf8(rest).unwrap(), context.request.is_some(), context.is_error);
            assert_eq!(got, (words, has_id, is_error), "{raw}");
        }
    }
}
