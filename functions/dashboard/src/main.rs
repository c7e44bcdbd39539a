//! Builds what the dashboard needs, and runs it.

use dashboard::{Dashboard, Settings};
use lambda_http::lambda_runtime::run;
use lambda_http::{Error, LambdaEvent, service_fn, tracing};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let variable = |name: &str| std::env::var(name).ok();
    let dashboard = Dashboard::new(Settings::from_variables(variable)?, service::Settings::from_variables(variable)?);
    // The runtime's future around this one would be deeper than the compiler follows.
    run(service_fn(|event: LambdaEvent<Value>| Box::pin(dashboard.handle(event.payload)))).await
}
