//! The live answer beside the deployed one.

use std::collections::BTreeSet;

use super::shape::Shape;
use super::verdict::{Side, Told};
use crate::command;
use crate::exchange::Response;
use crate::finding::Severity;
use crate::met::Met;

impl Told<'_> {
    /// Holds the stage's answer against the live one, which is given with its body.
    pub(super) fn compare(&mut self, (live, live_body): (&Side, &str), deployed: &Side, answer: &Response) {
        if self.probe.stage.canary.is_some() {
            let why = "the stage has a canary, which may have answered: nothing is compared";
            self.not_compared = Some(why.to_owned());
            return;
        }
        if live.status != deployed.status && is_of_no_route(answer) && self.refuses_no_one() {
            return self.not_deployed(live.status, answer.status);
        }
        let is_own = live.status == deployed.status && !is_of_the_gateway(answer);
        if let Some(why) = refused(answer).filter(|_| !is_own) {
            self.not_compared = Some(format!(
                "{why}; TestInvokeMethod passes by authorization, API keys, throttling and WAF, so that nothing is \
                 compared"
            ));
            return;
        }
        if let (Some(one), Some(other)) = (live.status, deployed.status)
            && one != other
        {
            let severity = if one / 100 == other / 100 { Severity::Medium } else { Severity::High };
            let message = format!("the live configuration answers {one}, the stage {other}");
            // Everything else about two answers follows from that.
            return self.problem("status-differs", severity, message, None);
        }
        if live.content_type != deployed.content_type {
            let word = |kind: &Option<String>| kind.clone().unwrap_or_else(|| "no content type".to_owned());
            let message = format!(
                "the live configuration answers with {}, the stage with {}",
                word(&live.content_type),
                word(&deployed.content_type)
            );
            self.problem("content-type-differs", Severity::Medium, message, None);
        }
        self.compare_bodies((live, live_body), (deployed, &answer.body));
        let own =
            |side: &Side| side.headers.iter().filter(|name| is_own_header(name)).cloned().collect::<BTreeSet<_>>();
        let (one, other) = (own(live), own(deployed));
        let alone = |names: Vec<&String>, who: &str| {
            let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
            (!names.is_empty()).then(|| format!("{} in {who} alone", names.join(", ")))
        };
        let told = [
            alone(one.difference(&other).collect(), "the live answer"),
            alone(other.difference(&one).collect(), "the deployed answer"),
        ];
        let told: Vec<String> = told.into_iter().flatten().collect();
        if !told.is_empty() {
            self.problem("header-differs", Severity::Low, format!("headers differ: {}", told.join("; ")), None);
        }
    }

    /// Whether callers need not sign, or the request was signed. An unsigned request to a route with `AWS_IAM` is answered
    /// like one to a route that does not exist.
    fn refuses_no_one(&self) -> bool {
        if matches!(&self.probe.deployed, Ok((_, true))) {
            return true;
        }
        let key = &self.probe.route;
        let authorization = match self.probe.api.met_by_callers(self.probe.stage) {
            Met::Served(_) => self.probe.met().map(|route| route.authorization_type.as_str()),
            Met::Live { summary: Some(summary), .. } => {
                let method = summary.get(&key.path).zip(key.method.as_ref()).and_then(|(own, name)| own.get(name));
                method.and_then(|method| method.authorization_type.as_deref())
            }
            _ => None,
        };
        authorization.is_some_and(|kind| kind != "AWS_IAM")
    }

    fn not_deployed(&mut self, live: Option<u16>, deployed: u16) {
        let (api, stage) = (self.probe.api, self.probe.stage);
        let live = live.map_or("without a status".to_owned(), |status| status.to_string());
        let message = format!(
            "the live configuration answers {live}, the stage {deployed} Missing Authentication Token: it does not serve \
             the route, so that callers get nothing of it"
        );
        let deploy = command::deploy(api.kind, &api.id, &stage.name, &self.probe.snapshot.region);
        self.problem("not-deployed", Severity::High, message, Some(deploy.to_string()));
    }

    /// The forms of two bodies; or that only one of them is JSON, or is there at all.
    fn compare_bodies(&mut self, (live, live_body): (&Side, &str), (deployed, deployed_body): (&Side, &str)) {
        let is_head = self.probe.route.method.as_deref() == Some("HEAD")
            || matches!(&self.probe.deployed, Ok((request, _)) if request.method == "HEAD");
        // An answer to HEAD has no body on its way, whatever was returned; one that is compressed is not read.
        if is_head || [live, deployed].iter().any(|side| side.headers.contains("content-encoding")) {
            return;
        }
        let differences = match (&live.shape, &deployed.shape) {
            (Some(one), Some(other)) => Shape::differences(one, other),
            _ => {
                let word = |side: &Side, body: &str| match side.shape {
                    Some(_) => "JSON",
                    None if body.trim().is_empty() => "empty",
                    None => "no JSON",
                };
                let (one, other) = (word(live, live_body), word(deployed, deployed_body));
                if one == other { Vec::new() } else { vec![format!("$: {one} live, {other} deployed")] }
            }
        };
        if !differences.is_empty() {
            let message = format!("the bodies have different forms: {}", differences.join("; "));
            self.problem("shape-differs", Severity::Medium, message, None);
        }
    }
}

/// Why an answer shows nothing of the route: it was refused before anything of it ran.
pub(super) fn refused(answer: &Response) -> Option<String> {
    let status = answer.status;
    let is_refusal = [401, 403, 429].contains(&status) || ((400..500).contains(&status) && is_of_the_gateway(answer));
    is_refusal.then(|| format!("the stage refused the request with {status}"))
}

/// Whether the gateway itself says that something is wrong, and not what stands behind it, whose own header of that name
/// it renames.
fn is_of_the_gateway(answer: &Response) -> bool {
    answer.headers.get("x-amzn-errortype").is_some()
}

/// Whether the gateway says that it knows no such route: the answer of its type `MISSING_AUTHENTICATION_TOKEN`
/// (docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html).
fn is_of_no_route(answer: &Response) -> bool {
    let kind = answer.headers.get("x-amzn-errortype");
    let is_named = match kind {
        Some(kind) => kind == "MissingAuthenticationTokenException",
        None => answer.body.contains("\"Missing Authentication Token\""),
    };
    let is_remapped =
        answer.headers.0.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("x-amzn-remapped-"));
    is_named && !(kind.is_none() && is_remapped)
}

/// Whether a header is the API's own, and not one that the way adds or that tells of one answer alone.
fn is_own_header(name: &str) -> bool {
    const OF_THE_WAY: [&str; 14] = [
        "age",
        "apigw-requestid",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "keep-alive",
        "server",
        "set-cookie",
        "transfer-encoding",
        "vary",
        "via",
        "etag",
    ];
    !OF_THE_WAY.contains(&name) && !["x-amz", "x-cache", "x-edge"].iter().any(|prefix| name.starts_with(prefix))
}
