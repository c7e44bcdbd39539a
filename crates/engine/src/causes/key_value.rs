//! The value of the API key that a request carries. Values are compared in memory; what is said names a key by
//! its id and name alone.

use serde_json::{Value, json};

use super::api_key::{Keyed, sent};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::facts::Read;
use crate::command::Aws;
use crate::observed::NotRead;
use crate::secret;

causes! {
    /// The key's value comes with something that is not part of it
    ///
    /// ## What proves it
    ///
    /// What is sent is the value of a key of the account once quotes and white space are taken off; or a placeholder stands
    /// where the value has to.
    ///
    /// ## What refutes it
    ///
    /// It is a key's value as it stands.
    ///
    /// ## Remedy
    ///
    /// Send the bare value.
    ///
    /// ## Source
    ///
    /// Not verified on AWS.
    "api-key-malformed-value", Cause, Silent, malformed;

    /// The key's id or name is sent for its value
    ///
    /// ## What proves it
    ///
    /// What is sent is the id or the name of a key of the account.
    ///
    /// ## What refutes it
    ///
    /// It is a key's value.
    ///
    /// ## Remedy
    ///
    /// Send the value: `aws apigateway get-api-key --include-value` shows it.
    ///
    /// ## Source
    ///
    /// Not verified on AWS.
    "api-key-id-or-name-sent", Cause, Silent, id_or_name;

    /// The key is disabled
    ///
    /// ## What proves it
    ///
    /// The key whose value is sent is not enabled.
    ///
    /// ## What refutes it
    ///
    /// It is.
    ///
    /// ## Remedy
    ///
    /// Enable it.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>
    "api-key-disabled", Cause, Proves, disabled;

    /// No key has the value that is sent
    ///
    /// ## What proves it
    ///
    /// The value is none of the account's keys' in the region. It is possible where the keys were not read.
    ///
    /// ## What refutes it
    ///
    /// A key has it.
    ///
    /// ## Remedy
    ///
    /// Send a key that there is, or make or import this one.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    "api-key-unknown-value", Cause, Silent, unknown;

    /// The key may be of another region or account
    ///
    /// ## What proves it
    ///
    /// The value is none of this region's keys', and that of a key of another region: a key is good for one region of one
    /// account alone. Other regions are read where several were asked for. Where none of these has the key, it is no more than
    /// possible, and other accounts are not read.
    ///
    /// ## What refutes it
    ///
    /// A key of this region has the value.
    ///
    /// ## Remedy
    ///
    /// Look for the key in the other regions, and import it here.
    ///
    /// ## Source
    ///
    /// Not verified on AWS.
    "api-key-other-region-or-account", Cause, Silent, elsewhere;
}

/// A key of the account, with what its value is compared by.
pub(super) struct Key<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) enabled: bool,
    /// When it was last changed, as the service writes it.
    pub(super) changed: Option<&'a Value>,
    value: Option<&'a str>,
}

impl Key<'_> {
    /// Whether this is its value. A recording holds a hash in its place, which is as good to compare by.
    pub(super) fn opens_with(&self, value: &str) -> bool {
        self.value.is_some_and(|own| own == value || own == secret::redact(value))
    }

    /// `mobile-app (a1b2c3d4e5)`.
    pub(super) fn shown(&self) -> String {
        format!("{} ({})", self.name, self.id)
    }
}

/// The account's keys in the region.
pub(super) fn keys<'a>(case: &Case<'a>) -> Result<Vec<Key<'a>>, Not> {
    keys_by(case, Read::ApiKeys)
}

fn keys_by<'a>(case: &Case<'a>, read: Read) -> Result<Vec<Key<'a>>, Not> {
    let items = case.list(read, "items")?;
    let text = |item: &'a Value, name: &str| item.get(name).and_then(Value::as_str);
    let key = |item: &'a Value| {
        Some(Key {
            id: text(item, "id")?,
            name: text(item, "name").unwrap_or_default(),
            enabled: item.get("enabled").and_then(Value::as_bool).unwrap_or(true),
            changed: item.get("lastUpdatedDate"),
            value: text(item, "value"),
        })
    };
    Ok(items.iter().filter_map(key).collect())
}

/// The value that is sent, where it was read.
fn value<'a>(case: &Case<'a>) -> Result<&'a str, Not> {
    case.known(sent(case).ok_or(Not::Silent)?, "headers.x-api-key")
}

/// The key whose value is sent, as it stands.
pub(super) fn sent_key<'a>(case: &Case<'a>) -> Result<Key<'a>, Not> {
    let value = value(case)?;
    keys(case)?.into_iter().find(|key| key.opens_with(value)).ok_or(Not::Silent)
}

/// A request whose key is sent in the header, as it has to be.
fn with_value<'c, 'a>(case: &'c Case<'a>) -> Result<(Keyed<'c, 'a>, &'a str), Not> {
    let value = value(case)?;
    Ok((Keyed::by_header(case)?, value))
}

/// Whether a placeholder stands where a value has to: `{{key}}`, `${KEY}`, `<key>`.
fn is_placeholder(value: &str) -> bool {
    [("{{", "}}"), ("${", "}"), ("<", ">"), ("%", "%")].iter().any(|(open, close)| {
        value.len() > open.len() + close.len() && value.starts_with(open) && value.ends_with(close)
    })
}

fn malformed(case: &Case<'_>) -> Examined {
    let value = value(case)?;
    let bare: String =
        value.chars().filter(|c| !c.is_whitespace() && !['"', '\'', '“', '”', '‘', '’', '`'].contains(c)).collect();
    let bare = bare.trim_end_matches([',', ';']);
    let is_placeholder = is_placeholder(value);
    if bare == value && !is_placeholder {
        return Err(Not::Silent);
    }
    let (keyed, _) = with_value(case)?;
    let advice = "send the bare value: no quotes, no white space, no placeholder";
    let evidence =
        |proof: Proof, what: &str| keyed.because(proof).because("request", "headers.x-api-key", json!({ "has": what }));
    let keys = match keys(case) {
        Ok(keys) => keys,
        Err(Not::Unread(why)) if is_placeholder => {
            let says = "A placeholder stands in x-api-key where the key's value has to.";
            return Ok(evidence(Proof::likely(says), "a placeholder").without(&why).advice(advice));
        }
        Err(Not::Unread(why)) if !case.is_unsent() => {
            let says = "Quotes or white space stand in x-api-key, which are then part of the value.";
            return Ok(evidence(Proof::likely(says), "quotes or white space").without(&why).advice(advice));
        }
        Err(not) => return Err(not),
    };
    if keys.iter().any(|key| key.opens_with(value)) {
        return Err(Not::refuted("a key has the value as it stands"));
    }
    if is_placeholder {
        let says = "A placeholder stands in x-api-key where the key's value has to.";
        return Ok(evidence(Proof::certain(says), "a placeholder").advice(advice));
    }
    let Some(key) = keys.iter().find(|key| key.opens_with(bare)) else {
        return Err(Not::refuted("without quotes and white space it is no key's value either"));
    };
    let says = format!("Without the quotes or white space, x-api-key holds the value of the key {}.", key.shown());
    Ok(evidence(Proof::certain(says), "quotes or white space")
        .because("apigateway:GetApiKeys", "items.id", key.id)
        .advice(advice))
}

fn id_or_name(case: &Case<'_>) -> Examined {
    let (keyed, value) = with_value(case)?;
    let keys = match keys(case) {
        Err(Not::Unread(why)) if !case.is_unsent() && is_id(value) => {
            let says = "x-api-key holds what is too short for a key's value, and has the form of a key's id.";
            let proof = Proof::likely(says).because("request", "headers.x-api-key", json!({ "length": value.len() }));
            // What was sent may be a secret all the same.
            let advice = "send the key's value, which aws apigateway get-api-key --include-value shows";
            return Ok(keyed.because(proof).without(&why).advice(advice));
        }
        keys => keys?,
    };
    if keys.iter().any(|key| key.opens_with(value)) {
        return Err(Not::refuted("a key has the value"));
    }
    let Some(key) = keys.iter().find(|key| key.id == value || key.name == value) else { return Err(Not::Silent) };
    let what = if key.id == value { "id" } else { "name" };
    let command = Aws::new("apigateway get-api-key --include-value --query value")
        .option("--api-key", key.id)
        .option("--region", &case.facts.region);
    Ok(keyed
        .because(Proof::certain(format!("x-api-key holds the {what} of the key {}, not its value.", key.shown())))
        .because("apigateway:GetApiKeys", format!("items.{what}"), key.id)
        .command("send the key's value, which this shows", command))
}

/// Whether it has the form of a key's id: ten small letters and digits. Values have twenty characters at least.
fn is_id(value: &str) -> bool {
    value.len() == 10 && value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

fn disabled(case: &Case<'_>) -> Examined {
    let (keyed, _) = with_value(case)?;
    let key = sent_key(case)?;
    if key.enabled {
        return Err(Not::refuted(format!("the key {} is enabled", key.shown())));
    }
    let command = Aws::new("apigateway update-api-key")
        .option("--api-key", key.id)
        .option("--patch-operations", "op=replace,path=/enabled,value=true")
        .option("--region", &case.facts.region);
    Ok(keyed
        .because(Proof::certain(format!("The key {} is disabled.", key.shown())))
        .because("apigateway:GetApiKeys", format!("{} enabled", key.id), false)
        .command("enable the key", command))
}

/// That no key of the region has the value that is sent.
fn is_unknown(case: &Case<'_>) -> Result<(usize, bool), Not> {
    let value = value(case)?;
    let keys = keys(case)?;
    if let Some(key) = keys.iter().find(|key| key.opens_with(value)) {
        return Err(Not::refuted(format!("it is the value of the key {}", key.shown())));
    }
    Ok((keys.len(), keys.iter().all(|key| key.value.is_some())))
}

fn unknown(case: &Case<'_>) -> Examined {
    let (keyed, _) = with_value(case)?;
    let (count, all_have_values) = match is_unknown(case) {
        Err(Not::Unread(why)) if !case.is_unsent() => {
            let says = format!(
                "Whether a key in {} has the value that x-api-key holds, and is enabled, was not read.",
                case.facts.region
            );
            let proof = keyed.because(Proof::possible(says)).without(&why);
            return Ok(proof.advice("compare what is sent with the key's value, and look whether the key is enabled"));
        }
        unknown => unknown?,
    };
    if let Some((_, region)) = Elsewhere::of(case)?.key {
        return Err(Not::refuted(format!("a key in {region} has the value that x-api-key holds")));
    }
    let says = format!("x-api-key holds the value of none of the {count} keys in {}.", case.facts.region);
    // Keys whose values are not shown may have it.
    let proof = if all_have_values { Proof::certain(says) } else { Proof::possible(says) };
    Ok(keyed.because(proof).because("apigateway:GetApiKeys", "items", count).advice(
        "send the value of a key of this region and account, or import this one here: keys of others open nothing",
    ))
}

fn elsewhere(case: &Case<'_>) -> Examined {
    let (keyed, _) = with_value(case)?;
    is_unknown(case)?;
    if malformed(case).is_ok() || id_or_name(case).is_ok() {
        return Err(Not::Silent);
    }
    let here = &case.facts.region;
    let Elsewhere { key, unread } = Elsewhere::of(case)?;
    if let Some((key, region)) = key {
        let key_there = key.shown();
        let says = format!("x-api-key holds the value of the key {key_there} of {region}; the request goes to {here}.");
        return Ok(keyed
            .because(Proof::likely(says))
            .because("apigateway:GetApiKeys", format!("items of {region}"), key.id)
            .advice("make or import a key with that value here, and put it into a usage plan of the stage"));
    }
    let says = format!("A key is good for one region of one account: this one may be of another than {here}.");
    let proof = unread.iter().fold(keyed.because(Proof::possible(says)), Proof::without);
    Ok(proof.advice("look for the key in the other regions and accounts, and import it here"))
}

/// The key whose value is sent, in the other regions that are read.
struct Elsewhere<'a> {
    /// The key, and its region.
    key: Option<(Key<'a>, &'a str)>,
    /// Why keys of a region were not read.
    unread: Vec<NotRead>,
}

/// How many other regions are looked through: each costs a call.
const REGIONS: usize = 4;

impl<'a> Elsewhere<'a> {
    fn of(case: &Case<'a>) -> Result<Elsewhere<'a>, Not> {
        let value = value(case)?;
        let mut unread = Vec::new();
        for region in case.facts.other_regions.iter().take(REGIONS) {
            match keys_by(case, Read::ApiKeysIn(region.clone())) {
                Ok(keys) => {
                    if let Some(key) = keys.into_iter().find(|key| key.opens_with(value)) {
                        return Ok(Elsewhere { key: Some((key, region)), unread: Vec::new() });
                    }
                }
                Err(Not::Unread(why)) => unread.push(why),
                Err(not) => return Err(not),
            }
        }
        Ok(Elsewhere { key: None, unread })
    }
}
