//! The command that points a mapping of a custom domain name to a stage that is there.

use crate::case::Case;
use crate::case::cause::Not;
use crate::case::domain::{API_MAPPINGS, Domain, written};
use crate::case::target;
use crate::command::Aws;
use crate::snapshot::{Api, ApiKind, Stage};

/// How many stages are looked at: each costs a call.
const STAGES: usize = 3;

/// The first stage of an API that has a route for a path, or just the first where none is known to.
pub(super) fn serving<'a>(case: &Case<'a>, api: &'a Api, path: &str) -> Result<Option<&'a Stage>, Not> {
    let stages = api.stages.known()?;
    for stage in stages.iter().take(STAGES) {
        match target::deployed(case, api, stage) {
            Ok(routes) if routes.find(case.method(), path).is_some() => return Ok(Some(stage)),
            Err(Not::Wanted) if !case.is_unsent() => return Err(Not::Wanted),
            _ => {}
        }
    }
    Ok(stages.first())
}

/// The command that points a mapping to a stage of an API, by the service that showed the mapping; by that of HTTP APIs where
/// the mapping leads to one, or has several segments, which the other does not take.
pub(super) fn remap_to(
    case: &Case<'_>,
    domain: &Domain<'_>,
    base_path: &str,
    api: Option<&Api>,
    stage: &str,
) -> Result<Aws, Not> {
    let is_newer =
        domain.mapped_by == API_MAPPINGS || api.is_some_and(|api| api.kind != ApiKind::Rest) || base_path.contains('/');
    let command = if is_newer {
        let id = domain.mapping_id(case, base_path)?;
        Aws::new("apigatewayv2 update-api-mapping")
            .option("--api-id", api.map_or("API", |api| &api.id))
            .option("--domain-name", &domain.name)
            .option("--api-mapping-id", id.as_deref().unwrap_or("API_MAPPING_ID"))
            .option("--stage", stage)
    } else {
        let to_api = api.is_none().then(|| "op=replace,path=/restapiId,value=API".to_owned());
        let to_stage = format!("op=replace,path=/stage,value={stage}");
        Aws::new("apigateway update-base-path-mapping")
            .option("--domain-name", &domain.name)
            .option("--base-path", written(base_path))
            .options("--patch-operations", to_api.into_iter().chain([to_stage]))
    };
    Ok(command.option("--region", &case.facts.region))
}
