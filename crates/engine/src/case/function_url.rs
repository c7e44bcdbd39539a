//! The Lambda function URL that a request reaches: its own host, or what a CloudFront distribution asks.

use serde_json::Value;

use super::Case;
use super::cause::Not;
use super::distribution::Front;
use super::facts::Read;
use super::signal::{self, Signal};
use crate::arn::FunctionName;
use crate::exchange::Response;
use crate::exchange::host::Host;
use crate::observed::NotRead;

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

/// The function of a URL, or the alias of one.
#[derive(Clone, Debug)]
pub struct Owner<'a> {
    /// The function, with the alias whose URL it is as its qualifier.
    pub function: FunctionName,
    /// What the call says of the URL.
    pub configuration: &'a Value,
    /// The call that told: `lambda:GetFunctionUrlConfig`, or `lambda:ListFunctionUrlConfigs`.
    pub call: &'static str,
}

impl Owner<'_> {
    /// Whether the URL asks for no signature.
    pub fn is_open(&self) -> bool {
        self.configuration.get("AuthType").is_some_and(|kind| kind == "NONE")
    }
}

/// What looking for a URL's function came to.
#[derive(Clone, Debug)]
pub enum Search<'a> {
    /// It is this one.
    Found(Owner<'a>),
    /// No function and no alias has the URL. Where a recording holds no lists of aliases' URLs, these were not looked at.
    Nobody {
        /// Whether the URLs of all aliases were read.
        is_whole: bool,
    },
    /// No function has the URL; those of aliases could not be read.
    Unlisted(NotRead),
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

    /// The function that has the URL, or the alias; `None` where none of those that were looked at has.
    ///
    /// # Errors
    ///
    /// [`Not`], if that was not read.
    pub fn owner<'a>(&self, case: &Case<'a>) -> Result<Option<Owner<'a>>, Not> {
        match self.search(case)? {
            Search::Found(owner) => Ok(Some(owner)),
            Search::Nobody { .. } => Ok(None),
            Search::Unlisted(why) => Err(Not::Unread(why)),
        }
    }

    /// Looks for the function that has the URL. The lists with the URLs of aliases are asked for where it is no function's own.
    ///
    /// # Errors
    ///
    /// [`Not`], if the functions or their own URLs were not read.
    pub fn search<'a>(&self, case: &Case<'a>) -> Result<Search<'a>, Not> {
        // The functions of one region are read: a distribution may ask one of another.
        if self.front.is_some() && self.region != case.facts.region {
            return Err(Not::Silent);
        }
        let list = case.list(Read::Functions, "Functions")?;
        let names: Vec<&str> = list.iter().filter_map(|own| own.get("FunctionName")?.as_str()).collect();
        let mut unread = Vec::new();
        let mut is_wanted = false;
        let is_asked = |at: usize, read: &Read| at < FUNCTIONS || case.facts.answer(read).is_some();
        for (at, name) in names.iter().enumerate() {
            let read = Read::FunctionUrl((*name).to_owned());
            if !is_asked(at, &read) {
                continue;
            }
            match case.ask(read) {
                Ok(Some(configuration)) if self.is_of(configuration) => {
                    let function = function(case, name, None);
                    return Ok(Search::Found(Owner { function, configuration, call: "lambda:GetFunctionUrlConfig" }));
                }
                Ok(_) => {}
                Err(Not::Unread(why)) => unread.push((*name, why)),
                Err(_) => is_wanted = true,
            }
        }
        if is_wanted {
            return Err(Not::Wanted);
        }
        let mut unlisted: Option<NotRead> = None;
        for (at, name) in names.iter().enumerate() {
            let read = Read::FunctionUrls((*name).to_owned());
            if !is_asked(at, &read) {
                continue;
            }
            match case.ask(read) {
                Ok(answer) => {
                    let all = answer.and_then(|answer| answer.get("FunctionUrlConfigs")?.as_array());
                    if let Some(configuration) = all.into_iter().flatten().find(|own| self.is_of(own)) {
                        let arn = configuration.get("FunctionArn").and_then(Value::as_str);
                        let alias = arn.and_then(FunctionName::parse).and_then(|named| named.qualifier);
                        let function = function(case, name, alias);
                        let call = "lambda:ListFunctionUrlConfigs";
                        return Ok(Search::Found(Owner { function, configuration, call }));
                    }
                    // The function's own URL is on the list, too.
                    unread.retain(|(own, _)| own != name);
                }
                // What was refused says more than what a recording merely lacks.
                Err(Not::Unread(why)) if unlisted.as_ref().is_none_or(NotRead::is_unrecorded) => unlisted = Some(why),
                Err(Not::Wanted) => is_wanted = true,
                Err(_) => {}
            }
        }
        match (unread.into_iter().next(), unlisted) {
            _ if is_wanted => Err(Not::Wanted),
            (Some((_, why)), _) => Err(Not::Unread(why)),
            _ if names.len() > FUNCTIONS => Err(Not::Silent),
            (None, Some(why)) if !why.is_unrecorded() => Ok(Search::Unlisted(why)),
            (None, unrecorded) => Ok(Search::Nobody { is_whole: unrecorded.is_none() }),
        }
    }

    /// Whether a configuration is the one of this URL.
    fn is_of(&self, configuration: &Value) -> bool {
        let url = configuration.get("FunctionUrl").and_then(Value::as_str).unwrap_or_default();
        let own = url.split("://").nth(1).map(|own| own.trim_end_matches('/'));
        own.is_some_and(|own| own.eq_ignore_ascii_case(&self.host))
    }
}

/// A function of the account in the region that is read.
fn function(case: &Case<'_>, name: &str, qualifier: Option<String>) -> FunctionName {
    let (region, account_id) = (case.facts.region.clone(), case.facts.account_id.clone());
    FunctionName { region, account_id, name: name.to_owned(), qualifier }
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
