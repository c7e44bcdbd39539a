//! Requests to what is the service's own: its queue of audits, its bus of notices, the topic of those who are told by
//! e-mail, the secret that routes are asked with. Nothing of an audited API.

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use engine::observed::NotRead;
use serde_json::{Map, Value};

use crate::read::Call;
use crate::signed::{Protocol, Refused, Request, Service, Shape, Signer};

/// A service of the function's own account and region.
pub struct Own {
    service: &'static Service,
    signer: Signer,
    region: String,
}

/// Their SDK clients would do the same: that of EventBridge brings the cryptography of signatures for several regions.
static QUEUE: Service =
    Service { name: "sqs", is_global: false, protocol: Protocol::Json10("AmazonSQS"), missing: &[] };

static BUS: Service = Service { name: "events", is_global: false, protocol: Protocol::Json("AWSEvents"), missing: &[] };

/// Version 2010-03-31 of SNS's API. Of its answers nothing is wanted.
static TOPICS: Service =
    Service { name: "sns", is_global: false, protocol: Protocol::Query("2010-03-31", &PUBLISHED), missing: &[] };

static PUBLISHED: Shape = Shape { lists: &[], numbers: &[], booleans: &[], names: &[], is_wrapped: true };

static SECRETS: Service =
    Service { name: "secretsmanager", is_global: false, protocol: Protocol::Json("secretsmanager"), missing: &[] };

impl Own {
    /// SQS, at another endpoint than AWS's own if one is given.
    pub fn queues(config: &SdkConfig, connector: SharedHttpConnector, endpoint_url: Option<String>) -> Own {
        Own::new(&QUEUE, config, connector, endpoint_url)
    }

    /// EventBridge, at another endpoint than AWS's own if one is given.
    pub fn buses(config: &SdkConfig, connector: SharedHttpConnector, endpoint_url: Option<String>) -> Own {
        Own::new(&BUS, config, connector, endpoint_url)
    }

    /// SNS, at another endpoint than AWS's own if one is given.
    pub fn topics(config: &SdkConfig, connector: SharedHttpConnector, endpoint_url: Option<String>) -> Own {
        Own::new(&TOPICS, config, connector, endpoint_url)
    }

    /// Secrets Manager, at another endpoint than AWS's own if one is given.
    pub fn secrets(config: &SdkConfig, connector: SharedHttpConnector, endpoint_url: Option<String>) -> Own {
        Own::new(&SECRETS, config, connector, endpoint_url)
    }

    fn new(
        service: &'static Service,
        config: &SdkConfig,
        connector: SharedHttpConnector,
        endpoint_url: Option<String>,
    ) -> Own {
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let signer = Signer::new(config.credentials_provider(), endpoint_url, move || connector.clone());
        Own { service, signer, region }
    }

    /// Makes a call, `("sqs:SendMessage", "SendMessageBatch")` by its permission and its name, on a resource, and tells the
    /// answer. It is sent again while the service is busy or cannot be reached, so that it may be made twice.
    ///
    /// # Errors
    ///
    /// Why it was not made, or not answered.
    pub async fn call(
        &self,
        (permission, operation): (&'static str, &str),
        resource: &str,
        parameters: Map<String, Value>,
    ) -> Result<Value, NotRead> {
        let call = Call::new(permission, permission, resource);
        let (service, region) = (self.service, self.region.clone());
        let request = Request { service, region, operation: operation.to_owned(), parameters };
        self.signer.read(&request, &call).await.map_err(|refused| match refused {
            Refused::Not(why) => why,
            Refused::Missing => call.failed("there is no such thing"),
        })
    }
}
