//! The auditor: an event in, a report out.
//!
//! It takes three kinds of event: one API (`{"apiId": …, "region": …}`), which it answers with the report; a batch of the
//! queue, each message of which names one API, answered with the messages that failed; and the schedule, which means
//! every API of the configured regions, and is answered with how much was found; the findings are in the log.
//!
//! `events/` holds one of each. The second message of `audit_queue.json` is no job on purpose: it has to come back.

mod event;
mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;

use collect::{Account, ConnectError, Known, ReadError, Scope, Target};
use engine::report::{self, Report};
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::event::{Event, EventError, Job};
pub use crate::settings::{Settings, SettingsError};

/// The function, with what it keeps between events: one connection for each set of regions.
pub struct Auditor {
    settings: Settings,
    accounts: Mutex<BTreeMap<Vec<String>, Arc<Account>>>,
}

/// Why an event was not answered with a report.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The event is none of the kinds that the auditor takes; the caller's to mend.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The account cannot be read at all.
    #[error("{0}; {help}", help = .0.help())]
    Connect(#[from] ConnectError),
    /// The API is not there, or nothing could be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The report cannot be written as JSON.
    #[error("the report cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<AuditError> for Diagnostic {
    fn from(error: AuditError) -> Diagnostic {
        let error_type = match &error {
            AuditError::Event(_) => "UnknownEvent",
            AuditError::Connect(_) => "CannotConnect",
            AuditError::Read(_) => "CannotRead",
            AuditError::Json(_) => "CannotWrite",
        };
        Diagnostic { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

impl Auditor {
    /// A function that has not connected yet.
    pub fn new(settings: Settings) -> Auditor {
        Auditor { settings, accounts: Mutex::default() }
    }

    /// Answers an event.
    ///
    /// # Errors
    ///
    /// [`AuditError`], for events that ask for one report. A message of a batch that fails is named in the answer.
    pub async fn handle(&self, event: Value) -> Result<Value, AuditError> {
        match Event::parse(event)? {
            Event::Api(job) => Ok(serde_json::to_value(self.audit_api(&job).await?)?),
            Event::Schedule => {
                let report = self.audit(self.settings.regions.clone(), Scope::default()).await?;
                Ok(summary(&report))
            }
            Event::Batch(messages) => {
                let mut failures = Vec::new();
                for message in messages {
                    let outcome = match message.job {
                        Ok(job) => self.audit_api(&job).await.map(|_| ()),
                        Err(error) => Err(error.into()),
                    };
                    match outcome {
                        Ok(()) => {}
                        // An API that is gone by now will not come back, however often the message does.
                        Err(AuditError::Read(error @ ReadError::UnknownApi { .. })) => {
                            tracing::warn!(message.id, "nothing to audit: {error}");
                        }
                        Err(error) => {
                            tracing::error!(message.id, "message not audited: {error}");
                            failures.push(json!({ "itemIdentifier": message.id }));
                        }
                    }
                }
                Ok(json!({ "batchItemFailures": failures }))
            }
        }
    }

    async fn audit_api(&self, job: &Job) -> Result<Report, AuditError> {
        let regions = job.region.iter().cloned().collect();
        self.audit(regions, Scope { apis: vec![job.api_id.clone()], ..Scope::default() }).await
    }

    async fn audit(&self, regions: Vec<String>, scope: Scope) -> Result<Report, AuditError> {
        let account = self.account(regions).await?;
        let snapshots = account.read(&scope, &Known::default(), &collect::now, &|_| {}).await?;
        let report = report::audit(&snapshots, &|_| true);
        log(&report);
        Ok(report)
    }

    /// The connection to some regions; with none, to the function's own.
    async fn account(&self, regions: Vec<String>) -> Result<Arc<Account>, ConnectError> {
        let mut accounts = self.accounts.lock().await;
        if let Some(account) = accounts.get(&regions) {
            return Ok(Arc::clone(account));
        }
        let target = Target {
            identity: collect::Identity::Environment { profile: None },
            endpoint_url: self.settings.endpoint_url.clone(),
            regions: regions.clone(),
            account_id: None,
            quota_share: Some(self.settings.quota_share),
            tap: None,
        };
        let account = Arc::new(Account::connect(target).await?);
        accounts.insert(regions, Arc::clone(&account));
        Ok(account)
    }
}

/// What the schedule is answered with. A function's answer may have 6 MB (Lambda's quota), which the report of a large
/// account may exceed; its findings are in the log, one line each.
fn summary(report: &Report) -> Value {
    let drifting = report.stages.iter().filter(|stage| stage.in_sync == Some(false));
    json!({
        "schema": "stagecheck.audited/1",
        "accountId": report.account_id,
        "regions": report.regions,
        "takenAt": report.taken_at,
        "summary": report.summary,
        "driftingStages": drifting.map(|at| format!("{}/{}/{}", at.region, at.api_id, at.stage)).collect::<Vec<_>>(),
    })
}

/// One line for each finding, and one for the whole: what somebody needs who looks at the log.
fn log(report: &Report) {
    for finding in report.told() {
        let (check, severity) = (finding.check.as_str(), finding.severity.name());
        tracing::info!(finding.fingerprint, check, severity, resource = finding.resource.arn, "{}", finding.title);
    }
    for entry in &report.not_evaluated {
        tracing::warn!(check = entry.check, resource = entry.resource.arn, "not evaluated: {}", entry.reason);
    }
    let summary = &report.summary;
    tracing::info!(
        account = report.account_id,
        summary.apis,
        summary.stages,
        summary.critical,
        summary.high,
        summary.medium,
        summary.low,
        summary.info,
        summary.not_evaluated,
        summary.suppressed,
        "audited"
    );
}

#[cfg(test)]
mod tests {
    use engine::report::StageStatus;
    use engine::snapshot::ApiKind;

    use super::*;

    #[test]
    fn the_schedule_is_answered_with_numbers_and_no_findings() {
        let mut report = report::audit(&[], &|_| true);
        let stage = |name: &str, in_sync| StageStatus {
            api_id: "a".to_owned(),
            api_name: "orders".to_owned(),
            api_kind: ApiKind::Rest,
            region: "eu-west-1".to_owned(),
            stage: name.to_owned(),
            in_sync,
            changes: 0,
            reason: None,
        };
        report.stages = vec![stage("prod", Some(false)), stage("dev", Some(true)), stage("test", None)];
        let answer = summary(&report);
        let names: Vec<&String> = answer.as_object().unwrap().keys().collect();
        assert_eq!(names, ["accountId", "driftingStages", "regions", "schema", "summary", "takenAt"]);
        assert_eq!(answer["driftingStages"], json!(["eu-west-1/a/prod"]));
        assert_eq!(answer["summary"]["notEvaluated"], 0);
    }
}
