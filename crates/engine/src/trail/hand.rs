//! Whose hand it was, and with which tool, as a person would want to read it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who did something, and with which tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hand {
    /// A person's name, a role and its session, or a service.
    pub who: String,
    /// `console`, `cloudformation`, `terraform`, `pulumi`, `aws-cli`, or the name of an SDK; `aws-internal` where AWS
    /// made the call for somebody, in the console or in another service.
    pub via: String,
}

/// Tools that name themselves in the user agent, the one that wraps others first.
const TOOLS: [(&str, &str); 11] = [
    ("cloudformation.amazonaws.com", "cloudformation"),
    ("pulumi", "pulumi"),
    ("terraform", "terraform"),
    ("opentofu", "opentofu"),
    ("serverless", "serverless framework"),
    ("aws-cli/", "aws-cli"),
    ("aws-sam-cli", "aws-sam-cli"),
    ("boto3/", "boto3"),
    ("console.amazonaws.com", "console"),
    ("signin.amazonaws.com", "console"),
    ("mozilla/", "console"),
];

/// Those of them that write what a file says.
pub(super) const FROM_FILES: [&str; 6] =
    ["cloudformation", "pulumi", "terraform", "opentofu", "serverless framework", "aws-sam-cli"];

/// How AWS names itself where it makes a call for somebody: both the console and other services do.
const AWS_ITSELF: [&str; 2] = ["aws internal", "aws-internal"];

impl Hand {
    /// Reads the `userIdentity` and the tool of CloudTrail's record of a call.
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>
    pub fn of(record: &Value) -> Hand {
        let identity = record.get("userIdentity").unwrap_or(&Value::Null);
        Hand { who: who(identity), via: via(record, identity) }
    }
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn who(identity: &Value) -> String {
    let arn = text(identity, "arn").unwrap_or_default();
    let known = match text(identity, "type") {
        Some("Root") => Some("the account's root user".to_owned()),
        Some("AssumedRole") => arn.split_once(":assumed-role/").and_then(|(_, role)| role.split_once('/')).map(session),
        Some("AWSService") => text(identity, "invokedBy").map(service),
        _ => text(identity, "userName").map(str::to_owned),
    };
    known
        .or_else(|| text(identity, "userName").map(str::to_owned))
        .or_else(|| text(identity, "invokedBy").map(service))
        .or_else(|| (!arn.is_empty()).then(|| arn.to_owned()))
        .or_else(|| text(identity, "principalId").map(str::to_owned))
        .unwrap_or_else(|| "somebody whom the trail does not name".to_owned())
}

/// A role and its session. In IAM Identity Center the session is a person, and the role is made from a permission set.
fn session((role, session): (&str, &str)) -> String {
    let set = role.strip_prefix("AWSReservedSSO_").and_then(|rest| rest.rsplit_once('_'));
    match set {
        Some((set, _)) => format!("{session} ({set})"),
        None if session.contains('@') => format!("{session} (role {role})"),
        None => format!("role {role} (session {session})"),
    }
}

/// `cloudformation.amazonaws.com` is known as CloudFormation.
fn service(principal: &str) -> String {
    match principal {
        "cloudformation.amazonaws.com" => "CloudFormation".to_owned(),
        other => other.strip_suffix(".amazonaws.com").unwrap_or(other).to_owned(),
    }
}

fn via(record: &Value, identity: &Value) -> String {
    if text(identity, "invokedBy") == Some("cloudformation.amazonaws.com") {
        return "cloudformation".to_owned();
    }
    let agent = text(record, "userAgent").unwrap_or_default();
    let lower = agent.to_ascii_lowercase();
    if let Some((_, tool)) = TOOLS.iter().find(|(mark, _)| lower.contains(mark)) {
        return (*tool).to_owned();
    }
    // The console's own calls say so even where their user agent is that of the SDK below it.
    if text(record, "sessionCredentialFromConsole") == Some("true") {
        return "console".to_owned();
    }
    if AWS_ITSELF.iter().any(|mark| lower.starts_with(mark)) {
        return "aws-internal".to_owned();
    }
    let product = agent.split([' ', '/', '[']).find(|word| !word.is_empty());
    product.unwrap_or("a tool that the trail does not name").to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_people_roles_and_services() {
        for (identity, expected) in [
            (json!({ "type": "IAMUser", "userName": "ada", "arn": "arn:aws:iam::1:user/ada" }), "ada"),
            (json!({ "type": "Root", "arn": "arn:aws:iam::1:root" }), "the account's root user"),
            (
                json!({ "type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_0a1b2c/ada@example.com" }),
                "ada@example.com (Admin)",
            ),
            (
                json!({ "type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/deploy/GitHubActions" }),
                "role deploy (session GitHubActions)",
            ),
            (
                json!({ "type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/ops/ada@example.com" }),
                "ada@example.com (role ops)",
            ),
            (json!({ "type": "AWSService", "invokedBy": "cloudformation.amazonaws.com" }), "CloudFormation"),
            (json!({ "type": "AWSService", "invokedBy": "ops.apigateway.amazonaws.com" }), "ops.apigateway"),
            (json!({ "type": "WebIdentityUser", "userName": "runner" }), "runner"),
            (json!({ "type": "AWSAccount", "principalId": "AIDA1" }), "AIDA1"),
            (json!(null), "somebody whom the trail does not name"),
        ] {
            assert_eq!(who(&identity), expected, "{identity}");
        }
    }

    #[test]
    fn names_the_tool() {
        let by = |agent: &str| Hand::of(&json!({ "userAgent": agent, "userIdentity": {} })).via;
        for (agent, expected) in [
            (
                "APN/1.0 HashiCorp/1.0 Terraform/1.3.7 (+https://www.terraform.io) terraform-provider-aws/5.57.0",
                "terraform",
            ),
            ("aws-cli/2.31.0 md/awscrt#0.27 ua/2.1 os/linux", "aws-cli"),
            ("Boto3/1.43.108 md/Botocore#1.43", "boto3"),
            ("cloudformation.amazonaws.com", "cloudformation"),
            ("console.amazonaws.com", "console"),
            ("Mozilla/5.0 (X11; Linux x86_64)", "console"),
            ("APN/1.0 Pulumi/1.0 PulumiAWS/7.0", "pulumi"),
            ("aws-sdk-go-v2/1.30.1 os/linux lang/go#1.22.4", "aws-sdk-go-v2"),
            ("AWS Internal", "aws-internal"),
            ("aws-internal/3 aws-sdk-java/1.12.0 Linux/5.10", "aws-internal"),
            ("", "a tool that the trail does not name"),
        ] {
            assert_eq!(by(agent), expected, "{agent}");
        }
        let console = json!({ "userAgent": "aws-sdk-java/2", "sessionCredentialFromConsole": "true" });
        assert_eq!(Hand::of(&console).via, "console");
        let console = json!({ "userAgent": "AWS Internal", "sessionCredentialFromConsole": "true" });
        assert_eq!(Hand::of(&console).via, "console");
        let stack = json!({ "userAgent": "x", "userIdentity": { "invokedBy": "cloudformation.amazonaws.com" } });
        assert_eq!(Hand::of(&stack).via, "cloudformation");
    }
}
