//! What a warm process keeps between messages: what the APIs of a region share, for each run.

use std::sync::Arc;

use collect::{Account, Shared};
use jiff::Timestamp;
use tokio::sync::Mutex;

/// What a warm process keeps between messages, the least used first.
#[derive(Default)]
pub struct Warm(Mutex<Vec<Kept>>);

struct Kept {
    account_id: String,
    region: String,
    run: Timestamp,
    shared: Arc<Shared>,
}

/// How many APIs may be on all lists that are kept together: one takes one or two kilobytes.
const MOST: usize = 20_000;

impl Kept {
    fn is_of(&self, account: &Account, region: &str, run: Timestamp) -> bool {
        self.account_id == account.id() && self.region == region && self.run == run
    }
}

impl Warm {
    /// What the APIs of a region share, read once for a run as long as it lasts. `is_good` may ask for newer.
    pub(crate) async fn shared(
        &self,
        account: &Account,
        region: &str,
        run: Timestamp,
        is_good: impl Fn(&Shared) -> bool,
    ) -> Arc<Shared> {
        let mut all = self.0.lock().await;
        let earlier = all.iter().position(|kept| kept.is_of(account, region, run)).map(|at| all.remove(at));
        let earlier = earlier.map(|kept| kept.shared);
        let shared = match earlier.as_ref().filter(|shared| !shared.is_stale() && is_good(shared)) {
            Some(shared) => Arc::clone(shared),
            None => Arc::new(account.shared(region, earlier.as_deref(), &collect::now).await),
        };
        let (account_id, region) = (account.id().to_owned(), region.to_owned());
        all.push(Kept { account_id, region, run, shared: Arc::clone(&shared) });
        all.retain(|kept| !kept.shared.is_stale());
        while all.len() > 1 && all.iter().map(|kept| kept.shared.size()).sum::<usize>() > MOST {
            all.remove(0);
        }
        shared
    }
}
