//! Reading the trail: CloudTrail's event history of the writes on a region's APIs.

use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_smithy_types::DateTime;
use engine::observed::Observed;
use engine::snapshot::{Api, ApiKind, Snapshot, Stage};
use engine::trail::{Event, HISTORY_DAYS, Trail};
use engine::{drift, trail};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::connect::Clients;
use crate::form::timestamp;
use crate::read::{Answer, Call, list};

/// The most that a page may hold.
const PAGE: i32 = 50;

/// How far back the trail of a region has to go; nothing where no trail is needed.
///
/// For drift it is the oldest deployment of a stage, or of its canary, that is not known to be in sync; for baselines, of
/// any stage.
pub(crate) fn needed(snapshot: &Snapshot, for_baselines: bool, wants: &dyn Fn(&str) -> bool) -> Option<Timestamp> {
    let wanted = |stage: &Stage| wants(&stage.name);
    let deployed_at = |api: &Api| -> Vec<Timestamp> {
        if for_baselines {
            let stages = api.stages.ok().into_iter().flatten().filter(|stage| wanted(stage));
            return stages.filter_map(|stage| api.deployed_at(stage.deployment_id.as_deref()?)).collect();
        }
        let stages = drift::api(snapshot, api, &wanted).stages;
        let waiting = stages.iter().filter(|stage| stage.in_sync != Some(true)).filter_map(|stage| stage.deployed_at);
        let canaries = stages.iter().filter_map(|stage| stage.canary.as_ref());
        let canaries = canaries.filter(|canary| !canary.changes.is_empty());
        waiting.chain(canaries.filter_map(|canary| api.deployed_at(canary.deployment_id.as_deref()?))).collect()
    };
    let oldest = snapshot.apis.iter().flat_map(deployed_at).min()?;
    let history = SignedDuration::from_hours(24 * HISTORY_DAYS);
    let reach = snapshot.taken_at.checked_sub(history).unwrap_or(oldest);
    // The call that made a deployment stands in the trail a moment before the deployment's own date.
    let oldest = oldest.checked_sub(SignedDuration::from_mins(5)).unwrap_or(oldest);
    Some(oldest.max(reach))
}

/// How far back the trail is read for several APIs, where one of them needs it since `since`: twice as far, so that a few
/// readings do for all.
pub(crate) fn beyond(since: Timestamp, until: Timestamp) -> Timestamp {
    let history = SignedDuration::from_hours(24 * HISTORY_DAYS);
    let reach = until.checked_sub(history).unwrap_or(since).min(since);
    since.checked_sub(until.duration_since(since)).unwrap_or(reach).max(reach)
}

/// The writes on the region's APIs since a moment.
///
/// `LookupEvents` takes one attribute. By service it would tell of every read, too, and an audit makes many of those; so
/// each write is asked for by its name.
pub(crate) async fn read(clients: &Clients, kinds: &[ApiKind], since: Timestamp, until: Timestamp) -> Observed<Trail> {
    let call = Call::anywhere("cloudtrail:LookupEvents");
    let mut events = Vec::new();
    for name in trail::writes_on(kinds) {
        match lookup(clients, &call, name, since).await {
            Observed::Known(found) => events.extend(found),
            // What one name may not, none may.
            Observed::NotRead(why) => return Observed::NotRead(why),
        }
    }
    Observed::Known(Trail::new(since, until, events))
}

async fn lookup(clients: &Clients, call: &Call, name: &str, since: Timestamp) -> Observed<Vec<Event>> {
    let records = list(call, |token| async {
        let attribute =
            LookupAttribute::builder().attribute_key(LookupAttributeKey::EventName).attribute_value(name).build();
        let request = clients.cloudtrail.lookup_events().set_lookup_attributes(attribute.ok().map(|one| vec![one]));
        let request = request.start_time(DateTime::from_secs(since.as_second())).max_results(PAGE);
        let page = request.set_next_token(token).send().await?;
        Answer::<_, _>::Ok((page.events, page.next_token))
    });
    let records = records.await;
    records.map(|records| {
        let events = records.into_iter().filter_map(|record| {
            let told = serde_json::from_str::<Value>(record.cloud_trail_event.as_deref()?).ok()?;
            let event = Event::parse(&told)?;
            let time = record.event_time.and_then(timestamp).unwrap_or(event.time);
            (time >= since).then_some(event)
        });
        events.collect()
    })
}
