//! What the policy of an authorizer's answer says to a request.

use serde_json::{Map, Value};

use super::Rule;
use super::fix::Fix;
use super::trial::{Evidence, Trial, item, member, what};
use crate::policy;

const ACTION: &str = "execute-api:invoke";

/// What a policy says to a request of which only the action is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    /// It lets in, at least to what its resources name.
    Allows,
    /// It turns everybody away.
    Denies,
    /// It is none that can be evaluated. What is wrong has been said.
    Unreadable,
}

/// Evaluates `policyDocument`, as IAM does: a deny wins over every allow, and what no statement names is denied.
pub(super) fn evaluate(answer: &Map<String, Value>, trial: &mut Trial) -> Grant {
    let path = "$.policyDocument";
    let Some(document) = answer.get("policyDocument") else {
        let message = "there is no `policyDocument`: the gateway answers 500";
        trial.refuse(Evidence::Known, Rule::NoPolicy, path.to_owned(), message, Fix::Policy);
        return Grant::Unreadable;
    };
    let Value::Object(document) = document else {
        let message =
            format!("`policyDocument` is {} and has to be an object: the gateway answers 500", what(document));
        trial.refuse(Evidence::Known, Rule::NoPolicy, path.to_owned(), &message, Fix::Policy);
        return Grant::Unreadable;
    };
    let path = member(path, "Statement");
    let (statements, is_list) = match document.get("Statement") {
        Some(Value::Array(statements)) => (statements.as_slice(), true),
        Some(single @ Value::Object(_)) => {
            trial.unverified("`Statement` is a single statement without a list around it");
            (std::slice::from_ref(single), false)
        }
        other => {
            let message = format!(
                "the policy's `Statement` is {} and has to be a list: the gateway answers 500",
                other.map_or("missing", what)
            );
            trial.refuse(Evidence::NotVerified, Rule::NoPolicy, path, &message, Fix::Policy);
            return Grant::Unreadable;
        }
    };
    if statements.is_empty() {
        trial.unverified("the policy has no statement, which is taken for one that allows nothing");
    }
    let mut verdicts = Vec::new();
    for (at, statement) in statements.iter().enumerate() {
        let path = if is_list { item(&path, at) } else { path.clone() };
        match read(statement, &path, trial) {
            Some(verdict) => verdicts.push(verdict),
            None => return Grant::Unreadable,
        }
    }
    combine(&verdicts, trial)
}

/// What one statement says to `execute-api:Invoke`.
struct Says<'v> {
    is_allow: bool,
    /// Whether it is about invoking at all.
    applies: bool,
    /// Whether it depends on what is not looked at: a condition, `NotAction`, `NotResource`.
    depends: bool,
    resources: Vec<&'v str>,
}

fn read<'v>(statement: &'v Value, path: &str, trial: &mut Trial) -> Option<Says<'v>> {
    let mut refuse = |path: String, message: &str| {
        let message = format!("{message}: the gateway answers 500");
        trial.refuse(Evidence::NotVerified, Rule::NoPolicy, path, &message, Fix::Policy);
        None
    };
    let Value::Object(statement) = statement else {
        return refuse(path.to_owned(), &format!("this statement is {} and has to be an object", what(statement)));
    };
    let is_allow = match statement.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return refuse(member(path, "Effect"), "the statement's `Effect` is neither `Allow` nor `Deny`"),
    };
    let (actions, not_action) = (statement.get("Action"), statement.contains_key("NotAction"));
    let (resources, not_resource) = (statement.get("Resource"), statement.contains_key("NotResource"));
    let applies = match actions.map(texts) {
        Some(Some(actions)) => actions.iter().any(|action| policy::matches(&action.to_ascii_lowercase(), ACTION)),
        None if not_action => true,
        _ => return refuse(member(path, "Action"), "the statement has no `Action` that is a string or a list of them"),
    };
    let resources = match resources.map(texts) {
        Some(Some(resources)) => resources,
        None if not_resource => Vec::new(),
        _ => {
            return refuse(
                member(path, "Resource"),
                "the statement has no `Resource` that is a string or a list of them",
            );
        }
    };
    let has_condition = statement.get("Condition").and_then(Value::as_object).is_some_and(|keys| !keys.is_empty());
    Some(Says { is_allow, applies, depends: has_condition || not_action || not_resource, resources })
}

/// The strings of a list, or a single string.
fn texts(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(items) if !items.is_empty() => items.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn combine(statements: &[Says], trial: &mut Trial) -> Grant {
    let about = |is_allow: bool| statements.iter().filter(move |says| says.applies && says.is_allow == is_allow);
    if about(true).next().is_none() {
        if about(false).next().is_none() && !statements.is_empty() {
            trial.note("no statement of the policy is about execute-api:Invoke");
        }
        return Grant::Denies;
    }
    if about(false).any(|says| !says.depends && says.resources.contains(&"*")) {
        return Grant::Denies;
    }
    if about(false).next().is_some() {
        trial.unverified("the policy allows and denies: which of them holds depends on the method that is called");
    }
    if about(true).all(|says| says.depends) {
        trial.unverified("the policy allows under a condition, or all but what it names, which is not evaluated");
    }
    let is_exact = |resource: &str| !resource.contains(['*', '?']);
    if about(true).all(|says| !says.resources.is_empty() && says.resources.iter().all(|arn| is_exact(arn))) {
        trial.note(
            "the policy allows only the methods that it names; while it is cached, the same caller gets 403 on any other",
        );
    }
    Grant::Allows
}
