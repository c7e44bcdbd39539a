//! `iam`: what a principal may do, access keys, and roles.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{Operation, Otherwise, Protocol, QUERY, Service, named};

/// IAM, 2010-05-08. A partition has one.
pub(super) static SERVICE: Service = Service {
    name: "iam",
    signing_name: "iam",
    is_global: true,
    protocol: Protocol::Query(&QUERY),
    operations: OPERATIONS,
    to_wire,
    from_wire: |_, answer| answer,
};

#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    // All results of a principal are held as one answer, and handed out so: also those for resources that are not asked about.
    Operation::new("simulate_principal_policy", "SimulatePrincipalPolicy", |request| named(request, &["PolicySourceArn"])),
    Operation::new("get_access_key_last_used", "GetAccessKeyLastUsed", |request| named(request, &["AccessKeyId"])),
    Operation::new("list_access_keys", "ListAccessKeys", |request| named(request, &["UserName"])),
    Operation::new("get_role", "GetRole", |request| named(request, &["RoleName"])).otherwise(Otherwise::ByArn),
];

/// The service sends policies percent-encoded.
fn to_wire(_: &Operation, mut answer: Value) -> Value {
    if let Some(document) = answer.pointer_mut("/Role/AssumeRolePolicyDocument")
        && document.is_object()
    {
        *document = Value::from(utf8_percent_encode(&document.to_string(), NON_ALPHANUMERIC).to_string());
    }
    answer
}
