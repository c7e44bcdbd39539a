//! What was said of one request, made one failure: lines of one request about one failure count once.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;

use super::failure::{Failure, Proof};
use super::kind::Kind;
use super::line::RequestId;

/// Where a stream is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) log_group: Option<String>,
    pub(super) log_stream: Option<String>,
    pub(super) function: Option<String>,
    pub(super) runtime: Option<super::kind::Runtime>,
}

/// One failure, with the numbers of all lines that tell of it.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) failure: Failure,
    pub(super) numbers: Vec<u64>,
    pub(super) place: Arc<Place>,
}

/// What was said of a request, or before one.
#[derive(Debug)]
struct Incident {
    failures: Vec<Failure>,
    place: Arc<Place>,
    order: u64,
    size: usize,
}

/// A request in a stream; without a request, what waits for one.
type Key = (Option<RequestId>, u64);

/// Requests of which something was said and more may follow: what the platform says comes after the fact, and the gateway
/// writes into another log.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    waiting: BTreeMap<Key, Incident>,
    order: BTreeMap<u64, Key>,
    next: u64,
    size: usize,
    /// Requests that were counted lately, and whether by the gateway's word.
    counted: BTreeMap<RequestId, bool>,
    counted_order: VecDeque<RequestId>,
}

impl Incidents {
    /// What waits takes about this much memory, and no more.
    const MOST_BYTES: usize = 4 * 1024 * 1024;
    /// What one request takes.
    const MOST_FAILURES: usize = 8;
    const MOST_COUNTED: usize = 8192;

    /// A request began in a stream. If it did so before, it is tried again; what waits in the stream belongs to it if the
    /// init failed, and to nobody otherwise.
    pub(super) fn began(&mut self, request: RequestId, stream: u64, is_alone: bool, out: &mut Vec<Settled>) {
        // What the gateway said of it may stand before it.
        if self.waiting.get(&(Some(request), stream)).is_some_and(|incident| !is_gateways(incident)) {
            self.settle((Some(request), stream), out);
        }
        self.counted.remove(&request);
        let Some(orphans) = self.remove((None, stream)) else { return };
        let (init, others): (Vec<_>, Vec<_>) = orphans.failures.into_iter().partition(|failure| failure.is_init);
        for failure in init {
            self.add(Some(request), failure, stream, &orphans.place, out);
        }
        for failure in others {
            if is_alone {
                out.extend(resolve(vec![failure], &orphans.place));
            } else {
                self.add(None, failure, stream, &orphans.place, out);
            }
        }
    }

    /// Something failed.
    pub(super) fn failed(&mut self, failure: Failure, stream: u64, place: &Arc<Place>, out: &mut Vec<Settled>) {
        let request = failure.context.request;
        let is_status = matches!(failure.proof, Proof::Status | Proof::Platform) && !failure.is_init;
        self.add(request, failure, stream, place, out);
        // A status of a request of which nothing else was said speaks of what nobody could be given.
        let is_alone = self.waiting.get(&(request, stream)).is_some_and(|incident| incident.failures.len() == 1);
        if is_status
            && is_alone
            && request.is_some()
            && let Some(mut orphans) = self.remove((None, stream))
        {
            let taken = orphans.failures.pop();
            for failure in orphans.failures {
                self.add(None, failure, stream, &orphans.place, out);
            }
            if let Some(failure) = taken {
                self.add(request, failure, stream, place, out);
            }
        }
    }

    fn add(
        &mut self,
        request: Option<RequestId>,
        failure: Failure,
        stream: u64,
        place: &Arc<Place>,
        out: &mut Vec<Settled>,
    ) {
        let key = (request, stream);
        let (order, size) = (self.next, failure.size());
        self.next += 1;
        let incident = self.waiting.entry(key).or_insert_with(|| {
            self.order.insert(order, key);
            Incident { failures: Vec::new(), place: Arc::clone(place), order, size: 0 }
        });
        if incident.failures.len() >= Incidents::MOST_FAILURES {
            match request {
                // The status comes last, and says the most.
                Some(_) if failure.proof > Proof::Printed => {
                    incident.failures.remove(0);
                }
                Some(_) => return,
                None => {
                    let oldest = incident.failures.remove(0);
                    out.extend(resolve(vec![oldest], &Arc::clone(&incident.place)));
                }
            }
        }
        incident.failures.push(failure);
        incident.size += size;
        self.size += size;
        while self.size > Incidents::MOST_BYTES
            && let Some((_, key)) = self.order.pop_first()
        {
            self.settle(key, out);
        }
    }

    fn remove(&mut self, key: Key) -> Option<Incident> {
        let incident = self.waiting.remove(&key)?;
        self.order.remove(&incident.order);
        self.size = self.size.saturating_sub(incident.size);
        Some(incident)
    }

    /// Counts what was said of a request. What the gateway says of the same one is the same failure.
    fn settle(&mut self, key: Key, out: &mut Vec<Settled>) {
        let Some(mut incident) = self.remove(key) else { return };
        let Some(request) = key.0 else {
            let (init, others): (Vec<_>, Vec<_>) = incident.failures.into_iter().partition(|failure| failure.is_init);
            out.extend(resolve(init, &incident.place));
            others.into_iter().for_each(|failure| out.extend(resolve(vec![failure], &incident.place)));
            return;
        };
        let is_of_gateway = is_gateways(&incident);
        let others: Vec<Key> =
            self.waiting.range((Some(request), 0)..=(Some(request), u64::MAX)).map(|(key, _)| *key).collect();
        for other in others {
            let is_same = is_of_gateway || self.waiting.get(&other).is_some_and(is_gateways);
            if is_same && let Some(other) = self.remove(other) {
                if is_of_gateway {
                    incident.place = other.place;
                }
                incident.failures.extend(other.failures);
            }
        }
        let has_failed = incident.failures.iter().any(|failure| failure.proof > Proof::Printed);
        if let Some(by_gateway) = self.counted.get(&request)
            && (*by_gateway || is_of_gateway)
            && has_failed
        {
            return;
        }
        if has_failed {
            self.counted.insert(request, is_gateways(&incident));
            self.counted_order.push_back(request);
            if self.counted_order.len() > Incidents::MOST_COUNTED
                && let Some(oldest) = self.counted_order.pop_front()
            {
                self.counted.remove(&oldest);
            }
        }
        out.extend(resolve(incident.failures, &incident.place));
    }

    /// Counts what waits in a stream without a request: the stream has ended.
    pub(super) fn end_stream(&mut self, stream: u64, out: &mut Vec<Settled>) {
        self.settle((None, stream), out);
    }

    /// Counts everything, oldest first.
    pub(super) fn end(&mut self, out: &mut Vec<Settled>) {
        while let Some((_, key)) = self.order.pop_first() {
            self.settle(key, out);
        }
    }
}

/// Whether only the gateway told of it.
fn is_gateways(incident: &Incident) -> bool {
    incident.failures.iter().all(|failure| failure.proof == Proof::Gateway)
}

/// The failures among what was said of one request.
fn resolve(failures: Vec<Failure>, place: &Arc<Place>) -> Vec<Settled> {
    let (mut printed, mut said): (Vec<_>, Vec<_>) =
        failures.into_iter().partition(|failure| failure.proof == Proof::Printed);
    // The one that says the most speaks for all; of several, the first.
    said.sort_by_key(|failure| std::cmp::Reverse(failure.proof));
    let mut settled: Vec<Settled> = Vec::new();
    while !said.is_empty() {
        let primary = said.remove(0);
        let (same, others): (Vec<_>, Vec<_>) = said.into_iter().partition(|other| is_same(&primary, other));
        settled.push(one(primary, same, &mut printed, place));
        said = others;
    }
    for mut failure in printed {
        failure.kind = Kind::LoggedError;
        let twin = settled.iter_mut().find(|other| {
            let other = &other.failure;
            other.kind == Kind::LoggedError && other.error_type == failure.error_type && other.frames == failure.frames
        });
        let number = failure.number;
        match twin {
            Some(twin) => twin.numbers.push(number),
            None => settled.push(Settled { failure, numbers: vec![number], place: Arc::clone(place) }),
        }
    }
    settled
}

/// Whether two things that were said of one request are about one failure. A request fails once; its init may have failed
/// before, of something else.
fn is_same(one: &Failure, other: &Failure) -> bool {
    let is_vague = |failure: &Failure| {
        failure.proof <= Proof::Platform
            && (failure.kind == Kind::Exit || matches!(failure.error_type.as_deref(), None | Some("Runtime.Unknown")))
    };
    one.is_init == other.is_init
        || same_type(one, other)
        || (is_vague(one) && one.kind != Kind::Timeout)
        || is_vague(other)
}

/// `java.lang.RuntimeException`, `RuntimeException` and `Function<RuntimeException>` are one type under several names.
fn same_type(one: &Failure, other: &Failure) -> bool {
    let bare = |failure: &Failure| {
        let name = failure.error_type.as_deref()?;
        let name = name.split_once('<').map_or(name, |(_, inner)| inner.trim_end_matches('>'));
        Some(name.rsplit(['.', ':']).next().unwrap_or(name).to_owned())
    };
    bare(one).is_some() && bare(one) == bare(other)
}

/// One failure of all that is said of it.
fn one(mut primary: Failure, same: Vec<Failure>, printed: &mut Vec<Failure>, place: &Arc<Place>) -> Settled {
    let mut numbers = vec![primary.number];
    for other in &same {
        numbers.push(other.number);
        primary.context.time = primary.context.time.or(other.context.time);
        primary.context.request = primary.context.request.or(other.context.request);
        primary.runtime = primary.runtime.or(other.runtime);
        if primary.kind == Kind::Exit && other.kind == Kind::OutOfMemory {
            primary.kind = Kind::OutOfMemory;
        }
        if primary.error_type.is_none() && primary.proof < Proof::Reported {
            primary.error_type.clone_from(&other.error_type);
        }
    }
    // What was printed of the same failure is not counted again, and tells more than a status does.
    let follows = primary.follows_print || same.iter().any(|other| other.follows_print);
    let is_untyped = matches!(primary.error_type.as_deref(), None | Some("Runtime.Unknown"));
    let is_vague = primary.proof == Proof::Status && matches!(primary.kind, Kind::Exception | Kind::Init) && is_untyped;
    let is_crash = primary.kind == Kind::Exit && follows;
    let last = printed.len().wrapping_sub(1);
    let mut details = None;
    let mut rest = Vec::new();
    for (at, candidate) in printed.drain(..).enumerate() {
        let said_by_gateway = primary.proof == Proof::Gateway && is_untyped && primary.message == candidate.message;
        let is_this = ((is_vague || is_crash) && at == last)
            || said_by_gateway
            || same_type(&primary, &candidate)
            || same.iter().any(|other| same_type(other, &candidate));
        if is_this {
            numbers.push(candidate.number);
            details = Some(candidate);
        } else {
            rest.push(candidate);
        }
    }
    *printed = rest;
    if let Some(details) = details
        && (primary.proof < Proof::Reported)
        && !matches!(primary.kind, Kind::Timeout | Kind::OutOfMemory)
    {
        let (time, request) = (primary.context.time, primary.context.request);
        let is_init = primary.is_init;
        let lines = std::mem::take(&mut primary.lines);
        primary = details;
        primary.lines.append(lines);
        primary.context.time = primary.context.time.or(time);
        primary.context.request = primary.context.request.or(request);
        if is_init && primary.kind == Kind::Exception {
            primary.kind = Kind::Init;
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    Settled { failure: primary, numbers, place: Arc::clone(place) }
}
