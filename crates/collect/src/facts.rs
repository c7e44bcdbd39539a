//! Reading what the explanation of a request asks for, and nothing else.
//!
//! [`explain`](fn@explain) asks the engine what it wants to know, reads that, and asks again until nothing is wanted any more. A read
//! that is denied or fails costs that fact alone.

mod ask;
mod form;
mod network;
mod shape;
mod standing;
mod watched;

use std::collections::BTreeSet;

use engine::case::cause::{Cause, Examined};
use engine::case::facts::{Facts, Read};
use engine::exchange::{Exchange, Response};
use engine::explain::{self, Explanation, Round};
use engine::observed::{NotRead, Observed};
use engine::snapshot::{Api, ApiKind, Deployed, Export, Summary};
use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;
use serde_json::Value;

use crate::connect::Clients;
use crate::read::Call;
use crate::signed::Refused;
use crate::{AT_ONCE, Account, Known, Reading, redact_variables, rest, v2};
use ask::{Ask, Place};

pub use network::Network;

/// A request that is to be explained, and what may be asked for it.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The request, and the response if there is one.
    pub exchange: &'a Exchange,
    /// The region that is read.
    pub region: &'a str,
    /// What is taken for the present.
    pub now: Timestamp,
    /// Where host names are looked up.
    pub network: &'a Network,
}

/// Explains a request by what can be read of the account; without one, by itself and its response. What was read comes
/// with it, for further questions.
///
/// `account` may be the reason why there is none: it is then told with each read that was wanted.
pub async fn explain(account: Result<&Account, &str>, question: &Question<'_>) -> (Explanation, Facts<'static>) {
    let account_id = account.map(Account::id).unwrap_or_default();
    let mut facts = Facts::new(account_id, question.region, question.now);
    let regions = account.map(Account::regions).unwrap_or_default();
    facts.other_regions = regions.iter().filter(|own| *own != question.region).cloned().collect();
    let mut asked = BTreeSet::new();
    loop {
        let reads = match explain::explain(question.exchange, &facts) {
            Round::Done(explanation) => return (*explanation, facts),
            Round::Wants(reads) => reads,
        };
        // What is wanted again although it was answered would be wanted for ever.
        let mut new: BTreeSet<Read> = reads.difference(&asked).cloned().collect();
        if new.is_empty() {
            return (explain::by_what_is_known(question.exchange, &facts), facts);
        }
        read(account, question, &new, &mut facts).await;
        asked.append(&mut new);
    }
}

/// What one cause says of a request, with what only that cause reads besides.
pub async fn examine(
    cause: &Cause,
    account: Result<&Account, &str>,
    question: &Question<'_>,
    facts: &mut Facts<'_>,
) -> Examined {
    let mut asked = BTreeSet::new();
    loop {
        let reads = explain::wanted_by(cause, question.exchange, facts);
        let mut new: BTreeSet<Read> = reads.difference(&asked).cloned().collect();
        if new.is_empty() {
            return explain::examine(cause, question.exchange, facts);
        }
        read(account, question, &new, facts).await;
        asked.append(&mut new);
    }
}

/// Answers reads, all of them at once within the quota.
pub async fn read(
    account: Result<&Account, &str>,
    question: &Question<'_>,
    reads: &BTreeSet<Read>,
    facts: &mut Facts<'_>,
) {
    let answers = stream::iter(reads.clone()).map(|read| {
        let kind = api_of(&read).and_then(|id| Some(facts.api(id)?.ok()??.kind));
        async move {
            let answer = one(account, question.occasion(), &read, kind).await;
            (read, answer)
        }
    });
    let answers: Vec<(Read, Answer)> = answers.buffer_unordered(AT_ONCE).collect().await;
    for (read, answer) in answers {
        keep(facts, read, answer);
    }
}

/// What came of a read.
enum Answer {
    Value(Observed<Option<Value>>),
    Api(Box<Observed<Option<Api>>>),
    Summary(Observed<Summary>),
    Export(Box<Observed<Export>>),
}

fn keep(facts: &mut Facts<'_>, read: Read, answer: Answer) {
    match (read, answer) {
        (Read::Api(id), Answer::Api(api)) => facts.keep_api(id, *api),
        (Read::Summary { api, deployment }, Answer::Summary(summary)) => {
            if let Some(deployed) = deployed(facts, &api, deployment) {
                deployed.summary = summary;
            }
        }
        (Read::Export { api, deployment, .. }, Answer::Export(export)) => {
            if let Some(deployed) = deployed(facts, &api, deployment) {
                deployed.export = *export;
            }
        }
        (read, Answer::Value(answer)) => facts.keep(read, answer),
        (_, Answer::Api(_) | Answer::Summary(_) | Answer::Export(_)) => {}
    }
}

/// The place of what a deployment holds.
fn deployed<'a>(facts: &'a mut Facts<'_>, api: &str, deployment: String) -> Option<&'a mut Deployed> {
    let region = facts.region.clone();
    let unread = |name, path: &str| {
        let call = Call::control_plane(name, &region, &format!("/restapis/{api}/{path}"));
        call.not_needed("nothing that was asked depends on it")
    };
    let (summary, export) =
        (unread("apigateway:GetDeployment", "deployments"), unread("apigateway:GetExport", "stages"));
    let nothing =
        || Deployed { summary: Observed::NotRead(summary), export: Observed::NotRead(export), baseline: None };
    Some(facts.api_mut(api)?.deployed.entry(deployment).or_insert_with(nothing))
}

fn api_of(read: &Read) -> Option<&str> {
    match read {
        Read::Api(api) | Read::Summary { api, .. } | Read::Export { api, .. } => Some(api),
        _ => None,
    }
}

/// Where and when something is asked, and where host names are looked up.
#[derive(Clone, Copy)]
struct Occasion<'a> {
    region: &'a str,
    at: Timestamp,
    network: &'a Network,
}

/// The answer to a read that is no part of an API.
async fn value(account: Result<&Account, &str>, occasion: Occasion<'_>, read: &Read) -> Observed<Option<Value>> {
    match one(account, occasion, read, None).await {
        Answer::Value(answer) => answer,
        Answer::Api(_) | Answer::Summary(_) | Answer::Export(_) => Observed::Known(None),
    }
}

async fn one(account: Result<&Account, &str>, occasion: Occasion<'_>, read: &Read, kind: Option<ApiKind>) -> Answer {
    let Occasion { region, at, network } = occasion;
    let account_id = account.map(Account::id).unwrap_or_default();
    let asked = ask::ask(read, kind, Place { account_id, region, at });
    let (account, call) = match (account, read, asked) {
        (_, Read::Dns(host), Err(call)) => return Answer::Value(network.addresses(host, &call).await),
        (_, Read::DnsAlias(host), Err(call)) => return Answer::Value(network.alias(host, &call)),
        (Ok(account), _, Ok(ask)) => return Answer::Value(account.ask(&ask).await),
        (Err(reason), _, Ok(Ask { call, .. }) | Err(call)) => return unread(read, call.failed(reason)),
        (Ok(account), _, Err(call)) => (account, call),
    };
    let clients = account.clients(region);
    match read {
        Read::Api(id) => Answer::Api(Box::new(api(&clients, id).await)),
        Read::Summary { api, deployment } => Answer::Summary(rest::summary(&clients, api, deployment).await),
        Read::Export { api, stage, .. } => Answer::Export(Box::new(match kind {
            Some(ApiKind::Http | ApiKind::WebSocket) => v2::export(&clients, api, stage).await,
            Some(ApiKind::Rest) | None => rest::export(&clients, api, stage).await,
        })),
        Read::Logs { group, filter } => {
            Answer::Value(watched::logs(&clients, &call, group, filter.as_deref(), at).await)
        }
        Read::Metric { namespace, metric, dimensions } => {
            Answer::Value(watched::metric(&clients, &call, namespace, metric, dimensions, at).await)
        }
        read => unread(read, call.failed("nothing here reads it")),
    }
}

/// The answer to a read that was not made.
fn unread(read: &Read, why: NotRead) -> Answer {
    match read {
        Read::Api(_) => Answer::Api(Box::new(Observed::NotRead(why))),
        Read::Summary { .. } => Answer::Summary(Observed::NotRead(why)),
        Read::Export { .. } => Answer::Export(Box::new(Observed::NotRead(why))),
        _ => Answer::Value(Observed::NotRead(why)),
    }
}

impl Question<'_> {
    /// Where and when: as the response tells it, or now.
    fn occasion(&self) -> Occasion<'_> {
        let at = self.exchange.response.as_ref().and_then(Response::date).unwrap_or(self.now);
        Occasion { region: self.region, at, network: self.network }
    }
}

/// An API without what its deployments hold: that is asked for where it is needed.
async fn api(clients: &Clients, id: &str) -> Observed<Option<Api>> {
    let known = Known::default();
    let reading = Reading { known: &known, wants_stage: &|_| false, wants_newest: false };
    let mut api = match rest::find(clients, id).await {
        Observed::Known(Some(found)) => rest::api(clients, found, &reading).await,
        unread_or_none => match (unread_or_none, v2::find(clients, id).await) {
            (_, Observed::Known(Some(found))) => v2::api(clients, found, &reading).await,
            (Observed::Known(_), Observed::Known(None)) => return Observed::Known(None),
            (Observed::NotRead(why), _) | (_, Observed::NotRead(why)) => return Observed::NotRead(why),
        },
    };
    redact_variables(&mut api);
    Observed::Known(Some(api))
}

impl Account {
    /// The answer to a read, all pages of it in one.
    async fn ask(&self, ask: &Ask) -> Observed<Option<Value>> {
        let mut request = ask.request.clone();
        let mut whole: Option<Value> = None;
        let mut seen = BTreeSet::new();
        loop {
            let page = match self.signer.read(&request, &ask.call).await {
                Ok(answer) => match (ask.form)(answer) {
                    Some(page) => page,
                    None => return Observed::Known(None),
                },
                Err(Refused::Missing) => return Observed::Known(None),
                Err(Refused::Not(why)) => return Observed::NotRead(why),
            };
            let next = ask.list.and_then(|list| page.pointer(list.next)?.as_str().map(str::to_owned));
            whole = Some(match whole {
                Some(earlier) => form::joined(earlier, page),
                None => page,
            });
            match (ask.list, next.filter(|next| !next.is_empty())) {
                (Some(_), Some(next)) if !seen.insert(next.clone()) => {
                    return Observed::NotRead(ask.call.failed("the list repeats the token of a page"));
                }
                (Some(list), Some(next)) => {
                    request.parameters.insert(list.token.to_owned(), Value::from(next));
                }
                _ => return Observed::Known(whole),
            }
        }
    }
}
