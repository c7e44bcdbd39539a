//! `domain-mapping-to-missing-stage`.

use crate::check::{Context, Outcome, check};
use crate::command::Aws;
use crate::finding::{Remedy, Resource, Severity};
use crate::snapshot::{ApiKind, DomainName, Mapping, Snapshot};

check! {
    /// A custom domain name leads to a stage that does not exist
    ///
    /// ## What it looks for
    ///
    /// Base path mappings and API mappings whose API, or whose stage, is not there.
    ///
    /// ## Why it matters
    ///
    /// Every request under that path of the domain is refused with `403 Forbidden`, though the API itself answers under
    /// its own URL. It happens when a stage or an API is deleted or created anew, and the mapping stays.
    ///
    /// ## How to fix
    ///
    /// Point the mapping to a stage that exists, or delete it. It is in force at once, without a deployment.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html>
    id: "domain-mapping-to-missing-stage",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
}

fn run(context: &Context, out: &mut Outcome) {
    let snapshot = context.snapshot;
    let domains = match snapshot.domain_names.known() {
        Ok(domains) => domains,
        Err(why) => return out.not_evaluated(Resource::regional(snapshot, "/domainnames"), why),
    };
    for domain in domains {
        let path = format!("/domainnames/{}", domain.name);
        match domain.mappings.known() {
            Ok(mappings) => mappings.iter().for_each(|mapping| judge(snapshot, domain, mapping, &path, out)),
            Err(why) => out.not_evaluated(Resource::regional(snapshot, &path), why),
        }
    }
}

fn judge(snapshot: &Snapshot, domain: &DomainName, mapping: &Mapping, path: &str, out: &mut Outcome) {
    let shown_path = if mapping.path.is_empty() { "(none)" } else { &mapping.path };
    let resource = Resource {
        api_id: Some(mapping.api_id.clone()),
        stage: mapping.stage.clone(),
        ..Resource::regional(snapshot, path).with_key(shown_path)
    };
    let Some(api) = snapshot.apis.iter().find(|api| api.id == mapping.api_id) else {
        // Where not all APIs were read, one that is not here may well exist.
        match (snapshot.complete, snapshot.unlisted.first()) {
            (true, None) => {
                report(domain, mapping, resource, path, &format!("the API {}", mapping.api_id), snapshot, out);
            }
            (true, Some(list)) => out.not_evaluated(resource, &list.why),
            (false, _) => {}
        }
        return;
    };
    let Some(stage) = &mapping.stage else { return };
    match api.stages.known() {
        Ok(stages) if stages.iter().any(|found| found.name == *stage) => {}
        Ok(_) => report(domain, mapping, resource, path, &format!("the stage {stage} of {}", api.name), snapshot, out),
        Err(why) => out.not_evaluated(resource, why),
    }
}

fn report(
    domain: &DomainName,
    mapping: &Mapping,
    resource: Resource,
    path: &str,
    missing: &str,
    snapshot: &Snapshot,
    out: &mut Outcome,
) {
    let command = match &mapping.id {
        Some(id) => Aws::new("apigatewayv2 update-api-mapping")
            .option("--domain-name", &domain.name)
            .option("--api-mapping-id", id)
            .option("--api-id", &mapping.api_id)
            .option("--stage", "STAGE"),
        None => Aws::new("apigateway update-base-path-mapping")
            .option("--domain-name", &domain.name)
            .option("--base-path", if mapping.path.is_empty() { "(none)" } else { &mapping.path })
            .option("--patch-operations", "op=replace,path=/stage,value=STAGE"),
    };
    let command = command.option("--region", &snapshot.region);
    out.finding(
        Severity::High,
        resource,
        format!("{}/{} leads to {missing}, which does not exist", domain.name, mapping.path),
    )
    .detail("Every request under that path is refused with 403 Forbidden.")
    .evidence(
        "apigateway:GetBasePathMappings",
        path,
        serde_json::json!({
            "path": mapping.path, "apiId": mapping.api_id, "stage": mapping.stage,
        }),
    )
    .remedy(Remedy::command("point the mapping to a stage that exists, or delete it", command));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, lambda_uri, route, snapshot};
    use crate::observed::Observed;

    fn account(api_id: &str, stage: &str) -> Snapshot {
        let mut snapshot = snapshot(vec![api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])]);
        let mapping =
            Mapping { id: None, path: "v1".to_owned(), api_id: api_id.to_owned(), stage: Some(stage.to_owned()) };
        snapshot.domain_names = Observed::Known(vec![DomainName {
            name: "api.example.com".to_owned(),
            id: None,
            routing_mode: None,
            settings: Default::default(),
            mappings: Observed::Known(vec![mapping]),
        }]);
        snapshot
    }

    #[test]
    fn flags_a_missing_stage_and_a_missing_api() {
        check(
            &CHECK,
            &account("a1b2c3d4e5", "beta"),
            expect![[r#"
            high /domainnames/api.example.com v1: api.example.com/v1 leads to the stage beta of orders, which does not exist
        "#]],
        );
        check(
            &CHECK,
            &account("zzzzzzzzzz", "prod"),
            expect![[r#"
            high /domainnames/api.example.com v1: api.example.com/v1 leads to the API zzzzzzzzzz, which does not exist
        "#]],
        );
    }

    #[test]
    fn leaves_what_exists_and_what_was_not_asked_for_alone() {
        check(&CHECK, &account("a1b2c3d4e5", "prod"), expect![""]);
        let mut one_of_many = account("zzzzzzzzzz", "prod");
        one_of_many.complete = false;
        check(&CHECK, &one_of_many, expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut snapshot = account("a1b2c3d4e5", "prod");
        snapshot.apis[0].stages = Observed::NotRead(denied("apigateway:GetStages"));
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /domainnames/api.example.com v1: access denied: apigateway:GET on arn:aws:… (for apigateway:GetStages)
        "#]],
        );
        snapshot.domain_names = Observed::NotRead(denied("apigateway:GetDomainNames"));
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /domainnames: access denied: apigateway:GET on arn:aws:… (for apigateway:GetDomainNames)
        "#]],
        );
    }
}
