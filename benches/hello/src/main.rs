//! A function that answers every event with the same word.

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(async |_: LambdaEvent<Value>| Ok::<_, Error>(json!({ "statusCode": 200, "body": "hello" })))).await
}
