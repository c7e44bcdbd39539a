//! The service on one machine: its functions' handlers, with the table, the bucket, the queue and the bus of an emulator, and
//! a recorded account that they audit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use auditor::Auditor;
use collect::Identity;
use dispatcher::Dispatcher;
use engine::severity::Severity;
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use service::{Audited, Place, Settings};
use store::{Aws, Backend, Store};

use crate::emulator::Emulator;
use crate::lambda::Lambda;

/// The service, and what it audits.
pub struct Deployed {
    /// Table, bucket, queue and bus.
    pub emulator: Arc<Emulator>,
    /// The account.
    pub sandbox: Sandbox,
    /// The name of the table, the bucket, the queue and the bus.
    pub name: String,
    /// The queue of audits.
    pub queue_url: String,
    /// A queue that a rule puts every notice on.
    pub listener: String,
    /// A queue that takes what people are told.
    pub people: String,
    /// The settings of the functions.
    pub settings: Settings,
}

/// A message as a queue delivers it.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Its body.
    pub body: String,
    /// With what it is deleted.
    pub receipt: String,
}

/// How long an invocation may take.
pub const LEFT: Duration = Duration::from_secs(900);

impl Deployed {
    /// Deploys it, to audit a recorded account. Nothing where there is no emulator.
    pub async fn start(recording: Value) -> Option<Deployed> {
        Deployed::start_with(recording, Options::default()).await
    }

    /// The same, with faults in the account.
    pub async fn start_with(recording: Value, options: Options) -> Option<Deployed> {
        static NAMES: AtomicU32 = AtomicU32::new(0);
        let emulator = Emulator::shared().await?;
        let name = emulator.table().await;
        let suffix = NAMES.fetch_add(1, Ordering::Relaxed);
        let queue = async |kind: &str, attributes: Value| {
            let request = json!({ "QueueName": format!("{kind}-{suffix}"), "Attributes": attributes });
            let made = emulator.json("sqs", "AmazonSQS.CreateQueue", &request).await;
            made["QueueUrl"].as_str().expect("a queue has a URL").to_owned()
        };
        let queue_url = queue("audits", json!({ "VisibilityTimeout": "900" })).await;
        let listener = queue("notices", json!({})).await;
        let bus = format!("bus-{suffix}");
        emulator.json("events", "AWSEvents.CreateEventBus", &json!({ "Name": bus })).await;
        let pattern = json!({ "source": ["stagecheck"] }).to_string();
        let rule = json!({ "Name": "all", "EventBusName": bus, "EventPattern": pattern, "State": "ENABLED" });
        emulator.json("events", "AWSEvents.PutRule", &rule).await;
        let arn = async |url: &str| {
            let asked = json!({ "QueueUrl": url, "AttributeNames": ["QueueArn"] });
            let told = emulator.json("sqs", "AmazonSQS.GetQueueAttributes", &asked).await;
            told["Attributes"]["QueueArn"].as_str().expect("a queue has an ARN").to_owned()
        };
        let targets = json!({ "Rule": "all", "EventBusName": bus,
                              "Targets": [{ "Id": "listener", "Arn": arn(&listener).await }] });
        emulator.json("events", "AWSEvents.PutTargets", &targets).await;

        let people = queue("people", json!({})).await;
        let made = emulator.sns(&[("Action", "CreateTopic"), ("Name", &format!("people-{suffix}"))]).await;
        let topic =
            made.split_once("<TopicArn>").and_then(|(_, rest)| rest.split_once('<')).expect("a topic has an ARN").0;
        let subscribed =
            [("Action", "Subscribe"), ("TopicArn", topic), ("Protocol", "sqs"), ("Endpoint", &arn(&people).await)];
        emulator.sns(&subscribed).await;

        let recording = sandbox::recording::Recording::parse(&recording.to_string()).expect("the recording is one");
        let regions = recording.regions();
        let sandbox = Sandbox::start(recording, options).await.expect("loopback can be listened on");
        let settings = Settings {
            identity: Identity::Nobody,
            regions,
            audited: Audited::Own,
            role: None,
            // Nobody else uses the account.
            quota_share: 100.0,
            place: Some(Place {
                table: name.clone(),
                bucket: name.clone(),
                queue_url: queue_url.clone(),
                event_bus: Some(bus),
                topic_arn: Some(topic.to_owned()),
                notify_from: Severity::High,
            }),
            config_key: None,
            may_probe: false,
            probe_secret: None,
            retention_days: 90,
            endpoint_url: Some(sandbox.endpoint_url()),
            own_endpoint_url: Some(format!("http://127.0.0.1:{}", emulator.port())),
        };
        Some(Deployed { emulator, sandbox, name, queue_url, listener, people, settings })
    }

    /// A dispatcher, as it is when it starts.
    pub fn dispatcher(&self) -> Dispatcher {
        Dispatcher::new(self.settings.clone())
    }

    /// An auditor, as it is when it starts.
    pub fn auditor(&self) -> Auditor {
        Auditor::new(self.settings.clone())
    }

    /// The store, as the dashboard opens it.
    pub async fn store(&self) -> Store<Aws> {
        let backend = self.emulator.backend_at(self.emulator.port(), &self.name).await;
        Store::open(backend, jiff::SignedDuration::from_hours(24 * 90), collect::now).await.expect("the table is there")
    }

    /// The dashboard's program under the Lambda runtime, as it is when it starts. Nothing where cargo-lambda is not installed.
    pub async fn dashboard(&self) -> Option<Lambda> {
        let place = self.settings.place.as_ref()?;
        let endpoints =
            [("AWS_ENDPOINT_URL", &self.settings.endpoint_url), ("OWN_ENDPOINT_URL", &self.settings.own_endpoint_url)];
        let mut variables: Vec<(&str, String)> =
            endpoints.into_iter().filter_map(|(name, url)| Some((name, url.clone()?))).collect();
        variables.push(("TABLE", place.table.clone()));
        variables.push(("BUCKET", place.bucket.clone()));
        variables.push(("QUEUE_URL", place.queue_url.clone()));
        variables.push(("REGIONS", self.settings.regions.join(",")));
        Lambda::start("dashboard", &variables).await
    }

    /// Puts a configuration into the bucket, for the functions that start from now on.
    pub async fn configure(&mut self, toml: &str) {
        let bucket = self.emulator.backend_at(self.emulator.port(), &self.name).await;
        let put = bucket.put_object("stagecheck.toml", toml.as_bytes().to_vec()).await;
        put.expect("the bucket takes it");
        self.settings.config_key = Some("stagecheck.toml".to_owned());
    }

    /// What a queue shows now.
    pub async fn receive(&self, queue_url: &str) -> Vec<Delivered> {
        let request = json!({ "QueueUrl": queue_url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0 });
        let answer = self.emulator.json("sqs", "AmazonSQS.ReceiveMessage", &request).await;
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().expect("messages have them").to_owned();
        messages
            .iter()
            .map(|own| Delivered { body: text(&own["Body"]), receipt: text(&own["ReceiptHandle"]) })
            .collect()
    }

    /// Takes a message off a queue.
    pub async fn delete(&self, queue_url: &str, message: &Delivered) {
        let request = json!({ "QueueUrl": queue_url, "ReceiptHandle": message.receipt });
        self.emulator.json("sqs", "AmazonSQS.DeleteMessage", &request).await;
    }

    /// Gives the auditor what is on the queue, message by message as Lambda does, until nothing is left or comes back. The
    /// bodies of those that failed come back.
    pub async fn work(&self, auditor: &Auditor) -> Vec<String> {
        let mut failed = Vec::new();
        let mut quiet = 0;
        // The end of a run is waited for in steps of five seconds and more.
        while quiet < 70 {
            let messages = self.receive(&self.queue_url).await;
            quiet = if messages.is_empty() { quiet + 1 } else { 0 };
            for message in messages {
                let answer = auditor.handle(batch(&message.body), LEFT).await.expect("a batch is answered");
                if answer["batchItemFailures"] != json!([]) {
                    failed.push(message.body.clone());
                }
                self.delete(&self.queue_url, &message).await;
            }
            if quiet > 0 && self.is_idle().await {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        failed
    }

    /// Whether no message waits, not even one that is not shown yet.
    async fn is_idle(&self) -> bool {
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"];
        let request = json!({ "QueueUrl": self.queue_url, "AttributeNames": names });
        let answer = self.emulator.json("sqs", "AmazonSQS.GetQueueAttributes", &request).await;
        names.iter().all(|name| answer["Attributes"][name] == "0")
    }

    /// What people were told since this was last asked: the subjects and the lines of e-mails.
    pub async fn mails(&self) -> Vec<(String, String)> {
        let text = |mail: &Value, name: &str| mail[name].as_str().expect("an e-mail has it").to_owned();
        self.taken(&self.people).await.iter().map(|mail| (text(mail, "Subject"), text(mail, "Message"))).collect()
    }

    /// The notices that were told since this was last asked: type and detail.
    pub async fn notices(&self) -> Vec<(String, Value)> {
        let kind = |event: &Value| event["detail-type"].as_str().expect("an event has a type").to_owned();
        self.taken(&self.listener).await.into_iter().map(|mut event| (kind(&event), event["detail"].take())).collect()
    }

    /// The bodies of the messages that wait on a queue, which are then there no more.
    pub async fn taken(&self, queue_url: &str) -> Vec<Value> {
        let mut bodies = Vec::new();
        loop {
            let messages = self.receive(queue_url).await;
            if messages.is_empty() {
                return bodies;
            }
            for message in messages {
                self.delete(queue_url, &message).await;
                bodies.push(serde_json::from_str(&message.body).expect("what is sent is JSON"));
            }
        }
    }
}

/// The event with which Lambda hands over a message that the queue has delivered so many times.
pub fn delivered(message: &Delivered, times: u32) -> Value {
    let attributes = json!({ "ApproximateReceiveCount": times.to_string() });
    json!({ "Records": [{ "messageId": "m1", "receiptHandle": message.receipt, "body": message.body,
                          "attributes": attributes, "eventSource": "aws:sqs" }] })
}

/// The event with which Lambda hands over a message of the queue.
pub fn batch(body: &str) -> Value {
    json!({ "Records": [{ "messageId": "m1", "body": body, "eventSource": "aws:sqs" }] })
}
