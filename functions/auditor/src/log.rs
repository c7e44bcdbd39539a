//! What somebody needs who looks at the log.

use engine::report::Report;

/// One line for each finding, and one for the whole.
pub(crate) fn report(report: &Report) {
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
