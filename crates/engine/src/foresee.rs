//! What will happen to callers, before anyone calls: the causes of failing requests are asked about requests that nobody
//! sent yet.
//!
//! A cause proves itself on a request and what was read of the account. Here each route of each stage gets the request
//! that its callers would send, each path the preflight of their browsers, each custom domain name and API key a request of
//! its own. What a cause holds to be certain of such a request is a finding, on the same proof.

pub(crate) mod client;
mod function_url;
mod known;
mod preflight;
mod request;

pub(crate) use request::{rules_of, served};

use std::collections::{BTreeMap, BTreeSet};

use crate::case::Case;
use crate::case::cause::{Cause, Examined, Not, Proof};
use crate::case::facts::Facts;
use crate::case::table::Tables;
use crate::finding::Resource;
use crate::observed::NotRead;
use crate::reads::Read;
use crate::snapshot::{ApiKind, Snapshot};

/// The requests that a cause is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// One to each route of each stage, deployed or live, with the method and path that it takes.
    Routes,
    /// One to each path that only has something greedy below it: to `/files`, where there is `/files/{path+}`.
    Parents,
    /// A browser's preflight to each path of each stage.
    Preflights,
    /// One to each custom domain name's root, and one to each of its mappings.
    Domains,
    /// One to each custom domain name's root.
    Names,
    /// One with each API key to each stage that a usage plan of the key opens, to a route that wants a key.
    Keys,
    /// One to each API by its own name.
    Apis,
    /// One to each stage.
    Stages,
    /// One to each route of a stage with a cache, with `Cache-Control: max-age=0`.
    Uncached,
    /// By each mapping whose stage serves none of the routes that another stage serves, one to such a route.
    Mapped,
    /// To each routing rule that gets no request of its own, one to each route that it leads to; and one by each rule that
    /// leaves its base path in a path that no route begins with.
    Rules,
    /// One to each behaviour of a CloudFront distribution that asks an API of the region by its own name.
    Distributions,
    /// One to each host that CloudFront asks and that may be a custom domain name.
    Origins,
    /// One to each API that is not private, by its own name, from each VPC with an endpoint for `execute-api`.
    PublicInVpc,
    /// One to each private API, by its own name, from each VPC whose endpoint takes such names.
    PrivateInVpc,
    /// One to each private API by the name of each VPC endpoint that is meant for it.
    Endpoints,
    /// One to each private API by each name `{api}-{endpoint}`, of the endpoints that its policy names.
    EndpointNames,
    /// One to each API with a resource policy, as its callers send it: to a private one by an endpoint that is meant for it.
    Senders,
    /// One to each API from a range of IPv6 addresses that its resource policy lets in.
    Ipv6,
    /// One to each URL of a function that the APIs call.
    FunctionUrls,
    /// To the OAuth endpoints of Cognito's user pools: those that the clients are set up for whose tokens JWT authorizers
    /// take.
    Clients,
}

impl Of {
    /// What has to be read before it is known which requests there are; nothing where the audit has read it anyway.
    pub(crate) fn needs(self) -> Option<fn(&Read) -> bool> {
        match self {
            Of::FunctionUrls => Some(|read| matches!(read, Read::FunctionUrl(_))),
            Of::Clients => Some(|read| matches!(read, Read::UserPool(_) | Read::UserPoolClient { .. })),
            _ => None,
        }
    }

    /// Whether they are made from the stages and routes of APIs.
    pub(crate) fn is_of_routes(self) -> bool {
        let of_whole_apis =
            [Of::Apis, Of::PublicInVpc, Of::PrivateInVpc, Of::Endpoints, Of::EndpointNames, Of::Senders];
        let before_apis = [Of::Distributions, Of::Origins, Of::Ipv6];
        !self.is_of_domains() && !of_whole_apis.contains(&self) && !before_apis.contains(&self)
    }

    /// Whether they are made from custom domain names.
    pub(crate) fn is_of_domains(self) -> bool {
        matches!(self, Of::Domains | Of::Names | Of::Mapped | Of::Rules)
    }
}

/// A cause, and what it is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// The cause.
    pub cause: &'static Cause,
    /// The requests.
    pub of: Of,
    /// The kinds of API whose requests they are.
    pub kinds: &'static [ApiKind],
}

/// What a cause says of a request that nobody sent yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// What the request goes to.
    pub resource: Resource,
    /// In a word: the route `GET /orders`, the domain name with a base path, the key.
    pub word: String,
    /// That it will fail, or may, or what was not read.
    pub said: Result<Proof, NotRead>,
}

/// What all causes say of all requests that nobody sent yet.
#[derive(Clone, Debug, Default)]
pub struct Foresight(BTreeMap<(&'static str, Of), Vec<Told>>);

impl Foresight {
    /// Asks the causes, by what the snapshot holds.
    pub fn of(snapshot: &Snapshot, asks: &[Ask]) -> Foresight {
        let mut all = Foresight::default();
        each(snapshot, asks, &mut |ask, foreseen, case, examined| {
            let said = match examined {
                Ok(proof) => Ok(proof),
                Err(Not::Unread(why)) => Err(why),
                // What an audit may look up, it has, unless nobody allowed it.
                Err(Not::Wanted) => match case.wanted().iter().find_map(Read::not_looked_up) {
                    Some(why) => Err(why),
                    None => return,
                },
                Err(Not::Silent | Not::Refuted(_)) => return,
            };
            let told = Told { resource: foreseen.resource.clone(), word: foreseen.word.clone(), said };
            all.0.entry((ask.cause.id, ask.of)).or_default().push(told);
        });
        all
    }

    /// What a cause says.
    pub fn told(&self, cause: &'static str, of: Of) -> &[Told] {
        self.0.get(&(cause, of)).map_or(&[], Vec::as_slice)
    }

    /// Whether a cause holds of a request to a route, or to any route of a stage.
    pub fn holds(&self, cause: &'static str, of: Of, resource: &Resource) -> bool {
        let is_there = |own: &Resource| {
            let is_route = resource.path.is_none() || (&own.method, &own.path) == (&resource.method, &resource.path);
            is_route && (&own.api_id, &own.stage) == (&resource.api_id, &resource.stage)
        };
        self.told(cause, of).iter().any(|told| told.said.is_ok() && is_there(&told.resource))
    }
}

/// What has to be read besides what the snapshot holds, so that the causes can say more. Reading it may make them want more:
/// `asks` keeps those that may.
pub fn wanted(snapshot: &Snapshot, asks: &mut Vec<Ask>) -> BTreeSet<Read> {
    let is_answered = |read: &Read| snapshot.answers.iter().any(|answer| answer.read == *read);
    let mut wanted = BTreeSet::new();
    let mut open = BTreeSet::new();
    for of in asks.iter().map(|ask| ask.of).collect::<BTreeSet<Of>>() {
        let mut lists = match of {
            Of::FunctionUrls => function_url::wanted(snapshot),
            Of::Clients => client::wanted(snapshot),
            of => request::lists(snapshot, of).into_iter().collect(),
        };
        lists.retain(|read| !is_answered(read));
        // There may be more requests of the kind when they are read.
        if !lists.is_empty() {
            open.extend(asks.iter().filter(|ask| ask.of == of).map(|ask| (of, ask.cause.id)));
        }
        wanted.append(&mut lists);
    }
    each(snapshot, asks, &mut |ask, _, case, examined| {
        if examined == Err(Not::Wanted) {
            open.insert((ask.of, ask.cause.id));
            wanted.append(&mut case.wanted());
        }
    });
    asks.retain(|ask| open.contains(&(ask.of, ask.cause.id)));
    wanted.retain(|read| read.is_standing() && !is_answered(read));
    wanted
}

/// What was wanted to make the requests of a kind, and was not read.
pub fn unlisted(snapshot: &Snapshot, of: Of) -> Vec<(Read, &NotRead)> {
    let lists = request::lists(snapshot, of);
    let answer = |read: &Read| snapshot.answers.iter().find(|answer| answer.read == *read)?.answer.known().err();
    lists.into_iter().filter_map(|read| Some((read.clone(), answer(&read)?))).collect()
}

fn each(snapshot: &Snapshot, asks: &[Ask], tell: &mut dyn FnMut(&Ask, &request::Foreseen, &Case<'_>, Examined)) {
    let facts: Facts<'_> = known::facts(snapshot);
    let tables = Tables::of(&facts);
    request::each(snapshot, &mut |foreseen| {
        let fits = |ask: &&Ask| ask.of == foreseen.of && foreseen.kind.is_none_or(|kind| ask.kinds.contains(&kind));
        let mut asks = asks.iter().filter(fits).peekable();
        if asks.peek().is_none() {
            return;
        }
        let case = Case::new(&foreseen.exchange, &tables);
        for ask in asks {
            case.forget_wanted();
            tell(ask, foreseen, &case, case.examine(ask.cause));
        }
    });
}
