//! `domain-mapping-to-missing-stage`.

use crate::case::domain::written;
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
    causes: ["custom-domain-mapping-dangling"],
}

fn run(context: &Context, out: &mut Outcome) {
    let snapshot = context.snapshot;
    let domains = match snapshot.domain_names.known() {
        Ok(domains) => domains,
        Err(why) => return out.not_evaluated(Resource::regional(snapshot, "/domainnames"), why),
    };
    for domain in domains {
        // With routing rules alone, mappings are not consulted.
        if domain.routing_mode.as_deref() == Some("ROUTING_RULE_ONLY") {
            continue;
        }
        // Private domain names may share a name; their id tells them apart.
        let path = match &domain.id {
            Some(id) => format!("/domainnames/{}+{id}", domain.name),
            None => format!("/domainnames/{}", domain.name),
        };
        match domain.mappings.known() {
            Ok(mappings) => mappings.iter().for_each(|mapping| judge(snapshot, domain, mapping, &path, out)),
            Err(why) => out.not_evaluated(Resource::regional(snapshot, &path), why),
        }
    }
}

fn judge(snapshot: &Snapshot, domain: &DomainName, mapping: &Mapping, path: &str, out: &mut Outcome) {
    let shown_path = written(&mapping.path);
    let api = snapshot.apis.iter().find(|api| api.id == mapping.api_id);
    let resource = Resource {
        api_id: Some(mapping.api_id.clone()),
        api_name: api.map(|api| api.name.clone()),
        api_kind: api.map(|api| api.kind),
        stage: mapping.stage.clone(),
        ..Resource::regional(snapshot, path).with_key(shown_path)
    };
    let Some(api) = api else {
        // Where not all APIs were read, one that is not here may well exist.
        if snapshot.others.iter().any(|other| other.id == mapping.api_id) {
            return;
        }
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
            .option("--base-path", written(&mapping.path))
            .option("--patch-operations", "op=replace,path=/stage,value=STAGE"),
    };
    let command = match (&mapping.id, &domain.id) {
        (None, Some(id)) => command.option("--domain-name-id", id),
        _ => command,
    };
    let command = command.option("--region", &snapshot.region);
    let source = if mapping.id.is_some() { "apigatewayv2:GetApiMappings" } else { "apigateway:GetBasePathMappings" };
    out.finding(
        Severity::High,
        resource,
        format!("{}/{} leads to {missing}, which does not exist", domain.name, mapping.path),
    )
    .detail("Every request under that path is refused with 403 Forbidden.")
    .evidence(
        source,
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
    fn leaves_mappings_that_nobody_consults_alone() {
        let mut snapshot = account("a1b2c3d4e5", "beta");
        if let Observed::Known(domains) = &mut snapshot.domain_names {
            domains[0].routing_mode = Some("ROUTING_RULE_ONLY".to_owned());
        }
        check(&CHECK, &snapshot, expect![""]);
    }

    #[test]
    fn tells_private_domain_names_apart() {
        let mut snapshot = account("a1b2c3d4e5", "beta");
        if let Observed::Known(domains) = &mut snapshot.domain_names {
            domains[0].id = Some("p1".to_owned());
            domains.extend([DomainName { id: Some("p2".to_owned()), ..domains[0].clone() }]);
        }
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            high /domainnames/api.example.com+p1 v1: api.example.com/v1 leads to the stage beta of orders, which does not exist
            high /domainnames/api.example.com+p2 v1: api.example.com/v1 leads to the stage beta of orders, which does not exist
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
