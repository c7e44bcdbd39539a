//! `stagecheck permissions`: the IAM policy to paste.

use collect::permissions;

use crate::args::PermissionsArgs;
use crate::error::Failure;
use crate::output;

pub(crate) fn run(args: &PermissionsArgs) -> Result<u8, Failure> {
    let policy = match (args.explain, args.probe) {
        (true, _) => permissions::explain_policy,
        (_, true) => permissions::probe_policy,
        _ => permissions::policy,
    };
    output::put_json(args.out.as_deref(), &policy(&args.partition))?;
    Ok(0)
}
