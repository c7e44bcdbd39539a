//! What a stage's callers meet, as far as anything shows it.

use crate::configuration::{Configuration, RouteKey};
use crate::observed::{NotRead, Observed};
use crate::snapshot::{Api, ApiKind, Deployed, Stage, Summary};

impl Api {
    /// What a check may take for the configuration that a stage's callers meet.
    pub fn met_by_callers(&self, stage: &Stage) -> Met<'_> {
        let Some(id) = &stage.deployment_id else { return Met::Nothing };
        match (self.served(stage), self.deployed.get(id)) {
            (Some(configuration), _) => Met::Served(configuration),
            (None, Some(Deployed { export: Observed::NotRead(why), summary: Observed::Known(summary), .. })) => {
                Met::Live { live: &self.live, summary: Some(summary), unread: Some(why) }
            }
            (None, Some(Deployed { export: Observed::NotRead(why), .. })) => Met::NotRead(why),
            // Nobody is shown what a stage of a WebSocket API serves, so that the live configuration has to do.
            (None, _) if self.kind == ApiKind::WebSocket => Met::Live { live: &self.live, summary: None, unread: None },
            (None, _) => Met::Nothing,
        }
    }

    /// The call that shows what a stage serves, or, for want of that, what is live.
    pub fn shown_by(&self, stage: &Stage) -> &'static str {
        let deployed = stage.deployment_id.as_ref().and_then(|id| self.deployed.get(id));
        match (self.kind, deployed) {
            (_, Some(Deployed { baseline: Some(_), .. })) => "stagecheck:baseline",
            (ApiKind::Rest, Some(Deployed { export: Observed::Known(_), .. })) => "apigateway:GetExport",
            (ApiKind::Rest, _) => "apigateway:GetResources",
            (ApiKind::Http, _) => "apigatewayv2:ExportApi",
            (ApiKind::WebSocket, _) => "apigatewayv2:GetRoutes",
        }
    }

    /// What callers of a stage are served: the deployed configuration where a baseline or an export shows it.
    pub fn served(&self, stage: &Stage) -> Option<&Configuration> {
        let deployed = self.deployed.get(stage.deployment_id.as_ref()?)?;
        let baseline = deployed.baseline.as_ref().map(|baseline| &baseline.configuration);
        baseline.or_else(|| deployed.export.ok().map(|export| &export.configuration))
    }
}

/// What a check may take for the configuration that callers meet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Met<'a> {
    /// What the stage serves.
    Served(&'a Configuration),
    /// What is live: nothing shows whether the stage serves it as it is.
    Live {
        /// The live configuration.
        live: &'a Configuration,
        /// The routes that the stage serves, where they are known.
        summary: Option<&'a Summary>,
        /// Why it is not known how it serves them, where that could have been read.
        unread: Option<&'a NotRead>,
    },
    /// The stage serves nothing, or was not asked about.
    Nothing,
    /// What the stage serves was not read.
    NotRead(&'a NotRead),
}

impl Met<'_> {
    /// Whether callers meet a route of the configuration, as far as anything tells.
    pub fn has(&self, key: &RouteKey) -> bool {
        match (self, &key.method) {
            (Met::Live { summary: Some(summary), .. }, Some(method)) => {
                summary.get(&key.path).is_some_and(|methods| methods.contains_key(method))
            }
            _ => true,
        }
    }
}
