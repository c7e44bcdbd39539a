//! Requests from within VPCs, by their endpoints, and what the resource policies of APIs tell about senders.

use std::net::IpAddr;

use crate::case::vpc_endpoint::VpcEndpoint;
use crate::exchange::Client;
use crate::finding::Resource;
use crate::policy;
use crate::reads::Read;
use crate::snapshot::{Api, ApiKind, Snapshot};

use super::{Call, Foreseen, Of};

/// Shows each request from within a VPC, by an endpoint, and from those whom a resource policy lets in.
pub(super) fn each(snapshot: &Snapshot, see: &mut dyn FnMut(&Foreseen)) {
    let answer = snapshot.answers.iter().find(|answer| answer.read == Read::VpcEndpoints);
    let answer = answer.and_then(|answer| answer.answer.ok());
    let endpoints: Vec<VpcEndpoint> = VpcEndpoint::all(answer.and_then(Option::as_ref)).collect();
    for api in snapshot.apis.iter().filter(|api| api.kind != ApiKind::WebSocket) {
        let call = Call::to(snapshot, api);
        for endpoint in &endpoints {
            by_endpoint(&call, endpoint, see);
        }
        // By which endpoints a private API is called is not known where they were not read.
        if api.live.settings.policy.is_some() && (!api.is_private() || answer.is_some()) {
            senders(&call, &endpoints, see);
        }
    }
}

/// The VPC endpoints for `execute-api`: private APIs refer to them; to what they do to others, only an audit of all.
pub(super) fn lists(snapshot: &Snapshot, of: Of) -> Vec<Read> {
    let is_meant = |api: &Api| match of {
        Of::PublicInVpc => snapshot.complete && api.kind != ApiKind::WebSocket && !api.is_private(),
        Of::Senders => api.is_private() && api.live.settings.policy.is_some(),
        _ => api.is_private(),
    };
    snapshot.apis.iter().any(is_meant).then_some(Read::VpcEndpoints).into_iter().collect()
}

fn by_endpoint(call: &Call<'_>, endpoint: &VpcEndpoint, see: &mut dyn FnMut(&Foreseen)) {
    let (api, id) = (call.api, &endpoint.vpc_endpoint_id);
    let inside = |foreseen: Foreseen| in_vpc(foreseen, endpoint);
    let of_endpoint = |foreseen: Foreseen| Foreseen { resource: resource(call.snapshot, endpoint), ..foreseen };
    if !api.is_private() {
        see(&of_endpoint(inside(call.foreseen(Of::PublicInVpc))));
        return;
    }
    if endpoint.private_dns_enabled {
        see(&of_endpoint(inside(call.foreseen(Of::PrivateInVpc))));
    }
    if endpoint.is_meant_for(api) {
        let mut foreseen = inside(call.by(Of::Endpoints, id));
        foreseen.exchange.request.headers.0.push(("x-apigw-api-id".to_owned(), api.id.clone()));
        see(&of_endpoint(foreseen));
    }
    // Where names of APIs lead to the endpoint anyway, nobody needs the one with both ids.
    if endpoint.is_named_by(api) && !endpoint.private_dns_enabled {
        let foreseen = inside(call.by(Of::EndpointNames, &format!("{}-{id}", api.id)));
        let resource = foreseen.resource.clone().with_key(id.as_str());
        see(&Foreseen { resource, word: format!("{}-{id}", api.id), ..foreseen });
    }
}

/// The request of those whom a resource policy is about.
fn senders(call: &Call<'_>, endpoints: &[VpcEndpoint], see: &mut dyn FnMut(&Foreseen)) {
    let api = call.api;
    let meant = endpoints.iter().filter(|endpoint| api.is_private() && endpoint.is_meant_for(api));
    let mut came_by_none = true;
    for endpoint in meant {
        came_by_none = false;
        let label = format!("{}-{}", api.id, endpoint.vpc_endpoint_id);
        see(&in_vpc(call.by(Of::Senders, &label), endpoint));
    }
    if came_by_none {
        see(&call.foreseen(Of::Senders));
    }
    if let Some((range, address)) = ipv6_range(api) {
        let mut foreseen = call.foreseen(Of::Ipv6);
        foreseen.word = format!("{} from {range}", api.name);
        foreseen.exchange.request.client.source_ip = Some(address);
        see(&foreseen);
    }
}

/// The first range of IPv6 addresses that a policy lets in, and an address in it.
fn ipv6_range(api: &Api) -> Option<(&str, IpAddr)> {
    let policy = api.live.settings.policy.as_ref()?;
    let lets_in = policy::conditions(policy).filter(|condition| {
        let operator = if condition.denies { "NotIpAddress" } else { "IpAddress" };
        condition.operator == operator && condition.key.eq_ignore_ascii_case("aws:sourceip")
    });
    let ranges = lets_in.flat_map(|condition| policy::strings(condition.values));
    let address = |range: &str| range.split('/').next()?.parse::<IpAddr>().ok();
    // `::/0` stands beside `0.0.0.0/0` for everybody.
    let mut own = ranges.filter(|range| *range != "::/0").filter_map(|range| Some((range, address(range)?)));
    own.find(|(_, address)| address.is_ipv6())
}

fn in_vpc(mut foreseen: Foreseen, endpoint: &VpcEndpoint) -> Foreseen {
    let client = Client { vpc_id: Some(endpoint.vpc_id.clone()), ..Client::default() };
    foreseen.exchange.request.client = client;
    foreseen
}

fn resource(snapshot: &Snapshot, endpoint: &VpcEndpoint) -> Resource {
    Resource::outside(snapshot, "ec2", &format!("vpc-endpoint/{}", endpoint.vpc_endpoint_id))
}
