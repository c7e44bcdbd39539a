//! Two stages' deployed snapshots: what a promotion would change.

use super::witness::{self, Verdict};
use super::{ApiDrift, Basis, NotComparable, StageDrift, Witness, compare, served};
use crate::configuration::Configuration;
use crate::observed::{NotRead, Observed};
use crate::snapshot::{Api, ApiKind, Baseline, Deployed, Snapshot, Stage};
use crate::trail::Trail;

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
        against_deployment_id: source.deployment_id.clone(),
        ..served::of_stage(snapshot, api, target, verdict(api, target, source, snapshot.trail.ok()))
    }
}

fn verdict(api: &Api, target: &Stage, source: &Stage, trail: Option<&Trail>) -> Verdict {
    let (Some(target_id), Some(source_id)) = (&target.deployment_id, &source.deployment_id) else {
        return Verdict::without_witness("one of the two stages serves no deployment", Vec::new());
    };
    let deployed = |id: &String| api.deployed.get(id);
    let evidence = |id: &String| Evidence::of(api, deployed(id)?, trail);
    // Whatever a deployment holds, it holds it for both.
    if target_id == source_id {
        let basis = evidence(target_id).map_or(Basis::Summary, |evidence| evidence.basis());
        return Verdict::found(basis, Vec::new(), Vec::new());
    }
    let mut verdict = match (evidence(target_id), evidence(source_id)) {
        (Some(target), Some(source)) => between(api.kind, &target, &source),
        _ => match (deployed(target_id), deployed(source_id)) {
            (
                Some(Deployed { summary: Observed::Known(target), .. }),
                Some(Deployed { summary: Observed::Known(source), .. }),
            ) => witness::between_summaries(api.kind, &witness::facts(source), &witness::facts(target)),
            _ if api.kind == ApiKind::WebSocket => {
                let reason =
                    "AWS exports no WebSocket API: only a baseline of each deployment shows what the two serve";
                Verdict::without_witness(reason, Vec::new())
            }
            _ => Verdict::without_witness("what one of the two stages serves was not read", Vec::new()),
        },
    };
    for deployed in [target_id, source_id].into_iter().filter_map(deployed) {
        verdict.disagreement |= contradicts_itself(deployed);
        verdict.not_read.extend(failures(api.kind, deployed));
    }
    verdict.not_read.sort();
    verdict.not_read.dedup();
    verdict
}

/// What shows all that a deployment holds.
enum Evidence<'a> {
    Baseline(&'a Baseline),
    /// An export, with what the summary says of each method over it; and whether it was read just now.
    Export(Box<Configuration>, bool),
}

impl<'a> Evidence<'a> {
    fn of(api: &Api, deployed: &'a Deployed, trail: Option<&Trail>) -> Option<Evidence<'a>> {
        let is_sound = |baseline: &&Baseline| trail.is_none_or(|trail| baseline.contradiction(api, trail).is_none());
        if let Some(baseline) = deployed.baseline.as_ref().filter(is_sound) {
            return Some(Evidence::Baseline(baseline));
        }
        let export = deployed.export.ok()?;
        let mut configuration = export.configuration.clone();
        match &deployed.summary {
            Observed::Known(summary) if !witness::overlay(&mut configuration, summary).is_empty() => None,
            _ => Some(Evidence::Export(Box::new(configuration), export.fresh)),
        }
    }

    fn basis(&self) -> Basis {
        match self {
            Evidence::Baseline(_) => Basis::Baseline,
            Evidence::Export(..) => Basis::Export,
        }
    }

    fn configuration(&self) -> &Configuration {
        match self {
            Evidence::Baseline(baseline) => &baseline.configuration,
            Evidence::Export(configuration, _) => configuration,
        }
    }

    fn gaps(&self) -> &[NotComparable] {
        match self {
            Evidence::Baseline(baseline) => &baseline.unproven,
            Evidence::Export(..) => &[],
        }
    }
}

fn between(kind: ApiKind, target: &Evidence, source: &Evidence) -> Verdict {
    let (live, deployed) = (source.configuration(), target.configuration());
    let gaps = target.gaps().iter().chain(source.gaps());
    let mut found = match (target, source) {
        (Evidence::Baseline(_), Evidence::Baseline(_)) => {
            let mut verdict = witness::exactly(kind, [live, deployed], gaps);
            verdict.not_comparable.extend(witness::unread_of(kind));
            return verdict;
        }
        // An export loses what a baseline holds, so that it takes the side that is judged by its silence.
        (Evidence::Baseline(_), Evidence::Export(_, fresh)) => compare::served(deployed, live, *fresh).turned(),
        (Evidence::Export(_, fresh), Evidence::Baseline(_)) => compare::served(live, deployed, *fresh),
        (Evidence::Export(_, one), Evidence::Export(_, other)) => compare::served(live, deployed, *one && *other),
    };
    found.differences.retain(|difference| !gaps.clone().any(|gap| gap.covers(difference)));
    found.not_comparable.extend(gaps.cloned());
    witness::judged(kind, [live, deployed], Basis::Export, found, |_| Witness::Export)
}

/// Whether export and summary show different routes, so that neither is to be trusted.
fn contradicts_itself(deployed: &Deployed) -> bool {
    let (Observed::Known(export), Observed::Known(summary)) = (&deployed.export, &deployed.summary) else {
        return false;
    };
    !witness::overlay(&mut export.configuration.clone(), summary).is_empty()
}

/// What was asked for and not answered.
fn failures(kind: ApiKind, deployed: &Deployed) -> impl Iterator<Item = NotRead> {
    let summary = deployed.summary.known().err().filter(|_| kind == ApiKind::Rest);
    let unread = summary.into_iter().chain(deployed.export.known().err());
    unread.filter(|why| why.is_failure()).cloned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::drift::ChangeKind;
    use crate::fixture;

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

    /// `prod` serves `d1`, and `staging` serves `d2`, which has the same routes and one more.
    fn two_stages(kind: ApiKind) -> Api {
        let (orders, invoice) = (fixture::route("GET /orders", "arn:1"), fixture::route("GET /invoice", "arn:2"));
        let mut api = fixture::api(kind, vec![orders.clone()]);
        let source = api.deployed["d1"].export.ok().unwrap().configuration.source;
        fixture::deploy(&mut api, "d2", &fixture::configuration(source, vec![orders, invoice]));
        api.stages = Observed::Known(vec![fixture::stage("prod", "d1"), fixture::stage("staging", "d2")]);
        let dates = [("d3", "2026-10-09T09:00:00Z"), ("d1", "2026-10-01T09:00:00Z"), ("d2", "2026-10-02T09:00:00Z")];
        api.deployments = Observed::Known(dates.map(|(id, date)| fixture::deployment(id, date)).to_vec());
        api
    }

    fn promoted(api: &Api) -> StageDrift {
        let snapshot = fixture::snapshot(vec![api.clone()]);
        against(&snapshot, api, &|stage| stage.name == "prod", "staging").unwrap().stages.remove(0)
    }

    fn baseline(api: &Api, id: &str) -> Baseline {
        let configuration = &api.deployed[id].export.ok().unwrap().configuration;
        Baseline {
            schema: "stagecheck.baseline/1".to_owned(),
            account_id: fixture::ACCOUNT.to_owned(),
            region: fixture::REGION.to_owned(),
            api_id: api.id.clone(),
            deployment_id: id.to_owned(),
            deployed_at: "2026-10-01T09:00:00Z".parse().unwrap(),
            taken_at: "2026-10-02T09:00:00Z".parse().unwrap(),
            occasion: crate::snapshot::Occasion::Request,
            configuration: Configuration { source: crate::configuration::Source::Reads, ..configuration.clone() },
            unproven: Vec::new(),
        }
    }

    #[test]
    fn the_newest_deployment_stays_the_newest_of_the_api() {
        let stage = promoted(&two_stages(ApiKind::Rest));
        assert_eq!(stage.newest_deployment_id.as_deref(), Some("d3"));
        assert_eq!(stage.against_deployment_id.as_deref(), Some("d2"));
    }

    #[test]
    fn what_was_not_read_is_not_in_sync() {
        let mut api = two_stages(ApiKind::Rest);
        let same = api.deployed["d1"].clone();
        api.deployed.insert("d2".to_owned(), same);
        assert_eq!(promoted(&api).in_sync, Some(true));
        for deployed in api.deployed.values_mut() {
            deployed.export = Observed::NotRead(fixture::denied("apigateway:GetExport"));
        }
        let stage = promoted(&api);
        assert_eq!((stage.basis, stage.in_sync, stage.not_read.len()), (Basis::Summary, None, 1));
    }

    #[test]
    fn a_baseline_of_one_stage_is_compared_with_the_export_of_the_other() {
        for one in ["d1", "d2"] {
            let mut api = two_stages(ApiKind::Rest);
            let kept = baseline(&api, one);
            api.deployed.insert(one.to_owned(), Deployed::exactly(kept));
            let stage = promoted(&api);
            let change = &stage.changes[0];
            assert_eq!((stage.basis, stage.in_sync, stage.changes.len()), (Basis::Export, Some(false), 1), "{one}");
            assert_eq!((change.change, change.path.as_deref()), (ChangeKind::Added, Some("/invoice")), "{one}");
            assert!(change.deployed.is_null() && !change.live.is_null(), "{one}");
        }
    }

    #[test]
    fn a_websocket_api_needs_a_baseline_of_each() {
        let mut api = two_stages(ApiKind::WebSocket);
        let kept = ["d1", "d2"].map(|id| baseline(&api, id));
        api.deployed.clear();
        let stage = promoted(&api);
        assert_eq!((stage.basis, stage.in_sync), (Basis::None, None));
        assert!(stage.unknown_because().unwrap().contains("exports no WebSocket API"));
        kept.into_iter().for_each(|baseline| api.keep(baseline));
        let stage = promoted(&api);
        assert_eq!((stage.basis, stage.in_sync), (Basis::Baseline, Some(false)));
        assert!(stage.not_comparable.iter().any(|gap| gap.field == "routeResponses"));
    }
}
