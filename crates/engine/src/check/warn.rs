//! From what the causes say of requests that nobody sent yet to findings.

use std::collections::BTreeMap;

use super::{Context, Grain, Outcome};
use crate::arn::FunctionName;
use crate::case::cause::{Audit, Cause, Confidence, Proof};
use crate::causes;
use crate::cors;
use crate::finding::{Resource, Severity};
use crate::foresee::{self, Of, Told};
use crate::observed::NotRead;
use crate::reads::{NOT_ASKED, Read};
use crate::snapshot::{Api, ApiKind};

/// The run of a check that warns of causes: each request that will fail is a finding, each that may fail one of severity
/// info; what was not read is said.
pub(crate) fn warn(context: &Context, out: &mut Outcome) {
    warn_where(context, out, &|_| true);
}

/// The same of preflights alone of APIs that browsers call, as their configuration shows. That other APIs do not answer
/// preflights is no defect.
pub(crate) fn warn_for_browsers(context: &Context, out: &mut Outcome) {
    let is_for_browsers = |told: &Told| {
        let is_own = |api: &&Api| told.resource.api_id.as_ref() == Some(&api.id);
        context.snapshot.apis.iter().find(is_own).is_some_and(cors::is_for_browsers)
    };
    warn_where(context, out, &is_for_browsers);
}

/// The run of a check that warns of a cause under its own title, and judges by itself how bad each request is: nothing where
/// it is not worth a word.
pub(crate) fn judge(context: &Context, out: &mut Outcome, severity: &dyn Fn(&Told, &Proof) -> Option<Severity>) {
    let check = out.check;
    tell(context, out, &|_| true, &|_, told, proof| Some((severity(told, proof)?, check.title())));
}

/// The run of a check that warns of a risk under its own title.
pub(crate) fn risk(context: &Context, out: &mut Outcome) {
    judge(context, out, &|_, _| Some(Severity::Info));
}

fn warn_where(context: &Context, out: &mut Outcome, is_worth_it: &dyn Fn(&Told) -> bool) {
    let check = out.check;
    tell(context, out, is_worth_it, &|cause, _, proof| {
        let severity = match (cause.audit, proof.confidence) {
            (Audit::Warns, _) => Severity::Info,
            (_, Confidence::Certain) => check.severity,
            // What is only likely is worth a look, and no more.
            _ => check.severity.min(Severity::Low),
        };
        // A cause says what happens to callers, which a risk has not done yet.
        Some((severity, if cause.audit == Audit::Warns { check.title() } else { cause.title() }))
    });
}

/// How bad a request is, and what is said of it.
type Judge<'j> = &'j dyn Fn(&'static Cause, &Told, &Proof) -> Option<(Severity, &'static str)>;

/// What a cause says of a request that will fail, or may, and how bad that is.
type Judged<'t> = (&'t Told, &'t Proof, Severity);

fn tell(context: &Context, out: &mut Outcome, is_worth_it: &dyn Fn(&Told) -> bool, judge: Judge<'_>) {
    let check = out.check;
    let Some((of, grain)) = check.asked else { return };
    unread_lists(context, of, out);
    if of.is_of_routes() {
        unread_apis(context, check.kinds, out);
    }
    unread_answers(context, of, out);
    for cause in check.causes.iter().filter_map(|id| causes::find(id)) {
        let mut found: BTreeMap<(Resource, &str), Vec<Judged<'_>>> = BTreeMap::new();
        for told in context.foresight.told(cause.id, of).iter().filter(|told| is_worth_it(told)) {
            match &told.said {
                Ok(proof) if is_told(cause, proof) => {
                    let Some((severity, title)) = judge(cause, told, proof) else { continue };
                    let same = found.entry((grained(grain, told, proof), title)).or_default();
                    if same.iter().all(|(other, ..)| other.word != told.word) {
                        same.push((told, proof, severity));
                    }
                }
                Ok(proof) => proof.unread.iter().for_each(|why| unread(&told.resource, why, out)),
                Err(why) => unread(&told.resource, why, out),
            }
        }
        for ((resource, title), told) in found {
            report(cause, title, resource, &told, out);
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
fn grained(grain: Grain, told: &Told, proof: &Proof) -> Resource {
    let resource = match grain {
        Grain::Each => return told.resource.clone(),
        Grain::Stage => told.resource.of_stage(),
        Grain::Api => told.resource.of_api(),
    };
    match &proof.about {
        Some(function) if FunctionName::parse(function).is_some() => resource.with_function(function.clone()),
        Some(about) => resource.with_key(about),
        None => resource,
    }
}

fn report(cause: &Cause, title: &str, resource: Resource, told: &[Judged<'_>], out: &mut Outcome) {
    let grain = out.check.asked.map_or(Grain::Each, |(_, grain)| grain);
    let [(first, proof, _), others @ ..] = told else { return };
    let severity = told.iter().map(|(.., severity)| *severity).max().unwrap_or(Severity::Info);
    let is_whole = grain != Grain::Each && resource.stage.is_none();
    let whole = proof.about.as_deref().or(if is_whole { resource.api_name.as_deref() } else { None });
    let title = match (whole, others) {
        (Some(what), _) => format!("{}: {title}", FunctionName::parse(what).map_or(what.to_owned(), |own| own.name)),
        (None, []) => format!("{}: {title}", first.word),
        (None, _) => format!("{} and {} more: {title}", first.word, others.len()),
    };
    let is_same = proof.about.is_none() && others.iter().all(|(_, other, _)| other.says == proof.says);
    let detail = if others.is_empty() || is_same {
        proof.says.clone()
    } else {
        let words: Vec<&str> = others.iter().map(|(told, ..)| told.word.as_str()).take(NAMED).collect();
        let more = if others.len() > NAMED { " …" } else { "" };
        format!("{} The same holds of {}{more}", proof.says, words.join(", "))
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
    let resource = resource.of_stage();
    let key = resource.key.clone().filter(|_| !resource.arn.contains("/domainnames/"));
    let resource = Resource { key, ..resource };
    if why.message == NOT_ASKED {
        out.not_looked_up(resource, why);
    } else if why.is_failure() && !out.not_evaluated.iter().any(|own| own.resource == resource) {
        out.not_evaluated(resource, why);
    }
}

/// What requests are made from, and was not read.
fn unread_lists(context: &Context, of: Of, out: &mut Outcome) {
    if let (true, Err(why)) = (of.is_of_domains(), context.snapshot.domain_names.known())
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
}

/// What had to be read before there was anything to ask about: said once.
pub(crate) fn unread_answers(context: &Context, of: Of, out: &mut Outcome) {
    let Some(is_needed) = of.needs() else { return };
    let answers = context.snapshot.answers.iter().filter(|own| is_needed(&own.read));
    if let Some(why) = answers.filter_map(|own| own.answer.known().err()).find(|why| why.is_failure()) {
        let resource = Resource { arn: why.resource.clone(), ..Resource::regional(context.snapshot, "") };
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
