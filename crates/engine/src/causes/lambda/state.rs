//! Whether a function is in a state to be called.

use serde_json::Value;

use super::unread;
use crate::case::Case;
use crate::case::callee::{self, Callee};
use crate::case::cause::{Confidence, Examined, Not, Proof};
use crate::case::signal::Signal;

pub(super) fn not_active(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Internal, Signal::BadGateway])?;
    let callee = Callee::of(case)?;
    let function = callee.function()?;
    let configuration = match callee::configuration(case, &function) {
        Err(Not::Unread(why)) if !case.is_unsent() => return unread::state(case, &callee, &function, &why),
        configuration => configuration?,
    };
    let Some(configuration) = configuration else { return Err(Not::Silent) };
    let text = |name: &str| configuration.get(name).and_then(Value::as_str);
    let state = text("State").unwrap_or("Active");
    let update = text("LastUpdateStatus").unwrap_or("Successful");
    if state == "Active" && update != "Failed" {
        return Err(Not::refuted(format!("{} is active", function.name)));
    }
    let because =
        |name: &str| text(name).map_or_else(String::new, |reason| format!(": {}", reason.trim_end_matches('.')));
    let updated = if update == "Successful" {
        String::new()
    } else {
        format!("; its last update is {update}{}", because("LastUpdateStatusReason"))
    };
    let says = format!("{} is {state}{}{updated}.", function.name, because("StateReason"));
    let proof = Proof::certain(says);
    // What is pending will be over; an inactive function is made ready by the first call, which fails; after a failed
    // update the version before it is run.
    let proof = match state {
        _ if !case.is_unsent() => proof,
        "Pending" => proof.at_most(Confidence::Possible),
        "Inactive" | "Active" => proof.at_most(Confidence::Likely),
        _ => proof,
    };
    Ok(proof
        .about(function.arn())
        .because("lambda:GetFunctionConfiguration", "State", state)
        .because("lambda:GetFunctionConfiguration", "LastUpdateStatus", update)
        .advice(match state {
            "Pending" => "wait until it is active",
            "Inactive" => "call it again in a minute: the first call makes it active; or deploy the function again",
            "Active" => "mend what the reason of its last update says, and deploy the function again",
            _ => "waiting does not help: mend what the reason says, and deploy the function again",
        }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::case::facts::Read;
    use crate::fixture::{self, lambda_uri, route};
    use crate::snapshot::ApiKind;
    use crate::testkit::{explained, facts, to_orders};

    #[test]
    fn the_state_and_the_last_update_have_their_own_reasons_and_remedies() {
        let told = |configuration: Value| {
            let api = fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
            let facts = facts(vec![api]).with(Read::Function("orders-fn".to_owned()), configuration);
            let failed =
                to_orders("GET", "/orders").refused(500, "InternalServerErrorException", "Internal server error");
            let own = explained(&failed, &facts).causes.swap_remove(0);
            assert_eq!((own.id, own.confidence.name()), ("lambda-function-not-active", "certain"));
            (own.says, own.remedy.summary)
        };
        let redeploy = "mend what the reason says, and deploy the function again";
        for (configuration, says, remedy) in [
            (
                json!({ "State": "Failed", "LastUpdateStatus": "Successful", "StateReason": "Its role was deleted." }),
                "orders-fn is Failed: Its role was deleted.",
                format!("waiting does not help: {redeploy}"),
            ),
            (json!({ "State": "Pending" }), "orders-fn is Pending.", "wait until it is active".to_owned()),
            (
                json!({ "State": "Inactive", "StateReason": "It was idle" }),
                "orders-fn is Inactive: It was idle.",
                "call it again in a minute: the first call makes it active; or deploy the function again".to_owned(),
            ),
            (
                json!({ "State": "Active", "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "No image." }),
                "orders-fn is Active; its last update is Failed: No image.",
                "mend what the reason of its last update says, and deploy the function again".to_owned(),
            ),
        ] {
            assert_eq!(told(configuration), (says.to_owned(), remedy));
        }
    }
}
