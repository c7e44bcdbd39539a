//! The quotas of the calls that are made, and how a token bucket keeps to one.
//!
//! The numbers are AWS's, per account and region. Of those of reading, none can be raised but that of `DescribeLogGroups`.

use std::time::Duration;

/// How many calls are allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Calls a second, in the long run.
    pub per_second: f64,
    /// Calls at once, after a pause.
    pub burst: f64,
}

/// All calls of both API Gateway services together: 10 a second, burst 40.
pub const API_GATEWAY: Rate = Rate { per_second: 10.0, burst: 40.0 };

/// `GetResources`, besides: 5 in 2 seconds.
pub const GET_RESOURCES: Rate = Rate { per_second: 2.5, burst: 5.0 };

/// Lambda's `GetPolicy`: 15 a second.
pub const LAMBDA_GET_POLICY: Rate = Rate { per_second: 15.0, burst: 15.0 };

/// Lambda's other reads together: 15 a second.
pub const LAMBDA: Rate = Rate { per_second: 15.0, burst: 15.0 };

/// CloudTrail's `LookupEvents`: 2 a second.
pub const LOOKUP_EVENTS: Rate = Rate { per_second: 2.0, burst: 2.0 };

/// Each of CloudWatch Logs' `DescribeLogGroups`, `StartQuery` and `GetQueryResults`: 10 a second.
pub const LOGS: Rate = Rate { per_second: 10.0, burst: 10.0 };

/// CloudWatch Logs' `FilterLogEvents`: 10 a second, and in some regions more or less.
pub fn filter_log_events(region: &str) -> Rate {
    let per_second = match region {
        "us-east-1" => 25.0,
        "ap-northeast-3" | "ap-southeast-3" | "ca-west-1" | "eu-central-1" | "il-central-1" => 5.0,
        _ => 10.0,
    };
    Rate { per_second, burst: per_second }
}

impl Rate {
    /// A share of a quota, for one of several that use it. At least one call can be made at once.
    #[must_use]
    pub fn share(self, share: f64) -> Rate {
        Rate { per_second: self.per_second * share, burst: (self.burst * share).max(1.0) }
    }
}

/// A token bucket. It has no clock: the time is an argument, counted from any fixed moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    rate: Rate,
    tokens: f64,
    at: Duration,
}

impl Bucket {
    /// A full bucket.
    pub fn new(rate: Rate, now: Duration) -> Bucket {
        Bucket { rate, tokens: rate.burst, at: now }
    }

    /// Takes a token if there is one.
    pub fn take(&mut self, now: Duration) -> bool {
        self.fill(now);
        let has_one = self.tokens >= 1.0;
        if has_one {
            self.tokens -= 1.0;
        }
        has_one
    }

    /// Takes a token, in advance if there is none, and says how long to wait until it is there.
    pub fn reserve(&mut self, now: Duration) -> Duration {
        self.fill(now);
        self.tokens -= 1.0;
        Duration::from_secs_f64((-self.tokens / self.rate.per_second).max(0.0))
    }

    /// Takes every token that is there: somebody else has used up the quota.
    pub fn drain(&mut self, now: Duration) {
        self.fill(now);
        self.tokens = self.tokens.min(0.0);
    }

    fn fill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate.per_second).min(self.rate.burst);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn allows_the_burst_and_then_the_rate() {
        let mut bucket = Bucket::new(GET_RESOURCES, at(0.0));
        let taken = (0..100).filter(|_| bucket.take(at(0.0))).count();
        assert_eq!(taken, 5);
        assert!(!bucket.take(at(0.3)));
        assert!(bucket.take(at(0.4)));
        assert!(!bucket.take(at(0.5)));
        let taken = (0..100).filter(|_| bucket.take(at(100.0))).count();
        assert_eq!(taken, 5, "no more than the burst, however long the pause");
    }

    #[test]
    fn reserves_in_advance() {
        let mut bucket = Bucket::new(API_GATEWAY, at(0.0));
        let waits: Vec<f64> = (0..60).map(|_| bucket.reserve(at(0.0)).as_secs_f64()).collect();
        assert!(waits[..40].iter().all(|wait| *wait == 0.0));
        assert!((waits[40] - 0.1).abs() < 1e-9 && (waits[59] - 2.0).abs() < 1e-9, "{waits:?}");
        assert!((bucket.reserve(at(2.0)).as_secs_f64() - 0.1).abs() < 1e-9);
    }

    #[test]
    fn yields_when_drained() {
        let mut bucket = Bucket::new(API_GATEWAY, at(0.0));
        bucket.drain(at(0.0));
        assert!(!bucket.take(at(0.05)));
        assert!(bucket.take(at(0.1)));
    }

    #[test]
    fn a_clock_that_runs_backwards_gives_nothing() {
        let mut bucket = Bucket::new(GET_RESOURCES, at(10.0));
        (0..5).for_each(|_| assert!(bucket.take(at(10.0))));
        assert!(!bucket.take(at(5.0)));
        assert!(!bucket.take(at(10.0)));
    }

    #[test]
    fn half_of_a_quota() {
        assert_eq!(API_GATEWAY.share(0.5), Rate { per_second: 5.0, burst: 20.0 });
        assert_eq!(GET_RESOURCES.share(0.01).burst, 1.0);
    }
}
