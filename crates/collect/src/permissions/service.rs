//! What the functions of the service may do besides reading APIs: each its own calls, and nothing else.
//!
//! Where the resource is the service's own, it has the name that it has in `template.yaml`. Some calls Lambda itself makes as a
//! function's role: no code here does, so that they stand in tables of their own.

use super::{Permission, get, on};

/// The dispatcher: finding out which APIs there are, and putting a message for each on the queue.
pub const DISPATCHER: [Permission; 7] = [
    get("/restapis", "apigateway:GetRestApis", "which REST APIs there are"),
    get("/apis", "apigatewayv2:GetApis", "which HTTP and WebSocket APIs there are"),
    call("sqs:SendMessage", "AuditQueue", "sqs:SendMessageBatch", "a message for each API"),
    on("dynamodb:GetItem", "Table", "what is known of a region, and whether a change was told just now"),
    on("dynamodb:PutItem", "Table", "that a change event came in, and which parts a run has"),
    on("organizations:ListAccounts", "*", "which accounts the organization has, where all of them are audited"),
    on("sts:AssumeRole", "AccountsRole", "reading in other accounts, where such are audited"),
];

/// The auditor: keeping what was found, and telling of it. What it reads of APIs are audits: the table [`ALL`](super::ALL);
/// it asks routes, as in [`PROBE`](super::PROBE), only where that is allowed.
pub const AUDITOR: [Permission; 15] = [
    on("dynamodb:GetItem", "Table", "what is known"),
    on("dynamodb:Query", "Table", "findings, APIs and deployments that are known"),
    on("dynamodb:PutItem", "Table", "findings, runs, groups of errors"),
    on("dynamodb:DeleteItem", "Table", "what is over"),
    call("dynamodb:ConditionCheckItem", "Table", "dynamodb:TransactWriteItems", "that no newer run has begun"),
    on("s3:GetObject", "Bucket/*", "what was read of deployments, baselines, the configuration"),
    on("s3:PutObject", "Bucket/*", "what was read of deployments, baselines, drift"),
    on("s3:DeleteObject", "Bucket/*", "what is over"),
    on("s3:ListBucket", "Bucket", "nothing is listed: without it, S3 says 403 of an object that is not there"),
    on("sqs:SendMessage", "AuditQueue", "going on with what takes longer than one invocation, and ending a run"),
    on("sqs:ChangeMessageVisibility", "AuditQueue", "having a message that failed come back soon"),
    on("events:PutEvents", "EventBus", "notices"),
    on("sns:Publish", "Topic", "telling people of findings, where an address is named"),
    on("secretsmanager:GetSecretValue", "ProbeSecretArn", "what routes are asked with, where such a secret is named"),
    on("sts:AssumeRole", "AccountsRole", "reading in other accounts, where such are audited"),
];

/// The dashboard: showing what is kept. What it reads of APIs are explanations: the table [`EXPLAIN`](super::EXPLAIN).
pub const DASHBOARD: [Permission; 8] = [
    on("dynamodb:GetItem", "Table", "an API, a group of errors, the secret of sessions and forms"),
    on("dynamodb:Query", "Table", "lists"),
    on("dynamodb:Query", "Table/index/fingerprint", "one finding"),
    on(
        "dynamodb:PutItem",
        "Table",
        "the secret of sessions and forms, and the parts of a run that somebody asks for; no other item",
    ),
    on("s3:GetObject", "Bucket/*", "drift"),
    on("s3:ListBucket", "Bucket", "nothing is listed: without it, S3 says 403 of an object that is not there"),
    on("sqs:SendMessage", "AuditQueue", "an audit that somebody asks for"),
    on("sts:AssumeRole", "AccountsRole", "explaining requests of other accounts, where such are audited"),
];

/// What Lambda does as the dispatcher's role.
pub const DISPATCHER_LAMBDA: [Permission; 3] = [
    on("logs:CreateLogStream", "DispatcherLogGroup", OWN_LOG),
    on("logs:PutLogEvents", "DispatcherLogGroup", OWN_LOG),
    on("sqs:SendMessage", "DispatcherDeadLetterQueue", "keeping an event that failed three times"),
];

/// What Lambda does as the auditor's role.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
pub const AUDITOR_LAMBDA: [Permission; 5] = [
    on("logs:CreateLogStream", "AuditorLogGroup", OWN_LOG),
    on("logs:PutLogEvents", "AuditorLogGroup", OWN_LOG),
    on("sqs:ReceiveMessage", "AuditQueue", "taking messages off the queue"),
    on("sqs:DeleteMessage", "AuditQueue", "those that are done with"),
    on("sqs:GetQueueAttributes", "AuditQueue", "how many wait, and for how long they are hidden"),
];

/// What Lambda does as the dashboard's role.
pub const DASHBOARD_LAMBDA: [Permission; 2] =
    [on("logs:CreateLogStream", "DashboardLogGroup", OWN_LOG), on("logs:PutLogEvents", "DashboardLogGroup", OWN_LOG)];

const OWN_LOG: &str = "writing the function's own log";

/// A call whose IAM action has another name.
const fn call(action: &'static str, resource: &'static str, call: &'static str, purpose: &'static str) -> Permission {
    Permission { action, resource, call, purpose }
}
