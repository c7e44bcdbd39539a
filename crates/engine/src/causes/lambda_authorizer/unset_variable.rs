//! A stage variable in an authorizer's identity source that the stage does not set.

use serde_json::Value;

use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof};
use crate::case::guard::{Guard, IdentitySource};
use crate::case::logs;
use crate::command;

/// That the identity source of a route's authorizer names a stage variable which the stage does not set; else refuted by `why`.
/// That such a source is missing like a header that is not sent is not documented: likely at most, and nothing of a request that
/// nobody sent.
pub(in crate::causes) fn named(case: &Case<'_>, guard: &Guard<'_, '_>, why: String) -> Examined {
    let used = guard.authorizer()?;
    let variables = &guard.stage.variables;
    let unset = used.identity_sources().into_iter().find_map(|source| match source {
        IdentitySource::StageVariable(name) if variables.get(name).is_none_or(String::is_empty) => {
            Some(name.to_owned())
        }
        _ => None,
    });
    let Some(unset) = unset.filter(|_| !case.is_unsent()) else { return Err(Not::Refuted(why)) };
    case.target()?.stage_read()?;
    match logs::execution(case) {
        Err(Not::Wanted) => return Err(Not::Wanted),
        Ok(log) if log.holds(&["Starting authorizer", "Endpoint request"]).is_some() => {
            return Err(Not::refuted("the execution log shows that the authorizer's function was called"));
        }
        _ => {}
    }
    let (api, stage) = (guard.api, &guard.stage.name);
    let says = format!(
        "The authorizer {} looks for the caller in the stage variable {unset}, which {stage} does not set: an authorizer is not \
         asked where a source is missing, though AWS says so of headers and parameters alone.",
        used.name
    );
    let set = command::set_variables(api.kind, &api.id, stage, [&unset], &case.facts.region);
    Ok(guard
        .because(Proof::likely(says))
        .because(used.source, format!("{} identitySource", used.name), used.authorizer.identity_source.clone())
        .because(api.kind.call("GetStages"), format!("variables.{unset}"), Value::Null)
        .command("set the variable on the stage, or take it out of the authorizer's identity source and deploy", set))
}

#[cfg(test)]
mod tests {
    use crate::case::facts::Facts;
    use crate::causes::lambda_authorizer::tests::{get, http, logged, request, rest, unauthorized, with_token};
    use crate::configuration::Authorizer;
    use crate::observed::Observed;
    use crate::testkit::{explained, first, lists};

    /// Of what is missing in the stage AWS does not say what is answered: likely, with the variable's name.
    #[test]
    fn a_stage_variable_as_identity_source_has_to_be_set() {
        let source = "method.request.header.Authorization, stageVariables.tenant";
        let set = |mut facts: Facts<'static>| {
            let Observed::Known(stages) = &mut facts.api_mut("a1b2c3d4e5").unwrap().stages else { panic!("no stages") };
            stages.iter_mut().for_each(|stage| drop(stage.variables.insert("tenant".to_owned(), "a".to_owned())));
            facts
        };
        let of_http = || Authorizer {
            identity_source: Some("$request.header.Authorization, $stageVariables.tenant".to_owned()),
            ..request("")
        };
        let by_http = || with_token().http(401, "Unauthorized");
        let missing = "lambda-auth-identity-source-missing";
        for (exchange, facts, expected) in [
            (unauthorized(with_token()), rest(&request(source)), "lambda-auth-identity-source-missing likely"),
            (unauthorized(get()), rest(&request(source)), "lambda-auth-identity-source-missing certain"),
            (unauthorized(with_token()), set(rest(&request(source))), "lambda-auth-threw-unauthorized possible"),
            (by_http(), http(&of_http()), "http-lambda-auth-identity-missing likely"),
        ] {
            assert_eq!(first(&exchange, &facts), expected);
        }
        let own = explained(&unauthorized(with_token()), &rest(&request(source))).causes.swap_remove(0);
        assert!(own.says.contains("the stage variable tenant, which prod does not set"), "{}", own.says);
        let set_it = "aws apigateway update-stage --rest-api-id a1b2c3d4e5 --stage-name prod --patch-operations \
            op=replace,path=/variables/tenant,value=VALUE --region eu-west-1";
        assert_eq!(own.remedy.command.as_deref(), Some(set_it));
        let called = ["Starting authorizer: auth01 for request: x", "Endpoint request URI: https://lambda"];
        assert!(!lists(&unauthorized(with_token()), &logged(rest(&request(source)), &called), missing));
        assert!(!lists(&with_token(), &rest(&request(source)), missing), "nothing was sent");
    }
}
