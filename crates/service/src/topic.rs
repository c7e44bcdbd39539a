//! The topic by which people are told: SNS, which sends e-mails.
//!
//! A rule of EventBridge's cannot do it: what it hands on of an event is JSON, so that the lines of a text arrive as one, in
//! quotation marks.

use collect::Own;
use engine::observed::NotRead;
use engine::severity::Severity;
use serde_json::{Map, Value};

use crate::notice::Notice;

/// A topic, and the least severity of a finding of which it is told.
pub struct Topic {
    own: Own,
    arn: String,
    from: Severity,
}

/// Why the topic was not told: it refuses, or cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.reason())]
pub struct TopicError(NotRead);

impl Topic {
    /// The topic with an ARN, in the function's own region.
    pub fn new(own: Own, arn: &str, from: Severity) -> Topic {
        Topic { own, arn: arn.to_owned(), from }
    }

    /// Tells notices of findings that are severe enough, each in a message of its own. Some may be told twice, if an answer was lost.
    ///
    /// # Errors
    ///
    /// [`TopicError`]. Some of them may have been told nevertheless.
    pub async fn tell(&self, notices: &[Notice]) -> Result<(), TopicError> {
        let is_told = |notice: &&Notice| notice.severity().is_some_and(|severity| severity >= self.from);
        for notice in notices.iter().filter(is_told) {
            let text = |name: &str, text: String| (name.to_owned(), Value::from(text));
            let parameters = Map::from_iter([
                text("TopicArn", self.arn.clone()),
                text("Subject", notice.subject()),
                text("Message", notice.text().to_owned()),
            ]);
            self.own.call(("sns:Publish", "Publish"), &self.arn, parameters).await.map_err(TopicError)?;
        }
        Ok(())
    }
}
