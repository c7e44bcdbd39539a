//! Builds what the auditor needs, and runs it.

use std::time::SystemTime;

use auditor::Auditor;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;
use service::Settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let auditor = Auditor::new(Settings::from_variables(|name| std::env::var(name).ok())?);
    run(service_fn(|event: LambdaEvent<Value>| {
        let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        Box::pin(auditor.handle(event.payload, left))
    }))
    .await
}
