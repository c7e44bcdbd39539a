//! What a run looked at: only what was looked at can have come to an end.
//!
//! | what is known of a finding's resource | what an audit that does not report it settles |
//! | --- | --- |
//! | the API, and the stage, were read | resolved, unless its check says *not evaluated* of it |
//! | the stage is not in the API's list of stages | resolved: it is gone, and what was wrong with it |
//! | the API is not in a list of all APIs of its kind | resolved, in the same way |
//! | that list was asked for and could not be read | unknown |
//! | the API, or the stage, was not asked for | nothing: the finding stays as it is |
//! | a function's answer that it gave when asked | as a stage that was read, if it was asked again; otherwise nothing |
//! | a function that was looked at | as a stage that was read |
//! | a function that no API calls any more | resolved; what an API calls is known only where all of it was read |
//! | something of the account's own, as an API key | as an API, in audits of a whole region; otherwise nothing |
//!
//! A region may be audited in parts: each API by itself ([`Coverage::of_api`]), and what belongs to no API
//! ([`Coverage::of_rest`]). What is the account's own may be told of by any of the parts, a VPC endpoint by each API that is
//! called through it: so none of them settles it by its silence, and what ends the run does ([`Coverage::closing`]).

use std::collections::{BTreeMap, BTreeSet};

use super::Verdict;
use crate::arn::FunctionName;
use crate::finding::Resource;
use crate::health::Probed;
use crate::invocation;
use crate::observed::NotRead;
use crate::snapshot::{Api, ApiKind, Snapshot, Stage, Unlisted};

/// What a run looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The account's twelve digits.
    pub account_id: String,
    /// By region's name.
    pub regions: BTreeMap<String, Region>,
}

/// What was looked at in a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// Whether all APIs were asked for, so that one that is not here does not exist, unless its list was not read.
    is_complete: bool,
    /// What is known of what belongs to no API.
    account: Account,
    unlisted: Vec<Unlisted>,
    /// The APIs that exist, with what was read of them; nothing of those that were listed alone.
    apis: BTreeMap<String, Option<ApiRead>>,
    /// APIs that were asked for by their id, and do not exist.
    absent: BTreeSet<String>,
    /// The functions whose metrics were asked for, by ARN without alias or version.
    functions: BTreeSet<String>,
    /// The routes whose functions were asked for an answer: API, stage, method and path.
    asked: BTreeSet<(String, String, Option<String>, String)>,
    /// Whether it is settled which entries of the configuration are for nothing: only an audit of everything tells.
    judges: bool,
}

/// What was looked at of what belongs to no API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Account {
    /// Nothing.
    #[default]
    Outside,
    /// What a part of the run looks at: that it is silent settles nothing, and that it could not look does.
    InPart,
    /// All of it.
    Read,
    /// All of it, by the parts of the run, which have ended. Of what none of them spoke, all were silent.
    Closed,
    /// What a part of the run that did not end would have told: why.
    Unfinished(String),
}

/// What was looked at of an API.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ApiRead {
    /// Its stages, each with whether it was asked for.
    stages: Option<BTreeMap<String, bool>>,
    /// The functions that it calls, by ARN without alias or version.
    calls: BTreeSet<String>,
    /// Whether these are all that it calls.
    calls_known: CallsKnown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum CallsKnown {
    All,
    /// Some stage was not asked for.
    InPart,
    /// Something was not read: why.
    NotRead(String),
}

/// How a resource stands to a run.
enum Standing {
    /// It was no part of the run.
    Outside,
    /// It is known not to exist any more.
    Gone(&'static str),
    /// It was asked for, and what would tell was not read.
    Unread(String),
    /// It was looked at by a part of the run alone.
    InPart,
    /// It was looked at.
    Read,
}

impl Coverage {
    /// What an audit of the snapshots looks at. `wanted` says which stages were asked for, as in
    /// [`report::audit`](crate::report::audit).
    ///
    /// A snapshot without metrics is of less depth than an audit's: it settles nothing.
    pub fn of(snapshots: &[Snapshot], wanted: &dyn Fn(&Stage) -> bool) -> Coverage {
        let stages = snapshots.iter().flat_map(|snapshot| &snapshot.apis).flat_map(|api| api.stages.ok());
        let is_whole = snapshots.iter().all(|snapshot| snapshot.complete) && stages.flatten().all(wanted);
        let audited = snapshots.iter().filter_map(|snapshot| {
            let health = snapshot.health.as_ref()?;
            let region = Region {
                is_complete: snapshot.complete,
                account: if is_account_read(snapshot) { Account::Read } else { Account::Outside },
                unlisted: snapshot.unlisted.clone(),
                apis: snapshot.apis.iter().map(|api| (api.id.clone(), Some(ApiRead::of(api, wanted)))).collect(),
                absent: BTreeSet::new(),
                functions: health.functions.iter().map(|function| any_version(&function.name)).collect(),
                asked: health.probed.iter().map(asked).collect(),
                judges: is_whole,
            };
            Some((snapshot.region.clone(), region))
        });
        let account_id = snapshots.first().map(|snapshot| snapshot.account_id.clone()).unwrap_or_default();
        Coverage { account_id, regions: audited.collect() }
    }

    /// What an audit of one API looks at, which is a part of a run over all of the region.
    pub fn of_api(snapshot: &Snapshot) -> Coverage {
        let mut coverage = Coverage::of(std::slice::from_ref(snapshot), &|_| true);
        for region in coverage.regions.values_mut() {
            region.is_complete = false;
            region.account = Account::InPart;
            region.judges = false;
        }
        coverage
    }

    /// What an audit of what belongs to no API looks at, which is a part of a run over all of the region: the list of all
    /// APIs, too, so that what is on none of it is gone.
    pub fn of_rest(snapshot: &Snapshot) -> Coverage {
        let others = snapshot.others.iter().map(|other| other.id.clone()).collect();
        let mut coverage = Coverage::listing(&snapshot.account_id, &snapshot.region, others, snapshot.unlisted.clone());
        for region in coverage.regions.values_mut() {
            region.account = if is_account_read(snapshot) { Account::InPart } else { Account::Outside };
        }
        coverage
    }

    /// That the parts of a run over a region have ended, which were of these APIs and of what belongs to none: what none of
    /// them spoke of is silent. `unfinished` says why that is not known of all parts. What is said of entries of the
    /// configuration stays, where `is_judged_apart` ([`Coverage::judging`]).
    pub fn closing(
        account_id: &str,
        region: &str,
        apis: BTreeSet<String>,
        unfinished: Option<String>,
        is_judged_apart: bool,
    ) -> Coverage {
        let apis = apis.into_iter().map(|id| (id, None)).collect();
        let account = unfinished.map_or(Account::Closed, Account::Unfinished);
        let region_read = Region { account, apis, judges: !is_judged_apart, ..Region::default() };
        Coverage { account_id: account_id.to_owned(), regions: BTreeMap::from([(region.to_owned(), region_read)]) }
    }

    /// That the entries of the configuration were judged; what is said of them belongs to this region. Nothing else is settled.
    pub fn judging(account_id: &str, region: &str) -> Coverage {
        let region_read = Region { judges: true, ..Region::default() };
        Coverage { account_id: account_id.to_owned(), regions: BTreeMap::from([(region.to_owned(), region_read)]) }
    }

    /// What a list of all APIs of a region tells: that others do not exist any more. Nothing else is settled by it.
    pub fn listing(account_id: &str, region: &str, apis: BTreeSet<String>, unlisted: Vec<Unlisted>) -> Coverage {
        let apis = apis.into_iter().map(|id| (id, None)).collect();
        let region_read = Region { is_complete: true, unlisted, apis, ..Region::default() };
        Coverage { account_id: account_id.to_owned(), regions: BTreeMap::from([(region.to_owned(), region_read)]) }
    }

    /// That an API was asked for by its id, all APIs of the region were listed, and it is not among them.
    pub fn absent(account_id: &str, region: &str, api_id: &str) -> Coverage {
        let region_read = Region { absent: BTreeSet::from([api_id.to_owned()]), ..Region::default() };
        Coverage { account_id: account_id.to_owned(), regions: BTreeMap::from([(region.to_owned(), region_read)]) }
    }

    /// The APIs of a region that were audited, as opposed to listed.
    pub fn audited(&self, region: &str) -> impl Iterator<Item = &str> {
        let apis = self.regions.get(region).into_iter().flat_map(|region| &region.apis);
        apis.filter(|(_, read)| read.is_some()).map(|(id, _)| id.as_str())
    }

    /// The APIs of a region that were asked for by their id and do not exist.
    pub fn absent_from(&self, region: &str) -> impl Iterator<Item = &str> {
        self.regions.get(region).into_iter().flat_map(|region| &region.absent).map(String::as_str)
    }

    /// Whether all APIs of a region were asked for, or listed.
    pub fn is_complete(&self, region: &str) -> bool {
        self.regions.get(region).is_some_and(|region| region.is_complete)
    }

    /// Why APIs of a region could not be listed, if not all could.
    pub fn unlisted(&self, region: &str) -> impl Iterator<Item = &NotRead> {
        self.regions.get(region).into_iter().flat_map(|region| &region.unlisted).map(|list| &list.why)
    }

    /// Whether what belongs to no API was looked at, all of it.
    pub fn is_account_read(&self, region: &str) -> bool {
        self.regions.get(region).is_some_and(|region| matches!(region.account, Account::Read | Account::Closed))
    }

    /// Whether it is settled which entries of the configuration are for nothing.
    pub fn judges(&self, region: &str) -> bool {
        self.regions.get(region).is_some_and(|region| region.judges)
    }

    /// Whether a part of a run may speak of what belongs to no API.
    pub fn is_account_part(&self, region: &str) -> bool {
        self.regions.get(region).is_some_and(|region| region.account == Account::InPart)
    }

    /// Whether the parts of a run over a region have ended, or it is not waited for them any longer.
    pub fn is_closing(&self, region: &str) -> bool {
        let ends = |region: &Region| matches!(region.account, Account::Closed | Account::Unfinished(_));
        self.regions.get(region).is_some_and(ends)
    }

    /// Whether a finding on a resource is the run's own to tell, and not that of another part of it.
    pub fn is_own(&self, resource: &Resource) -> bool {
        match (&resource.api_id, &resource.function) {
            (None, Some(_)) => true,
            _ => self.regions.get(&resource.region).is_some_and(|region| match &resource.api_id {
                Some(api) => !matches!(region.of_api(api, resource), Standing::Outside),
                None => !matches!(region.of_account(), Standing::Outside),
            }),
        }
    }

    /// Whether a stage was left out on purpose, or its API's stages were not read, so that nothing new is known of it.
    pub fn leaves_out(&self, region: &str, api_id: &str, stage: &str) -> bool {
        let read = self.regions.get(region).and_then(|region| region.apis.get(api_id)?.as_ref());
        read.is_none_or(|read| read.stages.as_ref().is_none_or(|stages| stages.get(stage) == Some(&false)))
    }

    /// Whether an API was seen to call a function, given by its ARN without alias or version.
    pub fn calls(&self, region: &str, api_id: &str, function: &str) -> bool {
        let read = self.regions.get(region).and_then(|region| region.apis.get(api_id)?.as_ref());
        read.is_some_and(|read| read.calls.contains(function))
    }

    /// Whether an API is known not to exist any more.
    pub fn is_gone(&self, region: &str, api_id: &str, kind: Option<ApiKind>) -> bool {
        self.regions.get(region).is_some_and(|region| matches!(region.api(api_id, kind), Standing::Gone(_)))
    }

    /// Whether a route's function was asked for an answer.
    pub(super) fn asked(&self, resource: &Resource) -> bool {
        let Resource { api_id: Some(api), stage: Some(stage), path: Some(path), .. } = resource else { return false };
        let route = (api.clone(), stage.clone(), resource.method.clone(), path.clone());
        self.regions.get(&resource.region).is_some_and(|region| region.asked.contains(&route))
    }

    /// What a silent check means for a resource; nothing where that was no part of the run. `callers` are the APIs that
    /// call the function, if it is one.
    pub(super) fn verdict(&self, resource: &Resource, callers: &BTreeSet<String>) -> Option<Verdict> {
        let standing = match (&resource.api_id, &resource.function) {
            (None, Some(function)) => self.function(function, callers),
            (api, _) => match self.regions.get(&resource.region) {
                None => Standing::Outside,
                Some(region) => match api {
                    Some(api) => region.of_api(api, resource),
                    None => region.of_account(),
                },
            },
        };
        match standing {
            Standing::Outside => None,
            Standing::InPart => Some(Verdict::SilentInPart),
            Standing::Gone(why) => Some(Verdict::Gone(why)),
            Standing::Unread(why) => Some(Verdict::NotEvaluated(why)),
            Standing::Read => Some(Verdict::Silent),
        }
    }

    /// The APIs that call a function by now: those that did, without those that are known to call it no longer, and those
    /// that were seen to. Each is `region/id`.
    pub(super) fn callers(&self, function: &str, earlier: &BTreeSet<String>) -> BTreeSet<String> {
        let mut callers = earlier.clone();
        for (name, region) in &self.regions {
            for (id, read) in &region.apis {
                let Some(read) = read else { continue };
                let caller = format!("{name}/{id}");
                if read.calls.contains(function) {
                    callers.insert(caller);
                } else if read.calls_known == CallsKnown::All {
                    callers.remove(&caller);
                }
            }
        }
        callers
            .retain(|caller| !self.caller(caller).is_some_and(|(_, standing)| matches!(standing, Standing::Gone(_))));
        callers
    }

    /// A function that a finding is about, whichever APIs call it. `callers` are those of before.
    fn function(&self, function: &str, callers: &BTreeSet<String>) -> Standing {
        let mut reads = self.regions.values().flat_map(|region| region.apis.values().flatten());
        if reads.any(|read| read.calls.contains(function)) {
            let is_read = self.regions.values().any(|region| region.functions.contains(function));
            return if is_read {
                Standing::Read
            } else {
                Standing::Unread("the function was not looked at".to_owned())
            };
        }
        let left = self.callers(function, callers);
        if left.is_empty() && !callers.is_empty() {
            return Standing::Gone("no API calls the function any more");
        }
        left.iter()
            .filter_map(|caller| self.caller(caller))
            .find_map(|(read, standing)| match (read.map(|read| &read.calls_known), standing) {
                (Some(CallsKnown::NotRead(why)), _) => Some(Standing::Unread(why.clone())),
                (_, unread @ Standing::Unread(_)) => Some(unread),
                _ => None,
            })
            .unwrap_or(Standing::Outside)
    }

    fn caller(&self, caller: &str) -> Option<(Option<&ApiRead>, Standing)> {
        let (region, id) = caller.split_once('/')?;
        let region = self.regions.get(region)?;
        Some((region.apis.get(id).and_then(Option::as_ref), region.api(id, None)))
    }
}

impl Region {
    fn of_api(&self, id: &str, resource: &Resource) -> Standing {
        // A mapping of a domain name, too, names an API and a stage, and may be wrong just because these are gone.
        let is_part = resource.arn.ends_with(&format!("apis/{id}")) || resource.arn.contains(&format!("apis/{id}/"));
        let is_closed = matches!(self.account, Account::Closed | Account::Unfinished(_));
        match self.api(id, resource.api_kind) {
            Standing::Gone(_) if !is_part => return self.of_account(),
            Standing::Outside if !is_part && is_closed && !self.apis.contains_key(id) => return self.of_account(),
            Standing::Read => {}
            other => return other,
        }
        let (Some(Some(read)), Some(stage)) = (self.apis.get(id), &resource.stage) else { return Standing::Read };
        let Some(stages) = &read.stages else {
            return Standing::Unread("the stages of the API were not read".to_owned());
        };
        match stages.get(stage) {
            Some(true) => Standing::Read,
            Some(false) => Standing::Outside,
            None if is_part => Standing::Gone("the stage does not exist any more"),
            None => Standing::Read,
        }
    }

    fn of_account(&self) -> Standing {
        match &self.account {
            Account::Outside => Standing::Outside,
            Account::InPart => Standing::InPart,
            Account::Read | Account::Closed => Standing::Read,
            Account::Unfinished(why) => Standing::Unread(why.clone()),
        }
    }

    fn api(&self, id: &str, kind: Option<ApiKind>) -> Standing {
        match self.apis.get(id) {
            Some(Some(_)) => return Standing::Read,
            Some(None) => return Standing::Outside,
            None => {}
        }
        let gone = Standing::Gone("the API does not exist any more");
        if self.absent.contains(id) {
            return gone;
        }
        if !self.is_complete {
            return Standing::Outside;
        }
        let unlisted = self.unlisted.iter().find(|list| kind.is_none_or(|kind| list.kinds.contains(&kind)));
        unlisted.map_or(gone, |list| Standing::Unread(list.why.reason()))
    }
}

impl ApiRead {
    fn of(api: &Api, wanted: &dyn Fn(&Stage) -> bool) -> ApiRead {
        let stages = api.stages.ok();
        let all_wanted = stages.is_some_and(|stages| stages.iter().all(wanted));
        ApiRead {
            stages: stages.map(|stages| stages.iter().map(|stage| (stage.name.clone(), wanted(stage))).collect()),
            calls: invocation::functions(api).iter().map(any_version).collect(),
            calls_known: match calls_unread(api) {
                // Of a stage that was not asked for, what it serves was not read on purpose.
                _ if stages.is_some() && !all_wanted => CallsKnown::InPart,
                Some(why) => CallsKnown::NotRead(why.reason()),
                None => CallsKnown::All,
            },
        }
    }
}

/// Keys are left out where only some APIs were asked for.
fn is_account_read(snapshot: &Snapshot) -> bool {
    snapshot.complete && snapshot.api_keys.known().err().is_none_or(NotRead::is_failure)
}

fn asked(answer: &Probed) -> (String, String, Option<String>, String) {
    (answer.api_id.clone(), answer.stage.clone(), answer.route.method.clone(), answer.route.path.clone())
}

/// Why it is not known which functions an API calls.
fn calls_unread(api: &Api) -> Option<NotRead> {
    let live = api.live.routes.known().err().or(api.live.authorizers.known().err().filter(|why| why.is_failure()));
    let stages = match api.stages.known() {
        Ok(stages) => stages,
        Err(why) => return Some(why.clone()),
    };
    let served = || stages.iter().find_map(|stage| invocation::of_stage(api, stage).not_read.first().copied());
    live.or_else(served).cloned()
}

/// A function's ARN, whichever of its versions and aliases is named.
fn any_version(name: &FunctionName) -> String {
    FunctionName { qualifier: None, ..name.clone() }.arn()
}
