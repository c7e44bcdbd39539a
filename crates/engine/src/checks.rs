//! The checks, one file each. A test writes this file: after adding a check, run `UPDATE_EXPECT=1 cargo test`.

use crate::check::Check;

pub mod auto_deploy_failed;
pub mod domain_mapping_to_missing_stage;
pub mod errors_without_logs;
pub mod function_throttled;
pub mod gateway_error_without_function_error;
pub mod handler_error;
pub mod handler_out_of_memory;
pub mod handler_timeout;
pub mod key_without_usage_plan;
pub mod lambda_function_missing;
pub mod lambda_integration_method_not_post;
pub mod lambda_permission_missing;
pub mod logs_not_enabled;
pub mod malformed_authorizer_response;
pub mod malformed_proxy_response;
pub mod newest_deployment_unused;
pub mod response_without_body;
pub mod response_without_status_code;
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
    &errors_without_logs::CHECK,
    &function_throttled::CHECK,
    &gateway_error_without_function_error::CHECK,
    &handler_error::CHECK,
    &handler_out_of_memory::CHECK,
    &handler_timeout::CHECK,
    &key_without_usage_plan::CHECK,
    &lambda_function_missing::CHECK,
    &lambda_integration_method_not_post::CHECK,
    &lambda_permission_missing::CHECK,
    &logs_not_enabled::CHECK,
    &malformed_authorizer_response::CHECK,
    &malformed_proxy_response::CHECK,
    &newest_deployment_unused::CHECK,
    &response_without_body::CHECK,
    &response_without_status_code::CHECK,
    &root_without_method::CHECK,
    &stage_behind_newest_deployment::CHECK,
    &stage_without_deployment::CHECK,
    &undeployed_change::CHECK,
    &unset_stage_variable::CHECK,
    &usage_plan_not_on_stage::CHECK,
];
