//! What tells that WAF blocked a request, besides its samples: the gateway's log, and the web ACL's own words.

use serde_json::Value;

use super::{name, names_web_acl, rules, sampled, web_acl};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof};
use crate::case::logs;
use crate::case::signal::{Answerer, error_type};
use crate::case::target::Target;
use crate::exchange::Response;

/// What the gateway's log says of a request that WAF blocked: its group and the words. `None` where it does not tell.
///
/// # Errors
///
/// [`Not::Refuted`], where it names another answer; [`Not::Wanted`], if it is to be read first.
pub(super) fn logged(case: &Case<'_>) -> Result<Option<(String, &'static str)>, Not> {
    let accessed = logs::accessed(case)?;
    match accessed.response_type.as_deref() {
        Some("WAF_FILTERED") => return Ok(Some((accessed.group, "error.responseType: WAF_FILTERED"))),
        Some(other) => return Err(Not::refuted(format!("the access log says that the gateway answered {other}"))),
        None => {}
    }
    for (variable, value, words) in
        [("wafResponseCode", "WAF_BLOCK", "wafResponseCode: WAF_BLOCK"), ("waf.status", "403", "waf.status: 403")]
    {
        if logs::accessed_variable(case, variable)?.as_deref() == Some(value) {
            return Ok(Some((accessed.group, words)));
        }
    }
    let text = "Gateway response type: WAF_FILTERED";
    let lines = logs::execution_if_any(case)?;
    Ok(lines.and_then(|lines| lines.find(text).map(|line| (line.group.to_owned(), text))))
}

/// Whether an answer may be in a web ACL's own words: an error or a redirect that nobody marked as the gateway's, of a stage that
/// has one.
pub(super) fn may_be(case: &Case<'_>) -> bool {
    let is_unmarked = |response| error_type(response).is_none();
    case.response().is_ok_and(|response| response.status >= 300 && is_unmarked(response))
        && matches!(case.answerer(), Answerer::Backend | Answerer::Unknown)
        && case.target().and_then(Target::stage).is_ok_and(names_web_acl)
}

/// What a web ACL or one of its rules answers in its own words: the status, and the body and the address of a redirect, where it
/// has them.
struct Words<'a> {
    status: u64,
    key: Option<&'a str>,
    body: Option<&'a str>,
    location: Option<&'a str>,
}

impl<'a> Words<'a> {
    fn of(acl: &'a Value, action: Option<&'a Value>) -> Option<Words<'a>> {
        let own = action?.get("Block")?.get("CustomResponse")?;
        let key = own.get("CustomResponseBodyKey").and_then(Value::as_str).filter(|key| !key.is_empty());
        let body = key.and_then(|key| acl.get("CustomResponseBodies")?.get(key)?.get("Content")?.as_str());
        let headers = own.get("ResponseHeaders").and_then(Value::as_array);
        let is_location = |header: &&Value| {
            header.get("Name").and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case("location"))
        };
        let location = headers.and_then(|all| all.iter().find(is_location)?.get("Value")?.as_str());
        Some(Words { status: own.get("ResponseCode")?.as_u64()?, key, body, location })
    }

    /// Whether they say more than a status, which others answer, too.
    fn are_telling(&self) -> bool {
        self.key.is_some() || self.location.is_some()
    }

    fn are_of(&self, response: &Response) -> bool {
        self.status == u64::from(response.status)
            && self.location.is_none_or(|own| response.headers.get("location") == Some(own))
            && match (self.key, self.body) {
                (None, _) => true,
                (Some(_), body) => body.is_some_and(|body| body.trim() == response.body.trim()),
            }
    }
}

/// That the answer is the one that a rule of the web ACL gives in its own words. Of a rule without a body or a redirect of its own
/// the status alone is known, which what is behind the API may answer as well: what WAF did then takes its samples or a log to tell.
pub(super) fn block(case: &Case<'_>) -> Examined {
    let response = case.response()?;
    let (_, acl) = web_acl(case)?;
    let words = |action: Option<&'_ Value>| {
        action.and_then(|own| Words::of(acl, Some(own))).filter(|own| own.are_of(response)).map(|own| own.are_telling())
    };
    let by_rule = |telling: bool| rules(acl).filter(move |rule| words(rule.get("Action")) == Some(telling));
    let by_default = words(acl.get("DefaultAction"));
    let is_telling = by_rule(true).next().is_some() || by_default == Some(true);
    let fitting: Vec<&Value> = by_rule(is_telling).collect();
    let who = match fitting.first() {
        Some(rule) => format!("the rule {}", name(rule)),
        None if by_default == Some(is_telling) => "its default action".to_owned(),
        None => return Err(Not::Silent),
    };
    let says = match is_telling {
        true => format!("The web ACL {} answers so in its own words: {who} does.", name(acl)),
        false => format!("The web ACL {} answers with the status {}: {who} does.", name(acl), response.status),
    };
    let proof = Proof::certain(says)
        .because("wafv2:GetWebACLForResource", "CustomResponse.ResponseCode", response.status)
        .advice(format!("make {who} count only, or narrow it"));
    let proof = match (is_telling, response.headers.get("location")) {
        (true, Some(location)) if (300..400).contains(&response.status) => {
            proof.because("response", "headers.Location", location)
        }
        (true, _) => proof.because("response", "body", "the content of the web ACL's CustomResponseBodies"),
        (false, _) => proof,
    };
    // What the log says of another answer speaks of the status alone.
    match logged(case) {
        Ok(Some((group, words))) => return Ok(proof.because("logs:FilterLogEvents", group, words)),
        Err(Not::Wanted) => return Err(Not::Wanted),
        Err(not) if !is_telling => return Err(not),
        _ => {}
    }
    let at_most = if is_telling { Confidence::Likely } else { Confidence::Possible };
    match sampled(case, acl, &fitting) {
        Ok(Some(_)) => Ok(proof.because("wafv2:GetSampledRequests", "SampledRequests[].Action", "BLOCK")),
        Ok(None) => Ok(proof.at_most(at_most)),
        Err(Not::Unread(why)) => Ok(proof.without(&why).at_most(at_most)),
        Err(not) => Err(not),
    }
}
