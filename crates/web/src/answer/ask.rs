//! Answers to what is asked anew: why a request fails, what the gateway makes of an answer, an audit.

use axum::http::StatusCode;
use engine::exchange::{self, Exchange, Headers, Reading, Response, json};
use engine::response::source::{self, SourceError};
use engine::response::{Context, Kind, judge};
use serde::Deserialize;
use serde_json::Value;
use store::RegionStatus;

use super::{App, Asked};
use crate::body::Sent;
use crate::page;
use crate::problem::Problem;
use crate::query;
use crate::reply::Reply;
use crate::site::{Refusal, Site, Wanted};

/// What `POST /audits` takes.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Named {
    account_id: Option<String>,
    region: Option<String>,
    api_id: Option<String>,
}

impl<S: Site> App<S> {
    async fn places(&self) -> Result<Vec<String>, Problem> {
        let regions = self.site.store().regions_apart().await?.audited;
        let place = |RegionStatus { account_id, region, .. }| format!("{account_id}/{region}");
        Ok(regions.into_iter().map(place).collect())
    }

    /// The form to ask with.
    pub(super) async fn ask(&self, asked: &Asked) -> Result<Reply, Problem> {
        let ask = page::Ask { regions: self.places().await?, wrong: None };
        Ok(Reply::page(page::explain(&self.frame(asked), &ask)))
    }

    pub(super) async fn explain(&self, asked: &Asked, sent: &Sent) -> Result<Reply, Problem> {
        let read = match sent {
            Sent::Json(text) => read_json(text),
            Sent::Form(_) => read_form(sent),
            Sent::Nothing => Err(Problem::bad("there is no request to explain")),
        };
        let Reading { exchange, notes } = match read {
            Ok(reading) => reading,
            // Who sent a form gets it again, with what is wrong.
            Err(problem) if sent.is_form() && asked.wants_page => {
                let shown = problem.page();
                let wrong = Some((problem.detail().to_owned(), shown.help.unwrap_or_default()));
                let ask = page::Ask { regions: self.places().await?, wrong };
                let page = Reply::page(page::explain(&self.frame(asked), &ask));
                return Ok(Reply { status: problem.status(), ..page.unkept() });
            }
            Err(problem) => return Err(problem),
        };
        let chosen = sent.field("region").and_then(|place| place.split_once('/'));
        let chosen = chosen.filter(|(account, region)| query::is_id(account) && query::is_id(region)).unzip();
        let (account, region) = (chosen.0.or(asked.query.get("account")), chosen.1.or(asked.query.get("region")));
        let explanation = self.site.explain(&exchange, account, region).await;
        let reply =
            self.either(asked, || Reply::json(&explanation), |frame| page::explanation(frame, &explanation, &notes));
        Ok(reply?.unkept())
    }

    pub(super) async fn audit(&self, asked: &Asked, sent: &Sent) -> Result<Reply, Problem> {
        let field = |name: &str| sent.field(name).map(str::to_owned);
        let named = match sent {
            Sent::Nothing => Named::default(),
            Sent::Form(_) => Named { account_id: field("account"), region: field("region"), api_id: field("api") },
            Sent::Json(text) => serde_json::from_str(text).map_err(|error| {
                Problem::bad(format!("the body does not say what to audit: {error}"))
                    .help(r#"send nothing, or {"accountId": …, "region": …, "apiId": …}, all of which may be left out"#)
            })?,
        };
        let wanted = self.wanted(named).await?;
        let begun = self.site.audit(&wanted).await.map_err(|refusal| match refusal {
            Refusal::Running => {
                Problem::new(StatusCode::CONFLICT, "an audit is running").help("ask again when it has ended")
            }
            Refusal::Impossible(why) => {
                Problem::new(StatusCode::CONFLICT, format!("no audit can be begun here: {why}"))
            }
            Refusal::Failed(why) => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, format!("no audit was begun: {why}")).help("try again")
            }
        })?;
        if asked.wants_page {
            let to = wanted.api_id.as_deref().map_or_else(String::new, |id| {
                let (account, region) = (wanted.account_id.as_deref(), wanted.region.as_deref());
                format!("apis/{id}?region={}&account={}", region.unwrap_or_default(), account.unwrap_or_default())
            });
            return Ok(Reply::see_other(format!("{}/{to}", asked.caller.prefix)));
        }
        Ok(Reply { status: StatusCode::ACCEPTED, ..Reply::json(&begun)?.unkept() })
    }

    /// What is to be audited: of what is known, so that nobody has anything else read.
    async fn wanted(&self, Named { account_id, region, api_id }: Named) -> Result<Wanted, Problem> {
        if [&account_id, &region, &api_id].into_iter().flatten().any(|id| !query::is_id(id)) {
            return Err(Problem::bad("an account, a region or an API has letters, digits, hyphens and underscores"));
        }
        if let Some(id) = api_id {
            let (account, region) = self.api_at(&id, account_id.as_deref(), region.as_deref()).await?.place;
            return Ok(Wanted { account_id: Some(account), region: Some(region), api_id: Some(id) });
        }
        let regions = self.site.store().regions().await?;
        let is_known = regions.iter().any(|known| {
            account_id.as_ref().is_none_or(|account| *account == known.account_id)
                && region.as_ref().is_none_or(|region| *region == known.region)
        });
        if !is_known && (account_id.is_some() || region.is_some()) {
            return Err(
                Problem::missing("that account or region was never audited").help("GET / lists those that were")
            );
        }
        Ok(Wanted { account_id, region, api_id: None })
    }
}

/// A request, and its response, as JSON.
fn read_json(text: &str) -> Result<Reading, Problem> {
    let help = r#"send {"request": {"method": …, "url": …, "headers": {…}, "body": …}, "response": {"status": …}}"#;
    let value: Value = serde_json::from_str(text)
        .map_err(|error| Problem::bad(format!("the body is not JSON: {error}")).help(help))?;
    let exchange = json::exchange(&value).map_err(|error| Problem::bad(error.to_string()).help(help))?;
    Ok(Reading { exchange, notes: Vec::new() })
}

/// A request as somebody pasted it, with what is known of its response.
fn read_form(sent: &Sent) -> Result<Reading, Problem> {
    let paste = "paste a whole curl command, an HTTP message, or JSON with method and url";
    let text = sent.field("request").ok_or_else(|| Problem::bad("there is no request to explain").help(paste))?;
    let mut reading = exchange::read(text, None).map_err(|error| Problem::bad(error.to_string()).help(paste))?;
    if let Some(response) = read_response(sent)? {
        reading.exchange = Exchange { response: Some(response), ..reading.exchange };
    }
    Ok(reading)
}

/// The response that the fields `status`, `headers` and `body` give, if the status is given.
fn read_response(sent: &Sent) -> Result<Option<Response>, Problem> {
    let Some(status) = sent.field("status") else { return Ok(None) };
    let status = status.trim().parse().ok().filter(|status| *status < 1000);
    let status = status.ok_or_else(|| {
        Problem::bad("the status is none").help("give the number of the answer's status; 0, if no answer came")
    })?;
    let mut headers = Headers::default();
    for line in sent.field("headers").unwrap_or_default().lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) = line.split_once(':').ok_or_else(|| {
            Problem::bad("a line of the answer's headers has no colon")
                .help("write each as `name: value` in a line of its own")
        })?;
        headers.0.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(Some(Response { status, headers, body: sent.field("body").unwrap_or_default().to_owned() }))
}

/// What the gateway makes of a function's answer.
pub(super) fn response(asked: &Asked, sent: &Sent) -> Result<Reply, Problem> {
    let kind = asked.query.get("integration").and_then(Kind::from_name).unwrap_or(Kind::Rest);
    let Sent::Json(text) = sent else { return Err(Problem::bad("there is no answer to judge")) };
    let answer = source::answer(text).map_err(|error| {
        let help = match error {
            SourceError::HalfCharacter(_) => "have the function return whole characters, and judge it again",
            _ => "send what the function returned, as JSON: null, if it returned nothing",
        };
        Problem::bad(format!("the body cannot be judged: {error}")).help(help)
    })?;
    Ok(Reply::json(&judge(kind, &answer, &Context::default()))?.unkept())
}
