//! Segments of a request's path that have the form of a credential: nothing that is said shows them.

use serde_json::Value;

use super::{Explained, Explanation};
use crate::case::cause::{Examined, Not, Proof};
use crate::drift::StageDrift;
use crate::finding::{Evidence, Remedy};
use crate::secret;

/// Segments, and what is shown in their place.
pub(super) struct Segments<'p>(Vec<(&'p str, String)>);

impl<'p> Segments<'p> {
    /// Those of a path; `None` where it has none, as nearly always.
    pub(super) fn of(path: &'p str) -> Option<Segments<'p>> {
        let secrets = path.split('/').filter(|segment| secret::is_credential(segment));
        let all: Vec<(&str, String)> = secrets.map(|segment| (segment, secret::redact(segment))).collect();
        (!all.is_empty()).then_some(Segments(all))
    }

    /// Takes them out of an explanation: of every text in it that the request had a part in.
    pub(super) fn hide_in(&self, explanation: &mut Explanation) {
        let Explanation { schema: _, verdict: _, request, causes, not_read, ruled_out, nearest, plan } = explanation;
        self.hide(&mut request.url);
        self.hide(&mut request.path);
        causes.iter_mut().for_each(|cause| self.hide_in_cause(cause));
        let reads = not_read.iter_mut().flat_map(|own| [&mut own.what, &mut own.why, &mut own.needs]);
        reads.chain(ruled_out.iter_mut().map(|own| &mut own.why)).for_each(|text| self.hide(text));
        nearest.iter_mut().flat_map(|own| [&mut own.route, &mut own.url]).for_each(|text| self.hide(text));
        *plan = plan.take().and_then(|plan| self.hidden_in_plan(&plan));
    }

    /// Takes them out of what one cause says.
    pub(super) fn hide_in_examined(&self, examined: &mut Examined) {
        match examined {
            Ok(Proof { says, evidence, against, remedy, .. }) => {
                self.hide(says);
                self.hide_in_remedy(remedy);
                evidence.iter_mut().chain(against).for_each(|own| self.hide_in_evidence(own));
            }
            Err(Not::Refuted(why)) => self.hide(why),
            Err(Not::Silent | Not::Unread(_) | Not::Wanted) => {}
        }
    }

    /// A plan without them. A route's own path may hold one, wherever a change names it.
    fn hidden_in_plan(&self, plan: &StageDrift) -> Option<StageDrift> {
        let mut value = serde_json::to_value(plan).ok()?;
        self.hide_in_value(&mut value);
        serde_json::from_value(value).ok()
    }

    /// A text without them.
    fn hidden(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (segment, shown)| text.replace(segment, shown))
    }

    /// Takes them out of a text.
    fn hide(&self, text: &mut String) {
        *text = self.hidden(text);
    }

    /// Takes them out of all that is said of a cause.
    fn hide_in_cause(&self, cause: &mut Explained) {
        self.hide(&mut cause.says);
        self.hide_in_remedy(&mut cause.remedy);
        cause.evidence.iter_mut().chain(&mut cause.against).for_each(|own| self.hide_in_evidence(own));
    }

    fn hide_in_remedy(&self, remedy: &mut Remedy) {
        self.hide(&mut remedy.summary);
        remedy.command.iter_mut().for_each(|command| self.hide(command));
    }

    fn hide_in_evidence(&self, evidence: &mut Evidence) {
        self.hide(&mut evidence.path);
        self.hide_in_value(&mut evidence.value);
    }

    fn hide_in_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.hide(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.hide_in_value(value)),
            Value::Object(members) => members.iter_mut().for_each(|(_, value)| self.hide_in_value(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
