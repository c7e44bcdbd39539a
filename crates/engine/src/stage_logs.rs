//! Which logs a stage writes, by its settings.

use serde_json::Value;

use crate::snapshot::{Api, ApiKind, Stage};

/// Which logs a stage writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageLogs {
    /// The log group of its execution log, where the settings of some of its methods ask for one. HTTP APIs have none.
    pub execution: Option<String>,
    /// The log group of its canary's, where it has one.
    pub canary: Option<String>,
    /// Whether the execution log shows requests and answers.
    pub traces_data: bool,
    /// Its access log.
    pub access: Option<AccessLog>,
}

/// A stage's access log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLog {
    /// The region of its log group.
    pub region: String,
    /// The log group; nothing where the log goes elsewhere, to Firehose for example.
    pub group: Option<String>,
    /// The ARN that it goes to.
    pub destination: String,
    /// The format of its lines.
    pub format: String,
}

impl StageLogs {
    /// The logs of a stage.
    ///
    /// REST APIs write to `API-Gateway-Execution-Logs_{id}/{stage}`, their canaries to that with `/Canary`, WebSocket APIs to `/aws/apigateway/{id}/{stage}`.
    pub fn of(api: &Api, stage: &Stage) -> StageLogs {
        let setting = |name: &str| stage.settings.get(name);
        let (settings, group): (Vec<&Value>, _) = match api.kind {
            ApiKind::Rest => {
                let methods = setting("methodSettings").and_then(Value::as_object).into_iter().flatten();
                (
                    methods.map(|(_, settings)| settings).collect(),
                    format!("API-Gateway-Execution-Logs_{}/{}", api.id, stage.name),
                )
            }
            ApiKind::WebSocket => {
                let routes = setting("routeSettings").and_then(Value::as_object).into_iter().flatten();
                let routes = routes.map(|(_, settings)| settings).chain(setting("defaultRouteSettings"));
                (routes.collect(), format!("/aws/apigateway/{}/{}", api.id, stage.name))
            }
            ApiKind::Http => (Vec::new(), String::new()),
        };
        let is_on = |settings: &&Value| {
            let level = settings.get("loggingLevel").and_then(Value::as_str);
            level.is_some_and(|level| ["ERROR", "INFO"].contains(&level))
        };
        let traces = |settings: &&Value| settings.get("dataTraceEnabled").and_then(Value::as_bool) == Some(true);
        let writing: Vec<&Value> = settings.into_iter().filter(is_on).collect();
        let writes = !writing.is_empty();
        StageLogs {
            canary: stage.canary.as_ref().filter(|_| writes).map(|_| format!("{group}/Canary")),
            traces_data: writing.iter().any(traces),
            execution: writes.then_some(group),
            access: setting("accessLogSettings").and_then(AccessLog::read),
        }
    }
}

impl AccessLog {
    fn read(settings: &Value) -> Option<AccessLog> {
        let text = |name: &str| settings.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (destination, format) = (text("destinationArn")?, text("format").unwrap_or_default());
        let parts: Vec<&str> = destination.splitn(7, ':').collect();
        let (region, group) = match parts.as_slice() {
            ["arn", _, "logs", region, _, "log-group", name] => (*region, Some(name.trim_end_matches(":*").to_owned())),
            ["arn", _, _, region, ..] => (*region, None),
            _ => ("", None),
        };
        Some(AccessLog {
            region: region.to_owned(),
            group,
            destination: destination.to_owned(),
            format: format.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::fixture;
    use crate::snapshot::Canary;

    fn logs(kind: ApiKind, settings: Value) -> StageLogs {
        let api = fixture::api(kind, Vec::new());
        let mut stage = fixture::stage("prod", "d1");
        stage.settings = serde_json::from_value(settings).unwrap();
        StageLogs::of(&api, &stage)
    }

    #[test]
    fn each_kind_of_api_has_its_own_place() {
        let method = json!({ "methodSettings": { "*/*": { "loggingLevel": "INFO", "dataTraceEnabled": true } } });
        let rest = logs(ApiKind::Rest, method.clone());
        assert_eq!(rest.execution.as_deref(), Some("API-Gateway-Execution-Logs_a1b2c3d4e5/prod"));
        assert!(rest.traces_data);
        let route = json!({ "defaultRouteSettings": { "loggingLevel": "ERROR" } });
        let web_socket = logs(ApiKind::WebSocket, route.clone());
        assert_eq!(web_socket.execution.as_deref(), Some("/aws/apigateway/a1b2c3d4e5/prod"));
        assert!(!web_socket.traces_data);
        assert_eq!(logs(ApiKind::Http, route), StageLogs::default(), "HTTP APIs have no execution log");
        let off = json!({ "methodSettings": { "*/*": { "loggingLevel": "OFF" }, "orders/GET": {} } });
        assert_eq!(logs(ApiKind::Rest, off).execution, None);
    }

    #[test]
    fn a_canary_has_a_log_of_its_own() {
        let api = fixture::api(ApiKind::Rest, Vec::new());
        let mut stage = fixture::stage("prod", "d1");
        stage.settings =
            serde_json::from_value(json!({ "methodSettings": { "*/*": { "loggingLevel": "INFO" } } })).unwrap();
        stage.canary = Some(Canary {
            deployment_id: Some("d2".to_owned()),
            percent_traffic: 10.0,
            stage_variable_overrides: BTreeMap::new(),
            use_stage_cache: false,
        });
        let group = StageLogs::of(&api, &stage).canary;
        assert_eq!(group.as_deref(), Some("API-Gateway-Execution-Logs_a1b2c3d4e5/prod/Canary"));
    }

    #[test]
    fn an_access_log_may_go_to_a_group_or_elsewhere() {
        let to = |arn: &str| {
            let settings = json!({ "accessLogSettings": { "destinationArn": arn, "format": "$context.requestId" } });
            logs(ApiKind::Http, settings).access.unwrap()
        };
        let group = to("arn:aws:logs:eu-west-1:111122223333:log-group:shop:access:*");
        assert_eq!((group.region.as_str(), group.group.as_deref()), ("eu-west-1", Some("shop:access")));
        let bare = to("arn:aws:logs:eu-west-1:111122223333:log-group:/shop/access");
        assert_eq!(bare.group.as_deref(), Some("/shop/access"));
        assert_eq!(to("arn:aws:firehose:eu-west-1:111122223333:deliverystream/amazon-apigateway-x").group, None);
        assert_eq!(to("nonsense").group, None);
    }
}
