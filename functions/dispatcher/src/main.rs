//! Builds what the dispatcher needs, and runs it.

use dispatcher::Dispatcher;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;
use service::Settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let dispatcher = Dispatcher::new(Settings::from_variables(|name| std::env::var(name).ok())?);
    run(service_fn(|event: LambdaEvent<Value>| Box::pin(dispatcher.handle(event.payload)))).await
}
