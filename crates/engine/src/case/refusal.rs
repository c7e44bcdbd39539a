//! What an answer of IAM says: who may not do what, on which ARN.

use super::Case;
use super::cause::Not;
use super::signal::Signal;

/// `User: {principal} is not authorized to perform: {action} on resource: {resource}{suffix}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `anonymous`, or the caller's ARN.
    pub principal: String,
    /// The action: `execute-api:Invoke`, or `execute-api:ManageConnections` of a WebSocket API's connections.
    pub action: &'static str,
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
        case.response()?;
        let text = case.message().ok_or(Not::Silent)?;
        Refusal::parse(&text).ok_or(Not::Silent)
    }

    /// Reads the text.
    pub fn parse(text: &str) -> Option<Refusal> {
        let rest = text.trim().strip_prefix("User: ")?;
        let (principal, rest) = rest.split_once(" is not authorized to perform: ")?;
        let (action, rest) = rest.split_once(" on resource: ")?;
        let action = ACTIONS.into_iter().find(|own| action.eq_ignore_ascii_case(own))?;
        // A path may hold no space, so that the first one ends the ARN.
        let (resource, suffix) = rest.find(' ').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
        Some(Refusal {
            principal: principal.trim().to_owned(),
            action,
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

    /// The same refusal with an account's digits in the place of a mask in the caller's ARN that fits them.
    #[must_use]
    pub fn unmasking_caller(self, account_id: &str) -> Refusal {
        let masked = self.account().filter(|own| own.starts_with('*') && fits_mask(own, account_id));
        match masked {
            Some(masked) => Refusal { principal: self.principal.replacen(masked, account_id, 1), ..self },
            None => self,
        }
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

    /// What was called, without its API: `stage/METHOD/path`, as resource policies may name it.
    pub fn called(&self) -> &str {
        let rest = self.resource.splitn(6, ':').nth(5).unwrap_or_default();
        rest.split_once('/').map_or("", |(_, called)| called)
    }

    /// The ARN that was called, with the account's digits in the place of the mask; `None` where they do not fit.
    pub fn unmasked(&self, account_id: &str) -> Option<String> {
        let parts: Vec<&str> = self.resource.splitn(6, ':').collect();
        let [arn, partition, service, region, account, rest] = parts.as_slice() else { return None };
        if !fits_mask(account, account_id) {
            return None;
        }
        Some(format!("{arn}:{partition}:{service}:{region}:{account_id}:{rest}"))
    }
}

/// What callers of an API may be refused.
const ACTIONS: [&str; 2] = ["execute-api:Invoke", "execute-api:ManageConnections"];

/// Whether an account is one whose last digits are shown: `********3333`.
fn fits_mask(shown: &str, account_id: &str) -> bool {
    account_id.ends_with(shown.trim_start_matches('*'))
}

#[cfg(test)]
mod tests {
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
            assert_eq!(refusal.called(), "dev/POST/orders");
        }
    }

    #[test]
    fn a_mask_in_the_callers_arn_may_stand_for_the_account() {
        let refusal = |principal: &str| Refusal {
            action: ACTIONS[0],
            principal: principal.to_owned(),
            resource: RESOURCE.to_owned(),
            suffix: String::new(),
        };
        for (principal, expected) in [
            ("arn:aws:iam::********3333:user/app", "arn:aws:iam::111122223333:user/app"),
            ("arn:aws:sts::********3333:assumed-role/app/s", "arn:aws:sts::111122223333:assumed-role/app/s"),
            ("arn:aws:iam::********6666:user/app", "arn:aws:iam::********6666:user/app"),
            ("arn:aws:iam::444455556666:user/app", "arn:aws:iam::444455556666:user/app"),
            ("anonymous", "anonymous"),
        ] {
            assert_eq!(refusal(principal).unmasking_caller("111122223333").principal, expected);
        }
        assert_eq!(
            refusal("arn:aws:iam::********3333:user/app").unmasking_caller("").account(),
            Some("********3333"),
            "an account that is not known stands for nothing"
        );
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
            action: ACTIONS[0],
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
}
