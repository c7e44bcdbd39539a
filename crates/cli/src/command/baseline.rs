//! `stagecheck baseline`: keeps the live configuration as the exact witness of the newest deployment.

use std::fmt::Write;

use collect::{Depth, Scope, TrailUse};
use engine::baseline::Refusal;
use engine::snapshot::ApiKind;
use serde::Serialize;

use crate::args::BaselineArgs;
use crate::error::{Failure, INCOMPLETE};
use crate::kept::Kept;
use crate::output;
use crate::source::Source;
use crate::text::style::{count, visible};

/// What became of each API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Baselines {
    schema: &'static str,
    account_id: String,
    store: Option<String>,
    apis: Vec<Outcome>,
}

/// What became of one API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    api_id: String,
    api_name: String,
    api_kind: ApiKind,
    region: String,
    /// The deployment whose baseline was kept; null where none was.
    deployment_id: Option<String>,
    /// What no witness could prove; a change of that is not told later.
    unproven: usize,
    /// Why none was kept.
    reason: Option<String>,
    #[serde(skip)]
    is_missing: bool,
}

pub(crate) async fn run(args: &BaselineArgs) -> Result<u8, Failure> {
    let kept = Kept::create(&args.source)?;
    let source = Source::open(&args.source, None).await?;
    let trail = args.source.trail(TrailUse::Baselines);
    let scope = Scope { apis: args.api.clone(), stages: Vec::new(), depth: Depth::Drift, trail, ..Scope::default() };
    let snapshots = source.read(&scope, &kept.known(source.account.id())?, args.source.quiet).await?;
    let mut apis = Vec::new();
    for snapshot in &snapshots {
        for api in &snapshot.apis {
            let taken = kept.take(snapshot, api)?;
            let unproven = taken.as_ref().map_or(0, |baseline| baseline.unproven.len());
            apis.push(Outcome {
                api_id: api.id.clone(),
                api_name: api.name.clone(),
                api_kind: api.kind,
                region: snapshot.region.clone(),
                unproven,
                is_missing: taken.as_ref().err().is_some_and(is_missing),
                reason: taken.as_ref().err().map(ToString::to_string),
                deployment_id: taken.ok().map(|baseline| baseline.deployment_id),
            });
        }
    }
    let store = kept.root().map(|root| root.display().to_string());
    let baselines =
        Baselines { schema: "stagecheck.baselines/1", account_id: source.account.id().to_owned(), store, apis };
    output::write(&args.output, &baselines, || render(&baselines), || render(&baselines))?;
    let is_missing = baselines.apis.iter().any(|outcome| outcome.is_missing);
    Ok(if args.strict && is_missing { INCOMPLETE } else { 0 })
}

/// Whether an API is left without a baseline that it could have.
fn is_missing(refusal: &Refusal) -> bool {
    !matches!(refusal, Refusal::NotNeeded | Refusal::Kept(_) | Refusal::NoDeployment)
}

fn render(baselines: &Baselines) -> String {
    let mut text = String::new();
    for Outcome { api_name, api_id, api_kind, region, deployment_id, unproven, reason, .. } in &baselines.apis {
        let (kind, region) = (api_kind.name(), visible(region));
        let _ = write!(text, "{} ({kind} {}, {region}): ", visible(api_name), visible(api_id));
        let _ = match (deployment_id, reason) {
            (Some(id), _) if *unproven == 0 => writeln!(text, "kept for the deployment {}", visible(id)),
            (Some(id), _) => {
                let (id, unproven) = (visible(id), count(*unproven, "thing"));
                writeln!(text, "kept for the deployment {id}; not proven: {unproven}")
            }
            (None, Some(reason)) => writeln!(text, "none kept: {}", visible(reason)),
            (None, None) => writeln!(text),
        };
    }
    if let Some(store) = &baselines.store {
        let _ = writeln!(text, "\nBaselines are in {}.", visible(store));
    }
    text
}
