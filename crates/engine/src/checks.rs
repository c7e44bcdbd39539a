//! The checks, one file each. A test writes this file: after adding a check, run `UPDATE_EXPECT=1 cargo test`.

use crate::check::Check;

pub mod api_key_disabled;
pub mod api_key_not_required_on_method;
pub mod api_key_on_http_api;
pub mod api_key_source_authorizer;
pub mod auto_deploy_failed;
pub mod binary_media_breaks_mock_options;
pub mod cache_invalidation_forbidden;
pub mod cloudfront_forwards_host;
pub mod cloudfront_origin_path_wrong;
pub mod cognito_attribute_read_missing;
pub mod cognito_authorizer_pool_deleted;
pub mod cognito_code_flow_not_enabled;
pub mod cognito_domain_missing;
pub mod cognito_idp_not_enabled;
pub mod cognito_invalid_scope;
pub mod cognito_logout_uri_not_allowed;
pub mod cognito_oauth_flows_disabled;
pub mod cognito_redirect_uri_mismatch;
pub mod cors_gateway_response_no_headers;
pub mod cors_header_not_allowed;
pub mod cors_method_not_allowed;
pub mod cors_options_missing;
pub mod cors_options_requires_auth;
pub mod cors_options_requires_key;
pub mod cors_origin_mismatch;
pub mod cors_wildcard_with_credentials;
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
pub mod http_api_timeout;
pub mod http_cors_overrides_backend;
pub mod http_lambda_auth_response_format;
pub mod http_mapping_no_match;
pub mod http_route_no_integration;
pub mod illegal_header_mapping;
pub mod integration_credentials_invalid;
pub mod integration_endpoint_invalid;
pub mod integration_response_no_match;
pub mod integration_timeout;
pub mod ip_address_type_mismatch;
pub mod jwt_jwks_unreachable;
pub mod key_without_usage_plan;
pub mod lambda_auth_cached_policy;
pub mod lambda_function_missing;
pub mod lambda_function_not_active;
pub mod lambda_handler_wrong;
pub mod lambda_integration_method_not_post;
pub mod lambda_permission_missing;
pub mod lambda_timeout_own;
pub mod lambda_url_invoke_function_missing;
pub mod lambda_url_policy_missing;
pub mod logs_not_enabled;
pub mod malformed_authorizer_response;
pub mod malformed_proxy_response;
pub mod mock_status_missing;
pub mod mtls_client_cert_missing_or_bad;
pub mod newest_deployment_unused;
pub mod private_api_no_resource_policy;
pub mod private_api_vpce_not_associated;
pub mod private_dns_captures_public_api;
pub mod private_domain_no_access_association;
pub mod quota_exceeded;
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
pub mod suppression_without_effect;
pub mod throttle_account;
pub mod throttle_stage_or_method;
pub mod throttle_usage_plan;
pub mod undeployed_change;
pub mod unset_stage_variable;
pub mod usage_plan_not_on_stage;
pub mod vpc_dns_attributes_off;
pub mod vpc_link_unhealthy;
pub mod vpce_policy_denies;
pub mod vpce_security_group_blocks;
pub mod waf_block;

/// Every check, by id.
#[rustfmt::skip]
pub static ALL: &[&Check] = &[
    &api_key_disabled::CHECK,
    &api_key_not_required_on_method::CHECK,
    &api_key_on_http_api::CHECK,
    &api_key_source_authorizer::CHECK,
    &auto_deploy_failed::CHECK,
    &binary_media_breaks_mock_options::CHECK,
    &cache_invalidation_forbidden::CHECK,
    &cloudfront_forwards_host::CHECK,
    &cloudfront_origin_path_wrong::CHECK,
    &cognito_attribute_read_missing::CHECK,
    &cognito_authorizer_pool_deleted::CHECK,
    &cognito_code_flow_not_enabled::CHECK,
    &cognito_domain_missing::CHECK,
    &cognito_idp_not_enabled::CHECK,
    &cognito_invalid_scope::CHECK,
    &cognito_logout_uri_not_allowed::CHECK,
    &cognito_oauth_flows_disabled::CHECK,
    &cognito_redirect_uri_mismatch::CHECK,
    &cors_gateway_response_no_headers::CHECK,
    &cors_header_not_allowed::CHECK,
    &cors_method_not_allowed::CHECK,
    &cors_options_missing::CHECK,
    &cors_options_requires_auth::CHECK,
    &cors_options_requires_key::CHECK,
    &cors_origin_mismatch::CHECK,
    &cors_wildcard_with_credentials::CHECK,
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
    &http_api_timeout::CHECK,
    &http_cors_overrides_backend::CHECK,
    &http_lambda_auth_response_format::CHECK,
    &http_mapping_no_match::CHECK,
    &http_route_no_integration::CHECK,
    &illegal_header_mapping::CHECK,
    &integration_credentials_invalid::CHECK,
    &integration_endpoint_invalid::CHECK,
    &integration_response_no_match::CHECK,
    &integration_timeout::CHECK,
    &ip_address_type_mismatch::CHECK,
    &jwt_jwks_unreachable::CHECK,
    &key_without_usage_plan::CHECK,
    &lambda_auth_cached_policy::CHECK,
    &lambda_function_missing::CHECK,
    &lambda_function_not_active::CHECK,
    &lambda_handler_wrong::CHECK,
    &lambda_integration_method_not_post::CHECK,
    &lambda_permission_missing::CHECK,
    &lambda_timeout_own::CHECK,
    &lambda_url_invoke_function_missing::CHECK,
    &lambda_url_policy_missing::CHECK,
    &logs_not_enabled::CHECK,
    &malformed_authorizer_response::CHECK,
    &malformed_proxy_response::CHECK,
    &mock_status_missing::CHECK,
    &mtls_client_cert_missing_or_bad::CHECK,
    &newest_deployment_unused::CHECK,
    &private_api_no_resource_policy::CHECK,
    &private_api_vpce_not_associated::CHECK,
    &private_dns_captures_public_api::CHECK,
    &private_domain_no_access_association::CHECK,
    &quota_exceeded::CHECK,
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
    &suppression_without_effect::CHECK,
    &throttle_account::CHECK,
    &throttle_stage_or_method::CHECK,
    &throttle_usage_plan::CHECK,
    &undeployed_change::CHECK,
    &unset_stage_variable::CHECK,
    &usage_plan_not_on_stage::CHECK,
    &vpc_dns_attributes_off::CHECK,
    &vpc_link_unhealthy::CHECK,
    &vpce_policy_denies::CHECK,
    &vpce_security_group_blocks::CHECK,
    &waf_block::CHECK,
];
