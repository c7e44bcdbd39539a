//! How many requests an account's APIs had in the minutes around an answer.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof};
use crate::case::facts::Read;
use crate::snapshot::{Api, ApiKind};

const SOURCE: &str = "cloudwatch:GetMetricData";
const PATH: &str = "AWS/ApiGateway Count";

/// How many APIs of the region are asked for their counts: each costs a call.
const APIS: usize = 20;

fn count(name: &str, value: &str) -> Read {
    Read::Metric {
        namespace: "AWS/ApiGateway".to_owned(),
        metric: "Count".to_owned(),
        dimensions: vec![(name.to_owned(), value.to_owned())],
    }
}

/// By what CloudWatch counts an API: REST APIs by their names, the others by their ids.
fn counted(api: &Api) -> (&'static str, &str) {
    match api.kind {
        ApiKind::Rest => ("ApiName", &api.name),
        ApiKind::Http | ApiKind::WebSocket => ("ApiId", &api.id),
    }
}

/// A proof that an account is throttled, weighed by what its APIs had to do: fewer requests than the burst cannot use it up.
/// `others` is the proof where other APIs than the request's own may have used it up.
pub(super) fn weighed(case: &Case<'_>, api: &Api, burst: Option<f64>, proof: Proof, others: Proof) -> Examined {
    let (name, value) = counted(api);
    let own = match case.ask(count(name, value)).map(|sum| sum.and_then(Value::as_f64).filter(|sum| *sum > 0.0)) {
        Ok(Some(own)) => own,
        // Where there is no value, nothing counted: that is no traffic that would use the rate up.
        Ok(None) => return Ok(proof.at_most(Confidence::Possible)),
        Err(Not::Unread(why)) => return Ok(proof.without(&why)),
        Err(not) => return Err(not),
    };
    let Some(burst) = burst.filter(|burst| own <= *burst) else { return Ok(proof.because(SOURCE, PATH, own)) };
    let others = others.despite(SOURCE, PATH, own);
    match of_others(case, (name, value)) {
        Ok(Some(more)) if own + more <= burst => Err(Not::refuted(format!(
            "all APIs of the account in the region together had {} requests in these minutes, and its burst is {burst}",
            own + more
        ))),
        Ok(Some(more)) => {
            Ok(proof.because(SOURCE, PATH, own).because(SOURCE, format!("{PATH} of the other APIs"), more))
        }
        Ok(None) => Ok(others),
        Err(Not::Unread(why)) => Ok(others.without(&why)),
        Err(not) => Err(not),
    }
}

/// What the other APIs of the region counted together; `None` where they are too many to be asked.
fn of_others(case: &Case<'_>, own: (&'static str, &str)) -> Result<Option<f64>, Not> {
    let text = |api: &'_ Value, member: &str| api.get(member).and_then(Value::as_str).map(str::to_owned);
    let rest = case.list(Read::RestApis, "items");
    let http = case.list(Read::HttpApis, "Items");
    let rest = rest?.iter().filter_map(|api| Some(("ApiName", text(api, "name")?)));
    let http = http?.iter().filter_map(|api| Some(("ApiId", text(api, "ApiId")?)));
    let mut all: BTreeSet<(&str, String)> = rest.chain(http).collect();
    all.remove(&(own.0, own.1.to_owned()));
    if all.len() > APIS {
        return Ok(None);
    }
    let sums: Vec<Result<f64, Not>> = all
        .iter()
        .map(|(name, value)| Ok(case.ask(count(name, value))?.and_then(Value::as_f64).unwrap_or_default()))
        .collect();
    sums.into_iter().sum::<Result<f64, Not>>().map(Some)
}
