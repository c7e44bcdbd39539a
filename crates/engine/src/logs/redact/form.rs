//! Secrets that are known by their own form: what follows `Bearer` and `Basic`, web tokens, keys that begin as their
//! issuer lets them begin, and those of AWS.

use super::HIDDEN;
use crate::secret;

/// How keys begin that say whose they are, and how many characters follow at least.
const PREFIXES: [(&str, usize); 30] = [
    ("sk_live_", 8),
    ("sk_test_", 8),
    ("rk_live_", 8),
    ("rk_test_", 8),
    ("whsec_", 16),
    ("sk-proj-", 8),
    ("sk-ant-", 8),
    ("sk-", 20),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghu_", 16),
    ("ghs_", 16),
    ("ghr_", 16),
    ("github_pat_", 16),
    ("glpat-", 12),
    ("xoxb-", 8),
    ("xoxp-", 8),
    ("xoxa-", 8),
    ("xoxr-", 8),
    ("xoxs-", 8),
    ("xapp-", 8),
    ("AIza", 30),
    ("npm_", 30),
    ("pypi-", 30),
    ("shpat_", 24),
    ("dop_v1_", 40),
    ("dckr_pat_", 16),
    ("hf_", 30),
    ("ya29.", 16),
    ("GOCSPX-", 16),
];

/// Addresses whose path lets everybody write there who knows it.
const WEBHOOKS: [&str; 5] = [
    "hooks.slack.com/services/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "webhook.office.com/webhookb2/",
    "api.telegram.org/bot",
];

/// What may follow `Bearer` and is no token.
const ORDINARY: [&str; 14] = [
    "access",
    "authentication",
    "authorization",
    "credential",
    "credentials",
    "expired",
    "format",
    "header",
    "invalid",
    "missing",
    "required",
    "scheme",
    "security",
    "tokens",
];

/// Text without what has the form of a secret.
pub(super) fn hide(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = "";
    while let Some(first) = rest.chars().next() {
        let found = if is_start(before) {
            scheme(rest).or_else(|| webhook(rest)).or_else(|| {
                [web_token(rest), prefixed(rest), access_key(rest)].into_iter().flatten().next().map(|end| (0, end))
            })
        } else {
            None
        };
        let found = found.or_else(|| secret_key(before, rest).map(|end| (0, end)));
        let length = match found {
            Some((start, end)) => {
                out.push_str(rest.get(..start).unwrap_or_default());
                out.push_str(HIDDEN);
                end
            }
            None => {
                out.push(first);
                first.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
        before = text.get(..text.len() - rest.len()).unwrap_or_default();
    }
    out
}

/// Whether a word may begin here: after what is no letter or digit, or is one in percent.
fn is_start(before: &str) -> bool {
    let is_encoded = || {
        let last = before.len().checked_sub(3).and_then(|at| before.get(at..)).and_then(|last| last.strip_prefix('%'));
        last.is_some_and(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()))
    };
    !before.ends_with(|c: char| c.is_alphanumeric()) || is_encoded()
}

/// How many characters, all of ASCII, a text begins with that are letters, digits or one of `others`.
fn run(text: &str, others: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || others.contains(c))).unwrap_or(text.len())
}

fn has_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
}

fn has_capital(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_uppercase())
}

/// `Bearer …` and `Basic …` (RFC 6750, 7617), also with a colon: where what follows begins and ends.
fn scheme(text: &str) -> Option<(usize, usize)> {
    let is = |scheme: &str| text.get(..scheme.len()).is_some_and(|word| word.eq_ignore_ascii_case(scheme));
    let scheme = ["bearer", "basic"].into_iter().find(|scheme| is(scheme))?;
    let mut value = text.get(scheme.len()..)?;
    let gap = value.len();
    loop {
        let next = value.strip_prefix("%20").unwrap_or(value);
        let next = next.trim_start_matches([' ', '\u{a0}', '\t', ':', '=', '"', '\'', '\\', '+']);
        if next.len() == value.len() {
            break;
        }
        value = next;
    }
    let start = text.len() - value.len();
    let value = value.get(..run(value, "-._~+/=:"))?.trim_end_matches(['.', ':']);
    let is_token = match scheme {
        "basic" => has_digit(value) || value.ends_with('=') || value.get(1..).is_some_and(has_capital),
        _ => !ORDINARY.contains(&value.to_ascii_lowercase().as_str()) && !value.starts_with("realm="),
    };
    (value.len() < gap && value.len() >= 6 && is_token).then_some((start, start + value.len()))
}

/// Where, in the address of a webhook, the part begins and ends that is its secret.
fn webhook(text: &str) -> Option<(usize, usize)> {
    let start = WEBHOOKS.iter().find(|address| text.starts_with(**address))?.len();
    let length = run(text.get(start..)?, "-_/:@%");
    (length >= 8).then_some((start, start + length))
}

/// Parts in base64url, of which the first is an object: `{"` is `eyJ`. Signed ones have three (RFC 7515), unsigned ones
/// nothing in the third, encrypted ones five (RFC 7516); what was cut off has fewer.
fn web_token(text: &str) -> Option<usize> {
    let token = text.get(..run(text, "-_."))?.trim_end_matches('.');
    let (head, others) = token.split_once('.')?;
    (head.starts_with("eyJ") && head.len() >= 10 && !others.is_empty()).then_some(token.len())
}

fn prefixed(text: &str) -> Option<usize> {
    if let Some(rest) = text.strip_prefix("SG.") {
        let key = rest.get(..run(rest, "-_."))?.trim_end_matches('.');
        let (id, secret) = key.split_once('.')?;
        return (id.len() >= 16 && secret.len() >= 16 && has_digit(key)).then_some("SG.".len() + key.len());
    }
    let (prefix, least) = PREFIXES.iter().find(|(prefix, _)| text.starts_with(prefix))?;
    let key = text.get(prefix.len()..)?;
    // npm's environment variables begin with `npm_`, too.
    let key = key.get(..run(key, if *prefix == "npm_" { "" } else { "-_" }))?;
    // Names of things are made of words.
    (key.len() >= *least && (has_digit(key) || has_capital(key))).then_some(prefix.len() + key.len())
}

/// The id of an access key of AWS.
fn access_key(text: &str) -> Option<usize> {
    let key = text.get(..run(text, ""))?;
    let is_upper = key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    (key.len() == 20 && is_upper && ["AKIA", "ASIA"].iter().any(|prefix| key.starts_with(prefix))).then_some(key.len())
}

/// The secret of an access key of AWS, or the value of an API key. A part of a path or of a name is none.
fn secret_key(before: &str, text: &str) -> Option<usize> {
    if before.ends_with(|c: char| c.is_alphanumeric() || "+/-_.".contains(c)) {
        return None;
    }
    // JSON may write a slash as `\/`, and URLs as `%2F`.
    let [plain, escaped] = ["+/", "+/\\%"].map(|others| text.get(..run(text, others)).unwrap_or_default());
    let escaped = escaped.trim_end_matches('\\');
    let resolved =
        escaped.replace("\\\\/", "/").replace("\\/", "/").replace("%2F", "/").replace("%2f", "/").replace("%2B", "+");
    let key = match secret::is_like_a_key(plain) {
        true => plain,
        false => Some(escaped).filter(|_| secret::is_like_a_key(&resolved))?,
    };
    let mut after = text.get(key.len()..)?.chars();
    let goes_on = match after.next() {
        Some('-' | '_') => true,
        Some('.') => after.next().is_some_and(char::is_alphanumeric),
        _ => false,
    };
    (!goes_on).then_some(key.len())
}
