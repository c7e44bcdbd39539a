//! What an account's APIs are: everything that was read of one region, at one time.

mod baseline;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arn::{self, FunctionName};
use crate::configuration::{Configuration, Map, Routes};
use crate::health::Health;
use crate::observed::{NotRead, Observed, Why};
use crate::reads::Answer;
use crate::trail::Trail;

pub(crate) use self::baseline::WHOLE;
pub use self::baseline::{Baseline, Occasion};
pub use crate::configuration::ApiKind;

/// Everything that was read of one account in one region. It serialises to JSON and back without loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The account's twelve digits.
    pub account_id: String,
    /// The region, `eu-west-1`.
    pub region: String,
    /// When the reading began: what the checks take for the present.
    pub taken_at: Timestamp,
    /// When the last of the APIs had been read: an edit before that may be in what was read.
    pub read_until: Timestamp,
    /// The APIs that were asked for and could be listed, by kind and name.
    pub apis: Vec<Api>,
    /// Lists of APIs that could not be read: what hides behind them is missing from [`Snapshot::apis`].
    #[serde(default)]
    pub unlisted: Vec<Unlisted>,
    /// Whether every API of the region was asked for, so that one that is neither here nor in [`Snapshot::others`] does
    /// not exist.
    pub complete: bool,
    /// APIs of the region that exist, and of which nothing was read: each is looked at by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Listed>,
    /// Usage plans.
    pub usage_plans: Observed<Vec<UsagePlan>>,
    /// API keys, without their values.
    pub api_keys: Observed<Vec<ApiKey>>,
    /// Custom domain names.
    pub domain_names: Observed<Vec<DomainName>>,
    /// The Lambda functions that integrations and authorizers name.
    pub functions: Vec<Function>,
    /// How functions and stages did of late; nothing where that was not asked for.
    #[serde(default)]
    pub health: Option<Health>,
    /// What else was read, because a cause of failing requests may come of it.
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// Who wrote on the APIs, as far back as the oldest deployment that matters.
    pub trail: Observed<Trail>,
}

/// An API that was listed, and not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// The API's id.
    pub id: String,
    /// Its name; the id where it has none.
    pub name: String,
    /// Which product it is.
    pub kind: ApiKind,
}

/// A list of APIs that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unlisted {
    /// The kinds of API that it would have held.
    pub kinds: Vec<ApiKind>,
    /// Why it was not read.
    pub why: NotRead,
}

/// One API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Api {
    /// The API's id.
    pub id: String,
    /// Its name; the id where it has none.
    pub name: String,
    /// Which of API Gateway's three products it is.
    pub kind: ApiKind,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// `EDGE`, `REGIONAL` or `PRIVATE`, for REST APIs.
    #[serde(default)]
    pub endpoint_types: Vec<String>,
    /// `ipv4` or `dualstack`; `None` where the service does not tell.
    #[serde(default)]
    pub ip_address_type: Option<String>,
    /// Tags.
    #[serde(default)]
    pub tags: Map,
    /// The configuration that people see and edit.
    pub live: Configuration,
    /// Where callers reach it.
    pub stages: Observed<Vec<Stage>>,
    /// Its deployments, the newest first.
    pub deployments: Observed<Vec<Deployment>>,
    /// What was read of the deployments that stages and canaries serve, by deployment id.
    #[serde(default)]
    pub deployed: BTreeMap<String, Deployed>,
    /// HTTP APIs: why `ExportApi` did not give the live configuration. [`Api::live`] then comes from the lists of
    /// routes and integrations, and cannot be compared with what `ExportApi` shows of a stage.
    #[serde(default)]
    pub live_export_unread: Option<NotRead>,
    /// The live routes where they were read and what they call was not, so that `live` has none: each without its
    /// integration, which says nothing of whether it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes_alone: Option<Routes>,
}

/// A stage and its settings. Settings need no deployment: they are in force at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// The stage's name, `prod` or `$default`.
    pub name: String,
    /// The deployment that it serves.
    pub deployment_id: Option<String>,
    /// Stage variables; values of credential-like names are redacted.
    #[serde(default)]
    pub variables: Map,
    /// The deployment that it served when it was read before, where that was another one.
    #[serde(default)]
    pub earlier_deployment_id: Option<String>,
    /// A second deployment, for part of the traffic.
    #[serde(default)]
    pub canary: Option<Canary>,
    /// HTTP and WebSocket APIs: edits deploy by themselves.
    #[serde(default)]
    pub auto_deploy: bool,
    /// HTTP and WebSocket APIs: what the last automatic deployment came to.
    #[serde(default)]
    pub last_deployment_status_message: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// All other settings (throttling, logging, caching, tracing, WAF, certificates …), as AWS names them.
    #[serde(default)]
    pub settings: BTreeMap<String, Value>,
}

/// A second deployment behind a stage, for part of the traffic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Canary {
    /// The deployment that it serves.
    pub deployment_id: Option<String>,
    /// How much of the traffic it gets, 0 to 100.
    pub percent_traffic: f64,
    /// Stage variables that differ for it.
    #[serde(default)]
    pub stage_variable_overrides: Map,
    /// Whether it shares the stage's cache.
    #[serde(default)]
    pub use_stage_cache: bool,
}

/// A deployment, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// The deployment's id.
    pub id: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// What its maker wrote.
    #[serde(default)]
    pub description: Option<String>,
    /// HTTP and WebSocket APIs: `PENDING`, `FAILED` or `DEPLOYED`.
    #[serde(default)]
    pub status: Option<String>,
    /// HTTP and WebSocket APIs: what AWS says about the status.
    #[serde(default)]
    pub status_message: Option<String>,
    /// HTTP and WebSocket APIs: whether it was made by itself.
    #[serde(default)]
    pub auto_deployed: bool,
}

/// What was read of one deployment. Deployments are immutable: this is kept by their id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployed {
    /// `GetDeployment` with `apisummary`.
    pub summary: Observed<Summary>,
    /// `GetExport` or `ExportApi` of a stage that serves the deployment.
    pub export: Observed<Export>,
    /// The live configuration, kept when the deployment was made. With it, nothing else is asked for.
    #[serde(default)]
    pub baseline: Option<Baseline>,
}

/// What a deployment's summary says: which methods exist, and two facts of each.
pub type Summary = BTreeMap<String, BTreeMap<String, MethodSnapshot>>;

/// What a deployment's summary says of a method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MethodSnapshot {
    /// `NONE`, `AWS_IAM`, `CUSTOM` or `COGNITO_USER_POOLS`; `None` where the summary leaves it out.
    pub authorization_type: Option<String>,
    /// Whether callers must send an API key; `None` where the summary leaves it out.
    pub api_key_required: Option<bool>,
}

/// A stage's export.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    /// What it shows.
    pub configuration: Configuration,
    /// Whether it was read for this snapshot. An export that was kept from earlier shows the deployed routes for ever,
    /// but API-level properties in it might have been live ones at the time of reading.
    pub fresh: bool,
}

/// A usage plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsagePlan {
    /// The plan's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The stages that it opens, each as API id and stage name.
    pub api_stages: Vec<ApiStage>,
    /// The ids of its keys.
    pub key_ids: Observed<Vec<String>>,
    /// Throttle and quota, as AWS names them.
    #[serde(default)]
    pub settings: BTreeMap<String, Value>,
}

/// A stage that a usage plan opens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiStage {
    /// The API's id.
    pub api_id: String,
    /// The stage's name.
    pub stage: String,
}

/// An API key. Its value is never part of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// The key's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it opens anything.
    pub enabled: bool,
}

/// A custom domain name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainName {
    /// The name, `api.example.com`.
    pub name: String,
    /// The id that tells private domain names apart.
    #[serde(default)]
    pub id: Option<String>,
    /// How it chooses among mappings and routing rules.
    #[serde(default)]
    pub routing_mode: Option<String>,
    /// Everything else (certificates, endpoints, TLS policy …), as AWS names it.
    #[serde(default)]
    pub settings: BTreeMap<String, Value>,
    /// Which path leads to which stage.
    pub mappings: Observed<Vec<Mapping>>,
}

/// A base path or API mapping of a custom domain name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mapping {
    /// The mapping's id; base path mappings have none.
    #[serde(default)]
    pub id: Option<String>,
    /// The first segments of the path; empty for all that no other mapping takes.
    pub path: String,
    /// The API's id.
    pub api_id: String,
    /// The stage's name; `None` where callers name the stage themselves.
    pub stage: Option<String>,
}

/// A Lambda function that an integration or an authorizer names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Function {
    /// How it was named, alias or version included.
    pub name: FunctionName,
    /// Its configuration; `Known(None)` where it does not exist.
    pub configuration: Observed<Option<FunctionConfiguration>>,
    /// Its resource policy for that alias or version; `Known(None)` where there is none.
    pub policy: Observed<Option<Value>>,
}

/// What matters of a function's configuration. Environment variables are not read into a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionConfiguration {
    /// `nodejs24.x`, `provided.al2023` …; `None` for container images.
    pub runtime: Option<String>,
    /// The entry point.
    pub handler: Option<String>,
    /// Seconds.
    pub timeout: Option<i64>,
    /// Megabytes.
    pub memory_size: Option<i64>,
    /// `Active`, `Pending`, `Inactive` or `Failed`.
    pub state: Option<String>,
    /// `Successful`, `Failed` or `InProgress`.
    pub last_update_status: Option<String>,
    /// Where its log lines go.
    pub log_group: Option<String>,
    /// `Text` or `JSON`.
    pub log_format: Option<String>,
}

impl Api {
    /// The path under which the control plane knows the API: `/restapis/{id}` or `/apis/{id}`.
    pub fn control_plane_path(&self) -> String {
        match self.kind {
            ApiKind::Rest => format!("/restapis/{}", self.id),
            ApiKind::Http | ApiKind::WebSocket => format!("/apis/{}", self.id),
        }
    }

    /// The API's ARN.
    pub fn arn(&self, region: &str) -> String {
        arn::control_plane(region, &self.control_plane_path())
    }

    /// Whether it answers within VPCs alone.
    pub fn is_private(&self) -> bool {
        self.endpoint_types.iter().any(|kind| kind == "PRIVATE")
    }

    /// The ARN of one of the API's stages.
    pub fn stage_arn(&self, region: &str, stage: &str) -> String {
        arn::control_plane(region, &format!("{}/stages/{stage}", self.control_plane_path()))
    }

    /// Makes a baseline the witness of its deployment.
    pub fn keep(&mut self, baseline: Baseline) {
        match self.deployed.get_mut(&baseline.deployment_id) {
            Some(deployed) => deployed.baseline = Some(baseline),
            None => drop(self.deployed.insert(baseline.deployment_id.clone(), Deployed::exactly(baseline))),
        }
    }

    /// The stage of a name.
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.ok()?.iter().find(|stage| stage.name == name)
    }

    /// Forgets the baseline of a deployment. WebSocket APIs have no other witness.
    pub fn forget(&mut self, deployment_id: &str) {
        match self.deployed.get_mut(deployment_id) {
            Some(deployed) if self.kind != ApiKind::WebSocket => deployed.baseline = None,
            _ => drop(self.deployed.remove(deployment_id)),
        }
    }

    /// When a deployment was made.
    pub fn deployed_at(&self, deployment_id: &str) -> Option<Timestamp> {
        self.deployments.ok()?.iter().find(|deployment| deployment.id == deployment_id)?.created_at
    }
}

impl Deployed {
    /// What a baseline shows; nothing else is needed then.
    pub fn exactly(baseline: Baseline) -> Deployed {
        let needless = |call: &str| NotRead {
            why: Why::NotNeeded,
            call: call.to_owned(),
            resource: arn::control_plane(&baseline.region, &format!("/restapis/{}", baseline.api_id)),
            needs: "apigateway:GET".to_owned(),
            message: "the deployment has a baseline".to_owned(),
        };
        Deployed {
            summary: Observed::NotRead(needless("apigateway:GetDeployment")),
            export: Observed::NotRead(needless("apigateway:GetExport")),
            baseline: Some(baseline),
        }
    }
}

impl Deployment {
    /// Whether it came about: of an automatic one, that AWS says so.
    pub fn is_made(&self) -> bool {
        self.status.as_deref().is_none_or(|status| status == "DEPLOYED")
    }
}

impl Stage {
    /// Whether some of its callers get a deployment.
    pub fn serves(&self, deployment_id: &str) -> bool {
        let canary = self.canary.as_ref().and_then(|canary| canary.deployment_id.as_deref());
        [self.deployment_id.as_deref(), canary].contains(&Some(deployment_id))
    }

    /// Stage variables as the canary's callers get them.
    pub fn canary_variables(&self, canary: &Canary) -> Map {
        let mut variables = self.variables.clone();
        variables.extend(canary.stage_variable_overrides.clone());
        variables
    }
}

/// The deployment that was made last, of those whose date is known.
pub fn newest<'a>(deployments: impl IntoIterator<Item = &'a Deployment>) -> Option<&'a Deployment> {
    let dated = deployments.into_iter().filter(|deployment| deployment.created_at.is_some());
    dated.max_by_key(|deployment| deployment.created_at)
}

impl Snapshot {
    /// The function that was named so.
    pub fn function(&self, name: &FunctionName) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == *name)
    }
}
