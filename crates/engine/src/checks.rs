//! The checks, one file each. A test writes this file: after adding a check, run `UPDATE_EXPECT=1 cargo test`.

use crate::check::Check;

pub mod auto_deploy_failed;
pub mod domain_mapping_to_missing_stage;
pub mod key_without_usage_plan;
pub mod lambda_function_missing;
pub mod lambda_permission_missing;
pub mod newest_deployment_unused;
pub mod root_without_method;
pub mod stage_behind_newest_deployment;
pub mod stage_without_deployment;
pub mod undeployed_change;
pub mod unset_stage_variable;
pub mod usage_plan_not_on_stage;

/// Every check, by id.
#[rustfmt::skip]
pub static ALL: &[&Check] = &[
    &auto_deploy_failed::CHECK,
    &domain_mapping_to_missing_stage::CHECK,
    &key_without_usage_plan::CHECK,
    &lambda_function_missing::CHECK,
    &lambda_permission_missing::CHECK,
    &newest_deployment_unused::CHECK,
    &root_without_method::CHECK,
    &stage_behind_newest_deployment::CHECK,
    &stage_without_deployment::CHECK,
    &undeployed_change::CHECK,
    &unset_stage_variable::CHECK,
    &usage_plan_not_on_stage::CHECK,
];
