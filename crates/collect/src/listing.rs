//! The lists of a region's APIs, before any of these is read.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::observed::{NotRead, Observed};
use engine::snapshot::{ApiKind, Listed, Unlisted};

use crate::connect::Clients;
use crate::{ReadError, Scope, read, rest, v2};

/// The APIs of a region.
pub(crate) struct Listing {
    pub(crate) clients: Arc<Clients>,
    rest: Observed<Vec<aws_sdk_apigateway::types::RestApi>>,
    v2: Observed<Vec<aws_sdk_apigatewayv2::types::Api>>,
}

/// An API as its list has it.
#[derive(Clone)]
pub(crate) enum Found {
    Rest(Box<aws_sdk_apigateway::types::RestApi>),
    V2(Box<aws_sdk_apigatewayv2::types::Api>),
}

impl Listing {
    pub(crate) async fn read(clients: Arc<Clients>) -> Listing {
        let (rest, v2) = tokio::join!(rest::apis(&clients), v2::apis(&clients));
        Listing { clients, rest, v2 }
    }

    /// Why lists were not read.
    pub(crate) fn unread(&self) -> impl Iterator<Item = &NotRead> {
        self.rest.known().err().into_iter().chain(self.v2.known().err())
    }

    /// The lists that were not read, with what they would have held.
    pub(crate) fn unlisted(&self) -> Vec<Unlisted> {
        let of = |kinds: &[ApiKind], why: &NotRead| Unlisted { kinds: kinds.to_vec(), why: why.clone() };
        let rest = self.rest.known().err().map(|why| of(&[ApiKind::Rest], why));
        let v2 = self.v2.known().err().map(|why| of(&[ApiKind::Http, ApiKind::WebSocket], why));
        rest.into_iter().chain(v2).collect()
    }

    /// The APIs that are wanted, given their id and name, and the others.
    pub(crate) fn select(&self, wants: impl Fn(Option<&str>, Option<&str>) -> bool) -> (Vec<Found>, Vec<Listed>) {
        let rest = self.rest.ok().into_iter().flatten().map(|api| Found::Rest(Box::new(api.clone())));
        let v2 = self.v2.ok().into_iter().flatten().map(|api| Found::V2(Box::new(api.clone())));
        let (wanted, others): (Vec<Found>, Vec<Found>) =
            rest.chain(v2).partition(|api| wants(api.names().0, api.names().1));
        (wanted, others.iter().map(Found::listed).collect())
    }

    /// How many APIs there are.
    pub(crate) fn len(&self) -> usize {
        self.rest.ok().map_or(0, Vec::len) + self.v2.ok().map_or(0, Vec::len)
    }

    fn has(&self, wanted: &str) -> bool {
        let wanted = Some(wanted);
        let rest = self.rest.ok().into_iter().flatten().any(|api| api.id() == wanted || api.name() == wanted);
        rest || self.v2.ok().into_iter().flatten().any(|api| api.api_id() == wanted || api.name() == wanted)
    }
}

impl Found {
    /// Its id and its name.
    fn names(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Found::Rest(api) => (api.id(), api.name()),
            Found::V2(api) => (api.api_id(), api.name()),
        }
    }

    fn listed(&self) -> Listed {
        let (id, name) = self.names();
        let id = id.unwrap_or_default().to_owned();
        let kind = match self {
            Found::Rest(_) => ApiKind::Rest,
            Found::V2(api) => v2::kind(api),
        };
        Listed { name: name.map_or_else(|| id.clone(), str::to_owned), id, kind }
    }
}

/// That what a scope names is there.
pub(crate) fn check_listings(listings: &[&Listing], scope: &Scope) -> Result<(), ReadError> {
    let unread: Vec<&NotRead> = listings.iter().flat_map(|listing| listing.unread()).collect();
    if unread.len() == 2 * listings.len() {
        let reasons: BTreeSet<String> = unread.iter().map(|why| why.reason()).collect();
        return Err(ReadError::NothingRead(reasons.into_iter().collect::<Vec<_>>().join("; ")));
    }
    let Some(missing) = scope.apis.iter().find(|api| !listings.iter().any(|listing| listing.has(api))) else {
        return Ok(());
    };
    let api = read::one_line(missing);
    Err(match unread.first() {
        Some(why) => ReadError::ApiNotListed { api, reason: why.reason() },
        None => {
            let regions: Vec<&str> = listings.iter().map(|listing| listing.clients.region.as_str()).collect();
            ReadError::UnknownApi { api, regions: regions.join(", ") }
        }
    })
}
