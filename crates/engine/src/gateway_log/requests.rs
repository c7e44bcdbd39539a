//! From lines to requests that failed, by route and reason; and from Lambda's request ids to routes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::access;
use super::execution::{self, Told};
use crate::arn::FunctionName;
use crate::configuration::{Configuration, RouteKey};
use crate::health::{AnswerProblem, BadAnswer, GatewayFailure, GatewayHealth, Reason, Sample, Seen};
use crate::logs;
use crate::met::Met;
use crate::response::{self, Kind, Level, Rule, Runtime};
use crate::routing;
use crate::snapshot::{Api, ApiKind, Snapshot, Stage};
use crate::stage_variables;

/// How many lines of one request are kept as a sample.
const SAMPLE_LINES: usize = 8;

/// The requests that a stage's logs tell of.
#[derive(Debug, Default)]
pub struct Requests {
    by_id: BTreeMap<String, Request>,
    own_errors: u64,
}

/// What is known of a request.
#[derive(Debug, Default)]
struct Request {
    first: Option<Timestamp>,
    /// Method and path, or the route's key.
    method: Option<String>,
    path: Option<String>,
    /// The authorizer that is being asked, or that failed.
    authorizer: Option<String>,
    lambda_request_id: Option<String>,
    failure: Option<(Reason, String)>,
    /// An answer that looks wrong, of the integration or, if so, of the authorizer.
    body: Option<(Value, bool)>,
    log_group: String,
    lines: Vec<String>,
}

impl Requests {
    /// Takes in a line of an execution log. The same line twice is one line.
    pub fn observe_execution(&mut self, time: Timestamp, log_group: &str, message: &str) {
        let Some(line) = execution::Line::parse(message) else { return };
        let request = self.by_id.entry(line.request_id.to_owned()).or_default();
        request.first = Some(request.first.map_or(time, |first| first.min(time)));
        let is_kept = match line.told {
            Told::Route { method, path } => {
                (request.method, request.path) = (Some(method.to_owned()), Some(path.to_owned()));
                true
            }
            Told::AuthorizerBegins { id } => {
                request.authorizer = Some(id.to_owned());
                true
            }
            Told::AuthorizerEnds => {
                request.authorizer = None;
                false
            }
            Told::AuthorizerBody(body) | Told::Body(body) => {
                let is_authorizers = matches!(line.told, Told::AuthorizerBody(_));
                let kind = if is_authorizers { Kind::AuthorizerRest } else { Kind::Rest };
                // What was cut, or is no JSON, cannot be judged.
                let answer = serde_json::from_str::<Value>(body.text).ok().filter(|_| body.is_whole);
                let looks_wrong =
                    |answer: &Value| !response::judge(kind, answer, &Default::default()).problems.is_empty();
                if let Some(answer) = answer.filter(looks_wrong) {
                    request.body = Some((answer, is_authorizers));
                }
                true
            }
            Told::LambdaRequest(id) => {
                request.lambda_request_id = Some(id.to_owned());
                false
            }
            Told::Failed { message, lambda_request_id } => {
                request.failure = Some((Reason::of(message), message.to_owned()));
                if let Some(id) = lambda_request_id {
                    request.lambda_request_id = Some(id.to_owned());
                }
                true
            }
            Told::Completed(_) => true,
            Told::Other => false,
        };
        if is_kept && request.lines.len() < SAMPLE_LINES && !request.lines.iter().any(|known| known == message) {
            log_group.clone_into(&mut request.log_group);
            request.lines.push(message.trim_end().to_owned());
        }
    }

    /// Takes in a line of an access log, by the stage's format. One that tells of another API or stage than `own` is passed
    /// over.
    pub fn observe_access(
        &mut self,
        time: Timestamp,
        log_group: &str,
        own: (&str, &str),
        format: &access::Format,
        message: &str,
    ) {
        let Some(line) = format.read(message).filter(|line| line.may_be_of(own)) else { return };
        let Some(id) = line.request_id() else { return };
        let is_server_error = line.status().is_some_and(|status| status >= 500);
        let words = line.integration_error().or(line.authorizer_error()).filter(|_| is_server_error);
        let is_gateways = words.is_some() || (is_server_error && line.response_type().is_some());
        if is_server_error && !is_gateways && line.function_status() == line.status() {
            self.own_errors += 1;
        }
        let request = self.by_id.entry(id.to_owned()).or_default();
        request.first = Some(request.first.map_or(time, |first| first.min(time)));
        let (method, path) = line.route();
        // The execution log's path leads to the route as well, and may be more exact.
        if request.path.is_none() {
            (request.method, request.path) = (method.map(str::to_owned), path.map(str::to_owned));
        }
        if let Some(id) = line.lambda_request_id() {
            request.lambda_request_id.get_or_insert_with(|| id.to_owned());
        }
        if is_gateways && request.failure.is_none() {
            let is_authorizers = line.authorizer_error().is_some() && line.integration_error().is_none();
            let words = words.or(line.response_type()).unwrap_or_default();
            let reason = match Reason::of(words) {
                Reason::Other if is_authorizers => Reason::MalformedAuthorizer,
                reason => reason,
            };
            request.failure = Some((reason, words.to_owned()));
            if request.lines.is_empty() {
                log_group.clone_into(&mut request.log_group);
                request.lines.push(message.trim_end().to_owned());
            }
        }
    }

    /// Requests of which something is told that matters, and not the route.
    pub fn without_route(&self) -> impl Iterator<Item = &str> {
        let open = self.by_id.iter().filter(|(_, request)| request.matters() && request.path.is_none());
        open.map(|(id, _)| id.as_str())
    }

    /// The routes by Lambda's request ids, and the failures by route and reason.
    pub fn finish(self, snapshot: &Snapshot, api: &Api, stage: &Stage) -> (GatewayHealth, BTreeMap<String, RouteKey>) {
        let served = match api.met_by_callers(stage) {
            Met::Served(configuration) | Met::Live { live: configuration, .. } => configuration,
            Met::Nothing | Met::NotRead(_) => &api.live,
        };
        let place = Place { snapshot, api, stage, served };
        let mut health = GatewayHealth { own_errors: self.own_errors, ..GatewayHealth::default() };
        let mut routes = BTreeMap::new();
        for (id, request) in self.by_id {
            let route = request.path.as_deref().and_then(|path| place.route(request.method.as_deref(), path));
            if let (Some(lambda), Some(route)) = (&request.lambda_request_id, &route) {
                routes.insert(lambda.clone(), route.clone());
            }
            request.count(&id, route, &place, &mut health);
        }
        (health, routes)
    }
}

impl Request {
    fn matters(&self) -> bool {
        self.failure.is_some() || self.body.is_some()
    }

    /// Adds the request to those of its route that failed alike.
    fn count(self, id: &str, route: Option<RouteKey>, place: &Place, health: &mut GatewayHealth) {
        let Some(time) = self.first else { return };
        let sample = || Sample {
            time,
            log_group: self.log_group.clone(),
            request_id: id.to_owned(),
            lines: logs::redact(self.lines.clone()),
        };
        let is_malformed = matches!(&self.failure, Some((Reason::MalformedResponse | Reason::MalformedAuthorizer, _)));
        if let Some((answer, is_authorizers)) = &self.body {
            let authorizer = self.authorizer.clone().filter(|_| *is_authorizers);
            let problems = place.problems(answer, *is_authorizers, route.as_ref());
            let same = |known: &&mut BadAnswer| {
                known.route == route
                    && known.authorizer == authorizer
                    && known.is_refused == is_malformed
                    && known.problems == problems
            };
            match health.answers.iter_mut().find(same) {
                _ if problems.is_empty() => {}
                Some(known) => known.seen.add(time),
                None => health.answers.push(BadAnswer {
                    route: route.clone(),
                    function: route.as_ref().and_then(|route| place.function(route)).filter(|_| !is_authorizers),
                    is_of_authorizer: *is_authorizers,
                    authorizer,
                    is_refused: is_malformed,
                    problems,
                    seen: Seen::once(time),
                    sample: sample(),
                }),
            }
        }
        let Some((reason, message)) = &self.failure else { return };
        let authorizer = self.authorizer.clone();
        let text = logs::redact(vec![message.clone()]).concat();
        let same = |known: &&mut GatewayFailure| {
            // Functions fail in many ways, the gateway in one for each reason.
            let is_alike = *reason != Reason::FunctionError
                || logs::without_variables(&known.message) == logs::without_variables(&text);
            (known.reason, &known.route, &known.authorizer) == (*reason, &route, &authorizer) && is_alike
        };
        match health.failures.iter_mut().find(same) {
            Some(known) => known.seen.add(time),
            None => health.failures.push(GatewayFailure {
                reason: *reason,
                function: route.as_ref().and_then(|route| place.function(route)).filter(|_| authorizer.is_none()),
                route,
                authorizer,
                message: text,
                seen: Seen::once(time),
                sample: sample(),
            }),
        }
    }
}

/// What a request's route is looked up in.
struct Place<'a> {
    snapshot: &'a Snapshot,
    api: &'a Api,
    stage: &'a Stage,
    served: &'a Configuration,
}

impl Place<'_> {
    /// The route of a request, by its own path or by the route's.
    fn route(&self, method: Option<&str>, path: &str) -> Option<RouteKey> {
        let routes = &self.served.routes.ok()?.0;
        let named = match method {
            Some(method) => RouteKey::new(method, path),
            None => RouteKey::parse(path),
        };
        if routes.contains_key(&named) {
            return Some(named);
        }
        let (method, path) = match (method, &named.method) {
            (Some(method), _) => (method, path),
            (None, Some(method)) => (method.as_str(), named.path.as_str()),
            (None, None) => return None,
        };
        routing::find(routes.keys(), self.api.kind, method, path).cloned()
    }

    fn function(&self, route: &RouteKey) -> Option<FunctionName> {
        let integration = self.served.routes.ok()?.0.get(route)?.integration.as_ref()?;
        FunctionName::in_uri(&stage_variables::resolve(integration.uri.as_deref()?, &self.stage.variables).text)
    }

    /// What is wrong with an answer to a route. Nothing where nobody knows who reads it, or it is not the gateway.
    fn problems(&self, answer: &Value, is_authorizers: bool, route: Option<&RouteKey>) -> Vec<AnswerProblem> {
        let function = route.and_then(|route| self.function(route));
        let integration = route.and_then(|route| self.served.routes.ok()?.0.get(route)?.integration.as_ref());
        let is_proxy = integration.is_some_and(|integration| integration.integration_type == "AWS_PROXY");
        let kind = match (is_authorizers, self.api.kind) {
            (true, _) => Kind::AuthorizerRest,
            (false, ApiKind::Rest) if is_proxy => Kind::Rest,
            (false, ApiKind::WebSocket) if is_proxy => Kind::WebSocket,
            (false, _) => return Vec::new(),
        };
        let configuration =
            function.as_ref().and_then(|name| self.snapshot.function(name)?.configuration.ok()?.as_ref());
        let runtime = configuration.and_then(|configuration| Runtime::of(configuration.runtime.as_deref()?));
        let context = response::Context {
            binary_media_types: Some(self.served.settings.binary_media_types.iter().cloned().collect()),
            runtime: runtime.filter(|_| !is_authorizers),
            route: route.map(|route| route.path.clone()),
            ..response::Context::default()
        };
        let verdict = response::judge(kind, answer, &context);
        let method = route.and_then(|route| route.method.as_deref()).unwrap_or_default();
        let may_be_empty = response::may_lack_body(verdict.status.unwrap_or_default(), method);
        let is_meant = |problem: &response::Problem| {
            problem.rule == Rule::NoBody && problem.severity == Level::Warning && may_be_empty
        };
        verdict.problems.iter().filter(|problem| !is_meant(problem)).map(AnswerProblem::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{api, healthy, lambda_uri, route};
    use crate::snapshot::ApiKind;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_791_633_000 + second).unwrap()
    }

    fn finish(requests: Requests, snapshot: &Snapshot) -> (GatewayHealth, BTreeMap<String, RouteKey>) {
        let api = &snapshot.apis[0];
        requests.finish(snapshot, api, &api.stages.ok().unwrap()[0])
    }

    #[test]
    fn both_logs_tell_of_one_request_and_its_call_leads_to_the_route() {
        let mut requests = Requests::default();
        let failed =
            "(r1) Lambda execution failed with status 200 due to customer function error: x. Lambda request id: call1";
        requests.observe_execution(at(1), "executions", failed);
        requests.observe_execution(at(1), "executions", failed);
        assert_eq!(requests.without_route().collect::<Vec<_>>(), ["r1"]);
        let format =
            access::Format::parse("$context.requestId $context.httpMethod $context.resourcePath $context.status");
        let own = ("a1b2c3d4e5", "prod");
        requests.observe_access(at(2), "access", own, &format, "r1 GET /orders 502");
        assert_eq!(requests.without_route().count(), 0);
        let (health, routes) = finish(requests, &healthy());
        assert_eq!(routes, BTreeMap::from([("call1".to_owned(), RouteKey::new("GET", "/orders"))]));
        assert_eq!((health.failures.len(), health.failures[0].reason), (1, Reason::FunctionError));
        assert_eq!((health.failures[0].seen, health.failures[0].sample.lines.len()), (Seen::once(at(1)), 1));
    }

    #[test]
    fn requests_that_failed_alike_are_counted_together() {
        let mut requests = Requests::default();
        for (id, second) in [("r1", 5), ("r2", 3), ("r3", 9)] {
            requests.observe_execution(
                at(second),
                "executions",
                &format!("({id}) HTTP Method: GET, Resource Path: /orders"),
            );
            let line = format!("({id}) Execution failed due to configuration error: Malformed Lambda proxy response");
            requests.observe_execution(at(second), "executions", &line);
        }
        let (health, _) = finish(requests, &healthy());
        assert_eq!(health.failures.len(), 1);
        assert_eq!(health.failures[0].seen, Seen { count: 3, first: at(3), last: at(9) });
        assert_eq!(health.failures[0].function.as_ref().unwrap().name, "orders-fn");
    }

    #[test]
    fn an_http_api_tells_by_its_access_log_what_failed_and_what_functions_answered_themselves() {
        let mut snapshot = healthy();
        let uri = lambda_uri("cart-fn");
        snapshot.apis = vec![api(ApiKind::Http, vec![route("GET /cart/{id}", &uri)])];
        let format = access::Format::parse(
            "$context.requestId|$context.routeKey|$context.status|$context.integration.status|$context.integrationErrorMessage",
        );
        let mut requests = Requests::default();
        for line in [
            "r1|GET /cart/{id}|500|-|The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. Check the permissions and try again.",
            "r2|GET /cart/{id}|503|503|-",
            "r3|GET /cart/{id}|200|200|-",
            "a line from before the format was changed",
        ] {
            requests.observe_access(at(1), "access", ("a1b2c3d4e5", "prod"), &format, line);
        }
        let (health, _) = finish(requests, &snapshot);
        let reasons: Vec<Reason> = health.failures.iter().map(|failure| failure.reason).collect();
        assert_eq!((reasons, health.own_errors), (vec![Reason::Role], 1));
        assert_eq!(health.failures[0].route, Some(RouteKey::new("GET", "/cart/{id}")));
    }

    #[test]
    fn an_answer_that_was_cut_or_of_no_proxy_is_not_judged() {
        let body = |id: &str, text: &str| format!("({id}) Endpoint response body before transformations: {text}");
        let mut requests = Requests::default();
        requests.observe_execution(at(1), "executions", &body("r1", "{\"statusCode\":200,\"body\":{\"a [TRUNCATED]"));
        requests.observe_execution(at(1), "executions", &body("r2", "no JSON"));
        requests.observe_execution(at(1), "executions", "(r3) HTTP Method: GET, Resource Path: /orders");
        requests.observe_execution(at(1), "executions", &body("r3", "{\"statusCode\":200,\"body\":{}}"));
        let mut snapshot = healthy();
        assert_eq!(finish(std::mem::take(&mut requests), &snapshot).0.answers.len(), 1, "the proxy's answer is");
        let mut custom = route("GET /orders", &lambda_uri("orders-fn"));
        custom.1.integration.as_mut().unwrap().integration_type = "AWS".to_owned();
        snapshot.apis = vec![api(ApiKind::Rest, vec![custom])];
        requests.observe_execution(at(1), "executions", "(r3) HTTP Method: GET, Resource Path: /orders");
        requests.observe_execution(at(1), "executions", &body("r3", "{\"statusCode\":200,\"body\":{}}"));
        assert_eq!(finish(requests, &snapshot).0.answers.len(), 0);
    }

    #[test]
    fn no_secret_comes_into_a_sample() {
        let mut requests = Requests::default();
        requests.observe_execution(at(1), "executions", "(r1) HTTP Method: GET, Resource Path: /orders");
        let failed = "(r1) Execution failed due to configuration error: Invalid endpoint address https://u:hunter2hunter2@x.example/";
        requests.observe_execution(at(1), "executions", failed);
        let (health, _) = finish(requests, &healthy());
        let told = serde_json::to_string(&health).unwrap();
        assert!(!told.contains("hunter2") && told.contains("Invalid endpoint address"), "{told}");
    }
}
