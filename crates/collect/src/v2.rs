//! Reading one HTTP or WebSocket API.

use std::collections::BTreeMap;

use aws_sdk_apigatewayv2::operation::get_api::GetApiError;
use aws_sdk_apigatewayv2::types as sdk;
use engine::configuration::{Authorizer, Configuration, Map, Route, Routes, Source};
use engine::drift;
use engine::observed::Observed;
use engine::openapi::Origin;
use engine::snapshot::{Api, ApiKind, Deployed, Export, Stage};

use crate::connect::Clients;
use crate::form::{sorted, timestamp};
use crate::read::{Answer, Call, list, observe};
use crate::rest::read_export;
use crate::{Reading, v2_form};

/// Every HTTP and WebSocket API of the region. No list of this service has a paginator in the SDK.
pub(crate) async fn apis(clients: &Clients) -> Observed<Vec<sdk::Api>> {
    let call = Call::control_plane("apigatewayv2:GetApis", &clients.region, "/apis");
    list(&call, |token| async {
        let page = clients.v2.get_apis().max_results(PAGE).set_next_token(token).send().await?;
        Answer::<_, _>::Ok((page.items, page.next_token))
    })
    .await
}

/// One HTTP or WebSocket API by its id, if there is one.
pub(crate) async fn find(clients: &Clients, id: &str) -> Observed<Option<sdk::Api>> {
    let call = Call::control_plane("apigatewayv2:GetApi", &clients.region, &format!("/apis/{id}"));
    let found = match clients.v2.get_api().api_id(id).send().await {
        Err(error) if error.as_service_error().is_some_and(GetApiError::is_not_found_exception) => {
            return Observed::Known(None);
        }
        answer => observe(answer, &call),
    };
    found.map(|found| {
        let api = sdk::Api::builder()
            .set_api_id(found.api_id)
            .set_name(found.name)
            .set_protocol_type(found.protocol_type)
            .set_created_date(found.created_date)
            .set_cors_configuration(found.cors_configuration)
            .set_tags(found.tags)
            .set_disable_execute_api_endpoint(found.disable_execute_api_endpoint)
            .set_route_selection_expression(found.route_selection_expression)
            .set_api_key_selection_expression(found.api_key_selection_expression)
            .set_disable_schema_validation(found.disable_schema_validation);
        Some(api.build())
    })
}

/// What the export of a stage shows.
pub(crate) async fn export(clients: &Clients, id: &str, stage: &str) -> Observed<Export> {
    Reader { clients, id }.export(Some(stage)).await
}

/// What is asked for in one page of a list. The service names no maximum; its sibling's is taken.
const PAGE: &str = "500";

/// Which of the two products an API is.
pub(crate) fn kind(api: &sdk::Api) -> ApiKind {
    let is_websocket = api.protocol_type == Some(sdk::ProtocolType::Websocket);
    if is_websocket { ApiKind::WebSocket } else { ApiKind::Http }
}

/// One HTTP or WebSocket API: its live configuration, its stages, and what they serve.
pub(crate) async fn api(clients: &Clients, api: sdk::Api, reading: &Reading<'_>) -> Api {
    let id = api.api_id.clone().unwrap_or_default();
    let is_websocket = kind(&api) == ApiKind::WebSocket;
    let reader = Reader { clients, id: &id };
    let (stages, deployments) = tokio::join!(reader.stages(), reader.deployments());
    let stages = stages.map(|stages| stages.into_iter().map(v2_form::stage).collect::<Vec<_>>());
    let export = if is_websocket { None } else { Some(reader.export(None).await) };
    let (exported, live_export_unread) = match export {
        Some(Observed::Known(export)) => (Some(export.configuration), None),
        Some(Observed::NotRead(why)) => (None, Some(why)),
        None => (None, None),
    };
    let (live, routes_alone) = match exported {
        Some(configuration) => (reader.with_ids(configuration).await, None),
        None => reader.live(&api).await,
    };
    let deployed = match &stages {
        Observed::Known(stages) if is_websocket => reader.baselines(stages, reading),
        Observed::Known(stages) => reader.deployed(&live, stages, reading).await,
        Observed::NotRead(_) => BTreeMap::new(),
    };
    Api {
        name: api.name.clone().unwrap_or_else(|| id.clone()),
        kind: kind(&api),
        created_at: api.created_date.and_then(timestamp),
        endpoint_types: Vec::new(),
        ip_address_type: api.ip_address_type.as_ref().map(|kind| kind.as_str().to_owned()),
        tags: sorted(api.tags),
        live,
        stages,
        deployments: deployments.map(|list| crate::newest_first(list.into_iter().map(v2_form::deployment).collect())),
        deployed,
        live_export_unread,
        routes_alone,
        id,
    }
}

struct Reader<'a> {
    clients: &'a Clients,
    id: &'a str,
}

/// Reads one of the API's lists to its end.
macro_rules! list_of {
    ($reader:ident, $operation:ident, $call:expr) => {
        list(&$call, |token| async {
            let request = $reader.clients.v2.$operation().api_id($reader.id).max_results(PAGE);
            let page = request.set_next_token(token).send().await?;
            Answer::<_, _>::Ok((page.items, page.next_token))
        })
        .await
    };
}

impl Reader<'_> {
    fn call(&self, name: &'static str, path: &str) -> Call {
        Call::control_plane(name, &self.clients.region, &format!("/apis/{}/{path}", self.id))
    }

    async fn stages(&self) -> Observed<Vec<sdk::Stage>> {
        list_of!(self, get_stages, self.call("apigatewayv2:GetStages", "stages"))
    }

    async fn deployments(&self) -> Observed<Vec<sdk::Deployment>> {
        list_of!(self, get_deployments, self.call("apigatewayv2:GetDeployments", "deployments"))
    }

    async fn routes(&self) -> Observed<Vec<sdk::Route>> {
        list_of!(self, get_routes, self.call("apigatewayv2:GetRoutes", "routes"))
    }

    async fn integrations(&self) -> Observed<Vec<sdk::Integration>> {
        list_of!(self, get_integrations, self.call("apigatewayv2:GetIntegrations", "integrations"))
    }

    async fn authorizers(&self, is_needed: bool) -> Observed<Map<Authorizer>> {
        let call = self.call("apigatewayv2:GetAuthorizers", "authorizers");
        if !is_needed {
            return Observed::NotRead(call.not_needed("no route refers to one"));
        }
        let authorizers: Observed<Vec<sdk::Authorizer>> = list_of!(self, get_authorizers, call);
        authorizers.map(v2_form::authorizers)
    }

    /// The live configuration as an export shows it, with the ids of its authorizers, which exports leave out.
    async fn with_ids(&self, mut live: Configuration) -> Configuration {
        let uses_authorizer = |route: &Route| route.authorizer.ok().is_some_and(Option::is_some);
        let is_needed = live.routes.ok().is_some_and(|routes| routes.0.values().any(uses_authorizer));
        let listed = self.authorizers(is_needed).await;
        match (&mut live.authorizers, listed) {
            (Observed::Known(exported), Observed::Known(listed)) => {
                for (name, authorizer) in exported {
                    authorizer.id = listed.get(name).and_then(|listed| listed.id.clone());
                }
            }
            // What the export shows is known, without the ids.
            (Observed::Known(_), Observed::NotRead(why)) if why.is_failure() => {
                live.authorizers = Observed::NotRead(why)
            }
            _ => {}
        }
        live
    }

    /// The live configuration from the lists of routes and integrations; and the routes alone, where the integrations were
    /// not read.
    async fn live(&self, api: &sdk::Api) -> (Configuration, Option<Routes>) {
        let (routes, integrations) = tokio::join!(self.routes(), self.integrations());
        let refers = |route: &sdk::Route| route.authorizer_id.as_ref().is_some_and(|id| !id.is_empty());
        let authorizers = self.authorizers(routes.ok().is_some_and(|routes| routes.iter().any(refers))).await;
        let names = authorizers.as_ref().map(|authorizers| {
            let pairs =
                authorizers.iter().filter_map(|(name, authorizer)| Some((authorizer.id.clone()?, name.clone())));
            pairs.collect()
        });
        let (routes, alone) = match (routes, integrations) {
            (Observed::Known(routes), Observed::Known(integrations)) => {
                (Observed::Known(v2_form::routes(routes, &v2_form::integrations(integrations), &names)), None)
            }
            (Observed::Known(routes), Observed::NotRead(why)) => {
                (Observed::NotRead(why), Some(v2_form::routes(routes, &BTreeMap::new(), &names)))
            }
            (Observed::NotRead(why), _) => (Observed::NotRead(why), None),
        };
        let live = Configuration {
            source: Source::Reads,
            settings: v2_form::settings(api),
            routes,
            authorizers,
            models: Observed::Known(Map::new()),
            request_validators: Observed::Known(Map::new()),
            gateway_responses: Observed::Known(Map::new()),
            cors: api.cors_configuration.as_ref().map(v2_form::cors),
        };
        (live, alone)
    }

    /// What the stages' deployments hold, each read once, and never again if it is known already.
    async fn deployed(
        &self,
        live: &Configuration,
        stages: &[Stage],
        reading: &Reading<'_>,
    ) -> BTreeMap<String, Deployed> {
        let mut deployed = BTreeMap::new();
        for stage in stages.iter().filter(|stage| (reading.wants_stage)(&stage.name)) {
            let Some(id) = stage.deployment_id.as_ref().filter(|id| !deployed.contains_key(*id)) else { continue };
            let kept = reading.known(&self.clients.region, self.id, id).and_then(|known| known.export.ok());
            let export = match kept {
                Some(kept) if !drift::kept_export_is_suspect(live, &kept.configuration) => {
                    Observed::Known(Export { fresh: false, ..kept.clone() })
                }
                _ => self.export(Some(&stage.name)).await,
            };
            let summary =
                self.call("apigatewayv2:GetDeployment", "deployments/*").not_needed("HTTP APIs have no summary");
            deployed.insert(id.clone(), Deployed { summary: Observed::NotRead(summary), export, baseline: None });
        }
        deployed
    }

    /// The baselines of the stages' deployments: WebSocket APIs have no other witness.
    fn baselines(&self, stages: &[Stage], reading: &Reading<'_>) -> BTreeMap<String, Deployed> {
        let ids = stages.iter().filter_map(|stage| stage.deployment_id.as_ref());
        let known = ids.filter_map(|id| Some((id.clone(), reading.known(&self.clients.region, self.id, id)?.clone())));
        known.filter(|(_, deployed)| deployed.baseline.is_some()).collect()
    }

    /// The export of a stage; without one, of the live configuration.
    async fn export(&self, stage: Option<&str>) -> Observed<Export> {
        let call = self.call("apigatewayv2:ExportApi", "exports/OAS30");
        let request = self.clients.v2.export_api().api_id(self.id).specification("OAS30").output_type("JSON");
        let answer = request.include_extensions(true).set_stage_name(stage.map(str::to_owned)).send().await;
        match observe(answer, &call) {
            Observed::Known(answer) => {
                read_export(answer.body.as_ref().map(AsRef::as_ref).unwrap_or_default(), Origin::Http(self.id), &call)
            }
            Observed::NotRead(why) => Observed::NotRead(why),
        }
    }
}
