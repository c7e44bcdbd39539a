//! The Lambda function URL that a request reaches: its own host, or what a CloudFront distribution asks.

use serde_json::Value;

use super::Case;
use super::cause::Not;
use super::distribution::Front;
use super::facts::Read;
use super::signal::{self, Signal};
use crate::exchange::Response;
use crate::exchange::host::Host;

/// A function URL that refuses a request, or that a request is yet to be sent to.
#[derive(Clone, Debug)]
pub struct FunctionUrl {
    /// Its host.
    pub host: String,
    /// The region in its host.
    pub region: String,
    /// The distribution before it; `None` where the request goes to it by its own name.
    pub front: Option<Front>,
}

/// The function of a URL: its name, what `GetFunctionUrlConfig` says.
#[derive(Clone, Debug)]
pub struct Owner<'a> {
    /// Its name.
    pub name: String,
    /// What `GetFunctionUrlConfig` says.
    pub configuration: &'a Value,
}

impl Owner<'_> {
    /// Whether the URL asks for no signature.
    pub fn is_open(&self) -> bool {
        self.configuration.get("AuthType").is_some_and(|kind| kind == "NONE")
    }
}

/// How many functions are asked for their URLs: each costs a call.
const FUNCTIONS: usize = 50;

impl FunctionUrl {
    /// The function URL that a case's request reaches and is refused by; or is sent to, if it was not sent yet.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if it goes elsewhere or is answered otherwise; otherwise why it cannot be told.
    pub fn refusing(case: &Case<'_>) -> Result<FunctionUrl, Not> {
        match case.response() {
            Ok(response) if response.status != 403 => Err(Not::Silent),
            _ => FunctionUrl::of(case),
        }
    }

    /// The function URL that a case's request reaches.
    ///
    /// # Errors
    ///
    /// As [`FunctionUrl::refusing`].
    pub fn of(case: &Case<'_>) -> Result<FunctionUrl, Not> {
        if let Host::LambdaUrl { region, .. } = &case.host {
            let (host, region) = (case.request.url.host.clone(), region.clone());
            return Ok(FunctionUrl { host, region, front: None });
        }
        // Which distribution takes the request is read only for an answer that a function URL may have given.
        if !case.response().is_ok_and(|response| may_be_its(response, case.signal())) {
            return Err(Not::Silent);
        }
        let front = Front::of(case)?;
        let host = front.origin.domain_name.to_ascii_lowercase();
        let Host::LambdaUrl { region, .. } = Host::of(&host) else { return Err(Not::Silent) };
        Ok(FunctionUrl { host, region, front: Some(front) })
    }

    /// The function that has the URL; `None` where none of those that were looked at has.
    ///
    /// # Errors
    ///
    /// [`Not`], if that was not read.
    pub fn owner<'a>(&self, case: &Case<'a>) -> Result<Option<Owner<'a>>, Not> {
        // The functions of one region are read: a distribution may ask one of another.
        if self.front.is_some() && self.region != case.facts.region {
            return Err(Not::Silent);
        }
        let list = case.list(Read::Functions, "Functions")?;
        let names: Vec<&str> = list.iter().filter_map(|own| own.get("FunctionName")?.as_str()).collect();
        let mut wanted = None;
        for (at, name) in names.iter().enumerate() {
            let read = Read::FunctionUrl((*name).to_owned());
            if at >= FUNCTIONS && case.facts.answer(&read).is_none() {
                continue;
            }
            match case.ask(read) {
                Ok(Some(configuration)) => {
                    let url = configuration.get("FunctionUrl").and_then(Value::as_str).unwrap_or_default();
                    let own = url.split("://").nth(1).map(|own| own.trim_end_matches('/'));
                    if own.is_some_and(|own| own.eq_ignore_ascii_case(&self.host)) {
                        return Ok(Some(Owner { name: (*name).to_owned(), configuration }));
                    }
                }
                Ok(None) => {}
                Err(not) => wanted = wanted.or(Some(not)),
            }
        }
        match wanted {
            Some(not) => Err(not),
            None if names.len() > FUNCTIONS => Err(Not::Silent),
            None => Ok(None),
        }
    }
}

/// Whether a function URL may have given an answer that came by another name: a complaint of a signature, or its own
/// `{"Message":"Forbidden…"}`, without the ids of API Gateway.
fn may_be_its(response: &Response, signal: Option<Signal>) -> bool {
    let has_ids = ["x-amz-apigw-id", "apigw-requestid"].iter().any(|name| response.headers.has(name));
    let forbids = || {
        let is_its_key = response.json().is_some_and(|body| body.get("Message").is_some());
        is_its_key && signal::message(response).is_some_and(|text| text.starts_with("Forbidden"))
    };
    response.status == 403 && !has_ids && (signal == Some(Signal::InvalidSignature) || forbids())
}
