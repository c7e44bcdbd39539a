//! `stagecheck explain`: why a request fails.

use std::env;
use std::path::Path;

use collect::facts::{self, Network, Question};
use collect::{Account, ConnectError, Identity, Target};
use engine::causes;
use engine::exchange::url::Url;
use engine::exchange::{Client, Exchange, Headers, Request, json};
use engine::explain::cause::Cause;
use engine::explain::facts::Facts;
use engine::explain::{self, Explanation};
use engine::finding::Severity;

use crate::args::ExplainArgs;
use crate::error::Failure;
use crate::source::{self, Source};
use crate::text::style::visible;
use crate::{output, text};

pub(crate) async fn run(args: &ExplainArgs) -> Result<u8, Failure> {
    let why_not = args.why_not.as_deref().map(known_cause).transpose()?;
    let exchange = exchange(args)?;
    let (explanation, facts) = explain(args, &exchange).await?;
    let examined = why_not.map(|cause| (cause, explain::examine(cause, &exchange, &facts)));
    let asked = examined.as_ref().map(|(cause, examined)| (*cause, examined));
    let render = || text::explain::render(&explanation, asked);
    output::write(&args.output, &explanation, render, || text::explain::markdown(&explanation))?;
    // What explains a failing request is as bad as the failure; that there is none, or that nothing can be said, is not.
    let found = explanation.causes.iter().filter(|cause| !["no-fault-found", "insufficient-facts"].contains(&cause.id));
    Ok(args.verdict.code(found.map(|_| Severity::High), !explanation.not_read.is_empty()))
}

fn known_cause(id: &str) -> Result<&'static Cause, Failure> {
    causes::find(id).ok_or_else(|| {
        Failure::new(format!("there is no cause `{}`", visible(id))).help("stagecheck causes lists them all")
    })
}

/// The request and the response that the options give.
fn exchange(args: &ExplainArgs) -> Result<Exchange, Failure> {
    let request = match (&args.url, &args.request) {
        (Some(url), _) => from_options(args, url)?,
        (None, Some(path)) => read(path, "request", json::read_request)?,
        (None, None) => {
            return Err(Failure::new("there is no request to explain")
                .help("give its URL, or a file with --request: stagecheck explain --help"));
        }
    };
    let response = args.response.as_deref().map(|path| read(path, "response", json::read_response)).transpose()?;
    Ok(Exchange { request, response })
}

fn read<T>(path: &Path, what: &str, read: fn(&str) -> Result<T, json::JsonError>) -> Result<T, Failure> {
    read(&source::read_file(path)?).map_err(|error| {
        let members = if what == "request" { "method, url, headers, body" } else { "status, headers, body" };
        Failure::new(format!("{} holds no {what}: {error}", path.display()))
            .help(format!("it has to be a JSON object with {members}"))
    })
}

/// A request as curl would send it with the same options.
fn from_options(args: &ExplainArgs, url: &str) -> Result<Request, Failure> {
    let url = Url::parse(url).map_err(|error| {
        Failure::new(error.to_string()).help("give the whole URL, in quotation marks: 'https://host/stage/path'")
    })?;
    let default = if args.data.is_some() { "POST" } else { "GET" };
    Ok(Request {
        method: args.method.clone().unwrap_or_else(|| default.to_owned()),
        url,
        headers: Headers(args.headers.clone()),
        body: args.data.clone(),
        client: Client::default(),
    })
}

async fn explain(args: &ExplainArgs, exchange: &Exchange) -> Result<(Explanation, Facts), Failure> {
    let host = exchange.request.host();
    let probe = if args.probe_network { Network::Resolver } else { Network::NotAsked };
    if let Some(path) = &args.source.recording {
        let recording = source::read_recording(path)?;
        let region = host.region().or(args.source.regions.first().map(String::as_str)).map(str::to_owned);
        let region = region.or_else(|| recording.regions().into_iter().next()).unwrap_or_default();
        let network = Network::Recorded(recording.network(&region));
        let quota_share = args.source.quota.map(|_| args.source.quota_share);
        let source = Source::open_recording(recording, &args.source.regions, quota_share, None).await?;
        let question = Question { exchange, region: &region, now: source.now, network: &network };
        return Ok(facts::explain(Ok(&source.account), &question).await);
    }
    let own = host.region().map(str::to_owned);
    let regions =
        if args.source.regions.is_empty() { own.iter().cloned().collect() } else { args.source.regions.clone() };
    let target = Target {
        identity: Identity::Environment { profile: args.source.profile.clone() },
        endpoint_url: args.source.endpoint_url.clone().or_else(|| env::var("AWS_ENDPOINT_URL").ok()),
        regions: regions.clone(),
        account_id: None,
        quota_share: Some(args.source.quota_share),
        tap: None,
    };
    let account = match Account::connect(target).await {
        Ok(account) => Ok(account),
        // Request and response alone tell something, too.
        Err(error @ (ConnectError::NoCredentials(_) | ConnectError::NoRegion)) => {
            Err(format!("{error}; {}", error.help()))
        }
        Err(error) => return Err(error.into()),
    };
    if let (Err(reason), false) = (&account, args.source.quiet) {
        output::say(&format!("nothing is read of the account: {}", visible(reason)));
    }
    let first = account.as_ref().ok().and_then(|account| account.regions().first().cloned());
    let region = own.or(first).or(regions.into_iter().next()).unwrap_or_default();
    let question = Question { exchange, region: &region, now: collect::now(), network: &probe };
    Ok(facts::explain(account.as_ref().map_err(String::as_str), &question).await)
}
