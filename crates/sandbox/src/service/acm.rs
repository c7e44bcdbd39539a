//! `acm`: certificates.

use serde_json::Value;

use super::{Operation, Protocol, Service, named};
use crate::wire;

/// Certificate Manager, 2015-12-08. Certificates are held by ARN, whichever region they are in.
pub(super) static SERVICE: Service = Service {
    name: "acm",
    signing_name: "acm",
    is_global: true,
    protocol: Protocol::Json,
    operations: OPERATIONS,
    to_wire: |_, answer| times(answer, wire::time_to_number),
    from_wire: |_, answer| times(answer, wire::number_to_time),
};

static OPERATIONS: &[Operation] =
    &[Operation::new("describe_certificate", "DescribeCertificate", |request| named(request, &["CertificateArn"]))];

const TIMES: [&str; 7] = ["CreatedAt", "ImportedAt", "IssuedAt", "NotAfter", "NotBefore", "RevokedAt", "UpdatedAt"];

fn times(mut answer: Value, change: fn(&mut Value)) -> Value {
    wire::each_member(&mut answer, &mut |name, value| {
        if TIMES.contains(&name) {
            change(value);
        }
    });
    answer
}
