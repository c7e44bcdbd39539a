//! One case: an exchange, and what was read of the account so far. Causes ask it; what was not read yet it remembers.

pub mod callee;
pub mod cause;
pub mod console;
mod customised;
pub mod distribution;
pub mod domain;
pub mod facts;
pub mod function_url;
pub mod guard;
pub mod logs;
pub mod oauth;
pub mod own_log;
mod proxy;
pub mod refusal;
pub mod resource_policy;
pub mod signal;
mod stand_in;
pub mod suggestion;
pub mod table;
pub mod target;
mod unmarked;
pub mod vpc_endpoint;
mod wordless;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use crate::exchange::authorization::Authorization;
use crate::exchange::body::Body;
use crate::exchange::host::Host;
use crate::exchange::{Exchange, Request, Response, is_read};
use crate::observed::{NotRead, Why};
use crate::reads;
use crate::snapshot::Api;
use cause::{Cause, Confidence, Examined, Not, Proof};
use console::Blocked;
use customised::Told;
use facts::{Facts, Read};
use signal::{Answerer, Signal};
use table::Tables;
use target::Target;
use unmarked::Words;

/// One case.
pub struct Case<'a> {
    /// The request.
    pub request: &'a Request,
    /// How it identifies its sender.
    pub authorization: Authorization,
    /// What kind of host answers it.
    pub host: Host,
    /// What was read so far.
    pub facts: &'a Facts<'a>,
    /// The routes of it.
    pub tables: &'a Tables<'a>,
    response: Option<&'a Response>,
    answerer: Answerer,
    signal: Option<Signal>,
    blocked: Option<Blocked>,
    wanted: RefCell<BTreeSet<Read>>,
    assumed: RefCell<BTreeSet<NotRead>>,
    /// Whether a cause was told that an answer without words may be the one that it looks for.
    is_guessed: Cell<bool>,
    /// By which words a cause was told that an answer which names no type of error is the API's own.
    unmarked: Cell<Option<Words>>,
    /// Whether a cause asked if the answer is an error of the gateway's, where nothing was sent yet.
    asks_error: Cell<bool>,
    told: OnceCell<Option<Told>>,
    target: OnceCell<Result<Target<'a>, Not>>,
}

impl<'a> Case<'a> {
    /// The case of an exchange.
    pub fn new(exchange: &'a Exchange, tables: &'a Tables<'a>) -> Case<'a> {
        let host = exchange.request.host();
        let blocked = exchange.response.as_ref().and_then(Blocked::of);
        // An error that a browser hides is read as one of which no more than the status was noted.
        let told = blocked.as_ref().and_then(|blocked| blocked.error(&exchange.request));
        let response = told.or(exchange.response.as_ref());
        Case {
            request: &exchange.request,
            authorization: exchange.request.authorization(),
            answerer: response.map_or(Answerer::Unknown, |response| signal::answerer(response, &host)),
            signal: response.map(signal::signal),
            blocked,
            host,
            facts: tables.facts,
            tables,
            response,
            wanted: RefCell::default(),
            assumed: RefCell::default(),
            is_guessed: Cell::default(),
            unmarked: Cell::default(),
            asks_error: Cell::default(),
            told: OnceCell::new(),
            target: OnceCell::new(),
        }
    }

    /// What the causes asked for and was not read yet.
    pub fn wanted(&self) -> BTreeSet<Read> {
        self.wanted.borrow().clone()
    }

    /// Forgets what was asked for, so that what the next cause asks for stands alone.
    pub fn forget_wanted(&self) {
        self.wanted.borrow_mut().clear();
    }

    /// Remembers a read that is to be made, and says that it cannot be told yet.
    pub fn want(&self, read: Read) -> Not {
        self.wanted.borrow_mut().insert(read);
        Not::Wanted
    }

    /// What a cause says of the case. Where it was told that what was read stands in for what was not, nothing is certain,
    /// and nothing is refuted.
    pub fn examine(&self, cause: &Cause) -> Examined {
        if let Some(examined) = self.examine_hidden(cause) {
            return examined;
        }
        self.assumed.take();
        self.is_guessed.set(false);
        self.unmarked.take();
        self.assume_variables();
        let examined = (cause.examine)(self).map(|proof| self.without_untold(proof));
        let assumed = self.assumed.take();
        let examined = match (examined, assumed.first()) {
            (Err(Not::Refuted(_)), Some(why)) => Err(why.into()),
            (Ok(proof), Some(_)) => {
                let proof = assumed.iter().fold(proof, Proof::without);
                // A stage that is not there is answered so, too.
                let is_stage = |why: &NotRead| self.target().is_ok_and(|target| target.stage_unread() == Some(why));
                let may_be_none = self.signal() == Some(Signal::Forbidden) && assumed.iter().any(is_stage);
                Ok(if may_be_none { proof.at_most(Confidence::Possible) } else { proof })
            }
            (examined, _) => examined,
        };
        self.assumed.take();
        self.weighed(cause, examined?)
    }

    /// Where the path and the query are not matched with routes, but are what is asked for: nothing that a variable in them
    /// decides is certain.
    fn assume_variables(&self) {
        let by_routes =
            matches!(self.host, Host::ExecuteApi { .. } | Host::ExecuteApiVpce { .. } | Host::Other | Host::CloudFront);
        let is_presigned = matches!(self.authorization, Authorization::Presigned(_));
        let is_routed = by_routes && !is_presigned && !self.request.url.path.starts_with("/oauth2/");
        if !is_routed && !self.request.url.is_read() {
            self.assumed.borrow_mut().insert(not_given("request.url", VARIABLE));
        }
    }

    /// A proof; that it rests on a header that the request lacks is not certain where not all headers were read.
    fn without_untold(&self, proof: Proof) -> Proof {
        let lacking = proof.evidence.iter().filter(|own| own.source == "request" && own.value.is_null());
        let names = lacking.filter_map(|own| own.path.strip_prefix("headers.").map(str::to_owned));
        let untold: Vec<String> = names.filter(|name| self.request.headers.may_have(name)).collect();
        untold.iter().fold(proof, |proof, name| {
            let what = format!("request.headers.{name}");
            proof.without(&not_given(&what, "not all headers were read: give them in the request itself"))
        })
    }

    /// Remembers that something else stands in for what could not be read. What nobody sent yet is judged by what is known
    /// alone.
    ///
    /// # Errors
    ///
    /// [`Not::Unread`], if nothing was sent yet.
    pub fn assume(&self, why: &NotRead) -> Result<(), Not> {
        if self.is_unsent() {
            return Err(why.into());
        }
        self.assumed.borrow_mut().insert(why.clone());
        Ok(())
    }

    /// The answer to a read: `None` where the service says that there is no such thing.
    ///
    /// # Errors
    ///
    /// [`Not`], if it was not read.
    pub fn ask(&self, read: Read) -> Result<Option<&'a Value>, Not> {
        match self.facts.answer(&read) {
            Some(answer) => Ok(answer?),
            None => Err(self.want(read)),
        }
    }

    /// What was asked for and could not be read. A log that the stage does not write is not missed.
    pub fn not_read(&self) -> Vec<&'a NotRead> {
        let unwritten = logs::unwritten(self);
        let is_unwritten = |read: &Read| matches!(read, Read::Logs { group, .. } if Some(group) == unwritten.as_ref());
        self.facts.not_read_but(is_unwritten)
    }

    /// The answer to a lookup of a host name. Where nobody allowed lookups, nothing is said of requests that nobody sent yet.
    ///
    /// # Errors
    ///
    /// [`Not`], if it was not looked up.
    pub fn look_up(&self, read: Read) -> Result<Option<&'a Value>, Not> {
        match self.ask(read) {
            Err(Not::Unread(why)) if self.is_unsent() && why.message == reads::NOT_ASKED => Err(Not::Silent),
            answer => answer,
        }
    }

    /// A list in the answer to a read, by its member's name; empty where the service says that there is no such thing.
    ///
    /// # Errors
    ///
    /// [`Not`], if it was not read.
    pub fn list(&self, read: Read, member: &str) -> Result<&'a [Value], Not> {
        let list = self.ask(read)?.and_then(|answer| answer.get(member)).and_then(Value::as_array);
        Ok(list.map(Vec::as_slice).unwrap_or_default())
    }

    /// Whether no REST API of the region has an id, as their list tells.
    ///
    /// # Errors
    ///
    /// [`Not`], if the list was not read.
    pub fn lacks_rest_api(&self, id: &str) -> Result<bool, Not> {
        let listed = self.list(Read::RestApis, "items")?;
        Ok(!listed.iter().any(|api| api.get("id").and_then(Value::as_str) == Some(id)))
    }

    /// An API; `None` where there is none of this id in the region.
    ///
    /// # Errors
    ///
    /// [`Not`], if it was not read.
    pub fn api(&self, id: &str) -> Result<Option<&'a Api>, Not> {
        match self.facts.api(id) {
            Some(api) => Ok(api?),
            None => Err(self.want(Read::Api(id.to_owned()))),
        }
    }

    /// The response.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if nothing was sent yet.
    pub fn response(&self) -> Result<&'a Response, Not> {
        self.response.ok_or(Not::Silent)
    }

    /// The text of the request's body; none where none is sent.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn body(&self) -> Result<Option<&'a str>, NotRead> {
        match &self.request.body {
            Body::NotRead => Err(not_given("request.body", "it was not read: put its text into the request")),
            body => Ok(body.text()),
        }
    }

    /// That the value of a header that is sent was read.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    pub fn has_read(&self, header: &str) -> Result<(), Not> {
        let value = self.request.headers.get(header).unwrap_or_default();
        self.known(value, &format!("headers.{header}")).map(drop)
    }

    /// A value of the request, if it was read; `place` says where it stands, as evidence does.
    ///
    /// # Errors
    ///
    /// [`Not::Unread`], if it holds a variable.
    pub fn known<'v>(&self, value: &'v str, place: &str) -> Result<&'v str, Not> {
        if is_read(value) { Ok(value) } else { Err(Not::Unread(not_given(&format!("request.{place}"), VARIABLE))) }
    }

    /// Why the logs of the request cannot be found: the response does not tell its id.
    pub fn lacks_request_id(&self) -> NotRead {
        let help =
            "by x-amzn-RequestId or apigw-requestid its log is found: give the response with its headers (curl -i)";
        not_given("response.headers", help)
    }

    /// Whether nothing was sent yet: every cause is then asked what would happen.
    pub fn is_unsent(&self) -> bool {
        self.response.is_none()
    }

    /// When it happened: as the response tells it, or now.
    pub fn at(&self) -> Timestamp {
        self.answered_at().unwrap_or(self.facts.now)
    }

    /// The answer's `Date`, if there is an answer that has one.
    pub fn answered_at(&self) -> Option<Timestamp> {
        self.response.and_then(Response::date)
    }

    /// That something was over when the answer came; or, without its `Date`, that it is over now, which an answer that may be
    /// older does not prove.
    pub fn over(&self, what: &str) -> Proof {
        match self.answered_at() {
            Some(answered) => Proof::certain(format!("{what}, and the answer is of {answered}.")).because(
                "response",
                "headers.Date",
                answered.to_string(),
            ),
            None => {
                let proof = Proof::certain(format!("{what}, and it is {} now.", self.facts.now));
                if self.is_unsent() { proof } else { proof.at_most(Confidence::Likely) }
            }
        }
    }

    /// That the gateway, as opposed to what is behind it, gave one of these answers; or that nothing was sent yet.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if the response is another one.
    pub fn shows(&self, signals: &[Signal]) -> Result<(), Not> {
        let Some(own) = self.signal() else {
            let is_error = |own: &Signal| !matches!(own, Signal::Success | Signal::Redirect | Signal::NoAnswer);
            self.asks_error.set(self.asks_error.get() || signals.iter().any(is_error));
            return Ok(());
        };
        if self.answerer == Answerer::Proxy {
            return Err(Not::Silent);
        }
        if self.answerer == Answerer::Backend && own != Signal::Success {
            return self.shows_by_words(signals);
        }
        if self.says(signals) || self.customised()?.iter().any(|signal| signals.contains(signal)) {
            self.is_guessed.set(self.is_guessed.get() || self.is_wordless());
            return Ok(());
        }
        Err(Not::Silent)
    }

    /// Whether the response is one of these answers by its own words, or has the status of one and no words at all.
    pub fn says(&self, signals: &[Signal]) -> bool {
        let Some(own) = self.signal() else { return false };
        let status = self.response.map(|own| own.status);
        let has_status = |signal: &Signal| signal.status().is_some_and(|own| status == Some(own));
        // `No method found …` is what signed requests are answered; without a signature a REST API says 403.
        let headers = &self.request.headers;
        let may_be_signed = self.authorization.is_signed() || headers.may_have("authorization");
        let fits = |signal: &Signal| has_status(signal) && (may_be_signed || *signal != Signal::NoMethodFound);
        let is_guess = self.is_wordless() && signals.iter().any(fits);
        self.is_guessed.set(self.is_guessed.get() || is_guess);
        is_guess || signals.contains(&own)
    }

    /// The answers that the API's customised gateway responses may have put on as this one.
    fn customised(&self) -> Result<Vec<Signal>, Not> {
        let (
            Some(response),
            Some(Signal::Other | Signal::BadRequest | Signal::NotFound | Signal::Unauthorized | Signal::Internal),
        ) = (self.response, self.signal())
        else {
            return Ok(Vec::new());
        };
        if ![Answerer::RestApi, Answerer::Unknown].contains(&self.answerer()) {
            return Ok(Vec::new());
        }
        let Ok(target) = self.target() else { return Ok(Vec::new()) };
        let responses = target.api.live.gateway_responses.ok();
        Ok(responses.map(|responses| customised::by_status(responses, response)).unwrap_or_default())
    }

    /// Which API, stage and path the request reaches. A variable in the path is a value like others to most routes; nothing
    /// is certain by it.
    ///
    /// # Errors
    ///
    /// [`Not`], if it reaches none, or that cannot be told.
    pub fn target(&self) -> Result<&Target<'a>, Not> {
        let target = self.reached().map_err(Clone::clone)?;
        if !self.request.url.variables.is_empty() {
            self.assumed.borrow_mut().insert(not_given("request.url", VARIABLE));
        }
        if let Some(why) = target.stage_unread() {
            self.assumed.borrow_mut().insert(why.clone());
        }
        Ok(target)
    }

    /// The same, without a word on what of it was not read.
    fn reached(&self) -> Result<&Target<'a>, &Not> {
        self.target.get_or_init(|| Target::of(self)).as_ref()
    }

    /// Whether the request is a browser's preflight: it carries no credentials by design, so that what lacks them in it is
    /// a matter of CORS.
    pub fn is_preflight(&self) -> bool {
        let headers = &self.request.headers;
        self.request.method == "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method")
    }

    /// Whether the request opens a WebSocket connection: its scheme or the upgrade that it asks for says so. Browsers name an
    /// origin in it, but CORS does not hold for it (Fetch standard, WebSocket protocol modifications).
    pub fn opens_websocket(&self) -> bool {
        let upgrade = self.request.headers.get("upgrade");
        self.request.url.is_websocket() || upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
    }

    /// The method that REST APIs match: `X-HTTP-Method-Override` replaces the request's own.
    pub fn method(&self) -> &'a str {
        self.request.headers.get("x-http-method-override").unwrap_or(&self.request.method)
    }
}

/// What to do about a variable.
const VARIABLE: &str = "it holds a variable: put the value in its place";

/// Part of a request that nobody gave.
pub(crate) fn not_given(what: &str, help: &str) -> NotRead {
    NotRead {
        why: Why::NotGiven,
        call: what.to_owned(),
        resource: String::new(),
        needs: String::new(),
        message: help.to_owned(),
    }
}

impl fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("request", &self.request).field("response", &self.response).finish_non_exhaustive()
    }
}
