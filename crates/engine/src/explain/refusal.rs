//! What an answer of IAM says: who may not do what, on which ARN. The texts are those of apigw-facts.md §2.1.

use serde_json::Value;

use super::case::Case;
use super::cause::Not;
use super::signal::{self, Signal};
use crate::policy;

/// `User: {principal} is not authorized to perform: {action} on resource: {resource}{suffix}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `anonymous`, or the caller's ARN.
    pub principal: String,
    /// The ARN that was called. AWS masks the account in it, all but its last four digits.
    pub resource: String,
    /// What follows, from its first space: ` with an explicit deny`, ` because no …`, or nothing.
    pub suffix: String,
}

impl Refusal {
    /// What the answer to a case says.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if it says no such thing.
    pub fn of(case: &Case<'_>) -> Result<Refusal, Not> {
        case.shows(&[Signal::AccessDenied])?;
        let text = signal::message(case.response()?).ok_or(Not::Silent)?;
        Refusal::parse(&text).ok_or(Not::Silent)
    }

    /// Reads the text.
    pub fn parse(text: &str) -> Option<Refusal> {
        let rest = text.trim().strip_prefix("User: ")?;
        let (principal, rest) = rest.split_once(" is not authorized to perform: ")?;
        let (action, rest) = rest.split_once(" on resource: ")?;
        if !action.eq_ignore_ascii_case("execute-api:Invoke") {
            return None;
        }
        // A path may hold no space, so that the first one ends the ARN.
        let (resource, suffix) = rest.find(' ').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
        Some(Refusal {
            principal: principal.trim().to_owned(),
            resource: resource.trim_end_matches('.').to_owned(),
            suffix: suffix.to_owned(),
        })
    }

    /// Whether nobody had signed.
    pub fn is_anonymous(&self) -> bool {
        self.principal == "anonymous"
    }

    /// Whether a statement denies it, as opposed to none that allows it.
    pub fn is_explicit(&self) -> bool {
        self.suffix.contains("explicit deny")
    }

    /// The caller's account.
    pub fn account(&self) -> Option<&str> {
        self.principal.split(':').nth(4).filter(|account| !account.is_empty())
    }

    /// The role of an assumed-role session, by its name.
    pub fn role(&self) -> Option<&str> {
        let (_, rest) = self.principal.split_once(":assumed-role/")?;
        rest.split('/').next()
    }

    /// The ARN under which IAM knows the caller's policies: a session's role, or the user. A role's path is not part of
    /// its session's ARN, and missing here, too.
    pub fn identity(&self) -> String {
        match (self.role(), self.principal.split(':').nth(1), self.account()) {
            (Some(role), Some(partition), Some(account)) => format!("arn:{partition}:iam::{account}:role/{role}"),
            _ => self.principal.clone(),
        }
    }

    /// The ARN that was called, with the account's digits in the place of the mask; `None` where they do not fit.
    pub fn unmasked(&self, account_id: &str) -> Option<String> {
        let parts: Vec<&str> = self.resource.splitn(6, ':').collect();
        let [arn, partition, service, region, account, rest] = parts.as_slice() else { return None };
        if !account_id.ends_with(account.trim_start_matches('*')) {
            return None;
        }
        Some(format!("{arn}:{partition}:{service}:{region}:{account_id}:{rest}"))
    }
}

/// What the API's resource policy says of the call.
impl Refusal {
    /// Whether a policy allows it; `None` where a condition decides.
    pub fn is_allowed_by(&self, policy: &Value) -> Option<bool> {
        let mut open = Some(false);
        for statement in statements(policy, "Allow").filter(|own| self.is_subject_of(own)) {
            match statement.get("Condition") {
                None => return Some(true),
                Some(_) => open = None,
            }
        }
        open
    }

    /// The first statement of a policy that denies it, or may, where it has a condition.
    pub fn denial_in<'p>(&self, policy: &'p Value) -> Option<&'p Value> {
        statements(policy, "Deny").find(|own| self.is_subject_of(own))
    }

    /// Whether a statement is about the caller and the ARN that was called.
    fn is_subject_of(&self, statement: &Value) -> bool {
        let account = self.account().unwrap_or_default();
        let (identity, root) = (self.identity(), format!("::{account}:root"));
        let is_named = |name: &str| {
            name == "*" || name == account || name == self.principal || name == identity || name.ends_with(&root)
        };
        let is_named = match statement.get("Principal") {
            Some(Value::Object(kinds)) => kinds.get("AWS").is_some_and(|names| list(names).any(is_named)),
            Some(single) => list(single).any(is_named),
            None => false,
        };
        let is_invoke = |action: &str| policy::matches(&action.to_ascii_lowercase(), "execute-api:invoke");
        // The account is masked in the answer: what follows it is compared, `api/stage/METHOD/path`. A policy may leave
        // the API out, as `execute-api:/stage/METHOD/path`.
        let called = self.resource.splitn(6, ':').nth(5).unwrap_or_default();
        let path = called.split_once('/').map_or("", |(_, path)| path);
        let is_called = |pattern: &str| match pattern.strip_prefix("execute-api:/") {
            Some(own) => policy::matches(own, path),
            None => policy::matches(pattern.splitn(6, ':').nth(5).unwrap_or(pattern), called),
        };
        is_named
            && statement.get("Action").is_some_and(|actions| list(actions).any(is_invoke))
            && statement.get("Resource").is_some_and(|resources| list(resources).any(is_called))
    }
}

/// The statements of a policy that have an effect.
fn statements<'p>(policy: &'p Value, effect: &'static str) -> impl Iterator<Item = &'p Value> {
    let statements = policy.get("Statement").map(items).unwrap_or_default();
    statements.iter().filter(move |own| own.get("Effect").is_some_and(|own| own == effect))
}

/// The strings of a list, or a single string.
fn list(value: &Value) -> impl Iterator<Item = &str> {
    items(value).iter().filter_map(Value::as_str)
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        single => std::slice::from_ref(single),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RESOURCE: &str = "arn:aws:execute-api:eu-west-1:********3333:a1b2c3d4e5/dev/POST/orders";

    #[test]
    fn reads_old_and_new_wordings() {
        for (principal, suffix, is_explicit) in [
            ("anonymous", "", false),
            ("anonymous", " because no resource-based policy allows the execute-api:Invoke action", false),
            ("arn:aws:iam::111122223333:user/app", " with an explicit deny", true),
            ("arn:aws:iam::111122223333:user/app", " with an explicit deny in a resource-based policy", true),
        ] {
            let text = format!(
                "User: {principal} is not authorized to perform: execute-api:Invoke on resource: {RESOURCE}{suffix}"
            );
            let refusal = Refusal::parse(&text).unwrap();
            assert_eq!((refusal.principal.as_str(), refusal.suffix.as_str()), (principal, suffix));
            assert_eq!((refusal.is_anonymous(), refusal.is_explicit()), (principal == "anonymous", is_explicit));
            let expected = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/dev/POST/orders";
            assert_eq!(refusal.unmasked("111122223333").as_deref(), Some(expected));
            assert_eq!(refusal.unmasked("444455556666"), None);
        }
    }

    #[test]
    fn leaves_other_texts_alone() {
        for text in [
            "User is not authorized to access this resource with an explicit deny",
            "User: arn:aws:iam::1:user/a is not authorized to perform: execute-api:InvalidateCache on resource: arn",
            "Forbidden",
            "",
        ] {
            assert_eq!(Refusal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn knows_the_role_behind_a_session() {
        let refusal = |principal: &str| Refusal {
            principal: principal.to_owned(),
            resource: RESOURCE.to_owned(),
            suffix: String::new(),
        };
        let session = refusal("arn:aws-cn:sts::444455556666:assumed-role/caller/session");
        assert_eq!((session.account(), session.role()), (Some("444455556666"), Some("caller")));
        assert_eq!(session.identity(), "arn:aws-cn:iam::444455556666:role/caller");
        let user = refusal("arn:aws:iam::111122223333:user/app");
        assert_eq!((user.role(), user.identity().as_str()), (None, "arn:aws:iam::111122223333:user/app"));
    }

    #[test]
    fn reads_what_a_resource_policy_says_of_the_call() {
        let refusal = Refusal {
            principal: "arn:aws:sts::444455556666:assumed-role/caller/s".to_owned(),
            resource: RESOURCE.to_owned(),
            suffix: String::new(),
        };
        let policy = |effect: &str, principal: Value, resource: &str, condition: Value| {
            let mut statement = json!({
                "Effect": effect, "Principal": principal, "Action": "execute-api:Invoke", "Resource": resource,
            });
            if !condition.is_null() {
                statement["Condition"] = condition;
            }
            json!({ "Statement": [statement] })
        };
        let source_ip = json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } });
        for (principal, resource, condition, expected) in [
            (json!("*"), "execute-api:/*", Value::Null, Some(true)),
            (json!({ "AWS": "444455556666" }), "execute-api:/dev/*/orders", Value::Null, Some(true)),
            (json!({ "AWS": ["arn:aws:iam::444455556666:root"] }), "*", Value::Null, Some(true)),
            (json!({ "AWS": "arn:aws:iam::444455556666:role/caller" }), RESOURCE, Value::Null, Some(true)),
            (json!({ "AWS": "arn:aws:iam::777788889999:root" }), "execute-api:/*", Value::Null, Some(false)),
            (json!("*"), "execute-api:/prod/*", Value::Null, Some(false)),
            (json!("*"), "execute-api:/*", source_ip.clone(), None),
        ] {
            let own = policy("Allow", principal.clone(), resource, condition.clone());
            assert_eq!(refusal.is_allowed_by(&own), expected, "{own}");
            assert_eq!(refusal.denial_in(&own), None);
            let own = policy("Deny", principal, resource, condition);
            assert_eq!(refusal.denial_in(&own).is_some(), expected != Some(false), "{own}");
        }
    }
}
