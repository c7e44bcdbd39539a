//! A CloudFront distribution in front of the API hands on what the API does not take.

use serde_json::json;

use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::distribution::{Distribution, Front};
use crate::case::domain::Domain;
use crate::case::signal::{Answerer, Signal};
use crate::case::target::{self, first_segment};
use crate::command::Aws;
use crate::finding::Remedy;
use crate::observed::NotRead;
use crate::snapshot::ApiKind;

causes! {
    /// CloudFront hands the viewer's Host on to the API
    ///
    /// ## What proves it
    ///
    /// The distribution's origin is an `execute-api` host, and its behaviour hands on the viewer's `Host`: the API then
    /// looks for a custom domain name of that name.
    ///
    /// ## What refutes it
    ///
    /// The managed policy `AllViewerExceptHostHeader`, or one without `Host`.
    ///
    /// ## Remedy
    ///
    /// Use the managed origin request policy `AllViewerExceptHostHeader`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html>
    "cloudfront-forwards-host", Cause, Proves, forwards_host;

    /// CloudFront's origin path and the API's stage do not fit
    ///
    /// ## What proves it
    ///
    /// The URL that CloudFront makes of the request, its origin path before the request's path, names no stage of the API,
    /// or names it twice.
    ///
    /// ## What refutes it
    ///
    /// That URL is answered by a route.
    ///
    /// ## Remedy
    ///
    /// Set the origin path to `/{stage}`, and leave the stage out of the paths of behaviours.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-403-custom-domain>
    "cloudfront-origin-path-wrong", Cause, Proves, origin_path;
}

/// What takes the request in front of an API, and the API's id, where the answer is one that it may have brought about.
fn front(case: &Case<'_>) -> Result<(Front, String), Not> {
    let fits = [Signal::Forbidden, Signal::MissingAuthenticationToken, Signal::NotFound, Signal::Other];
    if case.signal().is_some_and(|signal| !fits.contains(&signal)) {
        return Err(Not::Silent);
    }
    let (front, api_id) = Front::of_api(case)?;
    if case.is_unsent() && front.behavior.may_rewrite() {
        return Err(Not::refuted("a function of the distribution may change the request on its way"));
    }
    Ok((front, api_id))
}

fn forwards_host(case: &Case<'_>) -> Examined {
    let (front, _) = match front(case) {
        Err(Not::Unread(why)) if !case.is_unsent() => return refused_behind(case, &why),
        front => front?,
    };
    if !front.behavior.forwards_host() {
        return Err(Not::refuted("CloudFront does not hand on the viewer's Host, as far as its behaviour tells"));
    }
    if case.is_unsent() && Domain::of(case).is_ok() {
        return Err(Not::refuted("there is a custom domain name of the Host that CloudFront hands on"));
    }
    let says = format!(
        "CloudFront hands the Host {} on to {}, which knows no API of that name.",
        case.request.url.host, front.origin.domain_name
    );
    let (path, value) = front.behavior.handing_on();
    Ok(Proof::certain(says)
        .because("cloudfront:ListDistributions", path, value)
        .because("cloudfront:ListDistributions", "Origins[].DomainName", front.origin.domain_name)
        .advice(EXCEPT_HOST))
}

const EXCEPT_HOST: &str =
    "use the managed origin request policy AllViewerExceptHostHeader (b689b0a8-53d0-40ab-baf2-68738e2966ac)";

/// That API Gateway refused a request that came by CloudFront, as it refuses one whose Host it does not know: the distribution
/// was not read.
fn refused_behind(case: &Case<'_>, why: &NotRead) -> Examined {
    let is_gateways = case.signal() == Some(Signal::Forbidden) && case.answerer() == Answerer::RestApi;
    if !is_gateways || case.target().is_ok() {
        return Err(why.into());
    }
    let says = format!(
        "The request came by CloudFront, and API Gateway refused it as it does where {} is handed on to it as the Host.",
        case.request.url.host
    );
    Ok(Proof::likely(says)
        .because("response", "headers.x-cache", case.response()?.headers.get("x-cache"))
        .without(why)
        .advice(EXCEPT_HOST))
}

/// A change of a distribution: CloudFront takes its whole configuration, as `get-distribution-config` shows it, changed.
fn changed(distribution: &Distribution, summary: &str) -> Remedy {
    let Some(id) = distribution.id() else { return Remedy::advice(summary) };
    let command = Aws::new("cloudfront update-distribution")
        .option("--id", id)
        .option("--distribution-config", "file://distribution.json")
        .option("--if-match", "ETAG");
    let command = command.option("--region", "us-east-1");
    Remedy::command(format!("{summary} (aws cloudfront get-distribution-config gives the file and the ETag)"), command)
}

fn origin_path(case: &Case<'_>) -> Examined {
    let (front, api_id) = front(case)?;
    let api = case.api(&api_id)?.ok_or(Not::Silent)?;
    if api.kind != ApiKind::Rest {
        return Err(Not::Silent);
    }
    let stages = api.stages.known()?;
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    let whole = front.path(case);
    let (segment, rest) = first_segment(&whole);
    let shown = json!({ "OriginPath": front.origin.origin_path, "DomainName": front.distribution.domain_name });
    let Some(stage) = segment.and_then(|segment| api.stage(segment)) else {
        let says = format!(
            "CloudFront asks {} for {whole}, which begins with no stage; the API has {}.",
            front.origin.domain_name,
            names.join(", ")
        );
        return Ok(Proof::certain(says)
            .because("cloudfront:ListDistributions", "Origins[].OriginPath", shown)
            .because("apigateway:GetStages", "item[].stageName", json!(names))
            .remedy(changed(
                &front.distribution,
                &format!("set the origin path to /{}", names.first().copied().unwrap_or("{stage}")),
            )));
    };
    let table = target::deployed(case, api, stage)?;
    if table.find(case.method(), rest).is_some() {
        return Err(Not::refuted("the URL that CloudFront makes is answered by a route"));
    }
    let (again, after) = first_segment(rest);
    if again == Some(stage.name.as_str())
        && let Some((key, _)) = table.find(case.method(), after)
    {
        return Ok(Proof::certain(format!(
            "CloudFront asks for {whole}: the stage stands in it twice, and without one {key} takes it."
        ))
        .because("cloudfront:ListDistributions", "Origins[].OriginPath", shown)
        .remedy(changed(
            &front.distribution,
            "leave the stage out of the origin path, or out of the behaviour's path",
        )));
    }
    Err(Not::Silent)
}
