//! Findings: a check's verdict on one resource.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::arn::{self, FunctionName};
use crate::configuration::RouteKey;
use crate::observed::{NotRead, Why};
use crate::secret;
pub use crate::severity::Severity;
use crate::snapshot::{Api, ApiKind, Snapshot};

/// What a finding is about. Two findings of one check are about different resources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// The ARN of the stage, API, function, usage plan, key or domain name.
    pub arn: String,
    /// The account's twelve digits.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// The API's id.
    pub api_id: Option<String>,
    /// The API's name, for display.
    pub api_name: Option<String>,
    /// Which product it is.
    pub api_kind: Option<ApiKind>,
    /// The stage's name.
    pub stage: Option<String>,
    /// The route's method.
    pub method: Option<String>,
    /// The route's path, or its whole key.
    pub path: Option<String>,
    /// The Lambda function's ARN.
    pub function: Option<String>,
    /// What tells resources apart that share all the rest: an authorizer's, model's or mapping's name.
    pub key: Option<String>,
}

/// A check's verdict on one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// A hash of check and resource: the same as long as the same thing is wrong with the same resource.
    pub fingerprint: String,
    /// The check's id.
    pub check: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub resource: Resource,
    /// The causes of failing requests that callers meet because of it, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// One line.
    pub title: String,
    /// A paragraph.
    pub detail: String,
    /// What was read that proves it.
    pub evidence: Vec<Evidence>,
    /// What mends it.
    pub remedy: Remedy,
    /// Why nobody is to be told of it, if that was decided: it does not count then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<Suppressed>,
}

/// Why a finding is suppressed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// What somebody wrote who decided it. From a tag, it is hostile text.
    pub reason: String,
    /// The last moment of the suppression; `null` where it never ends.
    pub until: Option<Timestamp>,
}

/// Something that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The AWS call, `apigateway:GetExport`.
    pub source: String,
    /// Where in the answer.
    pub path: String,
    /// What stood there.
    pub value: Value,
}

/// What mends a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// One line.
    pub summary: String,
    /// The command, with the resource's own ids in it; `null` where there is no single one.
    pub command: Option<String>,
}

/// A check that could not say anything about a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotEvaluated {
    /// The check's id.
    pub check: String,
    /// What it would have been about.
    pub resource: Resource,
    /// Why it said nothing. One line.
    pub reason: String,
    /// The IAM actions that would have let it; none where nothing was denied.
    pub needs: Vec<String>,
}

impl Resource {
    /// Something in a snapshot's region that belongs to no API.
    pub fn regional(snapshot: &Snapshot, path: &str) -> Resource {
        let arn = arn::control_plane(&snapshot.region, path);
        Resource { arn, ..Resource::of_region(&snapshot.account_id, &snapshot.region) }
    }

    /// A region of an account.
    pub fn of_region(account_id: &str, region: &str) -> Resource {
        Resource {
            arn: arn::control_plane(region, ""),
            account_id: account_id.to_owned(),
            region: region.to_owned(),
            api_id: None,
            api_name: None,
            api_kind: None,
            stage: None,
            method: None,
            path: None,
            function: None,
            key: None,
        }
    }

    /// Something of another service than API Gateway, by what stands in its ARN. CloudFront's things are in no region.
    pub fn outside(snapshot: &Snapshot, service: &str, name: &str) -> Resource {
        let Snapshot { account_id, region, .. } = snapshot;
        let (partition, own) = (arn::partition(region), if service == "cloudfront" { "" } else { region });
        let arn = format!("arn:{partition}:{service}:{own}:{account_id}:{name}");
        Resource { arn, ..Resource::regional(snapshot, "") }
    }

    /// An API.
    pub fn api(snapshot: &Snapshot, api: &Api) -> Resource {
        Resource {
            api_id: Some(api.id.clone()),
            api_name: Some(api.name.clone()),
            api_kind: Some(api.kind),
            ..Resource::regional(snapshot, &api.control_plane_path())
        }
    }

    /// A stage of an API.
    pub fn stage(snapshot: &Snapshot, api: &Api, stage: &str) -> Resource {
        Resource {
            arn: api.stage_arn(&snapshot.region, stage),
            stage: Some(stage.to_owned()),
            ..Resource::api(snapshot, api)
        }
    }

    /// A function, whichever APIs call it.
    pub fn function(snapshot: &Snapshot, name: &FunctionName) -> Resource {
        Resource {
            arn: name.arn(),
            region: name.region.clone(),
            function: Some(name.arn()),
            ..Resource::regional(snapshot, "")
        }
    }

    /// The same resource, narrowed to a route.
    #[must_use]
    pub fn with_route(self, route: &RouteKey) -> Resource {
        Resource { method: route.method.clone(), path: Some(route.path.clone()), ..self }
    }

    /// The same resource, narrowed to a function.
    #[must_use]
    pub fn with_function(self, arn: String) -> Resource {
        Resource { function: Some(arn), ..self }
    }

    /// The stage that the resource is part of; the resource itself where it is part of none.
    #[must_use]
    pub fn of_stage(&self) -> Resource {
        if self.stage.is_none() {
            return self.clone();
        }
        Resource { method: None, path: None, function: None, key: None, ..self.clone() }
    }

    /// The API that the resource is part of; the resource itself where it is part of none.
    #[must_use]
    pub fn of_api(&self) -> Resource {
        let own = self.of_stage();
        let arn = own.arn.split_once("/stages/").map_or(own.arn.as_str(), |(api, _)| api).to_owned();
        Resource { arn, stage: None, ..own }
    }

    /// The same resource, told apart by a name.
    #[must_use]
    pub fn with_key(self, key: impl Into<String>) -> Resource {
        Resource { key: Some(key.into()), ..self }
    }

    /// The hash of a check's id and this resource, without what is only for display.
    pub fn fingerprint(&self, check: &str) -> String {
        let Resource { arn, account_id, region, api_id, api_name: _, api_kind: _, stage, method, path, function, key } =
            self;
        let parts = [Some(arn), Some(account_id), Some(region)].into_iter();
        let parts = parts.chain([api_id, stage, method, path, function, key].map(Option::as_ref));
        let mut hash = Sha256::new_with_prefix(check);
        for part in parts {
            // Each part is preceded by its length, so that no two lists of parts give the same bytes.
            let text = part.map_or("", String::as_str);
            hash.update([u8::from(part.is_some())]);
            hash.update(text.len().to_be_bytes());
            hash.update(text);
        }
        secret::hex(&hash.finalize(), 16)
    }
}

impl Evidence {
    /// Something that was read.
    pub fn new(source: &str, path: impl Into<String>, value: impl Into<Value>) -> Evidence {
        Evidence { source: source.to_owned(), path: path.into(), value: value.into() }
    }
}

impl Remedy {
    /// Something to do for which there is no single command.
    pub fn advice(summary: impl Into<String>) -> Remedy {
        Remedy { summary: summary.into(), command: None }
    }

    /// Something to do, and the command that does it.
    pub fn command(summary: impl Into<String>, command: impl Into<String>) -> Remedy {
        Remedy { summary: summary.into(), command: Some(command.into()) }
    }
}

impl NotEvaluated {
    /// A check that said nothing because something was not read.
    pub fn new(check: &str, resource: Resource, why: &NotRead) -> NotEvaluated {
        // Where nothing was denied, no permission helps.
        let needs = if why.why == Why::Denied { vec![why.needs.clone()] } else { Vec::new() };
        NotEvaluated { check: check.to_owned(), resource, reason: why.reason(), needs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource() -> Resource {
        Resource {
            arn: "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/prod".to_owned(),
            account_id: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            api_id: Some("a1b2c3d4e5".to_owned()),
            api_name: Some("orders".to_owned()),
            api_kind: Some(ApiKind::Rest),
            stage: Some("prod".to_owned()),
            method: Some("POST".to_owned()),
            path: Some("/orders".to_owned()),
            function: None,
            key: None,
        }
    }

    #[test]
    fn a_fingerprint_stays_the_same_for_ever() {
        // Stores keep findings by fingerprint: this value changes only with the schema number of the report.
        expect_test::expect!["495404eb7b535385"].assert_eq(&resource().fingerprint("undeployed-change"));
    }

    #[test]
    fn a_fingerprint_ignores_names_for_display_and_heeds_everything_else() {
        let base = resource().fingerprint("undeployed-change");
        let renamed = Resource { api_name: Some("renamed".to_owned()), ..resource() };
        assert_eq!(renamed.fingerprint("undeployed-change"), base);
        assert_ne!(resource().fingerprint("another-check"), base);
        assert_ne!(resource().with_key("POST").fingerprint("undeployed-change"), base);
        let moved = Resource { method: None, key: Some("POST".to_owned()), ..resource() };
        assert_ne!(moved.fingerprint("undeployed-change"), resource().with_key("").fingerprint("undeployed-change"));
    }

    #[test]
    fn only_what_was_denied_takes_a_permission() {
        let not_read = |why| NotRead {
            why,
            call: "apigateway:GetModels".to_owned(),
            resource: "arn".to_owned(),
            needs: "apigateway:GET".to_owned(),
            message: String::new(),
        };
        let needs = |why| NotEvaluated::new("check", resource(), &not_read(why)).needs;
        assert_eq!(needs(Why::Denied), ["apigateway:GET"]);
        for why in [Why::Throttled, Why::Gone, Why::Failed, Why::NotNeeded] {
            assert!(needs(why).is_empty(), "{why:?}");
        }
    }
}
