//! `suppression-without-effect`.

use crate::check::{Context, Outcome, check};
use crate::finding::Severity;

check! {
    /// A suppression has no effect: it has expired, cannot be read, or is for nothing
    ///
    /// ## What it looks for
    ///
    /// Entries `[[suppress]]` of the configuration, and tags `stagecheck:suppress` of APIs, that suppress no finding:
    ///
    /// - one whose date is past (*low*): what it was for is told again;
    /// - a tag that cannot be read, or gives no reason (*low*): findings that it is meant for are told;
    /// - one that is for no finding (*info*). That is said only where everything that it could be for was looked at: every
    ///   API and stage of the regions that were audited, and each of its checks evaluated. It is never said of checks whose
    ///   findings come and go, such as `handler-error`, unless no API is the one that the entry names.
    ///
    /// Entries of the configuration are judged in audits of all APIs alone; in the service, at the end of a run over all
    /// accounts and regions, by what these saw together. A finding of this check cannot be suppressed.
    ///
    /// ## Why it matters
    ///
    /// An entry that is for nothing by now will be for something later, which nobody decided: a new route that is called
    /// like an old one, an API with the name of one that was deleted. And one that was misspelt never was for anything.
    ///
    /// ## How to fix
    ///
    /// Take the entry out, renew its date, or correct what it names. An entry for APIs of another region says so with
    /// `region`.
    ///
    /// ## References
    ///
    /// - Tags: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging.html>
    id: "suppression-without-effect",
    severity: Severity::Low,
    kinds: &[],
    since: "0.1.0",
}

/// What suppressions come to is known once all other checks have spoken: `suppress` says it then.
fn run(_: &Context, _: &mut Outcome) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{api, denied, lambda_uri, route, snapshot};
    use crate::observed::Observed;
    use crate::report;
    use crate::snapshot::{ApiKind, Snapshot};

    fn tagged(key: &str, value: &str) -> Snapshot {
        let mut api = api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        api.tags.insert(key.to_owned(), value.to_owned());
        snapshot(vec![api])
    }

    /// What it says of an account, on findings and on what was not evaluated.
    fn said(snapshot: Snapshot) -> Vec<String> {
        let report = report::audit(&[snapshot], &|_| true);
        let findings = report.findings.into_iter().filter(|finding| finding.check == CHECK.id);
        let gaps = report.not_evaluated.into_iter().filter(|gap| gap.check == CHECK.id);
        let findings = findings.map(|finding| format!("{} {}", finding.severity.name(), finding.title));
        findings.chain(gaps.map(|gap| format!("not evaluated: {}", gap.reason))).collect()
    }

    #[test]
    fn flags_what_is_for_nothing_has_expired_or_cannot_be_read() {
        for (key, value, expected) in [
            (
                "stagecheck:suppress:stage-without-deployment",
                "under construction",
                "info the suppression of stage-without-deployment, API a1b2c3d4e5 is for nothing in eu-west-1",
            ),
            (
                "stagecheck:suppress:stage-without-deployment",
                "until=2026-10-09 under construction",
                "low the suppression of stage-without-deployment, API a1b2c3d4e5 expired on 2026-10-09",
            ),
            (
                "stagecheck:suppress:stage-without-deployment",
                "until=2026-12-31",
                "low the tag stagecheck:suppress:stage-without-deployment of orders suppresses nothing: it gives no reason",
            ),
            (
                "stagecheck:suppress:stage-without-deploy",
                "under construction",
                "low the tag stagecheck:suppress:stage-without-deploy of orders suppresses nothing: there is no check stage-without-deploy that can be suppressed",
            ),
        ] {
            assert_eq!(said(tagged(key, value)), [expected]);
        }
    }

    #[test]
    fn is_silent_where_findings_come_and_go_and_where_only_some_apis_were_read() {
        assert_eq!(said(tagged("stagecheck:suppress:handler-error", "known")), [""; 0]);
        assert_eq!(said(tagged("stagecheck:suppress", "an experiment")), [""; 0]);
        assert_eq!(said(tagged("stagecheck:suppressed", "another tag")), [""; 0]);
        let key = "stagecheck:suppress:stage-without-deployment";
        assert_eq!(said(Snapshot { complete: false, ..tagged(key, "under construction") }), [""; 0]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut snapshot = tagged("stagecheck:suppress:stage-without-deployment", "under construction");
        snapshot.apis[0].stages = Observed::NotRead(denied("apigateway:GetStages"));
        assert_eq!(
            said(snapshot),
            [
                "not evaluated: whether it is for anything is not known, for stage-without-deployment: access denied: apigateway:GET on arn:aws:… (for apigateway:GetStages)"
            ]
        );
    }
}
