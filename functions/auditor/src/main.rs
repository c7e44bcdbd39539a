//! Builds what the auditor needs, and runs it.

use auditor::{Auditor, Settings};
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let auditor = Auditor::new(Settings::from_variables(|name| std::env::var(name).ok())?);
    run(service_fn(|event: LambdaEvent<Value>| auditor.handle(event.payload))).await
}
