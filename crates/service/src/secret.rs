//! The secret that routes are asked with: what entries of the configuration name as variables.
//!
//! On the command line these are variables of the environment. Those of a function are shown to whoever may read its configuration,
//! so that the service keeps them in Secrets Manager.

use std::collections::BTreeMap;

use collect::Own;
use engine::observed::NotRead;
use serde_json::{Map, Value};

/// A secret of Secrets Manager, whose text is a JSON object of names and values.
pub struct ProbeSecret {
    own: Own,
    arn: String,
}

/// Why a secret cannot be used. Nothing of what it holds is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager refuses it, or cannot be reached.
    #[error("{}", .0.reason())]
    Refused(NotRead),
    /// It holds something else.
    #[error("the secret {0} is no JSON object of texts: write {{\"NAME\": \"value\"}}")]
    NoObject(String),
}

impl ProbeSecret {
    /// The secret with an ARN, in the function's own region.
    pub fn new(own: Own, arn: &str) -> ProbeSecret {
        ProbeSecret { own, arn: arn.to_owned() }
    }

    /// What it holds by now, by name.
    ///
    /// # Errors
    ///
    /// [`SecretError`].
    pub async fn read(&self) -> Result<BTreeMap<String, String>, SecretError> {
        let parameters = Map::from_iter([("SecretId".to_owned(), Value::from(self.arn.clone()))]);
        let call = ("secretsmanager:GetSecretValue", "GetSecretValue");
        let answer = self.own.call(call, &self.arn, parameters).await.map_err(SecretError::Refused)?;
        let text = answer.get("SecretString").and_then(Value::as_str).unwrap_or_default();
        // What a parser says of it may hold some of it.
        serde_json::from_str(text).map_err(|_| SecretError::NoObject(self.arn.clone()))
    }
}
