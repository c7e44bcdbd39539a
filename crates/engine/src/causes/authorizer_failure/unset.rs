//! A stage variable in an authorizer's URI that the stage does not set.

use serde_json::Value;

use crate::case::Case;
use crate::case::cause::{Not, Proof};
use crate::case::guard::{Guard, Used};
use crate::command;
use crate::stage_variables;

/// That an authorizer's URI names a stage variable which the stage does not set, so that it names no function; `None` where all
/// are set. What API Gateway answers then is not documented: likely at most, and nothing of a request that nobody sent.
pub(in crate::causes) fn variable(
    case: &Case<'_>,
    guard: &Guard<'_, '_>,
    used: &Used<'_>,
) -> Result<Option<Proof>, Not> {
    let Some(uri) = used.authorizer.authorizer_uri.as_deref().filter(|_| !case.is_unsent()) else { return Ok(None) };
    let resolved = stage_variables::resolve(uri, &guard.stage.variables);
    let Some(first) = resolved.unset.first() else { return Ok(None) };
    case.target()?.stage_read()?;
    let (api, stage) = (guard.api, &guard.stage.name);
    let says = format!(
        "The authorizer {} names the stage variable {first}, which {stage} does not set: there is no function that it may call.",
        used.name
    );
    let set = command::set_variables(api.kind, &api.id, stage, [first], &case.facts.region);
    Ok(Some(
        guard
            .because(Proof::likely(says))
            .because(used.source, format!("{} authorizerUri", used.name), uri)
            .because(api.kind.call("GetStages"), format!("variables.{first}"), Value::Null)
            .command("set the variable on the stage", set),
    ))
}
