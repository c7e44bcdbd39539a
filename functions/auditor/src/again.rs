//! When a message that failed comes back.
//!
//! The queue hides a message for six times the function's time limit, for it cannot know whether the function still works on it.
//! Where the function itself says that it failed, that is known, and an hour and a half would be lost.

use std::time::Duration;

use service::Queue;

use crate::event::Delivery;

/// How often a message is tried: the queue's `maxReceiveCount` in the template.
pub const GIVEN_UP: u32 = 5;

/// How long the queue may take to answer: the invocation is nearly over.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a message is left alone that failed so many times: half a minute, and each time four times as long, together 42
/// minutes. After the last time at once, for the queue gives it up when it would be delivered once more.
fn pause(times: u32) -> Duration {
    match times {
        GIVEN_UP.. => Duration::ZERO,
        times => Duration::from_secs(30 * 4_u64.pow(times.saturating_sub(1))),
    }
}

/// Whether a message that failed so many times is to be told of: the first two times it comes back within minutes, and what was
/// in the way is mostly gone by then.
pub(crate) fn is_stubborn(times: u32) -> bool {
    times >= 3
}

/// Has a message that failed shown again soon. Where the queue refuses, it is shown when the queue's own time has passed.
pub(crate) async fn soon(queue: &Queue, delivery: &Delivery) {
    let Some(receipt) = &delivery.receipt else { return };
    let shown = tokio::time::timeout(PATIENCE, queue.show_after(receipt, pause(delivery.times))).await;
    let refused = match shown {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("the queue did not answer within {} seconds", PATIENCE.as_secs()),
    };
    tracing::warn!(message.id = delivery.id, "the message comes back late: {refused}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_ever_later_and_is_given_up_at_once() {
        let pauses: Vec<u64> = (0..=6).map(|times| pause(times).as_secs()).collect();
        assert_eq!(pauses, [30, 30, 120, 480, 1920, 0, 0]);
    }

    #[test]
    fn what_mends_itself_within_minutes_is_not_told_and_what_goes_on_is_before_it_is_given_up() {
        let told: Vec<u32> = (1..=GIVEN_UP).filter(|times| is_stubborn(*times)).collect();
        assert_eq!(told, [3, 4, 5]);
        let until: u64 = (1..3).map(|times| pause(times).as_secs()).sum();
        assert_eq!(until, 150);
    }
}
