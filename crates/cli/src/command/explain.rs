//! `stagecheck explain`: why a request fails.

use std::env;
use std::path::Path;

use collect::facts::{self, Network, Question};
use collect::send::Scope;
use collect::{Account, ConnectError, Identity, Target};
use engine::case::cause::{Cause, Examined};
use engine::causes;
use engine::exchange::url::Url;
use engine::exchange::{self, Exchange, Headers, ReadError, Reading, Request, Response};
use engine::explain::Explanation;
use engine::finding::Severity;

use crate::args::ExplainArgs;
use crate::error::Failure;
use crate::source::{self, Source};
use crate::text::style::visible;
use crate::{output, text};

pub(crate) async fn run(args: &ExplainArgs) -> Result<u8, Failure> {
    let why_not = args.why_not.as_deref().map(known_cause).transpose()?;
    let exchange = exchange(args)?;
    let Told { explanation, examined } = explain(args, exchange, why_not).await?;
    let asked = why_not.zip(examined.as_ref());
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
    let reading = match (&args.url, &args.curl, &args.har, &args.request) {
        (Some(url), ..) => from_options(args, url)?,
        (_, Some(command), ..) => {
            exchange::read_curl(command).map_err(|error| Failure::new(format!("--curl: {error}")).help(error.help()))?
        }
        (.., Some(path), _) => in_file(path, |text| exchange::read_archive(text, args.entry))?,
        (.., Some(path)) => in_file(path, |text| exchange::read(text, args.entry))?,
        (None, None, None, None) => {
            return Err(Failure::new("there is no request to explain")
                .help("give its URL, --curl, --request or --har: stagecheck explain --help"));
        }
    };
    if !args.source.quiet {
        reading.notes.iter().for_each(|note| output::say(&visible(note)));
    }
    let mut exchange = reading.exchange;
    if let Some(path) = &args.response {
        let text = source::read_text(path, "give a response as text, such as curl -i prints it, without --compressed")?;
        let response = exchange::read_response(&text).map_err(|error| {
            Failure::new(format!("{} holds no response: {error}", path.display()))
                .help("give a JSON object with status, headers and body, or an HTTP message")
        })?;
        exchange.response = Some(response);
    }
    Ok(exchange)
}

fn in_file(path: &Path, read: impl Fn(&str) -> Result<Reading, ReadError>) -> Result<Reading, Failure> {
    let text = source::read_text(path, "give a request as text: JSON, an HTTP archive, an HTTP message")?;
    read(&text)
        .map_err(|error| Failure::new(format!("{} holds no request: {error}", path.display())).help(error.help()))
}

/// A request as curl would send it with the same options.
fn from_options(args: &ExplainArgs, url: &str) -> Result<Reading, Failure> {
    let whole = "give the whole URL, in quotation marks: 'https://host/stage/path'";
    Url::parse(url).map_err(|error| Failure::new(error.to_string()).help(whole))?;
    // What the shell handed over is text: braces in a URL are no list of URLs, as they are to curl.
    let mut words = vec!["--globoff".to_owned()];
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), value.to_owned()]);
    if let Some(method) = &args.method {
        option("--request", method);
    }
    for text in &args.headers {
        option("--header", header(text)?);
    }
    if let Some(data) = &args.data {
        match data.strip_prefix('@') {
            // As curl reads a file with `--data`: without its line breaks.
            Some(path) => {
                let text = source::read_text(Path::new(path), "give a body that is text in UTF-8")?;
                option("--data-raw", &text.replace(['\r', '\n', '\0'], ""));
            }
            None => option("--data-raw", data),
        }
    }
    option("--url", url);
    exchange::read_options(words).map_err(|error| Failure::new(error.to_string()).help(error.help()))
}

/// A header as `Name: value`. What is wrong with it is told without it: it may be a secret.
fn header(text: &str) -> Result<&str, Failure> {
    let name = text.split_once(':').map(|(name, _)| name.trim());
    name.filter(|name| exchange::is_token(name)).map(|_| text).ok_or_else(|| {
        Failure::new("a --header is not of the form `Name: value`").help("put quotes around it: -H 'Accept: text/html'")
    })
}

/// The explanation, and what was asked of one cause besides.
struct Told {
    explanation: Explanation,
    examined: Option<Examined>,
}

impl Told {
    async fn by(account: Result<&Account, &str>, question: &Question<'_>, why_not: Option<&Cause>) -> Told {
        let (explanation, mut facts) = facts::explain(account, question).await;
        let examined = match why_not {
            Some(cause) => Some(facts::examine(cause, account, question, &mut facts).await),
            None => None,
        };
        Told { explanation, examined }
    }
}

async fn explain(args: &ExplainArgs, mut exchange: Exchange, why_not: Option<&Cause>) -> Result<Told, Failure> {
    let host = exchange.request.host();
    let probe = if args.probe_network { Network::Resolver } else { Network::NotAsked };
    if let Some(path) = &args.source.recording {
        let recording = source::read_recording(path)?;
        let region = host.region().or(args.source.regions.first().map(String::as_str)).map(str::to_owned);
        let region = region.or_else(|| recording.regions().into_iter().next()).unwrap_or_default();
        let network = Network::Recorded(recording.network(&region));
        let quota_share = args.source.quota.map(|_| args.source.quota_share);
        let source = Source::open_recording(recording, &args.source.regions, quota_share, None).await?;
        if args.send {
            send(args, &source.account, &mut exchange).await?;
        }
        let question = Question { exchange: &exchange, region: &region, now: source.now, network: &network };
        return Ok(Told::by(Ok(&source.account), &question, why_not).await);
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
    match &account {
        Ok(account) if args.send => send(args, account, &mut exchange).await?,
        Err(reason) if args.send => {
            let help = "requests go only to APIs that the account lists: sign in, or leave out --send";
            return Err(Failure::new(format!("nothing is sent: {}", visible(reason))).help(help));
        }
        _ => {}
    }
    if let (Err(reason), false) = (&account, args.source.quiet) {
        output::say(&format!("nothing is read of the account: {}", visible(reason)));
    }
    let first = account.as_ref().ok().and_then(|account| account.regions().first().cloned());
    let region = own.or(first).or(regions.into_iter().next()).unwrap_or_default();
    let question = Question { exchange: &exchange, region: &region, now: collect::now(), network: &probe };
    Ok(Told::by(account.as_ref().map_err(String::as_str), &question, why_not).await)
}

/// Sends the request, and keeps its answer. That the network gives none is an answer, too.
async fn send(args: &ExplainArgs, account: &Account, exchange: &mut Exchange) -> Result<(), Failure> {
    let request = &mut exchange.request;
    let own = account.own(request).await?;
    // `curl --aws-sigv4` signs when it sends, and so does this: with the credentials that the account is read with.
    let scope = request.client.signs_with.as_ref().map(|signature| Scope {
        region: signature.region.clone().or_else(|| request.host().region().map(str::to_owned)).unwrap_or_default(),
        service: signature.service.clone().unwrap_or_else(|| "execute-api".to_owned()),
    });
    let (response, told) = match account.send(&own, request, scope.as_ref()).await {
        Ok(sent) => {
            let took = sent.elapsed.as_millis();
            let elsewhere = sent.leads_elsewhere(request).map(|elsewhere| format!("; {elsewhere}"));
            // Headers of which it was not known whether they are sent were not.
            request.headers = request.headers.told();
            request.client.elapsed_ms = u64::try_from(took).ok();
            let told = format!("{} after {took} ms{}", sent.response.status, elsewhere.unwrap_or_default());
            (sent.response, told)
        }
        Err(error) if error.is_of_network() => {
            let told = error.to_string();
            (Response { status: 0, headers: Headers::default(), body: told.clone() }, told)
        }
        Err(error) => return Err(error.into()),
    };
    if !args.source.quiet {
        let Request { method, url, .. } = &exchange.request;
        output::say(&visible(&format!("sent {method} {}: {told}", url.without_query())));
    }
    exchange.response = Some(response);
    Ok(())
}
