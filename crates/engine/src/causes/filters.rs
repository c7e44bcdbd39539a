//! What stands before the API and refuses: WAF.

mod lists;
mod own_words;
mod risks;

use std::net::IpAddr;

use serde_json::{Value, json};

use self::lists::{Lists, Verdict};
use super::{api_key, key_value};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::facts::Read;
use crate::case::resource_policy::{Sender, range_of};
use crate::case::signal::Signal;
use crate::command::Aws;
use crate::snapshot::{ApiKind, Stage};

causes! {
    /// WAF lets in listed addresses alone
    ///
    /// ## What proves it
    ///
    /// The stage's web ACL blocks by default, or blocks what is not in an IP set, and the sender's address is in none of the
    /// sets that let in. It is no more than likely where another rule may let the sender in before. WAF comes before the
    /// route, its authorizer and its API key.
    ///
    /// ## What refutes it
    ///
    /// The address is in a set, or the web ACL allows by default.
    ///
    /// ## Remedy
    ///
    /// Add the address to the IP set.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-ipset-match.html>
    "waf-ip-allow-list", Cause, Silent, ip_set;

    /// WAF blocks a sender who asks too often
    ///
    /// ## What proves it
    ///
    /// A request that WAF sampled at that time was blocked by a rate-based rule.
    ///
    /// ## What refutes it
    ///
    /// No such rule.
    ///
    /// ## Remedy
    ///
    /// Ask less often, or raise the rule's limit.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html>
    "waf-rate-limited", Cause, Silent, rate;

    /// WAF answers in its own words that there were too many requests
    ///
    /// ## What proves it
    ///
    /// The answer is 429, and a rule of the stage's web ACL has a custom response with this status.
    ///
    /// ## What refutes it
    ///
    /// No rule has one.
    ///
    /// ## Remedy
    ///
    /// Ask less often, or raise the rule's limit.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/waf/latest/developerguide/customizing-the-response-for-blocked-requests.html>
    "waf-rate-custom-429", Cause, Silent, custom_429;

    /// WAF blocks the request
    ///
    /// ## What proves it
    ///
    /// The stage has a web ACL, and a request that WAF sampled at that time was blocked by one of its rules; or the gateway's log
    /// says that WAF answered. Where the answer is the one that a rule gives in its own words, it is likely without either, too:
    /// by its body, or by where its redirect leads. Of a rule that gives a status alone it is possible.
    /// Where nothing was sent, that some of its rules block is as much as can be said.
    ///
    /// ## What refutes it
    ///
    /// The stage has no web ACL, the sampled request was let through, or the access log names another answer of the gateway's.
    ///
    /// ## Remedy
    ///
    /// Make the rule count only, or narrow it.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    "waf-block", Cause, Warns, block;
}

/// The web ACL of a stage or user pool; `None` where it has none.
pub(super) fn web_acl_of<'a>(case: &Case<'a>, arn: String) -> Result<Option<&'a Value>, Not> {
    let answer = case.ask(Read::WebAcl(arn))?;
    Ok(answer.and_then(|answer| answer.get("WebACL")).filter(|acl| !acl.is_null()))
}

/// Whether a stage names a web ACL, as API Gateway itself tells it.
pub(super) fn names_web_acl(stage: &Stage) -> bool {
    stage.settings.get("webAclArn").and_then(Value::as_str).is_some_and(|arn| !arn.is_empty())
}

/// The web ACL of the request's stage.
fn web_acl<'a>(case: &Case<'a>) -> Result<(String, &'a Value), Not> {
    let target = case.target()?;
    let stage = target.stage()?;
    let none = || Not::refuted("the stage has no web ACL");
    // WAF guards the stages of REST APIs alone.
    if target.api.kind != ApiKind::Rest {
        return Err(none());
    }
    // A stage that has one names it: WAF is not to be asked then, and nothing is left unread.
    if target.stage_read().is_ok() && !names_web_acl(stage) {
        return Err(none());
    }
    let arn = target.api.stage_arn(&case.facts.region, &stage.name);
    match web_acl_of(case, arn.clone()) {
        Ok(acl) => Ok((arn, acl.ok_or_else(none)?)),
        // Of a stage that was not read either, nothing speaks for one.
        Err(Not::Unread(_)) if target.stage_read().is_err() => Err(Not::Silent),
        Err(not) => Err(not),
    }
}

/// The name of a web ACL, or of a rule.
pub(super) fn name(value: &Value) -> String {
    value.get("Name").and_then(Value::as_str).unwrap_or("without a name").to_owned()
}

fn rules(acl: &Value) -> impl Iterator<Item = &Value> {
    acl.get("Rules").and_then(Value::as_array).into_iter().flatten()
}

/// The IP sets that a rule's statement names, and whether it applies to what is not in them.
fn sets(statement: &Value, negated: bool) -> Vec<(String, bool)> {
    let arn = statement.get("IPSetReferenceStatement").and_then(|set| set.get("ARN")).and_then(Value::as_str);
    let mut found: Vec<(String, bool)> = arn.map(|arn| (arn.to_owned(), negated)).into_iter().collect();
    if let Some(inner) = statement.get("NotStatement").and_then(|not| not.get("Statement")) {
        found.extend(sets(inner, !negated));
    }
    for kind in ["AndStatement", "OrStatement"] {
        let list = statement.get(kind).and_then(|all| all.get("Statements")).and_then(Value::as_array);
        found.extend(list.into_iter().flatten().flat_map(|inner| sets(inner, negated)));
    }
    found
}

/// Whether an action of a web ACL or of a rule, by its member, is `Allow` or `Block`.
fn does(value: &Value, member: &str, action: &str) -> bool {
    value.get(member).is_some_and(|own| own.get(action).is_some())
}

/// The IP sets by which a web ACL lets in, and the names of the rules that use them.
fn deciding(acl: &Value) -> Vec<(String, String)> {
    let blocks_by_default = does(acl, "DefaultAction", "Block");
    let mut deciding = Vec::new();
    for rule in rules(acl) {
        for (arn, negated) in rule.get("Statement").map(|statement| sets(statement, false)).unwrap_or_default() {
            let lets_in = (blocks_by_default && !negated && does(rule, "Action", "Allow"))
                || (negated && does(rule, "Action", "Block"));
            if lets_in {
                deciding.push((arn, name(rule)));
            }
        }
    }
    deciding
}

fn ip_set(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Forbidden])?;
    let address = Sender::of(case, case.target()?).source_ip;
    if case.is_unsent() && address.is_none() {
        return Err(Not::Silent);
    }
    let (_, acl) = web_acl(case)?;
    let deciding = deciding(acl);
    if deciding.is_empty() {
        return Err(Not::refuted("no rule of the web ACL lets in listed addresses alone"));
    }
    let says = format!("The web ACL {} lets in listed addresses alone", name(acl));
    let Some(address) = address else {
        let names: Vec<&String> = deciding.iter().map(|(_, name)| name).collect();
        let proof = Proof::likely(format!("{says}; the sender's is not known."))
            .because("wafv2:GetWebACLForResource", "Rules[].Name", json!(names))
            .advice("find out the sender's address (curl https://checkip.amazonaws.com), and add it to the IP set");
        return Ok(unless_the_key(case, proof));
    };
    let mut lists = Lists::of(case, address);
    let by = match lists.judge(acl)? {
        Verdict::LetIn(rule) => {
            return Err(Not::refuted(format!("the sender's address is in the list of the rule {rule}")));
        }
        Verdict::Blocked(Some(rule)) if deciding.iter().all(|(_, own)| *own != rule) => {
            return Err(Not::refuted(format!("the rule {rule} blocks what it lists, before any rule lets in")));
        }
        Verdict::Open if lists.unread.is_empty() => {
            return Err(Not::refuted("no rule of the web ACL blocks the sender by its address alone"));
        }
        Verdict::Blocked(rule) => rule,
        Verdict::Open => None,
    };
    let mut proof = Proof::certain(format!("{says}, and the sender's is in no list."));
    let mut first = None;
    for (arn, rule) in &deciding {
        let Some((_, set)) = lists.read.iter().find(|(own, _)| own == arn) else { continue };
        let length = set.get("Addresses").and_then(Value::as_array).map_or(0, Vec::len);
        proof = proof.because("wafv2:GetIPSet", format!("{rule} IPSet.Addresses"), length);
        if by.as_ref().is_none_or(|by| by == rule) {
            first = first.or(Some(*set));
        }
    }
    let advice = "add the sender's address to the IP set";
    if let Some(why) = lists.unread.first() {
        proof.says = format!("{says}; not all lists were read.");
        proof = proof.advice(format!("grant {}, and ask again; or {advice}", why.needs));
        return Ok(lists.unread.iter().fold(proof, Proof::without));
    }
    if !lists.open.is_empty() {
        let others = lists.open.join(", ");
        proof = proof.at_most(Confidence::Likely);
        proof.says = format!("{says}, and the sender's is in no list; {others} may let it in by something else.");
    }
    Ok(match first.filter(|set| takes(set, address)) {
        Some(set) => proof.command(advice, add(case, set, address)),
        None => proof.advice(advice),
    })
}

/// Holds down what rests on the guess who sent the request, where the API key that it lacks or sends explains the answer.
fn unless_the_key(case: &Case<'_>, proof: Proof) -> Proof {
    if case.request.client.source_ip.is_some() {
        return proof;
    }
    let is_certain = |proof: Proof| proof.confidence == Confidence::Certain;
    let mut causes = api_key::CAUSES.iter().chain(key_value::CAUSES);
    let by_key = causes.any(|cause| (cause.examine)(case).is_ok_and(is_certain));
    if by_key { proof.at_most(Confidence::Possible) } else { proof }
}

/// Whether an IP set takes an address: it has addresses of one version alone.
fn takes(set: &Value, address: IpAddr) -> bool {
    let other = if address.is_ipv6() { "IPV4" } else { "IPV6" };
    set.get("IPAddressVersion").is_none_or(|own| own != other)
}

fn add(case: &Case<'_>, set: &Value, address: IpAddr) -> Aws {
    let text = |name: &str| set.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let old = set.get("Addresses").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let of_set = |operation: &str| {
        let of_all = Aws::new(operation).option("--scope", "REGIONAL");
        of_all.option("--name", &text("Name")).option("--id", &text("Id"))
    };
    // Every write changes the token.
    let token = of_set("wafv2 get-ip-set").option("--region", &case.facts.region);
    of_set("wafv2 update-ip-set")
        .options("--addresses", old.map(str::to_owned).chain([range_of(address)]))
        .looked_up("--lock-token", token, "LockToken")
        .option("--region", &case.facts.region)
}

/// The read of what a rule sampled.
fn sampling(acl: &Value, rule: &Value) -> Option<Read> {
    let web_acl = acl.get("ARN").and_then(Value::as_str).unwrap_or_default().to_owned();
    let metric = rule.get("VisibilityConfig")?.get("MetricName")?.as_str()?.to_owned();
    Some(Read::SampledRequests { web_acl, metric })
}

/// A rule of the web ACL that blocked a sampled request like this one.
fn sampled<'a>(case: &Case<'a>, acl: &'a Value, rules: &[&'a Value]) -> Result<Option<(String, &'a Value)>, Not> {
    let mut unread = None;
    for rule in rules {
        let Some(read) = sampling(acl, rule) else { continue };
        match case.list(read, "SampledRequests") {
            Ok(samples) => {
                if let Some(sample) = samples.iter().find(|sample| is_this(case, sample, "BLOCK")) {
                    let inner = sample.get("RuleNameWithinRuleGroup").and_then(Value::as_str);
                    return Ok(Some((inner.map_or_else(|| name(rule), str::to_owned), sample)));
                }
            }
            Err(Not::Unread(why)) => unread = unread.or(Some(why)),
            Err(not) => return Err(not),
        }
    }
    unread.map_or(Ok(None), |why| Err(Not::Unread(why)))
}

/// Whether the requests from the sender's address that were sampled were let through.
fn let_through(case: &Case<'_>, acl: &Value, rules: &[&Value]) -> bool {
    case.request.client.source_ip.is_some()
        && rules.iter().any(|rule| {
            let read = sampling(acl, rule).and_then(|read| case.list(read, "SampledRequests").ok());
            read.into_iter().flatten().any(|sample| is_this(case, sample, "ALLOW"))
        })
}

/// Whether a sampled request may be this one, and this was done with it.
fn is_this(case: &Case<'_>, sample: &Value, action: &str) -> bool {
    let done = sample.get("Action").is_some_and(|own| own == action);
    let request = sample.get("Request");
    let text = |name: &str| request.and_then(|request| request.get(name)).and_then(Value::as_str);
    let path = text("URI").map(|uri| uri.split('?').next().unwrap_or(uri));
    let address = case.request.client.source_ip.map(|address| address.to_string());
    done && path.is_none_or(|path| path == case.request.url.path)
        && text("Method").is_none_or(|method| method == case.request.method)
        && address.is_none_or(|address| text("ClientIP").is_none_or(|own| own == address))
}

fn is_rate_based(rule: &Value) -> bool {
    rule.get("Statement").is_some_and(|statement| statement.get("RateBasedStatement").is_some())
}

fn rate(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Forbidden])?;
    case.response()?;
    let (_, acl) = web_acl(case)?;
    let based: Vec<&Value> = rules(acl).filter(|rule| is_rate_based(rule)).collect();
    if based.is_empty() {
        return Err(Not::refuted("the web ACL has no rate-based rule"));
    }
    let Some((rule, sample)) = sampled(case, acl, &based)? else {
        return Err(Not::refuted("no sampled request was blocked by a rate-based rule"));
    };
    let proof = Proof::certain(format!("The rate-based rule {rule} of the web ACL {} blocked it.", name(acl)))
        .because(
            "wafv2:GetSampledRequests",
            "SampledRequests[].Action",
            sample.get("Action").cloned().unwrap_or_default(),
        )
        .advice(format!("ask less often, or raise the limit of the rule {rule}"));
    Ok(unless_the_key(case, proof))
}

fn custom_429(case: &Case<'_>) -> Examined {
    let response = case.response()?;
    if response.status != 429 || crate::case::signal::error_type(response).is_some() {
        return Err(Not::Silent);
    }
    let (_, acl) = web_acl(case)?;
    let code = |rule: &Value| rule.get("Action")?.get("Block")?.get("CustomResponse")?.get("ResponseCode")?.as_i64();
    let Some(rule) = rules(acl).find(|rule| code(rule) == Some(429)) else {
        return Err(Not::refuted("no rule of the web ACL answers 429"));
    };
    let rule = name(rule);
    Ok(Proof::certain(format!("The rule {rule} of the web ACL {} answers 429 in its own words.", name(acl)))
        .because("wafv2:GetWebACLForResource", "Rules[].Action.Block.CustomResponse.ResponseCode", 429)
        .advice(format!("ask less often, or raise the limit of the rule {rule}")))
}

fn block(case: &Case<'_>) -> Examined {
    if own_words::may_be(case) {
        return own_words::block(case);
    }
    case.shows(&[Signal::Forbidden])?;
    let stage = case.target()?.stage()?;
    if case.is_unsent() {
        return risks::may_block(case, stage);
    }
    let (_, acl) = match web_acl(case) {
        Ok(found) => found,
        Err(Not::Unread(why)) => {
            // As much as the answer itself says: keys and domain names are refused in the same words.
            let own = if names_web_acl(stage) {
                Proof::possible(
                    "The answer is the one that WAF gives, and the stage has a web ACL; what its rules say was not read.",
                )
                .because("apigateway:GetStages", "webAclArn", stage.settings.get("webAclArn").cloned())
            } else {
                Proof::possible("The answer is the one that WAF gives; whether the stage has a web ACL was not read.")
            };
            return Ok(own.without(&why).advice(format!("grant {}, and ask again", why.needs)));
        }
        Err(not) => return Err(not),
    };
    let logged = own_words::logged(case)?;
    let all: Vec<&Value> = rules(acl).collect();
    let (unread, found) = match sampled(case, acl, &all) {
        Ok(found) => (None, found),
        Err(Not::Unread(why)) => (Some(why), None),
        Err(not) => return Err(not),
    };
    if found.is_none() && let_through(case, acl, &all) {
        return Err(Not::refuted("the sampled request from this address was let through"));
    }
    if let Some((rule, sample)) = found {
        let proof = Proof::certain(format!("The rule {rule} of the web ACL {} blocked it.", name(acl)))
            .because(
                "wafv2:GetSampledRequests",
                "SampledRequests[].Action",
                sample.get("Action").cloned().unwrap_or_default(),
            )
            .because("wafv2:GetSampledRequests", "SampledRequests[].RuleNameWithinRuleGroup", rule.clone())
            .advice(format!("make the rule {rule} count only, or narrow it"));
        return Ok(unless_the_key(case, proof));
    }
    let look = "look into the web ACL's sampled requests or its log";
    if let Some((group, words)) = logged {
        let says = format!("The web ACL {} of the stage blocked it, as the gateway's log says.", name(acl));
        return Ok(Proof::certain(says)
            .because("logs:FilterLogEvents", group, words)
            .advice(format!("{look} for the rule")));
    }
    let (shown, advice) = match &unread {
        Some(why) => ("its sampled requests were not read", format!("grant {}, and ask again; or {look}", why.needs)),
        None => ("no sampled request shows what it did", look.to_owned()),
    };
    let proof = Proof::possible(format!("The stage has the web ACL {}; {shown}.", name(acl)))
        .because("wafv2:GetWebACLForResource", "WebACL.Name", name(acl))
        .advice(advice);
    Ok(unread.iter().fold(proof, Proof::without))
}

#[cfg(test)]
mod tests;
