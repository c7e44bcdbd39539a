//! What web ACLs may refuse, where nothing was sent yet.

use serde_json::{Value, json};

use super::{name, names_web_acl, rules, web_acl};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof};
use crate::snapshot::Stage;

/// That the stage's web ACL blocks some requests.
pub(super) fn may_block(case: &Case<'_>, stage: &Stage) -> Examined {
    if !names_web_acl(stage) {
        return Err(Not::refuted("the stage has no web ACL"));
    }
    let (_, acl) = web_acl(case)?;
    let has = |value: &Value, action: &str, name: &str| value.get(action).is_some_and(|own| own.get(name).is_some());
    let blocks = |rule: &&Value| has(rule, "Action", "Block") || has(rule, "OverrideAction", "None");
    let mut names: Vec<String> = rules(acl).filter(blocks).map(name).collect();
    if has(acl, "DefaultAction", "Block") {
        names.push("its default action".to_owned());
    }
    if names.is_empty() {
        return Err(Not::refuted("the stage's web ACL blocks nothing"));
    }
    Ok(Proof::possible(format!(
        "The web ACL {} of {} may block requests: {}.",
        name(acl),
        stage.name,
        names.join(", ")
    ))
    .because("wafv2:GetWebACLForResource", "WebACL.Name", name(acl))
    .because("wafv2:GetWebACLForResource", "WebACL.Rules[].Name", json!(names))
    .advice("look into the web ACL's sampled requests for callers that it should let in"))
}
