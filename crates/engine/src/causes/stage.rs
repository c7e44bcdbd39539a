//! The request names no stage of the API, or reaches it where it does not answer.

use serde_json::{Value, json};

use super::{elsewhere, websocket};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes, if_known};
use crate::case::signal::Signal;
use crate::case::table::Table;
use crate::case::target::{self, Target, Via};
use crate::command::{self, Aws};
use crate::configuration::RouteKey;
use crate::observed::NotRead;
use crate::snapshot::{Api, ApiKind, Stage};

causes! {
    /// The default endpoint is switched off
    ///
    /// ## What proves it
    ///
    /// `disableExecuteApiEndpoint` is set, and the request goes to the `execute-api` host. What HTTP and WebSocket APIs
    /// answer then is not documented: 403 and 404 are both taken for it, and of a request that nobody sent yet the cause is
    /// likely at most for them.
    ///
    /// ## What refutes it
    ///
    /// The flag is not set.
    ///
    /// ## Remedy
    ///
    /// Call the custom domain name; or switch the endpoint on again, and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html>
    "default-endpoint-disabled", Cause, Proves, endpoint_disabled;

    /// The URL names a deployment instead of the stage
    ///
    /// ## What proves it
    ///
    /// The first segment of the path is the id of a deployment, or the id that Terraform gives a stage
    /// (`ags-{api}-{stage}`), and no stage has this name.
    ///
    /// ## What refutes it
    ///
    /// A stage of this name.
    ///
    /// ## Remedy
    ///
    /// Use the stage's name.
    ///
    /// ## Source
    ///
    /// <https://github.com/localstack/docs/pull/1604>
    "stage-id-used-instead-of-name", Cause, Silent, stage_id;

    /// The URL lacks the stage
    ///
    /// ## What proves it
    ///
    /// The first segment of the path is no stage, and a stage has a route for the whole path. It is likely where the live
    /// configuration stands in for the stage's deployment, which was not read. Where the stages were not read, a live route for
    /// the whole path, and none for what follows its first segment, makes it possible.
    ///
    /// ## What refutes it
    ///
    /// The first segment is a stage.
    ///
    /// ## Remedy
    ///
    /// Put the stage before the path.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html>
    "rest-stage-missing-in-url", Cause, Silent, stage_missing;

    /// The API has no such stage
    ///
    /// ## What proves it
    ///
    /// The first segment of the path is no stage of the API. Names of stages are matched by case. What WebSocket APIs answer to
    /// a connection without a stage is not documented, so that the cause is likely at most for them. It is possible where the
    /// stages were not read, and the route wants no key.
    ///
    /// ## What refutes it
    ///
    /// A stage of this name.
    ///
    /// ## Remedy
    ///
    /// Use a stage that is there, or make this one.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden>
    "rest-stage-unknown", Cause, Silent, stage_unknown;

    /// The stage refuses requests that would empty its cache
    ///
    /// ## What proves it
    ///
    /// The method caches, asks for authorization before its cache is passed by, and answers 403 without; the request says
    /// `Cache-Control: max-age=0`.
    ///
    /// ## What refutes it
    ///
    /// Another strategy (`SUCCEED_WITH_RESPONSE_HEADER`, `SUCCEED_WITHOUT_RESPONSE_HEADER`), or no such header.
    ///
    /// ## Remedy
    ///
    /// Choose a strategy that lets the request through, or grant the caller `execute-api:InvalidateCache`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html>
    "cache-invalidation-forbidden", Cause, Proves, cache_invalidation;
}

fn endpoint_disabled(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Forbidden, Signal::NotFound])?;
    let target = case.target()?;
    if !matches!(target.via, Via::Endpoint | Via::Distribution { .. }) {
        return Err(Not::Silent);
    }
    if target.api.live.settings.disable_execute_api_endpoint != Some(true) {
        return Err(Not::refuted("the API's default endpoint is not switched off"));
    }
    let (api, source) =
        (target.api, target.api.kind.call(if target.api.kind == ApiKind::Rest { "GetRestApi" } else { "GetApi" }));
    let says = format!("The default endpoint of {} is switched off: only its custom domain names answer.", api.name);
    let proof = Proof::certain(says).because(source, "disableExecuteApiEndpoint", true);
    // What HTTP and WebSocket APIs answer then is not documented: before an answer came, it is likely at most.
    let is_documented = api.kind == ApiKind::Rest || !case.is_unsent();
    let proof = if is_documented { proof } else { proof.at_most(Confidence::Likely) };
    let summary = "call the custom domain name, or switch the endpoint on again and deploy";
    Ok(match api.kind {
        ApiKind::Rest => proof.command(
            summary,
            Aws::new("apigateway update-rest-api")
                .option("--rest-api-id", &api.id)
                .option("--patch-operations", "op=replace,path=/disableExecuteApiEndpoint,value=False")
                .option("--region", &case.facts.region),
        ),
        ApiKind::Http | ApiKind::WebSocket => proof.command(
            summary,
            Aws::new("apigatewayv2 update-api --no-disable-execute-api-endpoint")
                .option("--api-id", &api.id)
                .option("--region", &case.facts.region),
        ),
    })
}

/// Which routes a stage serves.
type RoutesOf<'a> = fn(&Case<'a>, &'a Api, &'a Stage) -> Result<&'a Table<'a>, Not>;

/// A request whose first segment is no stage of the REST API that it goes to.
struct Stageless<'c, 'a> {
    case: &'c Case<'a>,
    target: &'c Target<'a>,
    segment: String,
    stages: &'a [Stage],
}

impl<'c, 'a> Stageless<'c, 'a> {
    fn of(case: &'c Case<'a>) -> Result<Stageless<'c, 'a>, Not> {
        case.shows(&[Signal::Forbidden])?;
        // A file for which browsers ask by themselves is meant to be no stage.
        if elsewhere::asked_by_itself(case).is_some() {
            return Err(Not::Silent);
        }
        let target = case.target()?;
        if target.api.kind != ApiKind::Rest
            || matches!(target.via, Via::Domain { .. }) && target.stage_segment.is_none()
        {
            return Err(Not::Silent);
        }
        let stages = target.api.stages.known()?;
        if let Some(stage) = target.stage {
            return Err(Not::refuted(format!("{} is a stage of the API", stage.name)));
        }
        Ok(Stageless { case, target, segment: target.stage_segment.clone().unwrap_or_default(), stages })
    }

    fn names(&self) -> Vec<&'a str> {
        self.stages.iter().map(|stage| stage.name.as_str()).collect()
    }

    /// The stages that have a route for a path, of the first few, each with the routes that tell; a path that only a greedy
    /// root takes does not count.
    fn taking(&self, path: &str, of: RoutesOf<'a>) -> Result<Vec<(&'a Stage, &'a Table<'a>)>, Not> {
        let mut taking = Vec::new();
        for stage in self.stages.iter().take(STAGES) {
            let table = of(self.case, self.target.api, stage)?;
            let found = table.find(self.case.method(), path);
            if found.is_some_and(|(key, _)| !is_greedy_root(key)) {
                taking.push((stage, table));
            }
        }
        Ok(taking)
    }

    fn variant(&self) -> Option<&'a Stage> {
        self.stages.iter().find(|stage| stage.name.eq_ignore_ascii_case(&self.segment))
    }

    fn shown(&self, proof: Proof) -> Proof {
        proof.because("apigateway:GetStages", "item[].stageName", json!(self.names()))
    }

    /// What is to be called of a stage: the path, if a route of it takes that; else a route that is there.
    fn call(&self, stage: &'a Stage, path: &str) -> Result<String, Not> {
        let url = self.target.url(self.case, &stage.name, path);
        let Some(routes) = if_known(target::deployed(self.case, self.target.api, stage))? else {
            return Ok(format!("put {} before the path", stage.name));
        };
        if self.case.reaches_at(&url) {
            return Ok(format!("call {url}"));
        }
        Ok(match self.case.instead(self.target, stage, routes, path) {
            Some(call) => format!("call a route that {} has, such as {call}", stage.name),
            None => format!("put {} before the path of a route; it serves none yet", stage.name),
        })
    }
}

/// How many stages are looked at: each costs a call.
const STAGES: usize = 3;

fn stage_id(case: &Case<'_>) -> Examined {
    let stageless = Stageless::of(case)?;
    let segment = &stageless.segment;
    let terraform = segment.strip_prefix("ags-").and_then(|rest| rest.split_once('-'));
    let named = terraform.and_then(|(_, stage)| stageless.stages.iter().find(|own| own.name == stage));
    let serving = stageless.stages.iter().find(|stage| stage.serves(segment));
    let Some(stage) = named.or(serving) else { return Err(Not::Silent) };
    let what = if named.is_some() { "Terraform's id of the stage" } else { "the id of a deployment" };
    let proof = Proof::certain(format!("{segment} is {what}; the URL takes the stage's name, {}.", stage.name));
    let advice = stageless.call(stage, &stageless.target.path)?;
    Ok(stageless.shown(proof).advice(advice))
}

/// Whether a route takes whatever path comes: `/{proxy+}`.
fn is_greedy_root(key: &RouteKey) -> bool {
    key.path.starts_with("/{") && key.path.ends_with("+}")
}

/// That the whole path is one of a live route, and what follows its first segment is none, where the stages were not read.
fn missing_unread(case: &Case<'_>, why: NotRead) -> Examined {
    let target = case.target()?;
    let (path, live) = (case.request.url.path.as_str(), target.live(case)?);
    let whole = live.find(case.method(), path).filter(|(key, _)| !is_greedy_root(key));
    let (Some((key, _)), None) = (whole, live.find(case.method(), &target.path)) else { return Err(Not::Unread(why)) };
    let says =
        format!("{path} begins with no stage, as it seems: {key} takes the whole of it, and the stages were not read.");
    Ok(Proof::possible(says)
        .because(live.source, key.path.clone(), key.method.clone().unwrap_or_default())
        .without(&why)
        .advice("put the stage before the path: aws apigateway get-stages shows them"))
}

fn stage_missing(case: &Case<'_>) -> Examined {
    let stageless = match Stageless::of(case) {
        Err(Not::Unread(why)) if !case.is_unsent() && case.target().is_ok() => return missing_unread(case, why),
        stageless => stageless?,
    };
    if stageless.variant().is_some() {
        return Err(Not::refuted(format!(
            "{} differs from a stage's name in upper and lower case alone",
            stageless.segment
        )));
    }
    let path = case.request.url.path.as_str();
    let path = if path.is_empty() { "/" } else { path };
    let taking = stageless.taking(path, target::served_or_live)?;
    let Some((_, table)) = taking.first() else {
        return Err(Not::refuted("no stage has a route for the whole path"));
    };
    let names: Vec<&str> = taking.iter().map(|(stage, _)| stage.name.as_str()).collect();
    let says = format!("{path} begins with no stage; a route for the whole of it is in {}.", names.join(", "));
    let proof = stageless.shown(Proof::certain(says)).because(table.source, table.place(Some(path), None), true);
    let urls = taking.iter().map(|(stage, _)| stageless.target.url(case, &stage.name, path));
    let urls: Vec<String> = urls.filter(|url| case.reaches_at(url)).collect();
    Ok(if urls.is_empty() {
        proof.advice(format!("put the stage before the path: {}", names.join(", ")))
    } else {
        proof.advice(format!("call {}", urls.join(" or ")))
    })
}

/// That the stage may be none, where the stages were not read. Where the route wants a key, what is said of the key is closer; a
/// whole path that is a route's is another cause.
fn unknown_unread(case: &Case<'_>, why: &NotRead) -> Examined {
    let target = case.target()?;
    let segment = target.stage_segment.as_deref().ok_or_else(|| Not::Unread(why.clone()))?;
    let live = target.live(case)?;
    let wants_key =
        live.find(case.method(), &target.path).is_some_and(|(_, entry)| entry.api_key_required == Some(true));
    if wants_key || live.find(case.method(), &case.request.url.path).is_some() {
        return Err(Not::Unread(why.clone()));
    }
    let says = format!("A URL that names no stage is answered so; whether {segment} is a stage was not read.");
    Ok(Proof::possible(says)
        .because("request", "path", case.request.url.path.clone())
        .without(why)
        .advice(format!("grant {}, and ask again; or compare {segment} with the names of the API's stages", why.needs)))
}

fn stage_unknown(case: &Case<'_>) -> Examined {
    match websocket::stage_unknown(case) {
        Err(Not::Silent) => {}
        connection => return connection,
    }
    let stageless = match Stageless::of(case) {
        Err(Not::Unread(why)) if !case.is_unsent() && case.target().is_ok() => return unknown_unread(case, &why),
        stageless => stageless?,
    };
    let segment = &stageless.segment;
    let path = &stageless.target.path;
    if segment.is_empty() {
        let proof = Proof::certain("The URL names no stage: its path is empty.");
        let advice = match stageless.stages.first() {
            Some(stage) => stageless.call(stage, "/")?,
            None => "make a stage: the API has none".to_owned(),
        };
        return Ok(stageless.shown(proof).advice(advice));
    }
    let proof = Proof::certain(format!("{segment} is no stage of the API; it has {}.", stageless.names().join(", ")));
    let proof = stageless.shown(proof);
    if let Some(stage) = stageless.variant() {
        let advice = stageless.call(stage, path)?;
        return Ok(proof.advice(format!("names of stages are matched by case: {advice}")));
    }
    // The remedy is better where it is known which stage has the route, and no worse where that was not read.
    let taking = if_known(stageless.taking(path, target::deployed))?.unwrap_or_default();
    Ok(match (taking.first(), stageless.stages.first()) {
        (Some((stage, _)), _) => proof.advice(stageless.call(stage, path)?),
        (None, Some(stage)) => {
            let advice = stageless.call(stage, path)?;
            proof.advice(format!("use a stage that is there, or make this one: {advice}"))
        }
        (None, None) => proof.advice("make the stage: the API has none"),
    })
}

fn cache_invalidation(case: &Case<'_>) -> Examined {
    let control = case.request.headers.get("cache-control").unwrap_or_default().to_ascii_lowercase().replace(' ', "");
    if !control.split(',').any(|part| part == "max-age=0") {
        return Err(Not::Silent);
    }
    case.shows(&[Signal::AccessDenied, Signal::Forbidden])?;
    let target = case.target()?;
    let stage = target.stage()?;
    target.stage_read()?;
    let key = target.key(case)?.ok_or(Not::Silent)?;
    let Some((name, settings)) = method_settings(stage, &key.path, key.method.as_deref().unwrap_or_default()) else {
        return Err(Not::Silent);
    };
    let flag = |name: &str| settings.get(name).and_then(Value::as_bool).unwrap_or_default();
    let strategy = settings.get("unauthorizedCacheControlHeaderStrategy").and_then(Value::as_str).unwrap_or_default();
    // Who signs may be allowed to pass by the cache.
    let signs = case.is_unsent()
        && target
            .deployed(case)?
            .find(case.method(), &target.path)
            .is_some_and(|(_, entry)| entry.authorization_type == Some("AWS_IAM"));
    if signs {
        return Err(Not::refuted("the route's callers sign, and may be allowed to pass by the cache"));
    }
    if !flag("cachingEnabled") || !flag("requireAuthorizationForCacheControl") || strategy != "FAIL_WITH_403" {
        return Err(Not::refuted("the method lets such requests through"));
    }
    let says = format!(
        "The request says Cache-Control: max-age=0, and {} answers 403 to callers who may not pass by its cache.",
        stage.name
    );
    let path = format!("methodSettings.{name}.unauthorizedCacheControlHeaderStrategy");
    let patch = format!(
        "op=replace,path=/{name}/caching/unauthorizedCacheControlHeaderStrategy,value=SUCCEED_WITH_RESPONSE_HEADER"
    );
    let command =
        command::update_stage(ApiKind::Rest, &target.api.id, &stage.name).option("--patch-operations", &patch);
    let command = command.option("--region", &case.facts.region);
    Ok(Proof::certain(says)
        .because("apigateway:GetStages", path, strategy)
        .command("let such requests through, or grant the caller execute-api:InvalidateCache", command))
}

/// The settings of a method in a stage, by the most specific key that has any: `orders/GET`, then `*/*`.
pub(super) fn method_settings<'a>(stage: &'a Stage, path: &str, method: &str) -> Option<(String, &'a Value)> {
    let settings = stage.settings.get("methodSettings")?.as_object()?;
    let path = path.trim_start_matches('/');
    // The console writes a slash within a path as `~1`.
    let names = [path.to_owned(), path.replace('/', "~1"), format!("~1{}", path.replace('/', "~1"))];
    let own = names.iter().find_map(|name| settings.get_key_value(&format!("{name}/{method}")));
    own.or_else(|| settings.get_key_value("*/*")).map(|(name, value)| (name.clone(), value))
}
