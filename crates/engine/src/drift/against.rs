//! Two stages' deployed snapshots: what a promotion would change.

use super::witness::{self, Verdict};
use super::{ApiDrift, Basis, StageDrift, Witness, compare, served};
use crate::configuration::Configuration;
use crate::observed::{NotRead, Observed};
use crate::snapshot::{Api, Deployed, Snapshot, Stage};

/// What giving each stage the deployment of `against` would change for its callers.
///
/// A stage of which nothing is known is told with [`Basis::None`]; `against` itself, and APIs without it, are left out.
pub fn against(snapshot: &Snapshot, api: &Api, wanted: &dyn Fn(&Stage) -> bool, against: &str) -> Option<ApiDrift> {
    let stages = match &api.stages {
        Observed::Known(stages) => stages,
        Observed::NotRead(_) => return Some(super::api(snapshot, api, wanted)),
    };
    let source = stages.iter().find(|stage| stage.name == against)?;
    let targets = stages.iter().filter(|stage| stage.name != against && wanted(stage));
    let stages: Vec<StageDrift> = targets.map(|target| promotion(snapshot, api, target, source)).collect();
    (!stages.is_empty()).then(|| ApiDrift { stages, ..super::api(snapshot, api, &|_| false) })
}

fn promotion(snapshot: &Snapshot, api: &Api, target: &Stage, source: &Stage) -> StageDrift {
    StageDrift {
        against: Some(source.name.clone()),
        newest_deployment_id: source.deployment_id.clone(),
        ..served::of_stage(snapshot, api, target, verdict(api, target, source))
    }
}

fn verdict(api: &Api, target: &Stage, source: &Stage) -> Verdict {
    let deployed = |stage: &Stage| api.deployed.get(stage.deployment_id.as_ref()?);
    let (Some(one), Some(other)) = (deployed(target), deployed(source)) else {
        return Verdict::without_witness("what one of the two stages serves was not read", Vec::new());
    };
    if target.deployment_id == source.deployment_id {
        return Verdict::found(Basis::Baseline, Vec::new(), Vec::new());
    }
    if let (Some(one), Some(other)) = (&one.baseline, &other.baseline) {
        let gaps = one.unproven.iter().chain(&other.unproven);
        return witness::exactly(api.kind, [&other.configuration, &one.configuration], gaps);
    }
    match (shown(one), shown(other)) {
        (Some((target, target_is_fresh)), Some((source, source_is_fresh))) => {
            let found = compare::served(&source, &target, target_is_fresh && source_is_fresh);
            witness::judged(api.kind, [&source, &target], Basis::Export, found, |_| Witness::Export)
        }
        _ => match (&one.summary, &other.summary) {
            (Observed::Known(target), Observed::Known(source)) => {
                witness::between_summaries(api.kind, &witness::facts(source), &witness::facts(target))
            }
            _ => Verdict::without_witness("what one of the two stages serves was not read", failures(one, other)),
        },
    }
}

/// What an export shows, with what the summary says of each method over it; and whether it was read just now.
fn shown(deployed: &Deployed) -> Option<(Configuration, bool)> {
    let export = deployed.export.ok()?;
    let mut configuration = export.configuration.clone();
    if let Observed::Known(summary) = &deployed.summary
        && !witness::overlay(&mut configuration, summary).is_empty()
    {
        return None;
    }
    Some((configuration, export.fresh))
}

fn failures(one: &Deployed, other: &Deployed) -> Vec<NotRead> {
    let exports = [one, other].into_iter().filter_map(|deployed| deployed.export.known().err());
    exports.filter(|why| why.is_failure()).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::fixture;
    use crate::snapshot::ApiKind;

    fn keys(map: &BTreeMap<String, Deployed>) -> Vec<&String> {
        map.keys().collect()
    }

    #[test]
    fn a_promotion_brings_what_the_other_stage_serves() {
        let orders = fixture::route("GET /orders", &fixture::lambda_uri("orders-fn"));
        let invoice = fixture::route("GET /invoice", &fixture::lambda_uri("invoice-fn"));
        for kind in [ApiKind::Rest, ApiKind::Http] {
            let mut api = fixture::api(kind, vec![orders.clone()]);
            let source = api.deployed["d1"].export.ok().unwrap().configuration.source;
            fixture::deploy(&mut api, "d2", &fixture::configuration(source, vec![orders.clone(), invoice.clone()]));
            api.stages = Observed::Known(vec![fixture::stage("prod", "d1"), fixture::stage("staging", "d2")]);
            assert_eq!(keys(&api.deployed), ["d1", "d2"]);
            let snapshot = fixture::snapshot(vec![api.clone()]);
            let drift = against(&snapshot, &api, &|stage| stage.name == "prod", "staging").unwrap();
            let stage = &drift.stages[0];
            assert_eq!((stage.stage.as_deref(), stage.against.as_deref()), (Some("prod"), Some("staging")));
            assert_eq!((stage.basis, stage.in_sync, stage.changes.len()), (Basis::Export, Some(false), 1));
            assert_eq!(stage.changes[0].path.as_deref(), Some("/invoice"));
            assert_eq!(against(&snapshot, &api, &|_| true, "beta"), None);

            for deployed in api.deployed.values_mut() {
                deployed.export = Observed::NotRead(fixture::denied("apigateway:GetExport"));
            }
            let by_summary = against(&snapshot, &api, &|_| true, "staging").unwrap();
            assert_eq!((by_summary.stages[0].basis, by_summary.stages[0].changes.len()), (Basis::Summary, 1));
        }
    }
}
