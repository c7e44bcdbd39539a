//! `sts`: whose account it is.

use super::{Operation, Otherwise, Protocol, QUERY, Service, none};

/// The Security Token Service, 2011-06-15.
pub(super) static SERVICE: Service = Service {
    name: "sts",
    signing_name: "sts",
    is_global: true,
    protocol: Protocol::Query(&QUERY),
    operations: OPERATIONS,
    to_wire: |_, answer| answer,
    from_wire: |_, answer| answer,
};

static OPERATIONS: &[Operation] =
    &[Operation::new("get_caller_identity", "GetCallerIdentity", none).otherwise(Otherwise::Account)];
