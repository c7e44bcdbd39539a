//! From what the causes say of requests that nobody sent yet to findings.

use std::collections::BTreeMap;

use super::{Context, Grain, Outcome};
use crate::case::cause::{Audit, Cause, Confidence, Proof};
use crate::causes;
use crate::finding::{Resource, Severity};
use crate::foresee::{self, Of, Told};
use crate::observed::NotRead;
use crate::reads::Read;
use crate::snapshot::ApiKind;

/// The run of a check that warns of causes: each request that will fail is a finding, each that may fail one of severity
/// info; what was not read is said.
pub(crate) fn warn(context: &Context, out: &mut Outcome) {
    let worst = out.check.severity;
    tell(context, out, Cause::title, &|cause, _, proof| Some(usual(cause, proof, worst)));
}

/// The run of a check that warns of a cause under its own title, and judges by itself how bad each request is: nothing where
/// it is not worth a word.
pub(crate) fn judge(context: &Context, out: &mut Outcome, severity: &dyn Fn(&Told, &Proof) -> Option<Severity>) {
    let check = out.check;
    tell(context, out, |_| check.title(), &|_, told, proof| severity(told, proof));
}

/// The run of a check that warns of a risk under its own title.
pub(crate) fn risk(context: &Context, out: &mut Outcome) {
    judge(context, out, &|_, _| Some(Severity::Info));
}

/// How bad each of the requests is that a finding is about.
type Judge<'j> = &'j dyn Fn(&Cause, &Told, &Proof) -> Option<Severity>;

fn tell(context: &Context, out: &mut Outcome, title: impl Fn(&'static Cause) -> &'static str, severity: Judge<'_>) {
    let check = out.check;
    let Some((of, grain)) = check.asked else { return };
    unread_lists(context, of, check.kinds, out);
    for cause in check.causes.iter().filter_map(|id| causes::find(id)) {
        let mut found: BTreeMap<Resource, Vec<(&Told, &Proof, Severity)>> = BTreeMap::new();
        for told in context.foresight.told(cause.id, of) {
            match &told.said {
                Ok(proof) if is_told(cause, proof) => {
                    if let Some(severity) = severity(cause, told, proof) {
                        found.entry(grained(grain, &told.resource)).or_default().push((told, proof, severity));
                    }
                }
                Ok(proof) => proof.unread.iter().for_each(|why| unread(&told.resource, why, out)),
                Err(why) => unread(&told.resource, why, out),
            }
        }
        for (resource, told) in found {
            report(cause, title(cause), resource, &told, out);
        }
    }
}

/// How bad a cause is that a check has nothing more to say about.
fn usual(cause: &Cause, proof: &Proof, worst: Severity) -> Severity {
    match (cause.audit, proof.confidence) {
        (Audit::Warns, _) => Severity::Info,
        (_, Confidence::Certain) => worst,
        // What is only likely is worth a look, and no more.
        _ => worst.min(Severity::Low),
    }
}

/// Whether what a cause holds of a request is enough to bother somebody with.
fn is_told(cause: &Cause, proof: &Proof) -> bool {
    match cause.audit {
        Audit::Proves => proof.confidence >= Confidence::Likely && proof.unread.is_empty(),
        Audit::Warns => true,
        Audit::Silent => false,
    }
}

/// What a finding is about that comes of requests to a resource.
fn grained(grain: Grain, resource: &Resource) -> Resource {
    match grain {
        Grain::Each => resource.clone(),
        Grain::Stage => resource.of_stage(),
        Grain::Api => resource.of_api(),
    }
}

fn report(cause: &Cause, title: &str, resource: Resource, told: &[(&Told, &Proof, Severity)], out: &mut Outcome) {
    let Some((first, proof, _)) = told.first() else { return };
    let severity = told.iter().map(|(_, _, severity)| *severity).max().unwrap_or(Severity::Info);
    let mut words: Vec<&str> = told.iter().map(|(told, _, _)| told.word.as_str()).collect();
    words.dedup();
    let others: Vec<&str> = words.into_iter().skip(1).collect();
    let (title, detail) = match others.as_slice() {
        [] => (format!("{}: {title}", first.word), proof.says.clone()),
        _ => {
            let words: Vec<&str> = others.iter().copied().take(NAMED).collect();
            let more = if others.len() > NAMED { " …" } else { "" };
            let detail = format!("{} The same holds of {}{more}", proof.says, words.join(", "));
            (format!("{} and {} more: {title}", first.word, others.len()), detail)
        }
    };
    let mut draft = out.finding(severity, resource, title).detail(detail).cause(cause.id).remedy(proof.remedy.clone());
    for evidence in &proof.evidence {
        draft = draft.evidence(&evidence.source, &evidence.path, evidence.value.clone());
    }
}

/// How many other routes a finding names.
const NAMED: usize = 8;

/// What was not read is said once for each stage or domain name, not for each route or mapping.
fn unread(resource: &Resource, why: &NotRead, out: &mut Outcome) {
    let resource = Resource { key: None, ..resource.of_stage() };
    if why.is_failure() && !out.not_evaluated.iter().any(|own| own.resource == resource) {
        out.not_evaluated(resource, why);
    }
}

/// What requests are made from, and was not read.
fn unread_lists(context: &Context, of: Of, kinds: &'static [ApiKind], out: &mut Outcome) {
    let by_domain = matches!(of, Of::Domains | Of::Names | Of::Mapped | Of::Rules);
    if let (true, Err(why)) = (by_domain, context.snapshot.domain_names.known())
        && why.is_failure()
    {
        out.not_evaluated(Resource::regional(context.snapshot, "/domainnames"), why);
    }
    for (read, why) in foresee::unlisted(context.snapshot, of) {
        let resource = match read {
            Read::RoutingRules(name) => Resource::regional(context.snapshot, &format!("/domainnames/{name}")),
            Read::VpcEndpoints => Resource::outside(context.snapshot, "ec2", "vpc-endpoint/*"),
            _ => Resource::outside(context.snapshot, "cloudfront", "distribution/*"),
        };
        out.not_evaluated(resource, why);
    }
    if let Of::Routes | Of::Parents | Of::Preflights | Of::Keys | Of::Stages | Of::Uncached = of {
        unread_apis(context, kinds, out);
    }
}

/// APIs whose stages or routes were not read: nothing can be foreseen of them.
fn unread_apis(context: &Context, kinds: &'static [ApiKind], out: &mut Outcome) {
    for (api, _) in context.apis(kinds) {
        let unread = api.stages.known().err().or_else(|| api.live.routes.known().err());
        if let Some(why) = unread.filter(|why| why.is_failure()) {
            out.not_evaluated(Resource::api(context.snapshot, api), why);
        }
    }
}
