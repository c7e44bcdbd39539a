//! Comparing what belongs to the API as a whole: authorizers, models, validators, gateway responses, settings.

use serde::Serialize;
use serde_json::Value;

use super::compare::{Comparer, Place, Sides, to_value};
use super::{ChangeKind, Subject};
use crate::configuration::{Authorizer, GatewayResponse, Map as Named, RequestValidator, Settings, Source};
use crate::observed::Observed;
use crate::schema::{self, Verdict};

const MIGHT_BE_LIVE: &str = "equal in the export, which proves nothing: it is not known whether an export shows the deployed value or the live one";
const KEPT_EXPORT: &str =
    "the export was kept from an earlier audit, when it might have shown the live value of that time";

impl Comparer {
    /// Definitions of the same name. One that only one side shows is no change of its own: an export leaves out what
    /// nothing refers to, and whatever began or ceased to refer to it is reported itself.
    pub(super) fn named<T>(
        &mut self,
        subject: Subject,
        live: &Observed<Named<T>>,
        deployed: &Observed<Named<T>>,
        compare: fn(&mut Comparer, &Place<'_>, &T, &T),
    ) {
        let (Some(live), Some(deployed)) = (live.ok(), deployed.ok()) else {
            return;
        };
        for (name, one) in live {
            if let Some(other) = deployed.get(name) {
                compare(self, &Place::named(subject, name), one, other);
            }
        }
    }

    pub(super) fn authorizer(&mut self, place: &Place<'_>, live: &Authorizer, deployed: &Authorizer) {
        self.fields(place, live, deployed, &["id"]);
    }

    pub(super) fn validator(&mut self, place: &Place<'_>, live: &RequestValidator, deployed: &RequestValidator) {
        if live.ambiguous {
            self.not_comparable(
                place,
                "requestValidator",
                "several validators of the API have this name, and they differ",
            );
        } else {
            self.fields(place, live, deployed, &["ambiguous"]);
        }
    }

    pub(super) fn models(&mut self, live: &Observed<Named<Value>>, deployed: &Observed<Named<Value>>) {
        let (Some(live), Some(deployed)) = (live.ok(), deployed.ok()) else {
            return;
        };
        for (name, schema) in live {
            let place = Place::named(Subject::Model, name);
            match deployed.get(name).map(|other| (other, schema::compare(schema, other, self.proves_by_silence()))) {
                Some((other, Verdict::Different)) => self.changed(&place, "schema", schema.clone(), other.clone()),
                Some((_, Verdict::Unproven(keywords))) => {
                    let keywords = keywords.into_iter().collect::<Vec<_>>().join("`, `");
                    let reason =
                        format!("the export shows no `{keywords}`, and it is not known whether exports carry that");
                    self.not_comparable(&place, "schema", &reason);
                }
                Some((_, Verdict::Equal)) => {}
                None if self.sides == Sides::Documents => self.whole(ChangeKind::Added, place, schema.clone()),
                None => {}
            }
        }
        if self.sides == Sides::Documents {
            for (name, schema) in deployed.iter().filter(|(name, _)| !live.contains_key(*name)) {
                self.whole(ChangeKind::Removed, Place::named(Subject::Model, name), schema.clone());
            }
        }
    }

    /// The source whose silence about a schema's keyword is to be judged.
    fn proves_by_silence(&self) -> Source {
        // Two documents of one format lose the same.
        if self.live_source == self.deployed_source { Source::Reads } else { self.deployed_source }
    }

    pub(super) fn gateway_responses(
        &mut self,
        live: &Observed<Named<GatewayResponse>>,
        deployed: &Observed<Named<GatewayResponse>>,
    ) {
        let (Some(live), Some(deployed)) = (live.ok(), deployed.ok()) else {
            return;
        };
        if self.is_v2 {
            return;
        }
        let place = Place::of(Subject::GatewayResponse);
        match self.sides {
            Sides::Served { fresh: false } => return self.not_comparable(&place, "gatewayResponses", KEPT_EXPORT),
            Sides::Served { fresh: true } if live == deployed => {
                return self.not_comparable(&place, "gatewayResponses", MIGHT_BE_LIVE);
            }
            _ => {}
        }
        for (response_type, response) in live {
            let place = Place::named(Subject::GatewayResponse, response_type);
            match deployed.get(response_type) {
                Some(other) => self.fields(&place, response, other, &[]),
                None => self.whole(ChangeKind::Added, place, to_value(response)),
            }
        }
        for (response_type, response) in deployed.iter().filter(|(name, _)| !live.contains_key(*name)) {
            self.whole(ChangeKind::Removed, Place::named(Subject::GatewayResponse, response_type), to_value(response));
        }
    }

    pub(super) fn settings(&mut self, live: &Settings, deployed: &Settings) {
        if self.deployed_source == Source::Reads {
            // WebSocket APIs alone have these, and no export shows them.
            let api = Place::of(Subject::Api);
            let expressions = |settings: &Settings| {
                (settings.route_selection_expression.clone(), settings.api_key_selection_expression.clone())
            };
            let ((live_route, live_key), (route, key)) = (expressions(live), expressions(deployed));
            self.field(&api, "routeSelectionExpression", &live_route, &route);
            self.field(&api, "apiKeySelectionExpression", &live_key, &key);
            let (one, other) = (live.disable_schema_validation, deployed.disable_schema_validation);
            self.field(&api, "disableSchemaValidation", &one.unwrap_or_default(), &other.unwrap_or_default());
        }
        if !self.is_v2 {
            // Recorded exports leave an empty list and an absent policy out, so their silence proves that there is none.
            self.setting("binaryMediaTypes", &live.binary_media_types, &deployed.binary_media_types, true);
            self.setting("policy", &live.policy, &deployed.policy, true);
            // Of these, no recording proves that an export would show a value, so its silence proves nothing.
            let (one, other) = (live.minimum_compression_size, deployed.minimum_compression_size);
            self.setting("minimumCompressionSize", &one, &other, other.is_some());
            let key_source =
                |settings: &Settings| settings.api_key_source.clone().unwrap_or_else(|| "HEADER".to_owned());
            let is_shown = deployed.api_key_source.is_some();
            self.setting("apiKeySource", &key_source(live), &key_source(deployed), is_shown);
            let (one, other) = (&live.security_policy, &deployed.security_policy);
            self.setting("securityPolicy", one, other, one.is_some() && other.is_some());
            let (one, other) = (&live.endpoint_access_mode, &deployed.endpoint_access_mode);
            self.setting("endpointAccessMode", one, other, one.is_some() && other.is_some());
        }
        if self.sides == Sides::Exact {
            let (one, other) = (&live.route_selection_expression, &deployed.route_selection_expression);
            self.setting("routeSelectionExpression", one, other, true);
            let (one, other) = (&live.api_key_selection_expression, &deployed.api_key_selection_expression);
            self.setting("apiKeySelectionExpression", one, other, true);
        }
        if self.sides == Sides::Documents && live.vpc_endpoint_ids != deployed.vpc_endpoint_ids {
            let reason = "the documents differ in `vpcEndpointIds`; a change of the endpoint needs no deployment";
            self.not_comparable(&Place::of(Subject::Api), "endpointConfiguration", reason);
        }
        let (one, other) = (live.disable_execute_api_endpoint, deployed.disable_execute_api_endpoint);
        let (is_shown, default) = (other.is_some(), Some(false));
        self.setting("disableExecuteApiEndpoint", &one.or(default), &other.or(default), is_shown);
    }

    /// A property of the API. `proven` says that a difference could not come from what exports leave out.
    fn setting<T: Serialize + PartialEq>(&mut self, field: &str, live: &T, deployed: &T, proven: bool) {
        let place = Place::of(Subject::Api);
        match self.sides {
            Sides::Documents | Sides::Exact => self.field(&place, field, live, deployed),
            Sides::Served { fresh: false } => self.not_comparable(&place, field, KEPT_EXPORT),
            Sides::Served { fresh: true } if live == deployed => self.not_comparable(&place, field, MIGHT_BE_LIVE),
            Sides::Served { fresh: true } if proven => self.field(&place, field, live, deployed),
            Sides::Served { fresh: true } => {
                self.not_comparable(
                    &place,
                    field,
                    "the export does not show it, and it is not known whether exports carry it",
                );
            }
        }
    }
}
