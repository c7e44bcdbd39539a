//! The checks, one file each. A test writes this file: after adding a check, run `UPDATE_EXPECT=1 cargo test`.

use crate::check::Check;

pub mod auto_deploy_failed;
pub mod cache_invalidation_forbidden;
pub mod cloudfront_forwards_host;
pub mod cloudfront_origin_path_wrong;
pub mod custom_domain_cert_problem;
pub mod custom_domain_dns_wrong_target;
pub mod custom_domain_missing;
pub mod custom_domain_no_mapping;
pub mod custom_domain_wrong_stage_mapping;
pub mod default_endpoint_disabled;
pub mod dns_private_api_from_public;
pub mod domain_mapping_to_missing_stage;
pub mod errors_without_logs;
pub mod function_throttled;
pub mod gateway_error_without_function_error;
pub mod gateway_response_customised;
pub mod handler_error;
pub mod handler_out_of_memory;
pub mod handler_timeout;
pub mod http_mapping_no_match;
pub mod ip_address_type_mismatch;
pub mod key_without_usage_plan;
pub mod lambda_function_missing;
pub mod lambda_integration_method_not_post;
pub mod lambda_permission_missing;
pub mod logs_not_enabled;
pub mod malformed_authorizer_response;
pub mod malformed_proxy_response;
pub mod mtls_client_cert_missing_or_bad;
pub mod newest_deployment_unused;
pub mod private_api_no_resource_policy;
pub mod private_api_vpce_not_associated;
pub mod private_dns_captures_public_api;
pub mod private_domain_no_access_association;
pub mod resource_policy_explicit_deny;
pub mod resource_policy_implicit_deny;
pub mod response_without_body;
pub mod response_without_status_code;
pub mod rest_canary_missing_route;
pub mod rest_greedy_parent_not_covered;
pub mod root_without_method;
pub mod routing_mode_ignores_mappings;
pub mod routing_rule_no_match;
pub mod routing_rule_shadows;
pub mod sam_default_stage_used;
pub mod sni_host_mismatch_strict;
pub mod stage_behind_newest_deployment;
pub mod stage_without_deployment;
pub mod undeployed_change;
pub mod unset_stage_variable;
pub mod usage_plan_not_on_stage;
pub mod vpc_dns_attributes_off;
pub mod vpce_policy_denies;
pub mod vpce_security_group_blocks;
pub mod waf_block;

/// Every check, by id.
#[rustfmt::skip]
pub static ALL: &[&Check] = &[
    &auto_deploy_failed::CHECK,
    &cache_invalidation_forbidden::CHECK,
    &cloudfront_forwards_host::CHECK,
    &cloudfront_origin_path_wrong::CHECK,
    &custom_domain_cert_problem::CHECK,
    &custom_domain_dns_wrong_target::CHECK,
    &custom_domain_missing::CHECK,
    &custom_domain_no_mapping::CHECK,
    &custom_domain_wrong_stage_mapping::CHECK,
    &default_endpoint_disabled::CHECK,
    &dns_private_api_from_public::CHECK,
    &domain_mapping_to_missing_stage::CHECK,
    &errors_without_logs::CHECK,
    &function_throttled::CHECK,
    &gateway_error_without_function_error::CHECK,
    &gateway_response_customised::CHECK,
    &handler_error::CHECK,
    &handler_out_of_memory::CHECK,
    &handler_timeout::CHECK,
    &http_mapping_no_match::CHECK,
    &ip_address_type_mismatch::CHECK,
    &key_without_usage_plan::CHECK,
    &lambda_function_missing::CHECK,
    &lambda_integration_method_not_post::CHECK,
    &lambda_permission_missing::CHECK,
    &logs_not_enabled::CHECK,
    &malformed_authorizer_response::CHECK,
    &malformed_proxy_response::CHECK,
    &mtls_client_cert_missing_or_bad::CHECK,
    &newest_deployment_unused::CHECK,
    &private_api_no_resource_policy::CHECK,
    &private_api_vpce_not_associated::CHECK,
    &private_dns_captures_public_api::CHECK,
    &private_domain_no_access_association::CHECK,
    &resource_policy_explicit_deny::CHECK,
    &resource_policy_implicit_deny::CHECK,
    &response_without_body::CHECK,
    &response_without_status_code::CHECK,
    &rest_canary_missing_route::CHECK,
    &rest_greedy_parent_not_covered::CHECK,
    &root_without_method::CHECK,
    &routing_mode_ignores_mappings::CHECK,
    &routing_rule_no_match::CHECK,
    &routing_rule_shadows::CHECK,
    &sam_default_stage_used::CHECK,
    &sni_host_mismatch_strict::CHECK,
    &stage_behind_newest_deployment::CHECK,
    &stage_without_deployment::CHECK,
    &undeployed_change::CHECK,
    &unset_stage_variable::CHECK,
    &usage_plan_not_on_stage::CHECK,
    &vpc_dns_attributes_off::CHECK,
    &vpce_policy_denies::CHECK,
    &vpce_security_group_blocks::CHECK,
    &waf_block::CHECK,
];
