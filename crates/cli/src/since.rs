//! Since when: an age, or a time.

/// The beginning of a time that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// So long before now.
    Ago(jiff::SignedDuration),
    /// That time.
    At(jiff::Timestamp),
}

impl Since {
    /// The time that it is, if it is `now`. What is older than time itself is its beginning.
    pub(crate) fn before(self, now: jiff::Timestamp) -> jiff::Timestamp {
        match self {
            Since::Ago(age) => now.checked_sub(age).unwrap_or(jiff::Timestamp::MIN),
            Since::At(time) => time,
        }
    }
}

/// Reads an age or a time.
pub(crate) fn parse(text: &str) -> Result<Since, String> {
    const UNITS: [(char, i64); 5] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800)];
    if let Ok(time) = text.parse() {
        return Ok(Since::At(time));
    }
    let unit = UNITS.iter().find(|(unit, _)| text.ends_with(*unit));
    let age =
        unit.and_then(|(unit, seconds)| text.strip_suffix(*unit)?.parse::<u32>().ok().map(|n| i64::from(n) * seconds));
    let age = age.ok_or("it must be a number with s, m, h, d or w, or a time such as 2026-11-22T08:00:00Z")?;
    Ok(Since::Ago(jiff::SignedDuration::from_secs(age)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_or_a_time_says_since_when() {
        let now: jiff::Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("90s", "2026-11-22T07:58:30Z"),
            ("30m", "2026-11-22T07:30:00Z"),
            ("1h", "2026-11-22T07:00:00Z"),
            ("7d", "2026-11-15T08:00:00Z"),
            ("2w", "2026-11-08T08:00:00Z"),
            ("2026-11-01T00:00:00+01:00", "2026-10-31T23:00:00Z"),
        ] {
            assert_eq!(parse(text).unwrap().before(now), expected.parse().unwrap(), "{text}");
        }
        for text in ["", "h", "1", "-1h", "1.5h", "yesterday", "1h30m", "99999999999d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
