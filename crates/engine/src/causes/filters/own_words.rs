//! What tells that WAF blocked a request, besides its samples: the gateway's log, and the web ACL's own words.

use serde_json::Value;

use super::{name, names_web_acl, rules, sampled, web_acl};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof};
use crate::case::logs;
use crate::case::signal::{Answerer, error_type};
use crate::case::target::Target;

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

/// Whether an answer may be in a web ACL's own words: an error that nobody marked as the gateway's, of a stage that has one.
pub(super) fn may_be(case: &Case<'_>) -> bool {
    let is_unmarked = |response| error_type(response).is_none();
    case.response().is_ok_and(|response| response.status >= 400 && is_unmarked(response))
        && matches!(case.answerer(), Answerer::Backend | Answerer::Unknown)
        && case.target().and_then(Target::stage).is_ok_and(names_web_acl)
}

/// What a web ACL or one of its rules answers in its own words: the status, and the body where there is one.
fn words<'a>(acl: &'a Value, action: Option<&'a Value>) -> Option<(u64, Option<&'a str>)> {
    let own = action?.get("Block")?.get("CustomResponse")?;
    let key = own.get("CustomResponseBodyKey").and_then(Value::as_str);
    let body = key.and_then(|key| acl.get("CustomResponseBodies")?.get(key)?.get("Content")?.as_str());
    Some((own.get("ResponseCode")?.as_u64()?, body))
}

/// That the answer is the one that a rule of the web ACL gives in its own words.
pub(super) fn block(case: &Case<'_>) -> Examined {
    let response = case.response()?;
    let (_, acl) = web_acl(case)?;
    let is_answer = |own: (u64, Option<&str>)| {
        own.0 == u64::from(response.status) && own.1.is_some_and(|body| body.trim() == response.body.trim())
    };
    let fitting: Vec<&Value> =
        rules(acl).filter(|rule| words(acl, rule.get("Action")).is_some_and(is_answer)).collect();
    let by_default = words(acl, acl.get("DefaultAction")).is_some_and(is_answer);
    let who = match (fitting.first(), by_default) {
        (Some(rule), _) => format!("the rule {}", name(rule)),
        (None, true) => "its default action".to_owned(),
        (None, false) => return Err(Not::Silent),
    };
    let proof = Proof::certain(format!("The web ACL {} answers so in its own words: {who} does.", name(acl)))
        .because("wafv2:GetWebACLForResource", "CustomResponse.ResponseCode", response.status)
        .because("response", "body", "the content of the web ACL's CustomResponseBodies")
        .advice(format!("make {who} count only, or narrow it"));
    match sampled(case, acl, &fitting) {
        Ok(Some(_)) => Ok(proof.because("wafv2:GetSampledRequests", "SampledRequests[].Action", "BLOCK")),
        Ok(None) => Ok(proof.at_most(Confidence::Likely)),
        Err(Not::Unread(why)) => Ok(proof.without(&why)),
        Err(not) => Err(not),
    }
}
