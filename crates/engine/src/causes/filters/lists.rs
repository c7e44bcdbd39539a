//! What the rules of a web ACL make of a sender's address, as far as the address alone decides.

use std::net::IpAddr;

use serde_json::Value;

use super::{does, name, rules};
use crate::case::Case;
use crate::case::cause::Not;
use crate::case::facts::Read;
use crate::case::resource_policy::contains;
use crate::observed::NotRead;

/// What a web ACL does with requests from an address.
pub(super) enum Verdict {
    /// A rule that holds the address lets it in.
    LetIn(String),
    /// A rule blocks it; `None` for the default action.
    Blocked(Option<String>),
    /// No rule decides it by the address alone, and the default action lets it in.
    Open,
}

/// The lists of a web ACL's rules, and an address that is looked for in them.
pub(super) struct Lists<'c, 'a> {
    case: &'c Case<'a>,
    address: IpAddr,
    /// What was looked up: the IP set's ARN, and the IP set.
    pub(super) read: Vec<(&'a str, &'a Value)>,
    /// Which IP sets were not read.
    pub(super) unread: Vec<NotRead>,
    /// The rules that may let the address in, by what it does not tell, before it is blocked.
    pub(super) open: Vec<String>,
}

impl<'c, 'a> Lists<'c, 'a> {
    pub(super) fn of(case: &'c Case<'a>, address: IpAddr) -> Lists<'c, 'a> {
        Lists { case, address, read: Vec::new(), unread: Vec::new(), open: Vec::new() }
    }

    /// Asks the rules in the order of their priority: the first that applies and allows or blocks ends it. Groups that AWS
    /// manages only block; what a group of the account's own does is not read.
    pub(super) fn judge(&mut self, acl: &'a Value) -> Result<Verdict, Not> {
        let mut ordered: Vec<&Value> = rules(acl).collect();
        ordered.sort_by_key(|rule| rule.get("Priority").and_then(Value::as_i64));
        for rule in ordered {
            let Some(statement) = rule.get("Statement") else { continue };
            if statement.get("RuleGroupReferenceStatement").is_some() {
                self.open.push(name(rule));
                continue;
            }
            let (allows, blocks) = (does(rule, "Action", "Allow"), does(rule, "Action", "Block"));
            if !allows && !blocks {
                continue;
            }
            match self.applies(statement)? {
                Some(true) if allows => return Ok(Verdict::LetIn(name(rule))),
                Some(true) => return Ok(Verdict::Blocked(Some(name(rule)))),
                None if allows => self.open.push(name(rule)),
                None | Some(false) => {}
            }
        }
        let blocks = does(acl, "DefaultAction", "Block");
        Ok(if blocks { Verdict::Blocked(None) } else { Verdict::Open })
    }

    /// Whether a statement applies to the address; `None` where that takes more than the address, or a set that was not read.
    fn applies(&mut self, statement: &'a Value) -> Result<Option<bool>, Not> {
        let parts = |kind: &str| statement.get(kind).and_then(|all| all.get("Statements")).and_then(Value::as_array);
        if let Some(set) = statement.get("IPSetReferenceStatement") {
            return self.holds(set);
        }
        if let Some(inner) = statement.get("NotStatement").and_then(|not| not.get("Statement")) {
            return Ok(self.applies(inner)?.map(|applies| !applies));
        }
        if let Some(all) = parts("AndStatement") {
            return self.decided(all, false);
        }
        parts("OrStatement").map_or(Ok(None), |any| self.decided(any, true))
    }

    /// What several statements come to, of which one that is `deciding` decides: a false one `And`, a true one `Or`.
    fn decided(&mut self, parts: &'a [Value], deciding: bool) -> Result<Option<bool>, Not> {
        let mut result = Some(!deciding);
        for part in parts {
            match self.applies(part)? {
                Some(own) if own == deciding => return Ok(Some(deciding)),
                Some(_) => {}
                None => result = None,
            }
        }
        Ok(result)
    }

    /// Whether an IP set holds the address. What is compared with a forwarded address is not known from the sender's own.
    fn holds(&mut self, reference: &'a Value) -> Result<Option<bool>, Not> {
        let Some(arn) = reference.get("ARN").and_then(Value::as_str) else { return Ok(None) };
        if reference.get("IPSetForwardedIPConfig").is_some_and(|config| !config.is_null()) {
            return Ok(None);
        }
        match self.case.ask(Read::IpSet(arn.to_owned())) {
            Ok(answer) => {
                let Some(set) = answer.and_then(|answer| answer.get("IPSet")) else { return Ok(None) };
                self.read.push((arn, set));
                let ranges = set.get("Addresses").and_then(Value::as_array).into_iter().flatten();
                Ok(Some(ranges.filter_map(Value::as_str).any(|range| contains(range, self.address))))
            }
            Err(Not::Unread(why)) => {
                self.unread.push(why);
                Ok(None)
            }
            Err(not) => Err(not),
        }
    }
}
