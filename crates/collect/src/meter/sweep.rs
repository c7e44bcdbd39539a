//! A sweep over many APIs, simulated: the calls of each take their tokens as they do in an auditor, and time stands still
//! but for waiting.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::quota;
use tokio::time::{Instant, sleep};

use super::{Kind, Quota, Which};
use crate::shared;

/// What is asked of API Gateway for one API: at once, and then one after the other. Tests of the whole count the same.
#[derive(Clone, Copy)]
struct Plan {
    /// `GetStages`, `GetDeployments`, `GetGatewayResponses`, beside `GetResources`.
    beside_resources: usize,
    /// Summaries and exports of deployments that are not known yet.
    of_deployments: usize,
    /// What is asked for the lists that all APIs share.
    of_lists: usize,
}

/// A REST API whose deployments are known, in a region of 5,000 APIs with 120 domain names and 20 usage plans.
const KNOWN: Plan = Plan { beside_resources: 3, of_deployments: 0, of_lists: 20 + 121 + 21 + 1 };

/// The same when it is read for the first time, with two stages on two deployments.
const FIRST: Plan = Plan { of_deployments: 4, ..KNOWN };

const APIS: usize = 5_000;

/// How long a call takes on the network.
const LATENCY: Duration = Duration::from_millis(80);

/// What an audit takes besides: metrics, functions, the store.
const BESIDES: Duration = Duration::from_millis(600);

fn kind(buckets: &'static [Which]) -> Kind {
    Kind { region: "eu-west-1".to_owned(), buckets }
}

async fn call(quota: &Quota, buckets: &'static [Which]) {
    quota.wait(&kind(buckets)).await;
    sleep(LATENCY).await;
}

async fn together(quota: &Quota, calls: usize) {
    futures_util::future::join_all((0..calls).map(|_| call(quota, &[Which::ApiGateway]))).await;
}

/// One auditor: takes APIs off the queue until none is left.
async fn work(quota: Quota, plan: Plan, queue: Arc<Mutex<Vec<usize>>>, done: Arc<Mutex<BTreeSet<usize>>>) {
    let mut lists: Option<(Instant, Duration)> = None;
    loop {
        let Some(api) = queue.lock().unwrap().pop() else { return };
        if lists.is_none_or(|(since, took)| since.elapsed() > shared::lasts(took)) {
            let begin = Instant::now();
            together(&quota, plan.of_lists).await;
            lists = Some((begin, begin.elapsed()));
        }
        let resources = call(&quota, &[Which::GetResources, Which::ApiGateway]);
        futures_util::future::join(resources, together(&quota, plan.beside_resources)).await;
        for _ in 0..plan.of_deployments {
            call(&quota, &[Which::ApiGateway]).await;
        }
        sleep(BESIDES).await;
        assert!(done.lock().unwrap().insert(api), "an API is audited once");
    }
}

/// How long the sweep takes, as a multiple of the least that the quota allows for the calls on the APIs alone.
async fn sweep(plan: Plan, share: f64, workers: usize) -> f64 {
    let queue = Arc::new(Mutex::new((0..APIS).collect::<Vec<usize>>()));
    let done = Arc::new(Mutex::new(BTreeSet::new()));
    let begin = Instant::now();
    let all = (0..workers).map(|_| {
        let quota = Quota::new(share / workers as f64);
        tokio::spawn(work(quota, plan, Arc::clone(&queue), Arc::clone(&done)))
    });
    for worker in all.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    assert_eq!(done.lock().unwrap().len(), APIS, "none is left out");
    let calls = APIS * (1 + plan.beside_resources + plan.of_deployments);
    let of_all = calls as f64 / (quota::API_GATEWAY.per_second * share);
    let of_resources = APIS as f64 / (quota::GET_RESOURCES.per_second * share);
    begin.elapsed().as_secs_f64() / of_all.max(of_resources)
}

#[tokio::test(start_paused = true)]
async fn five_thousand_apis_take_hardly_longer_than_the_quota_makes_them() {
    for (plan, share, workers) in [(KNOWN, 0.5, 2), (FIRST, 0.5, 2), (KNOWN, 1.0, 2), (KNOWN, 0.5, 5)] {
        let factor = sweep(plan, share, workers).await;
        assert!((1.0..=1.1).contains(&factor), "{} and {share} and {workers}: {factor}", plan.of_deployments);
    }
}
