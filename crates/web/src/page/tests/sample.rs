//! What every page is given in the tests: with plain names, or with whatever stands in their place.

use std::collections::{BTreeMap, BTreeSet};

use engine::case::cause::Confidence;
use engine::configuration::{ApiKind, Subject};
use engine::drift::{ApiDrift, Basis, CanaryDrift, Change, ChangeKind, NotComparable, StageDrift, Witness};
use engine::explain::{Asked, Differs, Explained, Explanation, Nearest, RuledOut, Unread};
use engine::finding::{Evidence, Finding, Remedy, Resource, Severity, Suppressed};
use engine::logs::{ErrorGroup, Kind, Runtime, Sample};
use engine::observed::{NotRead, Observed, Why};
use engine::reconcile::{self, Decided, Sight, State, Tracked};
use engine::report::StageStatus;
use engine::snapshot::{Deployed, MethodSnapshot};
use engine::trail::MadeBy;
use jiff::{SignedDuration, Timestamp};
use maud::Markup;
use serde_json::{Value, json};
use store::{ApiStatus, Counts, Filter, Gap, List, Point, RegionStatus, RunRecord, StageState, TrackedGroup, Unlisted};

use crate::page::*;

pub(super) const ACCOUNT: &str = "111122223333";

pub(super) fn at(minute: i64) -> Timestamp {
    let day: Timestamp = "2026-10-10T12:00:00Z".parse().unwrap();
    day + SignedDuration::from_mins(minute)
}

pub(super) fn frame(prefix: &str) -> Frame {
    Frame {
        prefix: prefix.to_owned(),
        csrf: Some("token".to_owned()),
        person: Some("ada@example.com".to_owned()),
        can_sign_out: true,
        can_audit: true,
        now: at(7),
    }
}

/// Every page, with its name. `own` makes what comes from the account, and from whoever asks, of a plain word.
pub(super) fn pages(frame: &Frame, own: &dyn Fn(&str) -> String) -> Vec<(&'static str, String)> {
    let sample = Sampler { own };
    let frame = &Frame { person: Some(own("ada@example.com")), ..frame.clone() };
    let finding = |state| super::finding(frame, &sample.tracked(state));
    let wrong = Ask { regions: vec![own("1/eu-west-1")], wrong: Some((own("no request"), own("copy it whole"))) };
    let problem = Problem {
        status: 404,
        title: own("There is no such finding"),
        detail: Some(own("detail")),
        help: Some(own("help")),
    };
    let sign_in = SignIn { is_signed_out: false, to: Some(own("/findings")), failed: Some(own("access_denied")) };
    let all: Vec<(&'static str, Markup)> = vec![
        ("overview", overview(frame, &sample.overview())),
        ("nothing yet", overview(frame, &Overview::default())),
        ("api", api(frame, &sample.api())),
        ("drift", drift(frame, &Drift { account_id: own(ACCOUNT), read: Some(at(0)), drift: sample.drift() })),
        ("findings", findings(frame, &sample.findings())),
        ("open", finding(State::Open)),
        ("resolved", finding(State::Resolved)),
        ("unknown", finding(State::Unknown)),
        ("suppressed", finding(State::Suppressed)),
        ("errors", errors(frame, &sample.errors())),
        ("explain", explain(frame, &Ask::default())),
        ("explain, wrong", explain(frame, &wrong)),
        ("explanation", explanation(frame, &sample.explanation(), &[own("--compressed is not read")])),
        ("problem", super::problem(frame, &problem)),
        ("sign-in", super::sign_in(frame, &sign_in)),
        ("signed out", super::sign_in(frame, &SignIn { is_signed_out: true, ..SignIn::default() })),
    ];
    all.into_iter().map(|(name, page)| (name, page.into_string())).collect()
}

/// Makes samples.
pub(super) struct Sampler<'a> {
    pub(super) own: &'a dyn Fn(&str) -> String,
}

impl Sampler<'_> {
    fn own(&self, text: &str) -> String {
        (self.own)(text)
    }

    fn some(&self, text: &str) -> Option<String> {
        Some(self.own(text))
    }

    pub(super) fn overview(&self) -> Overview {
        let region = RegionStatus {
            account_id: self.own(ACCOUNT),
            region: self.own("eu-west-1"),
            last_event: None,
            listed: Some(at(0)),
            audited: Some(at(0)),
            unlisted: None,
            ended: Some(at(0)),
            not_evaluated: 1,
            gaps: vec![self.gap()],
        };
        let open = Counts { critical: 1, high: 2, medium: 0, low: 1, info: 3 };
        let point = |hour: i64, value: u64, label: &str| Point {
            time: at(hour * 60 - 600),
            value,
            label: format!("{}/{}{label}", self.own("1"), self.own("eu")),
        };
        let unlisted = Some(Unlisted { run: at(3), why: vec![self.own("access denied")] });
        let quiet = RegionStatus { audited: None, unlisted, region: self.own("eu-west-2"), ..region.clone() };
        let left = self.left();
        Overview {
            regions: vec![
                Region {
                    fresh: region.audited,
                    status: region,
                    apis: vec![ApiLine { status: self.status(), failures: 3 }],
                    open,
                    unknown: 1,
                },
                Region { fresh: Some(at(-600)), status: quiet, apis: Vec::new(), open: Counts::default(), unknown: 0 },
            ],
            left: vec![left],
            findings: (0..10).flat_map(|at| [point(at, 2, "/high"), point(at, at.unsigned_abs(), "/low")]).collect(),
            errors: (0..10).map(|at| point(at, at.unsigned_abs() % 3, "")).collect(),
            late_after: Some(SignedDuration::from_mins(5)),
        }
    }

    fn left(&self) -> RegionStatus {
        RegionStatus {
            account_id: self.own(ACCOUNT),
            region: self.own("eu-west-3"),
            last_event: None,
            listed: Some(at(0)),
            audited: Some(at(0)),
            unlisted: None,
            ended: Some(at(0)),
            not_evaluated: 0,
            gaps: Vec::new(),
        }
    }

    fn gap(&self) -> Gap {
        let (reason, check) = (self.own("access denied"), self.own("key-without-usage-plan"));
        Gap { reason, needs: vec![self.own("apigateway:GetApiKeys")], checks: BTreeSet::from([check]) }
    }

    fn status(&self) -> ApiStatus {
        let stage = |name: &str, in_sync: Option<bool>| StageState {
            status: StageStatus {
                api_id: self.own("k3orders01"),
                api_name: self.own("orders"),
                api_kind: ApiKind::Rest,
                region: self.own("eu-west-1"),
                stage: self.own(name),
                in_sync,
                changes: usize::from(in_sync == Some(false)) * 3,
                reason: in_sync.is_none().then(|| self.own("access denied")),
            },
            drifting_since: (in_sync == Some(false)).then(|| at(-3000)),
        };
        ApiStatus {
            region: self.own("eu-west-1"),
            api_id: self.own("k3orders01"),
            api_name: self.some("orders"),
            api_kind: Some(ApiKind::Rest),
            begun: at(0),
            finished: Some(at(0)),
            stages: vec![stage("prod", Some(false)), stage("dev", Some(true)), stage("old", None)],
            open: Counts { high: 2, ..Counts::default() },
            unknown: 1,
            not_evaluated: 2,
            gaps: vec![self.gap()],
            failures: 3,
            is_gone: false,
        }
    }

    pub(super) fn tracked(&self, state: State) -> Tracked {
        let resource = Resource {
            arn: self.own("arn:aws:apigateway:eu-west-1::/restapis/k3orders01/stages/prod"),
            account_id: self.own(ACCOUNT),
            region: self.own("eu-west-1"),
            api_id: self.some("k3orders01"),
            api_name: self.some("orders"),
            api_kind: Some(ApiKind::Rest),
            stage: self.some("prod"),
            method: self.some("POST"),
            path: self.some("/orders"),
            function: self.some("arn:aws:lambda:eu-west-1:111122223333:function:orders-fn"),
            key: self.some("key"),
        };
        let evidence = |path: &str, value: Value| Evidence {
            source: self.own("apigateway:GetExport"),
            path: self.own(path),
            value,
        };
        let long: Vec<String> = (0..40).map(|line| self.own(&format!("line {line} of a long value"))).collect();
        let suppressed = (state == State::Suppressed)
            .then(|| Suppressed { reason: self.own("until November"), until: Some(at(1440)) });
        let finding = Finding {
            fingerprint: self.own("495404eb7b535385"),
            check: "undeployed-change".to_owned(),
            severity: Severity::High,
            resource,
            causes: vec!["rest-not-deployed".to_owned(), self.own("a-cause-of-tomorrow")],
            title: self.own("POST /orders is not deployed to prod"),
            detail: self.own("Callers get 403."),
            evidence: vec![
                evidence("paths./orders", Value::Null),
                evidence("paths", json!(long)),
                evidence("", json!(self.own("a text\nof two lines"))),
            ],
            remedy: Remedy::command(self.own("deploy"), self.own("aws apigateway create-deployment --rest-api-id a")),
            suppressed,
        };
        let change = |minute: i64, state: State| reconcile::Change { at: at(minute), state, reason: self.some("why") };
        Tracked {
            finding,
            state,
            first_seen: at(-60),
            last_seen: at(0),
            history: vec![change(-60, State::Open), change(0, state)],
            decided: Decided { at: at(0), as_seen: Sight::Seen },
            told: None,
            callers: BTreeSet::from([format!("{}/{}", self.own("eu-west-1"), self.own("k3orders01"))]),
        }
    }

    fn not_read(&self) -> NotRead {
        NotRead {
            why: Why::Denied,
            call: self.own("apigateway:GetExport"),
            resource: self.own("arn:aws:apigateway:eu-west-1::/restapis/k3orders01"),
            needs: self.own("apigateway:GET"),
            message: self.own("no"),
        }
    }

    fn change(&self, change: ChangeKind, subject: Subject, live: Value, deployed: Value) -> Change {
        let hand =
            MadeBy { who: self.own("ada"), when: at(-500), via: self.own("console"), event_id: self.own("event") };
        Change {
            change,
            subject,
            method: (subject != Subject::Api).then(|| self.own("POST")),
            path: (subject != Subject::Api).then(|| self.own("/orders")),
            name: self.some("name"),
            field: (subject != Subject::Route).then(|| "policy".to_owned()),
            live,
            deployed,
            declared: Value::Null,
            witness: Witness::Export,
            severity: Severity::High,
            effect: self.own("callers without a key are still let in"),
            routes: Vec::new(),
            more_routes: false,
            made_by: Some(hand),
        }
    }

    pub(super) fn drift(&self) -> ApiDrift {
        let text = |lines: i64| json!((0..lines).map(|line| self.own(&format!("{line}\n"))).collect::<String>());
        let whole = json!({ "integration": { "type": self.own("AWS_PROXY"), "uri": self.own("https://example.com") } });
        let changes = vec![
            self.change(ChangeKind::Changed, Subject::Api, text(3), text(6)),
            self.change(ChangeKind::Changed, Subject::Api, json!(self.own("a")), Value::Null),
            self.change(ChangeKind::Added, Subject::Route, whole, Value::Null),
        ];
        let gap = |path: Option<String>| NotComparable {
            field: self.own("description"),
            reason: self.own("exports do not show it"),
            subject: Subject::Method,
            method: None,
            path,
            name: None,
        };
        let canary = CanaryDrift {
            deployment_id: self.some("k3dep3"),
            percent_traffic: 12.5,
            basis: Basis::Summary,
            changes: changes.clone(),
            not_comparable: Vec::new(),
            not_read: vec![self.not_read()],
        };
        let stage = StageDrift {
            stage: self.some("prod"),
            against: None,
            against_deployment_id: None,
            deployment_id: self.some("k3dep2"),
            deployed_at: Some(at(-9000)),
            deployed_by: changes[0].made_by.clone(),
            newest_deployment_id: self.some("k3dep3"),
            auto_deploy: false,
            basis: Basis::Export,
            in_sync: Some(false),
            waiting_since: Some(at(-500)),
            changes,
            not_comparable: vec![gap(self.some("/orders")), gap(None)],
            canary: Some(canary),
            not_read: vec![self.not_read()],
            untraced: self.some("no trail"),
            in_force_at_once: vec![self.own("variables")],
            three_way: None,
            routes_in_agreement: None,
        };
        let unknown = StageDrift {
            stage: self.some("old"),
            basis: Basis::None,
            in_sync: None,
            changes: Vec::new(),
            canary: None,
            auto_deploy: true,
            ..stage.clone()
        };
        ApiDrift {
            api_id: self.some("k3orders01"),
            api_name: self.some("orders"),
            api_kind: ApiKind::Rest,
            region: self.some("eu-west-1"),
            stages: vec![stage, unknown],
            not_read: vec![self.not_read()],
        }
    }

    pub(super) fn api(&self) -> Api {
        let method = MethodSnapshot { authorization_type: None, api_key_required: None };
        let methods = BTreeMap::from([(self.own("GET"), method)]);
        let deployed = Deployed {
            summary: Observed::Known(BTreeMap::from([(self.own("/health"), methods)])),
            export: Observed::NotRead(self.not_read()),
            baseline: None,
        };
        let run = RunRecord {
            at: at(0),
            open: Counts { low: 1, ..Counts::default() },
            unknown: 1,
            not_evaluated: 1,
            stages: BTreeMap::from([(self.own("prod"), Some(false))]),
            errors: BTreeMap::from([(self.own("fingerprint"), u64::MAX), ("other".to_owned(), 1)]),
        };
        Api {
            account_id: self.own(ACCOUNT),
            status: self.status(),
            drift: Some(self.drift()),
            unread: None,
            is_left: false,
            deployed: BTreeMap::from([(self.own("k3dep2"), deployed)]),
            findings: vec![self.tracked(State::Open), self.tracked(State::Resolved)],
            errors: vec![self.group()],
            runs: vec![run.clone(), run],
        }
    }

    pub(super) fn findings(&self) -> Findings {
        Findings {
            filter: Filter {
                severity: Some(Severity::High),
                api: self.some("k3orders01"),
                check: self.some("a-check-of-yesterday"),
                state: Some(State::Open),
            },
            left: vec![RegionStatus { region: self.own("eu-west-1"), ..self.left() }],
            is_continued: true,
            list: List {
                items: vec![self.tracked(State::Open), self.tracked(State::Suppressed)],
                next: self.some("findings#1#eu-west-1 api#a#f"),
            },
            apis: vec![
                NamedApi { id: self.own("k3pay"), name: self.some("pay") },
                NamedApi { id: self.own("x"), name: None },
            ],
        }
    }

    fn group(&self) -> TrackedGroup {
        let sample = Sample {
            timestamp: Some(at(-5)),
            log_group: self.some("/aws/lambda/orders-fn"),
            log_stream: self.some("2026/10/10/[$LATEST]0"),
            request_id: self.some("e2d1c0b9-a8f7-4e6d-8c5b-4a3928170601"),
            lines: (0..30).map(|line| self.own(&format!("  File \"app.py\", line {line}"))).collect(),
        };
        let group = ErrorGroup {
            fingerprint: self.own("5148571605691a27"),
            kind: Kind::Exception,
            error_type: self.some("KeyError"),
            message: self.own("'currency'"),
            count: 3,
            first_seen: Some(at(-50)),
            last_seen: Some(at(-5)),
            functions: (0..30).map(|number| self.own(&format!("orders-fn-{number}"))).collect(),
            routes: BTreeSet::from([self.own("GET /orders/{id}")]),
            runtime: Some(Runtime::Python),
            severity: Severity::High,
            sample,
            requests: BTreeSet::new(),
        };
        TrackedGroup { group, at: at(0), counts: BTreeMap::new() }
    }

    pub(super) fn errors(&self) -> Errors {
        let region =
            RegionErrors { account_id: self.own(ACCOUNT), region: self.own("eu-west-1"), groups: vec![self.group()] };
        Errors { since: at(-10_000), regions: vec![region] }
    }

    pub(super) fn explanation(&self) -> Explanation {
        let evidence = vec![Evidence {
            source: self.own("apigateway:GetStages"),
            path: self.own("item[].stageName"),
            value: json!([self.own("prod")]),
        }];
        let cause = |confidence: Confidence| Explained {
            id: "rest-stage-missing-in-url",
            confidence,
            title: "The URL lacks the stage",
            says: self.own("/orders begins with no stage"),
            evidence: evidence.clone(),
            against: evidence.clone(),
            remedy: Remedy::command(self.own("call it with the stage"), self.own("curl https://example.com/prod")),
        };
        let nearest = |differs: Differs| Nearest {
            route: self.own("GET /orders"),
            stage: self.own("prod"),
            url: self.own("https://a.execute-api.eu-west-1.amazonaws.com/prod/orders"),
            differs,
        };
        Explanation {
            schema: "stagecheck.explanation/1",
            verdict: Confidence::Certain,
            request: Asked {
                method: self.own("POST"),
                url: self.own("https://a.execute-api.eu-west-1.amazonaws.com/orders"),
                host: "rest",
                api_id: self.some("k3orders01"),
                region: self.some("eu-west-1"),
                stage: self.some("prod"),
                path: self.own("/orders"),
            },
            causes: vec![cause(Confidence::Certain), cause(Confidence::Likely), cause(Confidence::Possible)],
            not_read: vec![Unread {
                what: self.own("GetStages"),
                why: self.own("access denied"),
                needs: self.own("x"),
            }],
            ruled_out: vec![RuledOut { id: "sigv4-expired", why: self.own("nothing is signed") }],
            nearest: vec![nearest(Differs::Method), nearest(Differs::Stage), nearest(Differs::Path)],
            plan: self.drift().stages.into_iter().next(),
        }
    }
}
