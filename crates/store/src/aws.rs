//! The service's backend: a table of DynamoDB's and a bucket of S3's.
//!
//! The table has the keys `partition` and `sort`, `expires` for its time to live, and one index, `fingerprint`, with keys
//! alone: it changes when a finding is new, not each time that it is seen.

mod s3;

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use jiff::Timestamp;

use crate::StoreError;
use crate::backend::{Backend, Expected, Item, Key, Page, Write};
use s3::Bucket;

/// A table of DynamoDB's and a bucket of S3's.
pub struct Aws {
    client: Client,
    table: String,
    bucket: Bucket,
}

type Attributes = std::collections::HashMap<String, AttributeValue>;

/// A partition that is throttled takes more within a fraction of a second: it is asked again soon, and whoever waits for a page
/// waits for three seconds on average, six at most.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(8).with_initial_backoff(Duration::from_millis(50))
}

/// The index by which findings are found.
const INDEX: &str = "fingerprint";

impl Aws {
    /// The table and the bucket of these names, in the configuration's account and region. `connector` sends the requests
    /// to S3, which has no client here.
    pub fn new(config: &SdkConfig, connector: SharedHttpConnector, table: &str, bucket: &str) -> Aws {
        let bucket = Bucket::new(config, connector, bucket);
        let config = aws_sdk_dynamodb::config::Builder::from(config).retry_config(retries()).build();
        Aws { client: Client::from_conf(config), table: table.to_owned(), bucket }
    }

    fn failed<E>(&self, what: &str) -> impl Fn(SdkError<E>) -> StoreError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let what = format!("{what} the table {}", self.table);
        move |error| StoreError::Backend { what: what.clone(), why: why(&error) }
    }

    async fn put(&self, put: Put) -> Result<bool, StoreError> {
        let sent = self
            .client
            .put_item()
            .table_name(put.table_name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names)
            .set_expression_attribute_values(put.expression_attribute_values);
        match sent.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(
                    PutItemError::ConditionalCheckFailedException(_) | PutItemError::TransactionConflictException(_),
                ) => Ok(false),
                _ => Err(self.failed("writing")(error)),
            },
        }
    }

    async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<bool, StoreError> {
        match self.client.transact_write_items().set_transact_items(Some(writes)).send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) if is_refusal(cancelled) => {
                    Ok(false)
                }
                _ => Err(self.failed("writing")(error)),
            },
        }
    }

    fn put_request(&self, write: &Write) -> Result<Option<Put>, StoreError> {
        let Write::Put { key, body, fingerprint, expires, expected } = write else { return Ok(None) };
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(key_of(key)))
            .item("revision", AttributeValue::N(expected.next().to_string()))
            .item("body", AttributeValue::B(Blob::new(body.clone())));
        let put = fingerprint.iter().fold(put, |put, value| put.item(INDEX, AttributeValue::S(value.clone())));
        let put =
            expires.iter().fold(put, |put, time| put.item("expires", AttributeValue::N(time.as_second().to_string())));
        let put = match expected {
            Expected::Any => put,
            Expected::Absent => {
                put.condition_expression("attribute_not_exists(#p)").expression_attribute_names("#p", "partition")
            }
            Expected::Revision(revision) => put
                .condition_expression("#r = :r")
                .expression_attribute_names("#r", "revision")
                .expression_attribute_values(":r", AttributeValue::N(revision.to_string())),
        };
        put.build().map(Some).map_err(|error| built(&error))
    }

    fn request(&self, write: &Write) -> Result<TransactWriteItem, StoreError> {
        let builder = TransactWriteItem::builder();
        Ok(match write {
            Write::Put { .. } => builder.set_put(self.put_request(write)?).build(),
            Write::Check { key, revision } => {
                let check = ConditionCheck::builder()
                    .table_name(&self.table)
                    .set_key(Some(key_of(key)))
                    .condition_expression("#r = :r")
                    .expression_attribute_names("#r", "revision")
                    .expression_attribute_values(":r", AttributeValue::N(revision.to_string()))
                    .build();
                builder.condition_check(check.map_err(|error| built(&error))?).build()
            }
            Write::Delete { key } => {
                let delete = Delete::builder().table_name(&self.table).set_key(Some(key_of(key))).build();
                builder.delete(delete.map_err(|error| built(&error))?).build()
            }
        })
    }
}

impl Backend for Aws {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key_of(key))).consistent_read(true);
        let answer = get.send().await.map_err(self.failed("reading"))?;
        answer.item().map(item).transpose()
    }

    async fn list(&self, partition: &str, prefix: &str, after: Option<&str>, limit: usize) -> Result<Page, StoreError> {
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .expression_attribute_names("#p", "partition")
            .expression_attribute_values(":p", AttributeValue::S(partition.to_owned()));
        // An empty text is no value of a condition.
        query = if prefix.is_empty() {
            query.key_condition_expression("#p = :p")
        } else {
            query
                .key_condition_expression("#p = :p AND begins_with(#s, :s)")
                .expression_attribute_names("#s", "sort")
                .expression_attribute_values(":s", AttributeValue::S(prefix.to_owned()))
        };
        if let Some(after) = after {
            query = query.set_exclusive_start_key(Some(key_of(&Key::new(partition, after))));
        }
        let answer = query.send().await.map_err(self.failed("reading"))?;
        let items = answer.items().iter().map(item).collect::<Result<_, _>>()?;
        let next = answer.last_evaluated_key().and_then(|key| key.get("sort")?.as_s().ok().cloned());
        Ok(Page { items, next })
    }

    async fn find(&self, fingerprint: &str) -> Result<Option<Key>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX)
            .key_condition_expression("#f = :f")
            .expression_attribute_names("#f", INDEX)
            .expression_attribute_values(":f", AttributeValue::S(fingerprint.to_owned()));
        let answer = query.send().await.map_err(self.failed("reading"))?;
        answer.items().first().map(key_in).transpose()
    }

    async fn write(&self, writes: &[Write]) -> Result<bool, StoreError> {
        // A transaction costs twice as much as a write of its own.
        if let [only @ Write::Put { .. }] = writes
            && let Some(put) = self.put_request(only)?
        {
            return self.put(put).await;
        }
        if writes.is_empty() {
            return Ok(true);
        }
        let requests = writes.iter().map(|write| self.request(write)).collect::<Result<_, _>>()?;
        self.transact(requests).await
    }

    async fn put_object(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.bucket.put(name, bytes).await
    }

    async fn object(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.bucket.get(name).await
    }

    async fn forget_object(&self, name: &str) -> Result<(), StoreError> {
        self.bucket.delete(name).await
    }
}

/// Whether a transaction was cancelled because a condition does not hold, or somebody else writes the same; not because
/// of throttling or of what was sent.
fn is_refusal(cancelled: &aws_sdk_dynamodb::types::error::TransactionCanceledException) -> bool {
    let mut codes = cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
    let is_own = |code: &str| ["None", "ConditionalCheckFailed", "TransactionConflict"].contains(&code);
    !cancelled.cancellation_reasons().is_empty() && codes.all(is_own)
}

fn key_of(key: &Key) -> Attributes {
    let pairs = [("partition", &key.partition), ("sort", &key.sort)];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), AttributeValue::S(value.clone()))).collect()
}

fn key_in(attributes: &Attributes) -> Result<Key, StoreError> {
    let text = |name: &str| attributes.get(name).and_then(|value| value.as_s().ok()).cloned();
    match (text("partition"), text("sort")) {
        (Some(partition), Some(sort)) => Ok(Key { partition, sort }),
        _ => Err(StoreError::Item { key: "an item".to_owned(), why: "it has no key".to_owned() }),
    }
}

fn item(attributes: &Attributes) -> Result<Item, StoreError> {
    let key = key_in(attributes)?;
    let number = |name: &str| attributes.get(name).and_then(|value| value.as_n().ok()?.parse::<i64>().ok());
    let body = attributes.get("body").and_then(|value| value.as_b().ok()).map(|blob| blob.as_ref().to_vec());
    match (number("revision").and_then(|revision| u32::try_from(revision).ok()), body) {
        (Some(revision), Some(body)) => {
            let expires = number("expires").and_then(|seconds| Timestamp::from_second(seconds).ok());
            Ok(Item { key, revision, body, expires })
        }
        _ => Err(StoreError::Item { key: key.to_string(), why: "it has no revision, or no body".to_owned() }),
    }
}

/// What went wrong, in one line.
fn why<E>(error: &SdkError<E>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let said = error.as_service_error().and_then(|error| Some((error.code()?, error.message().unwrap_or_default())));
    let text = match said {
        Some((code, message)) => format!("{code}: {message}"),
        None => DisplayErrorContext(error).to_string(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn built(error: &aws_sdk_dynamodb::error::BuildError) -> StoreError {
    StoreError::Backend { what: "preparing a write".to_owned(), why: error.to_string() }
}
