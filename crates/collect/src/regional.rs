//! Reading what belongs to a region, not to one API: usage plans, keys, custom domain names, Lambda functions.

use aws_sdk_apigateway::operation::get_domain_name::GetDomainNameError;
use aws_sdk_apigateway::types as sdk;
use aws_sdk_apigatewayv2::types as sdk2;
use engine::arn::FunctionName;
use engine::observed::Observed;
use engine::policy;
use engine::snapshot::{ApiKey, ApiStage, DomainName, Function, FunctionConfiguration, Mapping, UsagePlan};
use serde_json::json;

use crate::Account;
use crate::connect::Clients;
use crate::form::members;
use crate::read::{Answer, Call, list, observe};

const PAGE: i32 = 500;

/// Usage plans, each with its keys if these are wanted.
pub(crate) async fn usage_plans(clients: &Clients, wants_keys: bool) -> Observed<Vec<UsagePlan>> {
    let call = Call::control_plane("apigateway:GetUsagePlans", &clients.region, "/usageplans");
    let plans = list(&call, |position| async {
        let page = clients.rest.get_usage_plans().limit(PAGE).set_position(position).send().await?;
        Answer::<_, _>::Ok((page.items, page.position))
    });
    match plans.await {
        Observed::Known(plans) => {
            let mut known = Vec::with_capacity(plans.len());
            for plan in plans {
                known.push(usage_plan(clients, plan, wants_keys).await);
            }
            Observed::Known(known)
        }
        Observed::NotRead(why) => Observed::NotRead(why),
    }
}

async fn usage_plan(clients: &Clients, plan: sdk::UsagePlan, wants_keys: bool) -> UsagePlan {
    let id = plan.id.unwrap_or_default();
    let call = Call::control_plane("apigateway:GetUsagePlanKeys", &clients.region, &format!("/usageplans/{id}/keys"));
    let key_ids = if wants_keys {
        let keys = list(&call, |position| async {
            let request = clients.rest.get_usage_plan_keys().usage_plan_id(&id).limit(PAGE);
            let page = request.set_position(position).send().await?;
            Answer::<_, _>::Ok((page.items, page.position))
        });
        keys.await.map(|keys| keys.into_iter().filter_map(|key| key.id).collect())
    } else {
        Observed::NotRead(call.not_needed("only some APIs were asked for"))
    };
    let stages = plan.api_stages.unwrap_or_default().into_iter();
    let throttle =
        plan.throttle.map(|throttle| json!({ "burstLimit": throttle.burst_limit, "rateLimit": throttle.rate_limit }));
    let quota = plan.quota.map(|quota| {
        json!({ "limit": quota.limit, "offset": quota.offset, "period": quota.period.map(|period| period.as_str().to_owned()) })
    });
    UsagePlan {
        name: plan.name.unwrap_or_else(|| id.clone()),
        api_stages: stages
            .map(|stage| ApiStage { api_id: stage.api_id.unwrap_or_default(), stage: stage.stage.unwrap_or_default() })
            .collect(),
        key_ids,
        settings: members(json!({ "description": plan.description, "throttle": throttle, "quota": quota })),
        id,
    }
}

/// API keys, without their values.
pub(crate) async fn api_keys(clients: &Clients) -> Observed<Vec<ApiKey>> {
    let call = Call::control_plane("apigateway:GetApiKeys", &clients.region, "/apikeys");
    let keys = list(&call, |position| async {
        let request = clients.rest.get_api_keys().include_values(false).limit(PAGE);
        let page = request.set_position(position).send().await?;
        Answer::<_, _>::Ok((page.items, page.position))
    });
    keys.await.map(|keys| {
        let key = |key: sdk::ApiKey| {
            let id = key.id.unwrap_or_default();
            ApiKey { name: key.name.unwrap_or_else(|| id.clone()), id, enabled: key.enabled }
        };
        keys.into_iter().map(key).collect()
    })
}

/// Custom domain names, each with its mappings.
pub(crate) async fn domain_names(clients: &Clients) -> Observed<Vec<DomainName>> {
    let call = Call::control_plane("apigateway:GetDomainNames", &clients.region, "/domainnames");
    let domains = list(&call, |position| async {
        let page = clients.rest.get_domain_names().limit(PAGE).set_position(position).send().await?;
        Answer::<_, _>::Ok((page.items, page.position))
    });
    match domains.await {
        Observed::Known(domains) => {
            let mut known = Vec::with_capacity(domains.len());
            for domain in domains {
                known.push(domain_name(clients, domain).await);
            }
            Observed::Known(known)
        }
        Observed::NotRead(why) => Observed::NotRead(why),
    }
}

/// Whether the account has a custom domain name.
pub(crate) async fn has_domain_name(clients: &Clients, name: &str) -> Observed<bool> {
    let call = Call::control_plane("apigateway:GetDomainName", &clients.region, &format!("/domainnames/{name}"));
    match clients.rest.get_domain_name().domain_name(name).send().await {
        Err(error) if error.as_service_error().is_some_and(GetDomainNameError::is_not_found_exception) => {
            Observed::Known(false)
        }
        answer => observe(answer, &call).map(|_| true),
    }
}

async fn domain_name(clients: &Clients, domain: sdk::DomainName) -> DomainName {
    let name = domain.domain_name.unwrap_or_default();
    let endpoint = domain.endpoint_configuration.as_ref();
    let types: Vec<&str> =
        endpoint.iter().flat_map(|endpoint| endpoint.types()).map(sdk::EndpointType::as_str).collect();
    // API mappings are the mappings of all kinds of API; private domain names are known to the older service alone.
    let mappings = if types.contains(&"PRIVATE") {
        base_path_mappings(clients, &name, domain.domain_name_id.as_deref()).await
    } else {
        match api_mappings(clients, &name).await {
            Observed::Known(mappings) => Observed::Known(mappings),
            Observed::NotRead(why) => match base_path_mappings(clients, &name, None).await {
                Observed::Known(mappings) => Observed::Known(mappings),
                Observed::NotRead(_) => Observed::NotRead(why),
            },
        }
    };
    let mutual_tls = domain
        .mutual_tls_authentication
        .map(|own| json!({ "truststoreUri": own.truststore_uri, "truststoreVersion": own.truststore_version }));
    let settings = json!({
        "domainNameArn": domain.domain_name_arn,
        "mutualTlsAuthentication": mutual_tls,
        "endpointTypes": types,
        "ipAddressType": endpoint.and_then(|endpoint| endpoint.ip_address_type.as_ref()).map(sdk::IpAddressType::as_str),
        "regionalDomainName": domain.regional_domain_name,
        "distributionDomainName": domain.distribution_domain_name,
        "certificateArn": domain.certificate_arn,
        "regionalCertificateArn": domain.regional_certificate_arn,
        "domainNameStatus": domain.domain_name_status.as_ref().map(sdk::DomainNameStatus::as_str),
        "securityPolicy": domain.security_policy.as_ref().map(sdk::SecurityPolicy::as_str),
    });
    DomainName {
        id: domain.domain_name_id,
        routing_mode: domain.routing_mode.map(|mode| mode.as_str().to_owned()),
        settings: members(settings),
        mappings,
        name,
    }
}

async fn api_mappings(clients: &Clients, domain: &str) -> Observed<Vec<Mapping>> {
    let path = format!("/domainnames/{domain}/apimappings");
    let call = Call::control_plane("apigatewayv2:GetApiMappings", &clients.region, &path);
    let mappings = list(&call, |token| async {
        let request = clients.v2.get_api_mappings().domain_name(domain).max_results(PAGE.to_string());
        let page = request.set_next_token(token).send().await?;
        Answer::<_, _>::Ok((page.items, page.next_token))
    });
    let mapping = |mapping: sdk2::ApiMapping| Mapping {
        id: mapping.api_mapping_id,
        path: base_path(mapping.api_mapping_key),
        api_id: mapping.api_id.unwrap_or_default(),
        stage: mapping.stage.filter(|stage| !stage.is_empty()),
    };
    mappings.await.map(|mappings| mappings.into_iter().map(mapping).collect())
}

async fn base_path_mappings(clients: &Clients, domain: &str, id: Option<&str>) -> Observed<Vec<Mapping>> {
    let path = format!("/domainnames/{domain}/basepathmappings");
    let call = Call::control_plane("apigateway:GetBasePathMappings", &clients.region, &path);
    let mappings = list(&call, |position| async {
        let request = clients.rest.get_base_path_mappings().domain_name(domain).limit(PAGE);
        let request = request.set_domain_name_id(id.map(str::to_owned));
        let page = request.set_position(position).send().await?;
        Answer::<_, _>::Ok((page.items, page.position))
    });
    let mapping = |mapping: sdk::BasePathMapping| Mapping {
        id: None,
        path: base_path(mapping.base_path),
        api_id: mapping.rest_api_id.unwrap_or_default(),
        stage: mapping.stage.filter(|stage| !stage.is_empty()),
    };
    mappings.await.map(|mappings| mappings.into_iter().map(mapping).collect())
}

/// The older service writes `(none)` for the empty path.
fn base_path(path: Option<String>) -> String {
    path.filter(|path| path != "(none)").unwrap_or_default()
}

/// A Lambda function: whether it exists, and its policy for the alias or version that is called.
pub(crate) async fn function(account: &Account, name: FunctionName) -> Function {
    let clients = account.clients(&name.region);
    // A function of another account is asked for by its ARN.
    let asked = if name.account_id == account.id() {
        name.name.clone()
    } else {
        FunctionName { qualifier: None, ..name.clone() }.arn()
    };
    let configuration = clients.lambda.get_function_configuration().function_name(&asked);
    let policy = clients.lambda.get_policy().function_name(&asked);
    let (configuration, policy) = tokio::join!(
        configuration.set_qualifier(name.qualifier.clone()).send(),
        policy.set_qualifier(name.qualifier.clone()).send(),
    );
    let call = Call::function("lambda:GetFunctionConfiguration", name.arn());
    let configuration = match configuration {
        Err(error) if error.as_service_error().is_some_and(aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationError::is_resource_not_found_exception) => {
            Observed::Known(None)
        }
        answer => observe(answer, &call).map(|found| {
            let logging = found.logging_config.as_ref();
            Some(FunctionConfiguration {
                runtime: found.runtime.map(|runtime| runtime.as_str().to_owned()),
                handler: found.handler,
                timeout: found.timeout.map(i64::from),
                memory_size: found.memory_size.map(i64::from),
                state: found.state.map(|state| state.as_str().to_owned()),
                last_update_status: found.last_update_status.map(|status| status.as_str().to_owned()),
                log_group: logging.and_then(|logging| logging.log_group.clone()),
                log_format: logging.and_then(|logging| Some(logging.log_format.as_ref()?.as_str().to_owned())),
            })
        }),
    };
    let call = Call::function("lambda:GetPolicy", name.arn());
    let policy = match policy {
        Err(error)
            if error.as_service_error().is_some_and(
                aws_sdk_lambda::operation::get_policy::GetPolicyError::is_resource_not_found_exception,
            ) =>
        {
            Observed::Known(None)
        }
        answer => match observe(answer, &call) {
            Observed::Known(found) => match found.policy.as_deref().map(policy::parse) {
                Some(Some(policy)) => Observed::Known(Some(policy)),
                Some(None) => Observed::NotRead(call.failed("the policy is not JSON")),
                None => Observed::Known(None),
            },
            Observed::NotRead(why) => Observed::NotRead(why),
        },
    };
    Function { name, configuration, policy }
}
