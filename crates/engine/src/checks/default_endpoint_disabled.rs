//! `default-endpoint-disabled`.

use crate::case::cause::Confidence;
use crate::check::{Context, Outcome, check, judge};
use crate::finding::Resource;
use crate::finding::Severity;
use crate::foresee;
use crate::observed::NotRead;
use crate::snapshot::{ApiKind, Snapshot};

check! {
    /// The API's own endpoint is switched off
    ///
    /// ## What it looks for
    ///
    /// REST and HTTP APIs with `disableExecuteApiEndpoint`, and whether a mapping or a routing rule of a custom domain
    /// name leads to them.
    ///
    /// ## Why it matters
    ///
    /// Callers of `{api}.execute-api…` get `403 Forbidden`. Where a custom domain name leads to the API, that is what
    /// the switch is for, and the finding is for your information. Where none does, nobody can call the API: *medium*,
    /// as nobody can have called it since. What HTTP APIs answer is not documented, so that they are told of as *low*.
    ///
    /// ## How to fix
    ///
    /// Map a custom domain name to a stage of the API; or switch the endpoint on again, and deploy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-disable-default-endpoint.html>
    id: "default-endpoint-disabled",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["default-endpoint-disabled"],
    asked: Apis, Each,
}

fn run(context: &Context, out: &mut Outcome) {
    let found = out.findings.len();
    judge(context, out, &|told, proof| {
        let api = told.resource.api_id.as_deref()?;
        Some(match (leads_to(context.snapshot, api), proof.confidence) {
            (Ok(false), Confidence::Certain) => Severity::Medium,
            (Ok(false), _) => Severity::Low,
            (Ok(true) | Err(_), _) => Severity::Info,
        })
    });
    let told: Vec<String> = out.findings.iter().skip(found).filter_map(|own| own.resource.api_id.clone()).collect();
    if let Some(why) = told.iter().find_map(|api| leads_to(context.snapshot, api).err()) {
        out.not_evaluated(Resource::regional(context.snapshot, "/domainnames"), &why);
    }
}

/// Whether a custom domain name leads to an API.
fn leads_to(snapshot: &Snapshot, api: &str) -> Result<bool, NotRead> {
    let mut unread = None;
    for domain in snapshot.domain_names.known().map_err(Clone::clone)? {
        match domain.mappings.known() {
            Ok(mappings) if mappings.iter().any(|mapping| mapping.api_id == api) => return Ok(true),
            Ok(_) => {}
            Err(why) => unread = Some(why.clone()),
        }
        match foresee::rules_of(snapshot, domain) {
            Ok(rules) if rules.iter().any(|rule| rule.called().is_some_and(|call| call.api_id == api)) => {
                return Ok(true);
            }
            Ok(_) => {}
            Err(why) => unread = Some(why),
        }
    }
    unread.map_or(Ok(false), Err)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{answered, api, check, denied, domain, lambda_uri, refused, route, snapshot};
    use crate::observed::Observed;
    use crate::reads::Read;
    use serde_json::json;

    fn switched_off(kind: ApiKind) -> Snapshot {
        let mut own = api(kind, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        own.live.settings.disable_execute_api_endpoint = Some(true);
        snapshot(vec![own])
    }

    #[test]
    fn an_api_without_its_own_endpoint_and_without_a_domain_name_cannot_be_called() {
        check(
            &CHECK,
            &switched_off(ApiKind::Rest),
            expect![[r#"
            medium /restapis/a1b2c3d4e5: orders: The API's own endpoint is switched off
        "#]],
        );
        check(
            &CHECK,
            &switched_off(ApiKind::Http),
            expect![[r#"
            low /apis/a1b2c3d4e5: orders: The API's own endpoint is switched off
        "#]],
        );
    }

    #[test]
    fn where_a_domain_name_leads_to_the_api_it_is_meant() {
        let mut mapped = switched_off(ApiKind::Rest);
        domain(&mut mapped, "BASE_PATH_MAPPING_ONLY", &[("", "a1b2c3d4e5", "prod")]);
        check(
            &CHECK,
            &mapped,
            expect![[r#"
            info /restapis/a1b2c3d4e5: orders: The API's own endpoint is switched off
        "#]],
        );
        let mut ruled = switched_off(ApiKind::Rest);
        domain(&mut ruled, "ROUTING_RULE_ONLY", &[]);
        let call = json!({ "InvokeApi": { "ApiId": "a1b2c3d4e5", "Stage": "prod" } });
        let rules = json!({ "RoutingRules": [{ "RoutingRuleId": "r1", "Priority": 1, "Actions": [call] }] });
        ruled = answered(ruled, Read::RoutingRules("api.example.com".to_owned()), rules);
        check(
            &CHECK,
            &ruled,
            expect![[r#"
            info /restapis/a1b2c3d4e5: orders: The API's own endpoint is switched off
        "#]],
        );
    }

    #[test]
    fn an_endpoint_that_is_on_is_left_alone() {
        let own = api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        check(&CHECK, &snapshot(vec![own]), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = switched_off(ApiKind::Rest);
        unread.domain_names = Observed::NotRead(denied("apigateway:GetDomainNames"));
        check(
            &CHECK,
            &unread,
            expect![[r#"
            info /restapis/a1b2c3d4e5: orders: The API's own endpoint is switched off
            not evaluated /domainnames: access denied: apigateway:GET on arn:aws:… (for apigateway:GetDomainNames)
        "#]],
        );
        let mut ruled = switched_off(ApiKind::Rest);
        domain(&mut ruled, "ROUTING_RULE_ONLY", &[]);
        ruled = refused(ruled, Read::RoutingRules("api.example.com".to_owned()), "apigatewayv2:ListRoutingRules");
        check(
            &CHECK,
            &ruled,
            expect![[r#"
            info /restapis/a1b2c3d4e5: orders: The API's own endpoint is switched off
            not evaluated /domainnames: access denied: apigateway:GET on arn:aws:… (for apigatewayv2:ListRoutingRules)
        "#]],
        );
    }
}
