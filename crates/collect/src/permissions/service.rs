//! What the functions of the service may do besides reading APIs: each its own calls, and nothing else.
//!
//! Where the resource is the service's own, it has the name that it has in `template.yaml`.

use super::{Permission, get, on};

/// The dispatcher: finding out which APIs there are, and putting a message for each on the queue.
pub const DISPATCHER: [Permission; 8] = [
    get("/restapis", "apigateway:GetRestApis", "which REST APIs there are"),
    get("/apis", "apigatewayv2:GetApis", "which HTTP and WebSocket APIs there are"),
    call("sqs:SendMessage", "AuditQueue", "sqs:SendMessageBatch", "a message for each API"),
    on("dynamodb:GetItem", "Table", "what is known of a region, and whether a change was told just now"),
    on("dynamodb:Query", "Table", "the regions that are known"),
    on("dynamodb:PutItem", "Table", "that a change event came in, and which parts a run has"),
    on("organizations:ListAccounts", "*", "which accounts the organization has, where all of them are audited"),
    on("sts:AssumeRole", "AccountsRole", "reading in other accounts, where such are audited"),
];

/// The auditor: keeping what was found, and telling of it. What it reads of APIs are audits: the table [`ALL`](super::ALL);
/// it asks routes, as in [`PROBE`](super::PROBE), only where that is allowed.
pub const AUDITOR: [Permission; 12] = [
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
    on("events:PutEvents", "EventBus", "notices"),
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

/// A call whose IAM action has another name.
const fn call(action: &'static str, resource: &'static str, call: &'static str, purpose: &'static str) -> Permission {
    Permission { action, resource, call, purpose }
}
