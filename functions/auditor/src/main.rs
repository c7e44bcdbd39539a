//! Builds what the auditor needs, and runs it.

use std::time::{Duration, SystemTime};

use auditor::Auditor;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;
use service::Settings;

/// The time limit that the template sets.
const TIMEOUT: Duration = Duration::from_secs(900);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let auditor = Auditor::new(Settings::from_variables(|name| std::env::var(name).ok())?);
    run(service_fn(|event: LambdaEvent<Value>| {
        // No invocation begins when its time is over: whoever says so (cargo-lambda tells a time of 1970) knows of no deadline.
        let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or(TIMEOUT);
        Box::pin(auditor.handle(event.payload, left))
    }))
    .await
}
