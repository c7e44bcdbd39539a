//! CloudFormation's intrinsic functions, resolved as far as a file allows.
//!
//! AWS CloudFormation user guide, "Intrinsic function reference". What depends on something outside the file, such as
//! `Fn::ImportValue` or the name of a function that CloudFormation makes up, is left unknown.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::arn;
use crate::unknown::{is_in, is_in_text, shown_text, unknown};

/// How long texts may become, all together, by putting values in: more than any template needs, and less than a
/// machine has.
const MOST_TEXT: usize = 64 << 20;

/// How a pseudo parameter begins within a text.
const PSEUDO: &str = "${AWS::";

/// How a dynamic reference begins: to the parameter store or the secrets manager, which no file tells of.
/// AWS CloudFormation user guide, "Get values stored in other services using dynamic references".
const DYNAMIC: &str = "{{resolve:";

/// How deep conditions may refer to each other.
const DEEPEST: usize = 64;

/// What is known beside the file itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Values of the template's parameters, which go before their defaults.
    pub parameters: BTreeMap<String, String>,
    /// The account's twelve digits.
    pub account_id: Option<String>,
    /// The region.
    pub region: Option<String>,
}

/// What is being resolved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Anything,
    /// The name of a function, in which no name of a function is followed.
    FunctionName,
}

/// A template, or any other document, and all that its functions may refer to.
pub(crate) struct Scope<'a> {
    template: &'a Value,
    given: &'a Given,
    /// Conditions that were evaluated; one that is being evaluated counts as unknown, since it refers to itself.
    conditions: RefCell<BTreeMap<String, Option<bool>>>,
    /// How deep conditions refer to each other at the moment.
    depth: Cell<usize>,
    /// How much text was put in.
    text: Cell<usize>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(template: &'a Value, given: &'a Given) -> Scope<'a> {
        Scope { template, given, conditions: RefCell::default(), depth: Cell::new(0), text: Cell::new(0) }
    }

    /// The resources, by logical id.
    pub(crate) fn resources(&self) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.template.get("Resources").and_then(Value::as_object).into_iter().flatten()
    }

    /// The resource that a value refers to by `Ref` or by one of these attributes, if it is of a type.
    pub(crate) fn referred(&self, reference: &str, attribute: &str, resource_type: &str) -> Option<&'a Value> {
        let name = shown_text(reference);
        let name = name.strip_prefix("${")?.strip_suffix('}')?;
        let id = name.strip_suffix(attribute).and_then(|name| name.strip_suffix('.')).unwrap_or(name);
        let found = self.template.get("Resources")?.get(id)?;
        (found.get("Type")? == resource_type && self.is_made(found) != Some(false)).then_some(found)
    }

    /// The outputs.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.template.get("Outputs").and_then(Value::as_object).into_iter().flat_map(Map::values)
    }

    /// A section of SAM's globals.
    pub(crate) fn globals(&self, section: &str) -> Option<&'a Value> {
        self.template.get("Globals")?.get(section)
    }

    /// The transforms that the template asks for, and the one that stands in its place.
    pub(crate) fn transforms(&self) -> impl Iterator<Item = &'a Value> + use<'a> {
        ["Transform", "Fn::Transform"].into_iter().filter_map(|name| self.template.get(name))
    }

    /// A value with its functions resolved; `None` where it is `AWS::NoValue`.
    pub(crate) fn resolve(&self, value: &Value) -> Option<Value> {
        // CloudFormation puts dynamic references in last, whatever functions their text was made with.
        self.value(value, Within::Anything).map(without_dynamic)
    }

    /// A member of a resource's properties, resolved.
    pub(crate) fn property(&self, resource: &Value, name: &str) -> Option<Value> {
        self.resolve(resource.get("Properties")?.get(name)?)
    }

    /// Whether a resource is made: `None` if that depends on what is not known.
    pub(crate) fn is_made(&self, resource: &Value) -> Option<bool> {
        match resource.get("Condition") {
            Some(name) => self.named_condition(name.as_str()?),
            None => Some(true),
        }
    }

    fn value(&self, value: &Value, within: Within) -> Option<Value> {
        match value {
            Value::Array(items) => Some(items.iter().filter_map(|item| self.value(item, within)).collect()),
            Value::Object(members) => match function(members) {
                Some((name, argument)) => self.call(name, argument, within),
                None => {
                    let resolved = members.iter().filter_map(|(name, member)| {
                        // What a macro adds beside the other members nobody knows.
                        let is_macro = name == "Fn::Transform" || name.starts_with("Fn::ForEach");
                        let member = if is_macro { Some(unknown(name).into()) } else { self.value(member, within) };
                        Some((name.clone(), member?))
                    });
                    Some(Value::Object(resolved.collect()))
                }
            },
            // Documents that a template is to take in may be written as if all their text were in `Fn::Sub`.
            Value::String(text) if self.template.is_null() && text.contains(PSEUDO) => {
                Some(self.with_pseudo(text).into())
            }
            scalar => Some(scalar.clone()),
        }
    }

    fn with_pseudo(&self, text: &str) -> String {
        let names = ["AccountId", "Partition", "Region", "StackId", "StackName", "URLSuffix"];
        names.into_iter().fold(text.to_owned(), |text, name| {
            let value = self.pseudo(name).unwrap_or_else(|| symbol(&format!("AWS::{name}")));
            text.replace(&format!("{PSEUDO}{name}}}"), &value)
        })
    }

    fn call(&self, name: &str, argument: &Value, within: Within) -> Option<Value> {
        let known = match name {
            "Ref" if argument == "AWS::NoValue" => return None,
            "Ref" => argument.as_str().map(|name| self.reference(name, within)),
            "Fn::GetAtt" => Some(self.attribute(argument, within)),
            "Fn::If" => return self.choose(argument, within),
            "Fn::Sub" => self.substitute(argument, within),
            "Fn::Join" => self.join(argument, within),
            "Fn::Select" => self.select(argument, within),
            "Fn::Split" => self.split(argument, within),
            "Fn::FindInMap" => self.find_in_map(argument, within),
            _ => None,
        };
        Some(known.unwrap_or_else(|| unknown(&described(name, argument)).into()))
    }

    /// `Ref`, and `${Name}` in `Fn::Sub`.
    fn reference(&self, name: &str, within: Within) -> Value {
        let not_known = || Value::from(symbol(name));
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            return self.pseudo(pseudo).map_or_else(not_known, Value::from);
        }
        if let Some(parameter) = self.template.get("Parameters").and_then(|all| all.get(name)) {
            return self.parameter(name, parameter).unwrap_or_else(not_known);
        }
        self.function_name(name, within).map_or_else(not_known, Value::from)
    }

    fn pseudo(&self, name: &str) -> Option<String> {
        let Given { account_id, region, .. } = self.given;
        match name {
            "AccountId" => account_id.clone(),
            "Region" => region.clone(),
            "Partition" => region.as_deref().map(|region| arn::partition(region).to_owned()),
            "URLSuffix" => region.as_deref().map(|region| match arn::partition(region) {
                "aws-cn" => "amazonaws.com.cn".to_owned(),
                _ => "amazonaws.com".to_owned(),
            }),
            _ => None,
        }
    }

    /// A parameter's value: the one that was given, else its default. Defaults of parameters that name an entry of the
    /// parameter store, or that are kept secret, say nothing.
    fn parameter(&self, name: &str, parameter: &Value) -> Option<Value> {
        let kind = parameter.get("Type").and_then(Value::as_str).unwrap_or("String");
        let is_secret = parameter.get("NoEcho").is_some_and(|flag| *flag == Value::Bool(true) || flag == "true");
        let text = match self.given.parameters.get(name) {
            Some(given) => given.clone(),
            None if is_secret || kind.starts_with("AWS::SSM::") => return None,
            None => plain(parameter.get("Default")?)?,
        };
        self.charge(text.len())?;
        let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
        Some(if is_list { text.split(',').map(|item| Value::from(item.trim())).collect() } else { text.into() })
    }

    /// The name of a Lambda function of the file, where the file gives it one.
    fn function_name(&self, logical_id: &str, within: Within) -> Option<String> {
        let resource = self.template.get("Resources")?.get(logical_id)?;
        let is_function = ["AWS::Lambda::Function", "AWS::Serverless::Function"].iter().any(|t| resource["Type"] == *t);
        if !is_function || within == Within::FunctionName {
            return None;
        }
        let name = self.value(resource.get("Properties")?.get("FunctionName")?, Within::FunctionName)?;
        name.as_str().map(str::to_owned)
    }

    /// `Fn::GetAtt`, and `${Name.Attribute}` in `Fn::Sub`.
    fn attribute(&self, argument: &Value, within: Within) -> Value {
        let (resource, attribute) = match argument {
            Value::String(text) => text.split_once('.').unwrap_or((text, "")),
            list => match (list.get(0).and_then(Value::as_str), list.get(1).and_then(Value::as_str)) {
                (Some(resource), Some(attribute)) => (resource, attribute),
                _ => return unknown(&described("Fn::GetAtt", argument)).into(),
            },
        };
        let name = (attribute == "Arn").then(|| self.function_name(resource, within)).flatten();
        name.map_or_else(|| symbol(&format!("{resource}.{attribute}")), |name| self.function_arn(&name)).into()
    }

    /// The ARN of a function of this account and region.
    fn function_arn(&self, name: &str) -> String {
        // The name may be given as an ARN already.
        if name.starts_with("arn:") {
            return name.to_owned();
        }
        let part = |name: &str| self.pseudo(name).unwrap_or_else(|| symbol(&format!("AWS::{name}")));
        format!("arn:{}:lambda:{}:{}:function:{name}", part("Partition"), part("Region"), part("AccountId"))
    }

    fn choose(&self, argument: &Value, within: Within) -> Option<Value> {
        let branch = match argument.get(0).and_then(Value::as_str).and_then(|name| self.named_condition(name)) {
            Some(true) => argument.get(1),
            Some(false) => argument.get(2),
            None => None,
        };
        match branch {
            Some(branch) => self.value(branch, within),
            None => Some(unknown(&described("Fn::If", argument.get(0).unwrap_or(&Value::Null))).into()),
        }
    }

    fn substitute(&self, argument: &Value, within: Within) -> Option<Value> {
        let (template, variables) = match argument {
            Value::String(template) => (template.as_str(), None),
            list => (list.get(0)?.as_str()?, list.get(1).and_then(Value::as_object)),
        };
        // Each variable once, however often it is put in.
        let variables: BTreeMap<&String, String> = variables
            .into_iter()
            .flatten()
            .map(|(name, value)| (name, text_of(self.value(value, within), name)))
            .collect();
        let mut parts = template.split("${");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let Some((name, rest)) = part.split_once('}') else {
                text.push_str("${");
                text.push_str(part);
                continue;
            };
            match (name.strip_prefix('!'), variables.get(&name.to_owned())) {
                // `${!Literal}` is `${Literal}`.
                (Some(literal), _) => text.push_str(&format!("${{{literal}}}")),
                (None, Some(variable)) => {
                    self.charge(variable.len())?;
                    text.push_str(variable);
                }
                (None, None) if name.contains('.') => {
                    text.push_str(&text_of(Some(self.attribute(&Value::from(name), within)), name));
                }
                (None, None) => text.push_str(&text_of(Some(self.reference(name, within)), name)),
            }
            text.push_str(rest);
        }
        Some(text.into())
    }

    fn join(&self, argument: &Value, within: Within) -> Option<Value> {
        let separator = argument.get(0)?.as_str()?;
        let items = self.value(argument.get(1)?, within)?;
        let texts: Option<Vec<String>> = items.as_array()?.iter().map(plain).collect();
        Some(texts?.join(separator).into())
    }

    fn select(&self, argument: &Value, within: Within) -> Option<Value> {
        let index = plain(&self.value(argument.get(0)?, within)?)?.parse::<usize>().ok()?;
        self.value(argument.get(1)?, within)?.as_array()?.get(index).cloned()
    }

    fn split(&self, argument: &Value, within: Within) -> Option<Value> {
        let separator = argument.get(0)?.as_str().filter(|separator| !separator.is_empty())?;
        let text = self.value(argument.get(1)?, within)?;
        // What is not known may hold the separator.
        let text = text.as_str().filter(|text| !is_in_text(text))?;
        Some(text.split(separator).map(Value::from).collect())
    }

    fn find_in_map(&self, argument: &Value, within: Within) -> Option<Value> {
        let key = |at: usize| self.value(argument.get(at)?, within).as_ref().and_then(plain);
        let found = self.template.get("Mappings")?.get(key(0)?)?.get(key(1)?)?.get(key(2)?)?;
        // A mapping holds texts and lists of them, and calls no functions.
        self.charge(found.as_array().map_or(1, Vec::len) * 1024)?;
        let is_plain =
            plain(found).is_some() || found.as_array().is_some_and(|list| list.iter().all(|one| plain(one).is_some()));
        is_plain.then(|| found.clone())
    }

    /// Counts text that is put in; `None` once it is too much, and then it counts as not known.
    fn charge(&self, bytes: usize) -> Option<()> {
        self.text.set(self.text.get().saturating_add(bytes));
        (self.text.get() <= MOST_TEXT).then_some(())
    }

    fn named_condition(&self, name: &str) -> Option<bool> {
        if let Some(known) = self.conditions.borrow().get(name) {
            return *known;
        }
        self.conditions.borrow_mut().insert(name.to_owned(), None);
        self.depth.set(self.depth.get() + 1);
        let condition = self.template.get("Conditions").and_then(|all| all.get(name));
        let found = condition.filter(|_| self.depth.get() < DEEPEST).and_then(|found| self.condition(found));
        self.depth.set(self.depth.get() - 1);
        self.conditions.borrow_mut().insert(name.to_owned(), found);
        found
    }

    fn condition(&self, condition: &Value) -> Option<bool> {
        let (name, argument) = condition.as_object()?.iter().next()?;
        let several = || argument.as_array().into_iter().flatten().map(|one| self.condition(one));
        match name.as_str() {
            "Condition" => self.named_condition(argument.as_str()?),
            "Fn::Not" => several().next().flatten().map(|is_met| !is_met),
            "Fn::And" if several().any(|one| one == Some(false)) => Some(false),
            "Fn::And" => several().all(|one| one.is_some()).then_some(true),
            "Fn::Or" if several().any(|one| one == Some(true)) => Some(true),
            "Fn::Or" => several().all(|one| one.is_some()).then_some(false),
            "Fn::Equals" => {
                let side = |at: usize| self.resolve(argument.get(at)?).filter(|value| !is_in(value));
                let (a, b) = (side(0)?, side(1)?);
                Some(a == b || plain(&a).is_some_and(|text| plain(&b) == Some(text)))
            }
            _ => None,
        }
    }
}

/// What stands for a resource of the file, or one of its attributes: `${Orders}`, `${Orders.Arn}`.
pub(crate) fn symbol(name: &str) -> String {
    unknown(&format!("${{{name}}}"))
}

/// The function that an object calls. A property may be named `Ref` in a schema; what it has then is no text.
fn function(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = members.iter().next().filter(|_| members.len() == 1)?;
    let is_function = (name == "Ref" && argument.is_string()) || name.starts_with("Fn::");
    is_function.then_some((name, argument))
}

/// A value in whose texts dynamic references are not known.
fn without_dynamic(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains(DYNAMIC) => {
            let mut parts = text.split(DYNAMIC);
            let mut known = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                match part.split_once("}}") {
                    Some((reference, rest)) => {
                        known.push_str(&unknown(&format!("{DYNAMIC}{reference}}}}}")));
                        known.push_str(rest);
                    }
                    None => known.extend([DYNAMIC, part]),
                }
            }
            known.into()
        }
        Value::Array(items) => items.into_iter().map(without_dynamic).collect(),
        Value::Object(members) => members.into_iter().map(|(name, member)| (name, without_dynamic(member))).collect(),
        scalar => scalar,
    }
}

/// Whether a document calls any function, or has pseudo parameters or dynamic references in its texts.
pub(crate) fn calls_any(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(calls_any),
        Value::Object(members) => {
            function(members).is_some()
                || members.iter().any(|(name, member)| name.starts_with("Fn::") || calls_any(member))
        }
        Value::String(text) => text.contains(PSEUDO) || text.contains(DYNAMIC),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a JSON text without escapes may hold a call or a pseudo parameter.
pub(crate) fn may_call(json: &str) -> bool {
    ["\"Ref\"", "\"Fn::", PSEUDO].iter().any(|word| json.contains(word))
}

/// A call in few words.
fn described(name: &str, argument: &Value) -> String {
    let text = argument.as_str().map_or_else(|| argument.to_string(), str::to_owned);
    let short: String = text.chars().take(60).collect();
    format!("{name} {short}{}", if short.len() < text.len() { "…" } else { "" })
}

/// A scalar as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn text_of(value: Option<Value>, name: &str) -> String {
    value.as_ref().and_then(plain).unwrap_or_else(|| symbol(name))
}
