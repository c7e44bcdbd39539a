//! From what the causes say of requests that nobody sent yet to findings.

use std::collections::BTreeMap;

use super::{Context, Grain, Outcome};
use crate::case::cause::{Audit, Cause, Confidence, Proof};
use crate::causes;
use crate::finding::{Resource, Severity};
use crate::foresee::Told;
use crate::observed::NotRead;
use crate::snapshot::ApiKind;

/// The run of a check that warns of causes: each request that will fail is a finding, each that may fail one of severity
/// info; what was not read is said.
pub(crate) fn warn(context: &Context, out: &mut Outcome) {
    let check = out.check;
    let Some((of, grain)) = check.asked else { return };
    unread_apis(context, check.kinds, out);
    for cause in check.causes.iter().filter_map(|id| causes::find(id)) {
        let mut found: BTreeMap<Resource, Vec<(&Told, &Proof)>> = BTreeMap::new();
        for told in context.foresight.told(cause.id, of) {
            match &told.said {
                Ok(proof) if is_told(cause, proof) => {
                    found.entry(grained(grain, &told.resource)).or_default().push((told, proof));
                }
                Ok(proof) => proof.unread.iter().for_each(|why| unread(&told.resource, why, out)),
                Err(why) => unread(&told.resource, why, out),
            }
        }
        for (resource, told) in found {
            report(cause, check.severity, resource, &told, out);
        }
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

fn report(cause: &Cause, worst: Severity, resource: Resource, told: &[(&Told, &Proof)], out: &mut Outcome) {
    let [(first, proof), others @ ..] = told else { return };
    let severity = match (cause.audit, proof.confidence) {
        (Audit::Warns, _) => Severity::Info,
        (_, Confidence::Certain) => worst,
        // What is only likely is worth a look, and no more.
        _ => worst.min(Severity::Low),
    };
    let title = cause.title();
    let (title, detail) = match others {
        [] => (format!("{}: {title}", first.word), proof.says.clone()),
        _ => {
            let words: Vec<&str> = others.iter().map(|(told, _)| told.word.as_str()).take(NAMED).collect();
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

/// What was not read is said once for each stage, not for each route.
fn unread(resource: &Resource, why: &NotRead, out: &mut Outcome) {
    let resource = resource.of_stage();
    if why.is_failure() && !out.not_evaluated.iter().any(|own| own.resource == resource) {
        out.not_evaluated(resource, why);
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
