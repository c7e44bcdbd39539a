//! Asking the routes that are opted in: the live configuration, the stage and the function, one route after the other.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use aws_sdk_lambda::types::LogType;
use aws_smithy_types::Blob;
use aws_smithy_types::retry::RetryConfig;
use engine::exchange::Request;
use engine::exchange::encoding::base64_decoded;
use engine::health::Probed;
use engine::observed::Observed;
use engine::probe::{Answers, Invoke, Plan, Probe, Test, Timed, Verified, verified};
use engine::response::source::Invocation;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::Account;
use crate::read::{Call, observe};
use crate::send::{Own, Scope};

impl Account {
    /// Asks what a plan holds, and judges the answers. Nothing is asked twice, whatever comes of it: what is called may do
    /// something.
    pub async fn probe(
        &self,
        plan: &Plan<'_>,
        own: &Own,
        clock: &(dyn Fn() -> Timestamp + Sync),
    ) -> Vec<(Verified, Vec<Probed>)> {
        let mut told = Vec::with_capacity(plan.probes.len());
        for probe in &plan.probes {
            let at = clock();
            let answers = self.answers(probe, own).await;
            told.push(verified(probe, &answers, at));
        }
        told
    }

    async fn answers(&self, probe: &Probe<'_>, own: &Own) -> Answers {
        let live = match &probe.live {
            Some(Ok(test)) => Some(self.test(probe, test).await),
            Some(Err(why)) => Some(Err(why.clone())),
            None => None,
        };
        let deployed = match &probe.deployed {
            Ok((request, is_signed)) => self.request(probe, own, request, *is_signed).await,
            Err(why) => Err(why.clone()),
        };
        let function = match &probe.function {
            Some(Ok(invoke)) => Some(self.invoke(invoke).await),
            Some(Err(why)) => Some(Err(why.clone())),
            None => None,
        };
        Answers { live, deployed, function }
    }

    /// `TestInvokeMethod`: the gateway's own test of the live configuration. What it calls is real.
    async fn test(&self, probe: &Probe<'_>, test: &Test) -> Result<Timed<Value>, String> {
        let clients = self.clients(&probe.snapshot.region);
        let path = format!("/restapis/{}/resources/{}/methods/{}", probe.api.id, test.resource_id, test.method);
        let call = Call::posted("apigateway:TestInvokeMethod", &clients.region, &path);
        let mut headers: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in &test.headers.0 {
            headers.entry(name.clone()).or_default().push(value.clone());
        }
        let request = clients
            .rest
            .test_invoke_method()
            .rest_api_id(&probe.api.id)
            .resource_id(&test.resource_id)
            .http_method(&test.method)
            .path_with_query_string(&test.path_with_query)
            .set_body(test.body.clone())
            .set_multi_value_headers((!headers.is_empty()).then_some(headers))
            .set_stage_variables(Some(test.stage_variables.clone().into_iter().collect()));
        let once = aws_sdk_apigateway::config::Builder::new().retry_config(RetryConfig::disabled());
        let started = Instant::now();
        let answer = request.customize().config_override(once).send().await;
        let elapsed_ms = millis(started.elapsed());
        match observe(answer, &call) {
            Observed::NotRead(why) => Err(why.reason()),
            Observed::Known(result) => {
                let mut headers: Map<String, Value> = Map::new();
                for (name, values) in result.multi_value_headers.into_iter().flatten() {
                    headers.insert(name, values.join(", ").into());
                }
                for (name, value) in result.headers.into_iter().flatten() {
                    headers.insert(name, value.into());
                }
                let answer = json!({
                    "status": result.status, "headers": headers, "body": result.body, "log": result.log,
                });
                Ok(Timed { answer, elapsed_ms })
            }
        }
    }

    /// A request to the stage, as a caller would make it.
    async fn request(
        &self,
        probe: &Probe<'_>,
        own: &Own,
        request: &Request,
        is_signed: bool,
    ) -> Result<Timed<engine::exchange::Response>, String> {
        let scope = Scope { region: probe.snapshot.region.clone(), service: "execute-api".to_owned() };
        match self.send(own, request, is_signed.then_some(&scope)).await {
            Ok(sent) => Ok(Timed { answer: sent.response, elapsed_ms: millis(sent.elapsed) }),
            Err(error) => Err(error.to_string()),
        }
    }

    /// `lambda:Invoke`, with the event that the gateway would send.
    async fn invoke(&self, invoke: &Invoke) -> Result<Timed<Invocation>, String> {
        let clients = self.clients(&invoke.function.region);
        let arn = invoke.function.arn();
        let call = Call::function("lambda:InvokeFunction", arn.clone());
        let event = Blob::new(invoke.event.to_string());
        let request = clients.lambda.invoke().function_name(arn).log_type(LogType::Tail).payload(event);
        let once = aws_sdk_lambda::config::Builder::new().retry_config(RetryConfig::disabled());
        let started = Instant::now();
        let answer = request.customize().config_override(once).send().await;
        let elapsed_ms = millis(started.elapsed());
        match observe(answer, &call) {
            Observed::NotRead(why) => Err(why.reason()),
            Observed::Known(result) => {
                let payload = result.payload.map(Blob::into_inner).unwrap_or_default();
                let tail = result.log_result.as_deref().and_then(base64_decoded);
                let answer = Invocation {
                    payload: serde_json::from_slice(&payload).unwrap_or_default(),
                    is_failure: result.function_error.is_some(),
                    log_tail: tail.map(|tail| String::from_utf8_lossy(&tail).into_owned()),
                };
                Ok(Timed { answer, elapsed_ms })
            }
        }
    }
}

fn millis(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
