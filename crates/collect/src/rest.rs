//! Reading one REST API.

use std::collections::BTreeMap;

use aws_sdk_apigateway::operation::get_rest_api::GetRestApiError;
use aws_sdk_apigateway::types as sdk;
use engine::configuration::{Configuration, Source};
use engine::drift;
use engine::observed::{NotRead, Observed};
use engine::openapi::{self, Origin};
use engine::snapshot::{self, Api, ApiKind, Deployed, Export, Stage, Summary};

use crate::connect::Clients;
use crate::form::{sorted, timestamp};
use crate::read::{Answer, Call, list, observe};
use crate::{Reading, rest_form};

/// The most that a page of a list may hold.
const PAGE: i32 = 500;

/// Every REST API of the region.
pub(crate) async fn apis(clients: &Clients) -> Observed<Vec<sdk::RestApi>> {
    let call = Call::control_plane("apigateway:GetRestApis", &clients.region, "/restapis");
    list(&call, |position| async {
        let page = clients.rest.get_rest_apis().limit(PAGE).set_position(position).send().await?;
        Answer::<_, _>::Ok((page.items, page.position))
    })
    .await
}

/// One REST API by its id, if there is one.
pub(crate) async fn find(clients: &Clients, id: &str) -> Observed<Option<sdk::RestApi>> {
    let call = Call::control_plane("apigateway:GetRestApi", &clients.region, &format!("/restapis/{id}"));
    let found = match clients.rest.get_rest_api().rest_api_id(id).send().await {
        Err(error) if error.as_service_error().is_some_and(GetRestApiError::is_not_found_exception) => {
            return Observed::Known(None);
        }
        answer => observe(answer, &call),
    };
    found.map(|found| {
        let api = sdk::RestApi::builder()
            .set_id(found.id)
            .set_name(found.name)
            .set_created_date(found.created_date)
            .set_binary_media_types(found.binary_media_types)
            .set_minimum_compression_size(found.minimum_compression_size)
            .set_api_key_source(found.api_key_source)
            .set_endpoint_configuration(found.endpoint_configuration)
            .set_policy(found.policy)
            .set_tags(found.tags)
            .disable_execute_api_endpoint(found.disable_execute_api_endpoint)
            .set_security_policy(found.security_policy)
            .set_endpoint_access_mode(found.endpoint_access_mode);
        Some(api.build())
    })
}

/// What a deployment's summary says.
pub(crate) async fn summary(clients: &Clients, id: &str, deployment: &str) -> Observed<Summary> {
    Reader { clients, id }.summary(deployment).await
}

/// What the export of a stage shows.
pub(crate) async fn export(clients: &Clients, id: &str, stage: &str) -> Observed<Export> {
    Reader { clients, id }.export(stage).await
}

/// One REST API: its live configuration, its stages, and what they serve.
pub(crate) async fn api(clients: &Clients, api: sdk::RestApi, reading: &Reading<'_>) -> Api {
    let id = api.id().unwrap_or_default().to_owned();
    let reader = Reader { clients, id: &id };
    let (resources, stages, deployments, gateway_responses) =
        tokio::join!(reader.resources(), reader.stages(), reader.deployments(), reader.gateway_responses());
    let live = reader.live(&api, resources, gateway_responses).await;
    let stages = stages.map(|stages| stages.into_iter().map(rest_form::stage).collect::<Vec<_>>());
    let deployments =
        deployments.map(|list| crate::newest_first(list.into_iter().map(rest_form::deployment).collect()));
    let newest = deployments.ok().and_then(snapshot::newest).map(|newest| newest.id.clone());
    let deployed = match &stages {
        Observed::Known(stages) => {
            reader.deployed(&live, stages, newest.filter(|_| reading.wants_newest), reading).await
        }
        Observed::NotRead(_) => BTreeMap::new(),
    };
    Api {
        name: api.name.clone().unwrap_or_else(|| id.clone()),
        kind: ApiKind::Rest,
        created_at: api.created_date.and_then(timestamp),
        endpoint_types: api
            .endpoint_configuration
            .iter()
            .flat_map(|endpoint| endpoint.types().iter().map(|kind| kind.as_str().to_owned()))
            .collect(),
        ip_address_type: api
            .endpoint_configuration
            .as_ref()
            .and_then(|endpoint| Some(endpoint.ip_address_type.as_ref()?.as_str().to_owned())),
        tags: sorted(api.tags),
        live,
        stages,
        deployments,
        deployed,
        live_export_unread: None,
        routes_alone: None,
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
        list(&$call, |position| async {
            let request = $reader.clients.rest.$operation().rest_api_id($reader.id).limit(PAGE);
            let page = request.set_position(position).send().await?;
            Answer::<_, _>::Ok((page.items, page.position))
        })
        .await
    };
}

impl Reader<'_> {
    fn call(&self, name: &'static str, path: &str) -> Call {
        Call::control_plane(name, &self.clients.region, &format!("/restapis/{}/{path}", self.id))
    }

    async fn resources(&self) -> Observed<Vec<sdk::Resource>> {
        list(&self.call("apigateway:GetResources", "resources"), |position| async {
            let request = self.clients.rest.get_resources().rest_api_id(self.id).embed("methods").limit(PAGE);
            let page = request.set_position(position).send().await?;
            Answer::<_, _>::Ok((page.items, page.position))
        })
        .await
    }

    /// All of them at once: this list has no pages.
    async fn stages(&self) -> Observed<Vec<sdk::Stage>> {
        let answer = self.clients.rest.get_stages().rest_api_id(self.id).send().await;
        observe(answer, &self.call("apigateway:GetStages", "stages")).map(|answer| answer.item.unwrap_or_default())
    }

    async fn deployments(&self) -> Observed<Vec<sdk::Deployment>> {
        list_of!(self, get_deployments, self.call("apigateway:GetDeployments", "deployments"))
    }

    async fn gateway_responses(&self) -> Observed<Vec<sdk::GatewayResponse>> {
        list_of!(self, get_gateway_responses, self.call("apigateway:GetGatewayResponses", "gatewayresponses"))
    }

    async fn authorizers(&self, needed: Result<(), &str>) -> Observed<Vec<sdk::Authorizer>> {
        let call = self.call("apigateway:GetAuthorizers", "authorizers");
        match needed {
            Ok(()) => list_of!(self, get_authorizers, call),
            Err(reason) => Observed::NotRead(call.not_needed(reason)),
        }
    }

    async fn validators(&self, needed: Result<(), &str>) -> Observed<Vec<sdk::RequestValidator>> {
        let call = self.call("apigateway:GetRequestValidators", "requestvalidators");
        match needed {
            Ok(()) => list_of!(self, get_request_validators, call),
            Err(reason) => Observed::NotRead(call.not_needed(reason)),
        }
    }

    async fn models(&self, needed: Result<(), &str>) -> Observed<Vec<sdk::Model>> {
        let call = self.call("apigateway:GetModels", "models");
        match needed {
            Ok(()) => list_of!(self, get_models, call),
            Err(reason) => Observed::NotRead(call.not_needed(reason)),
        }
    }

    /// The live configuration. A list is read only if some method refers to it.
    async fn live(
        &self,
        api: &sdk::RestApi,
        resources: Observed<Vec<sdk::Resource>>,
        gateway_responses: Observed<Vec<sdk::GatewayResponse>>,
    ) -> Configuration {
        let methods: Vec<&sdk::Method> = resources
            .ok()
            .into_iter()
            .flatten()
            .filter_map(|resource| resource.resource_methods())
            .flat_map(|m| m.values())
            .collect();
        let needed = |refers: &dyn Fn(&sdk::Method) -> bool| match &resources {
            Observed::Known(_) if methods.iter().any(|method| refers(method)) => Ok(()),
            Observed::Known(_) => Err("no method refers to one"),
            Observed::NotRead(_) => Err("the methods, which would refer to one, were not read"),
        };
        let (authorizers, validators, models) = tokio::join!(
            self.authorizers(needed(&|method| is_set(method.authorizer_id.as_ref()))),
            self.validators(needed(&|method| is_set(method.request_validator_id.as_ref()))),
            self.models(needed(&refers_to_model)),
        );
        let authorizer_names = authorizers.as_ref().map(|list| names(list, |item| (&item.id, &item.name)));
        let validator_names = validators.as_ref().map(|list| names(list, |item| (&item.id, &item.name)));
        Configuration {
            source: Source::Reads,
            settings: rest_form::settings(api),
            routes: resources.map(|resources| rest_form::routes(resources, &authorizer_names, &validator_names)),
            authorizers: authorizers.map(rest_form::authorizers),
            models: models.map(rest_form::models),
            request_validators: validators.map(|list| rest_form::validators(&list)),
            gateway_responses: gateway_responses.map(rest_form::gateway_responses),
            cors: None,
        }
    }

    /// What the stages' deployments hold, each read once, and never again if it is known already.
    async fn deployed(
        &self,
        live: &Configuration,
        stages: &[Stage],
        newest: Option<String>,
        reading: &Reading<'_>,
    ) -> BTreeMap<String, Deployed> {
        let wanted = stages.iter().filter(|stage| (reading.wants_stage)(&stage.name));
        let mut by_deployment: BTreeMap<&String, Option<&Stage>> = newest.iter().map(|id| (id, None)).collect();
        for stage in wanted {
            let canary = stage.canary.as_ref().and_then(|canary| canary.deployment_id.as_ref());
            if let Some(id) = canary {
                by_deployment.entry(id).or_default();
            }
            if let Some(id) = &stage.deployment_id {
                by_deployment.insert(id, Some(stage));
            }
        }
        let mut deployed = BTreeMap::new();
        for (id, stage) in by_deployment {
            let known = reading.known(&self.clients.region, self.id, id);
            if let Some(exact) = known.filter(|known| known.baseline.is_some()) {
                deployed.insert(id.clone(), exact.clone());
                continue;
            }
            let summary = match known.and_then(|known| known.summary.ok()) {
                Some(summary) => Observed::Known(summary.clone()),
                None => self.summary(id).await,
            };
            let kept = known.and_then(|known| known.export.ok());
            let export = match (stage, kept) {
                // An export shows what a stage serves, so a deployment that only a canary serves has none.
                (None, _) => Observed::NotRead(
                    self.call("apigateway:GetExport", "stages/*/exports/oas30")
                        .not_needed("no stage serves the deployment"),
                ),
                // What is kept settles the API's own properties only if nothing in them differs.
                (Some(_), Some(kept)) if !drift::kept_export_is_suspect(live, &kept.configuration) => {
                    Observed::Known(Export { fresh: false, ..kept.clone() })
                }
                (Some(stage), _) => self.export(&stage.name).await,
            };
            deployed.insert(id.clone(), Deployed { summary, export, baseline: None });
        }
        deployed
    }

    async fn summary(&self, deployment_id: &str) -> Observed<Summary> {
        let call = self.call("apigateway:GetDeployment", &format!("deployments/{deployment_id}"));
        let request = self.clients.rest.get_deployment().rest_api_id(self.id).deployment_id(deployment_id);
        let answer = request.embed("apisummary").send().await;
        match observe(answer, &call) {
            Observed::Known(deployment) => match deployment.api_summary {
                Some(summary) => Observed::Known(rest_form::summary(summary)),
                None => Observed::NotRead(call.failed("the answer holds no summary")),
            },
            Observed::NotRead(why) => Observed::NotRead(why),
        }
    }

    async fn export(&self, stage: &str) -> Observed<Export> {
        let call = self.call("apigateway:GetExport", &format!("stages/{stage}/exports/oas30"));
        let request = self.clients.rest.get_export().rest_api_id(self.id).stage_name(stage).export_type("oas30");
        // Without `accepts` the service fails; without these extensions it leaves out integrations, validators and authorizers.
        let request = request.accepts("application/json").parameters("extensions", "apigateway,authorizers");
        match observe(request.send().await, &call) {
            Observed::Known(answer) => {
                read_export(answer.body.as_ref().map(AsRef::as_ref).unwrap_or_default(), Origin::Rest(self.id), &call)
            }
            Observed::NotRead(why) => Observed::NotRead(why),
        }
    }
}

/// Reads an export's bytes.
pub(crate) fn read_export(body: &[u8], origin: Origin, call: &Call) -> Observed<Export> {
    let text = String::from_utf8_lossy(body);
    match openapi::read(&text, origin) {
        Ok(document) => Observed::Known(Export { configuration: document.configuration, fresh: true }),
        Err(error) => Observed::NotRead(not_understood(call, &error)),
    }
}

fn not_understood(call: &Call, error: &openapi::ExportError) -> NotRead {
    call.failed(&format!("the export cannot be read: {error}"))
}

fn is_set(id: Option<&String>) -> bool {
    id.is_some_and(|id| !id.is_empty())
}

fn refers_to_model(method: &sdk::Method) -> bool {
    let has_models = |models: Option<&std::collections::HashMap<String, String>>| models.is_some_and(|m| !m.is_empty());
    let responses = method.method_responses().into_iter().flat_map(|responses| responses.values());
    has_models(method.request_models()) || responses.into_iter().any(|response| has_models(response.response_models()))
}

/// Names by id.
fn names<T>(list: &[T], of: impl Fn(&T) -> (&Option<String>, &Option<String>)) -> BTreeMap<String, String> {
    let pairs = list.iter().filter_map(|item| {
        let (id, name) = of(item);
        Some((id.clone()?, name.clone()?))
    });
    pairs.collect()
}
