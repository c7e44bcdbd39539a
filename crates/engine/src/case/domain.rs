//! Custom domain names: which API and stage a path leads to, by mapping or by routing rule.

use serde::Deserialize;
use serde_json::Value;

use super::Case;
use super::cause::{Not, Proof, if_known};
use super::facts::Read;
use crate::exchange::{Headers, Request};

/// The calls that show mappings.
pub const BASE_PATH_MAPPINGS: &str = "apigateway:GetBasePathMappings";
/// The same, of the service of HTTP APIs.
pub const API_MAPPINGS: &str = "apigatewayv2:GetApiMappings";

/// A custom domain name, and where its paths lead.
#[derive(Clone, Debug)]
pub struct Domain<'a> {
    /// The name, as API Gateway knows it: `api.example.com` or `*.example.com`.
    pub name: String,
    /// What `GetDomainName` says of it, as the service of REST APIs spells it or as that of HTTP APIs does.
    pub answer: &'a Value,
    /// `BASE_PATH_MAPPING_ONLY`, `API_MAPPING_ONLY`, `ROUTING_RULE_ONLY` or `ROUTING_RULE_THEN_…`.
    pub routing_mode: String,
    /// Its mappings; none where the routing mode does not look at them.
    pub mappings: Vec<Mapping>,
    /// Its routing rules, by ascending priority; none where the routing mode does not look at them.
    pub rules: Vec<Rule>,
    /// The call that showed the mappings.
    pub mapped_by: &'static str,
}

/// Which paths lead to which stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The first segments of the path, without slashes around them; empty for all that no other mapping takes.
    pub base_path: String,
    /// The API's id.
    pub api_id: String,
    /// The stage; `None` where callers name it themselves.
    pub stage: Option<String>,
    /// The mapping's id, which `GetApiMappings` alone tells.
    pub id: Option<String>,
}

/// A routing rule.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Rule {
    /// The rule's id.
    pub routing_rule_id: String,
    /// The smallest comes first.
    pub priority: i64,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    /// What it does.
    pub actions: Vec<Action>,
}

/// One condition of a routing rule.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Condition {
    /// Any of these headers.
    pub match_headers: Option<AnyOf<MatchHeader>>,
    /// Any of these base paths.
    pub match_base_paths: Option<AnyOf<String>>,
}

/// A list of which one must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AnyOf<T> {
    /// The list.
    pub any_of: Vec<T>,
}

/// A header, and what its value must look like.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct MatchHeader {
    /// The header's name.
    pub header: String,
    /// Its value, in which `*` stands for any characters.
    pub value_glob: String,
}

/// What a routing rule does.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Action {
    /// The stage that is called.
    pub invoke_api: Option<InvokeApi>,
}

/// The stage that a routing rule calls.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InvokeApi {
    /// The API's id.
    pub api_id: String,
    /// The stage.
    pub stage: String,
    /// Whether the base path of the condition is taken off before the stage sees the path.
    pub strip_base_path: bool,
}

/// Where a request leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// To a stage.
    Stage {
        /// The API's id.
        api_id: String,
        /// The stage; `None` where the first segment of `path` names it.
        stage: Option<String>,
        /// What is left of the path.
        path: String,
        /// What was taken off.
        base_path: String,
    },
    /// Nowhere.
    None,
}

impl<'a> Domain<'a> {
    /// The custom domain name that a case's request goes to.
    ///
    /// # Errors
    ///
    /// [`Not`], if it is none of the account's, or that was not read.
    pub fn of(case: &Case<'a>) -> Result<Domain<'a>, Not> {
        let mut domain = Domain::itself(case)?;
        if domain.routing_mode.starts_with("ROUTING_RULE") {
            domain.rules = Rule::all(case.ask(Read::RoutingRules(domain.name.clone()))?);
        }
        if domain.routing_mode != "ROUTING_RULE_ONLY" {
            (domain.mappings, domain.mapped_by) = mappings(case, &domain.name)?;
        }
        Ok(domain)
    }

    /// The same, without what leads its requests on: for what hangs on the name alone.
    ///
    /// # Errors
    ///
    /// As [`Domain::of`].
    pub fn itself(case: &Case<'a>) -> Result<Domain<'a>, Not> {
        Domain::named(case, &case.request.url.host)
    }

    /// The custom domain name of a host, as [`Domain::itself`] has it.
    ///
    /// # Errors
    ///
    /// As [`Domain::of`].
    pub fn named(case: &Case<'a>, host: &str) -> Result<Domain<'a>, Not> {
        let (name, answer) = answer(case, host)?;
        let mut domain = Domain {
            name,
            answer,
            routing_mode: "API_MAPPING_ONLY".to_owned(),
            mappings: Vec::new(),
            rules: Vec::new(),
            mapped_by: BASE_PATH_MAPPINGS,
        };
        if let Some(mode) = domain.text(&["routingMode", "RoutingMode"]) {
            domain.routing_mode = mode.to_owned();
        }
        Ok(domain)
    }

    /// A member of its answer, under any of the names that the two services have for it.
    pub fn text(&self, names: &[&str]) -> Option<&'a str> {
        let configuration = self.answer.get("DomainNameConfigurations").and_then(|list| list.get(0));
        names.iter().find_map(|name| self.answer.get(name).or_else(|| configuration?.get(name))?.as_str())
    }

    /// The names that its own name is to be an alias of.
    pub fn targets(&self) -> Vec<&'a str> {
        let names = ["regionalDomainName", "distributionDomainName", "ApiGatewayDomainName"];
        names.iter().filter_map(|name| self.text(&[name])).collect()
    }

    /// A proof with what the mappings say, by the call that showed them and under the names that it has. The member is one of
    /// `basePath`, `restApiId` and `stage`.
    pub fn because(&self, proof: Proof, member: &str, value: impl Into<Value>) -> Proof {
        let path = match (self.mapped_by, member) {
            (API_MAPPINGS, "basePath") => "Items[].ApiMappingKey".to_owned(),
            (API_MAPPINGS, "restApiId") => "Items[].ApiId".to_owned(),
            (API_MAPPINGS, "stage") => "Items[].Stage".to_owned(),
            (_, own) => format!("items[].{own}"),
        };
        proof.because(self.mapped_by, path, value)
    }

    /// A proof with what leads a request: the routing rule that takes it, or a mapping, as [`Domain::because`] shows it.
    pub fn because_led(&self, request: &Request, proof: Proof, member: &str, value: &str) -> Proof {
        match self.ruled_by(request) {
            Some(rule) => proof.because("apigatewayv2:ListRoutingRules", rule.routing_rule_id.clone(), value),
            None => self.because(proof, member, value),
        }
    }

    /// The id of the mapping of a base path; `None` where nothing that could be read tells it.
    ///
    /// # Errors
    ///
    /// [`Not::Wanted`], if it is to be read first.
    pub fn mapping_id(&self, case: &Case<'_>, base_path: &str) -> Result<Option<String>, Not> {
        let of = |mappings: &[Mapping]| mappings.iter().find(|own| own.base_path == base_path)?.id.clone();
        if let Some(id) = of(&self.mappings) {
            return Ok(Some(id));
        }
        Ok(if_known(api_mappings(case, &self.name))?.and_then(|mappings| of(&mappings)))
    }

    /// The rule that takes a request, before all mappings.
    pub fn ruled_by(&self, request: &Request) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.fits(request).is_some() && rule.called().is_some())
    }

    /// Where a request leads: the first rule that fits, else the mapping with the longest path.
    pub fn choose(&self, request: &Request) -> Choice {
        let path = &request.url.path;
        let fitting = self.rules.iter().find_map(|rule| Some((rule.fits(request)?, rule)));
        if let Some((base_path, rule)) = fitting
            && let Some(call) = rule.called()
        {
            let stripped = if call.strip_base_path { after(path, &base_path) } else { None };
            return Choice::Stage {
                api_id: call.api_id.clone(),
                stage: Some(call.stage.clone()),
                path: stripped.unwrap_or_else(|| path.clone()),
                base_path: if call.strip_base_path { base_path } else { String::new() },
            };
        }
        let fitting = self.mappings.iter().filter_map(|mapping| Some((after(path, &mapping.base_path)?, mapping)));
        match fitting.max_by_key(|(_, mapping)| mapping.base_path.len()) {
            Some((path, mapping)) => Choice::Stage {
                api_id: mapping.api_id.clone(),
                stage: mapping.stage.clone(),
                path,
                base_path: mapping.base_path.clone(),
            },
            None => Choice::None,
        }
    }
}

impl Rule {
    /// The rules of an answer of `ListRoutingRules`, by ascending priority.
    pub fn all(answer: Option<&Value>) -> Vec<Rule> {
        let list = answer.and_then(|answer| answer.get("RoutingRules")).and_then(Value::as_array);
        let mut rules: Vec<Rule> = list.into_iter().flatten().filter_map(|rule| Rule::deserialize(rule).ok()).collect();
        rules.sort_by_key(|rule| rule.priority);
        rules
    }

    /// The stage that it calls.
    pub fn called(&self) -> Option<&InvokeApi> {
        self.actions.iter().find_map(|action| action.invoke_api.as_ref())
    }

    /// A base path that its conditions let through, without slashes around it; empty where they let any through.
    pub fn base_path(&self) -> String {
        let mut paths =
            self.conditions.iter().filter_map(|condition| condition.match_base_paths.as_ref()?.any_of.first());
        paths.next_back().map_or("", String::as_str).trim_matches('/').to_owned()
    }

    /// Headers that its conditions let through, with a value in the place of each `*`.
    pub fn headers(&self, value: &str) -> Headers {
        let headers = self.conditions.iter().filter_map(|condition| condition.match_headers.as_ref()?.any_of.first());
        Headers(headers.map(|own| (own.header.clone(), own.value_glob.replace('*', value))).collect())
    }

    /// The base path of the rule's conditions, if all of them hold.
    pub fn fits(&self, request: &Request) -> Option<String> {
        let mut base_path = String::new();
        for condition in &self.conditions {
            if let Some(headers) = &condition.match_headers {
                let holds = |wanted: &MatchHeader| {
                    request.headers.all(&wanted.header).any(|value| glob(&wanted.value_glob, value))
                };
                headers.any_of.iter().any(holds).then_some(())?;
            }
            if let Some(paths) = &condition.match_base_paths {
                let found = paths.any_of.iter().find(|path| after(&request.url.path, path).is_some())?;
                base_path = found.trim_matches('/').to_owned();
            }
        }
        Some(base_path)
    }
}

/// A base path as the service of REST APIs writes it: `(none)` for the empty one.
pub fn written(base_path: &str) -> &str {
    if base_path.is_empty() { "(none)" } else { base_path }
}

/// What is left of a path after a base path, by whole segments; `None` where it does not begin so.
pub fn after(path: &str, base_path: &str) -> Option<String> {
    let base = base_path.trim_matches('/');
    let trimmed = path.trim_start_matches('/');
    if base.is_empty() || base == "(none)" {
        return Some(format!("/{trimmed}"));
    }
    let rest = trimmed.strip_prefix(base)?;
    if rest.is_empty() {
        return Some("/".to_owned());
    }
    rest.starts_with('/').then(|| rest.to_owned())
}

/// Whether a text looks like a pattern in which `*` stands for any characters.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

/// The custom domain name of a host, by its own name or by the wildcard above it.
fn answer<'a>(case: &Case<'a>, host: &str) -> Result<(String, &'a Value), Not> {
    let wildcard = host.split_once('.').map(|(_, above)| format!("*.{above}"));
    let mut unread = None;
    for name in [Some(host.to_owned()), wildcard].into_iter().flatten() {
        for read in [Read::DomainName(name.clone()), Read::DomainNameV2(name.clone())] {
            match case.ask(read) {
                Ok(Some(answer)) => return Ok((name, answer)),
                // What one of the two services does not know, the other does not know either.
                Ok(None) => break,
                Err(Not::Unread(why)) => unread = unread.or(Some(why)),
                Err(not) => return Err(not),
            }
        }
    }
    Err(unread.map_or(Not::Silent, Not::Unread))
}

/// A domain name's mappings, and the call that showed them: the service of REST APIs, or that of HTTP APIs where the former
/// was not read. Each of the two shows the mappings of both.
///
/// # Errors
///
/// [`Not`], if neither was read.
pub fn mappings(case: &Case<'_>, name: &str) -> Result<(Vec<Mapping>, &'static str), Not> {
    match case.list(Read::BasePathMappings(name.to_owned()), "items") {
        Ok(items) => Ok((each_mapping(items, ["basePath", "restApiId", "stage", ""]), BASE_PATH_MAPPINGS)),
        Err(Not::Unread(first)) => match api_mappings(case, name) {
            Ok(mappings) => Ok((mappings, API_MAPPINGS)),
            // That a recording lacks the one says less than that the other was refused.
            Err(Not::Unread(second)) => Err(Not::Unread(if first.is_unrecorded() { second } else { first })),
            Err(not) => Err(not),
        },
        Err(not) => Err(not),
    }
}

fn api_mappings(case: &Case<'_>, name: &str) -> Result<Vec<Mapping>, Not> {
    let items = case.list(Read::ApiMappings(name.to_owned()), "Items")?;
    Ok(each_mapping(items, ["ApiMappingKey", "ApiId", "Stage", "ApiMappingId"]))
}

/// The mappings of an answer, by the names that its service has for base path, API, stage and id.
fn each_mapping(items: &[Value], names: [&str; 4]) -> Vec<Mapping> {
    let text = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let mapping = |item: &Value| {
        let [base_path, api_id, stage, id] = names.map(|name| text(item, name));
        let base_path = base_path.filter(|path| path != "(none)").unwrap_or_default();
        Some(Mapping { base_path: base_path.trim_matches('/').to_owned(), api_id: api_id?, stage, id })
    };
    items.iter().filter_map(mapping).collect()
}
