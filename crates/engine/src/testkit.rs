//! What the tests of all families need: exchanges, facts, and what the causes make of them.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::exchange::body::Body;
use crate::exchange::{Exchange, json as reader};
use crate::explain::{Explanation, Round, explain};
use crate::fixture;
use crate::observed::{NOT_RECORDED, NotRead, Observed};
use crate::snapshot::{Api, ApiKind};

/// `GET https://…` with headers, and nothing that came back.
pub(crate) fn request(line: &str, headers: &[(&str, &str)]) -> Exchange {
    let (method, url) = line.split_once(' ').unwrap();
    let headers: serde_json::Map<String, Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    reader::exchange(&json!({ "request": { "method": method, "url": url, "headers": headers } })).unwrap()
}

/// A request to `prod` of the fixture's API.
pub(crate) fn to_orders(method: &str, path: &str) -> Exchange {
    request(&format!("{method} https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod{path}"), &[])
}

/// An HTTP API with these routes, which each call the same function, and the stage `$default`.
pub(crate) fn http_api(keys: &[&str]) -> Api {
    let uri = "arn:aws:lambda:eu-west-1:111122223333:function:f";
    let mut api = fixture::api(ApiKind::Http, keys.iter().map(|key| fixture::route(key, uri)).collect());
    api.stages = Observed::Known(vec![fixture::stage("$default", "d1")]);
    api
}

/// A request to the stage `$default` of the fixture's API.
pub(crate) fn to_default(method: &str, path: &str) -> Exchange {
    request(&format!("{method} https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com{path}"), &[])
}

/// The id that an HTTP API's answers have.
const HTTP_ID: &str = "QwErTyUiOpAsDfG=";

impl Exchange {
    /// With a body of the request.
    pub(crate) fn sending(mut self, body: &str) -> Exchange {
        self.request.body = Body::Text(body.to_owned());
        self
    }

    /// With one more header of the request.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Exchange {
        self.request.headers.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With an answer.
    pub(crate) fn answered(mut self, status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
        let mut all = vec![("Date".to_owned(), "Sat, 10 Oct 2026 12:00:00 GMT".to_owned())];
        all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let response =
            crate::exchange::Response { status, headers: crate::exchange::Headers(all), body: body.to_owned() };
        self.response = Some(response);
        self
    }

    /// With an answer that a REST API itself makes, of the given `x-amzn-ErrorType`.
    pub(crate) fn refused(self, status: u16, error_type: &str, message: &str) -> Exchange {
        let headers = [
            ("x-amzn-RequestId", "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12"),
            ("x-amz-apigw-id", "AyD6KEwwPHcEKxg="),
            ("x-amzn-ErrorType", error_type),
        ];
        self.answered(status, &headers, &json!({ "message": message }).to_string())
    }

    /// With the answer that everybody knows.
    pub(crate) fn missing_token(self) -> Exchange {
        self.refused(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    }

    /// With `403 Forbidden`.
    pub(crate) fn forbidden(self) -> Exchange {
        self.refused(403, "ForbiddenException", "Forbidden")
    }

    /// With the answer of an HTTP API.
    pub(crate) fn http(self, status: u16, message: &str) -> Exchange {
        self.answered(status, &[("apigw-requestid", HTTP_ID)], &json!({ "message": message }).to_string())
    }
}

/// Facts of the fixture's account, in which these APIs were read.
pub(crate) fn facts(apis: Vec<Api>) -> Facts<'static> {
    let mut facts = Facts::new(fixture::ACCOUNT, fixture::REGION, "2026-10-10T12:00:00Z".parse().unwrap());
    for api in apis {
        facts.keep_api(api.id.clone(), Observed::Known(Some(api)));
    }
    facts
}

impl Facts<'static> {
    /// With one more answer.
    pub(crate) fn with(mut self, read: Read, answer: Value) -> Facts<'static> {
        self.keep(read, Observed::Known(Some(answer)));
        self
    }

    /// With one more thing that the service says does not exist.
    pub(crate) fn lacking(mut self, read: Read) -> Facts<'static> {
        self.keep(read, Observed::Known(None));
        self
    }

    /// With an access log of an HTTP API's stages, whose line of the request has these variables.
    pub(crate) fn accessed(mut self, variables: &[(&str, &str)]) -> Facts<'static> {
        let line = |value: &dyn Fn(&str, &str) -> String| {
            let members = variables.iter().map(|(name, own)| format!(", \"{name}\": \"{}\"", value(name, own)));
            format!("{{ \"id\": \"{}\"{} }}", value("requestId", HTTP_ID), members.collect::<String>())
        };
        let format = line(&|name, _| format!("$context.{name}"));
        let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:access";
        let Observed::Known(stages) = &mut self.api_mut("a1b2c3d4e5").unwrap().stages else { panic!("no stages") };
        let settings = json!({ "destinationArn": arn, "format": format });
        stages
            .iter_mut()
            .for_each(|stage| drop(stage.settings.insert("accessLogSettings".to_owned(), settings.clone())));
        let events = json!([{ "timestamp": 1, "message": line(&|_, own| own.to_owned()) }]);
        self.with(Read::Logs { group: "access".to_owned(), filter: Some(HTTP_ID.to_owned()) }, events)
    }

    /// With one more read that was denied.
    pub(crate) fn denied(mut self, read: Read, call: &str) -> Facts<'static> {
        self.keep(read, Observed::NotRead(NotRead { needs: call.to_owned(), ..fixture::denied(call) }));
        self
    }
}

/// What a recording answers that does not hold a read.
fn unrecorded(call: &str) -> NotRead {
    NotRead { message: format!("AccessDeniedException: {NOT_RECORDED} {call}"), ..fixture::denied(call) }
}

/// The explanation; every read that the facts lack is one that a recording lacks.
pub(crate) fn explained(exchange: &Exchange, facts: &Facts<'static>) -> Explanation {
    let mut facts = facts.clone();
    for _ in 0..20 {
        match explain(exchange, &facts) {
            Round::Done(explanation) => {
                let causes = explanation.causes.iter();
                causes.for_each(|cause| fixture::assert_command(cause.id, cause.remedy.command.as_deref()));
                return *explanation;
            }
            Round::Wants(reads) => {
                for read in reads {
                    match &read {
                        Read::Api(id) => {
                            facts.keep_api(id.clone(), Observed::NotRead(unrecorded("apigateway:GetRestApi")))
                        }
                        Read::Summary { api, deployment } => facts.forbid(api, deployment),
                        Read::Export { api, deployment, .. } => facts.forbid(api, deployment),
                        _ => facts.keep(read.clone(), Observed::NotRead(unrecorded(&format!("{read:?}")))),
                    }
                }
            }
        }
    }
    panic!("the causes want ever more: {:?}", explain(exchange, &facts));
}

impl Facts<'static> {
    /// What a deployment holds that was not read is what a recording lacks.
    fn forbid(&mut self, api: &str, deployment: &str) {
        let denied = || unrecorded("apigateway:GetDeployment");
        let api = self.api_mut(api).unwrap();
        let held = api.deployed.entry(deployment.to_owned()).or_insert_with(|| crate::snapshot::Deployed {
            summary: Observed::NotRead(denied()),
            export: Observed::NotRead(denied()),
            baseline: None,
        });
        if held.export.known().is_err() {
            held.export = Observed::NotRead(denied());
        }
    }
}

/// `id confidence` of the first cause.
pub(crate) fn first(exchange: &Exchange, facts: &Facts<'static>) -> String {
    let explanation = explained(exchange, facts);
    let first = explanation.causes.first().unwrap();
    format!("{} {}", first.id, first.confidence.name())
}

/// That a cause is ruled out, or was not thought of: it is not in the list.
pub(crate) fn lists(exchange: &Exchange, facts: &Facts<'static>, id: &str) -> bool {
    explained(exchange, facts).causes.iter().any(|cause| cause.id == id)
}

/// A cause that has no recorded case, shown by three: one that proves it, one that refutes it, and one in which a fact of
/// its proof was not read, so that it cannot be certain.
pub(crate) fn shown(
    id: &str,
    proving: (&Exchange, &Facts<'static>, &str),
    refuting: (&Exchange, &Facts<'static>),
    unread: (&Exchange, &Facts<'static>),
) {
    assert_eq!(first(proving.0, proving.1), format!("{id} {}", proving.2), "what proves {id}");
    assert!(!lists(refuting.0, refuting.1, id), "what refutes {id}");
    let explanation = explained(unread.0, unread.1);
    let own = explanation.causes.iter().find(|cause| cause.id == id);
    assert_ne!(own.map(|cause| cause.confidence.name()), Some("certain"), "{id} with a fact unread");
    assert!(!explanation.not_read.is_empty(), "{id}: what was not read is named");
}
