//! The gateway's own mapping fails: templates, integration responses, mocks, headers.

use serde_json::{Value, json};

use crate::case::Case;
use crate::case::callee::Callee;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::logs;
use crate::case::signal::Signal;
use crate::command::Aws;
use crate::snapshot::ApiKind;

causes! {
    /// Binary media types break the preflight's mock
    ///
    /// ## What proves it
    ///
    /// The API takes everything as binary (`*/*`), and the mock of OPTIONS does not convert it to text: its template cannot
    /// be read.
    ///
    /// ## What refutes it
    ///
    /// `contentHandling` is `CONVERT_TO_TEXT`.
    ///
    /// ## Remedy
    ///
    /// Let the mock convert to text, and deploy.
    ///
    /// ## Source
    ///
    /// <https://github.com/aws/chalice/issues/1310>
    "binary-media-breaks-mock-options", Cause, Proves, binary_mock;

    /// The mock does not say which status it answers with
    ///
    /// ## What proves it
    ///
    /// The integration is a mock, and its template for the request's content type holds no `statusCode`.
    ///
    /// ## What refutes it
    ///
    /// It does.
    ///
    /// ## Remedy
    ///
    /// Make the template `{"statusCode": 200}`, and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html>
    "mock-status-missing", Cause, Proves, mock_status;

    /// The integration maps a header that it may not set
    ///
    /// ## What proves it
    ///
    /// A request parameter of the integration is a header that API Gateway sets by itself. It is likely only where the execution
    /// log of the request does not say `header already present`. Where the log says so of another header that the integration maps,
    /// it is that one.
    ///
    /// ## What refutes it
    ///
    /// No such header.
    ///
    /// ## Remedy
    ///
    /// Take the mapping away, and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
    "illegal-header-mapping", Cause, Proves, header;

    /// A mapping template fails
    ///
    /// ## What proves it
    ///
    /// The execution log says that the request or the response could not be transformed.
    ///
    /// ## What refutes it
    ///
    /// A log without such a line.
    ///
    /// ## Remedy
    ///
    /// Mend the template; the line says where.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>
    "mapping-template-error", Cause, Silent, template;

    /// No integration response takes the backend's answer
    ///
    /// ## What proves it
    ///
    /// The integration is no proxy, and none of its integration responses is the default one; or one gives a status that the
    /// method does not have. The execution log's `No match for output mapping` makes it certain; or, without a log of the
    /// request, that the method has the status of none of them.
    ///
    /// ## What refutes it
    ///
    /// A default integration response, whose status the method has.
    ///
    /// ## Remedy
    ///
    /// Add a default integration response and its method response, and deploy.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-internal-server-error>
    "integration-response-no-match", Cause, Proves, no_response;
}

/// The route of a REST API that answers with an error of its own making.
fn mapped<'c, 'a>(case: &'c Case<'a>, signals: &[Signal]) -> Result<Callee<'c, 'a>, Not> {
    case.shows(signals)?;
    let callee = Callee::of(case)?;
    if callee.target.api.kind == ApiKind::Rest { Ok(callee) } else { Err(Not::Silent) }
}

fn binary_mock(case: &Case<'_>) -> Examined {
    if case.method() != "OPTIONS" {
        return Err(Not::Silent);
    }
    let callee = mapped(case, &[Signal::Internal])?;
    if callee.integration.integration_type != "MOCK" {
        return Err(Not::Silent);
    }
    let binary = &callee.met.configuration.settings.binary_media_types;
    let binary = if binary.is_empty() { &callee.target.api.live.settings.binary_media_types } else { binary };
    if !binary.contains("*/*") {
        return Err(Not::refuted("the API does not take everything as binary"));
    }
    if callee.integration.content_handling.as_deref() == Some("CONVERT_TO_TEXT") {
        return Err(Not::refuted("the mock converts to text"));
    }
    let command = Aws::new("apigateway update-integration")
        .option("--rest-api-id", &callee.target.api.id)
        .option("--resource-id", callee.resource_id())
        .option("--http-method", "OPTIONS")
        .option("--patch-operations", "op=replace,path=/contentHandling,value=CONVERT_TO_TEXT")
        .option("--region", &case.facts.region);
    Ok(Proof::certain("The API takes everything as binary, and the mock of OPTIONS cannot read its template then.")
        .because("apigateway:GetRestApi", "binaryMediaTypes", json!(binary))
        .because(
            callee.met.source,
            "integration.contentHandling",
            callee.integration.content_handling.clone().map_or(Value::Null, Value::from),
        )
        .command("let the mock convert to text, and deploy", command))
}

fn mock_status(case: &Case<'_>) -> Examined {
    let callee = mapped(case, &[Signal::Internal])?;
    if callee.integration.integration_type != "MOCK" {
        return Err(Not::Silent);
    }
    let content_type = case.request.content_type();
    let templates = &callee.integration.request_templates;
    let template = templates.get(content_type).or_else(|| templates.get("$default"));
    if template.is_some_and(|template| template.contains("statusCode")) {
        return Err(Not::refuted("the mock's template says which status it answers with"));
    }
    let says = format!(
        "The mock of {} has no template for {content_type} that says which status it answers with.",
        callee.key
    );
    // A body may be handed on in the template's place, and another content type may have a template that says it.
    let may_have_body = ["POST", "PUT", "PATCH"].contains(&case.method());
    let is_sure = !may_have_body && !templates.values().any(|template| template.contains("statusCode"));
    let proof = if case.is_unsent() && !is_sure { Proof::likely(says) } else { Proof::certain(says) };
    Ok(proof
        .because(callee.met.source, "integration.requestTemplates", json!(templates.keys().collect::<Vec<_>>()))
        .advice(r#"make the template {"statusCode": 200}, and deploy"#))
}

/// Headers that API Gateway sets by itself.
const OWN_HEADERS: [&str; 8] =
    ["connection", "content-length", "expect", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade"];

/// What the execution log says of such a header.
const PRESENT: &str = "header already present";

pub(super) fn header(case: &Case<'_>) -> Examined {
    let callee = mapped(case, &[Signal::Internal])?;
    let signs = callee.integration.integration_type == "AWS";
    let is_own =
        |name: &str| OWN_HEADERS.contains(&name) || signs && ["authorization", "x-amz-date", "host"].contains(&name);
    let mapped = callee.integration.request_parameters.keys();
    let mapped: Vec<&str> = mapped.filter_map(|place| place.strip_prefix("integration.request.header.")).collect();
    let Some(own) = mapped.iter().copied().find(|name| is_own(&name.to_ascii_lowercase())) else {
        return logged_header(case, &callee, &mapped);
    };
    let proof =
        Proof::certain(format!("The integration of {} sets {own}, which API Gateway sets by itself.", callee.key))
            .because(callee.met.source, format!("{MAPPED}{own}"), true)
            .advice(format!("take the mapping of {own} away, and deploy"));
    Ok(match logs::execution_if_any(case)?.filter(|lines| !lines.is_empty()) {
        Some(lines) => match lines.find(PRESENT) {
            Some(line) => proof.because("logs:FilterLogEvents", line.group, PRESENT),
            None => proof.at_most(Confidence::Likely),
        },
        None => proof,
    })
}

/// A header that the integration maps, of which the execution log says that it was there already: whatever the integration's
/// type, the mapping may not set it.
fn logged_header(case: &Case<'_>, callee: &Callee<'_, '_>, mapped: &[&str]) -> Examined {
    let refuted = || Not::refuted("the integration maps no header that API Gateway sets by itself");
    if mapped.is_empty() || case.is_unsent() {
        return Err(refuted());
    }
    let log = logs::execution_if_any(case)?;
    let line = log.as_ref().and_then(|lines| lines.find(PRESENT)).ok_or_else(refuted)?;
    let named = line.message.split(PRESENT).next().unwrap_or_default().split_whitespace().next_back();
    let is_named = |own: &&str| named.is_some_and(|named| own.eq_ignore_ascii_case(named));
    let own = mapped.iter().copied().find(is_named).ok_or_else(refuted)?;
    Ok(Proof::certain(format!("The integration of {} sets {own}, which the log says is there already.", callee.key))
        .because(callee.met.source, format!("{MAPPED}{own}"), true)
        .because("logs:FilterLogEvents", line.group, PRESENT)
        .advice(format!("take the mapping of {own} away, and deploy")))
}

/// Where evidence shows the mapping of a header.
const MAPPED: &str = "integration.requestParameters.integration.request.header.";

fn template(case: &Case<'_>) -> Examined {
    case.response()?;
    let callee = mapped(case, &[Signal::Internal, Signal::BadRequest])?;
    if callee.integration.is_proxy() {
        return Err(Not::Silent);
    }
    let lines = logs::execution(case)?;
    let words = ["Unable to transform request", "Unable to transform response", "Invalid mapping expression"];
    let Some((word, line)) = words.iter().find_map(|word| Some((*word, lines.find(word)?))) else {
        return Err(Not::refuted("the execution log does not say that a template failed"));
    };
    Ok(Proof::certain(format!("A mapping template of {} fails: {word}.", callee.key))
        .because("logs:FilterLogEvents", line.group, word)
        .advice("mend the template: the line of the log says where"))
}

fn no_response(case: &Case<'_>) -> Examined {
    let callee = mapped(case, &[Signal::Internal])?;
    if callee.integration.is_proxy() {
        return Err(Not::Silent);
    }
    let responses = &callee.integration.integration_responses;
    let known = &callee.met.route.method_responses;
    let unknown = responses.values().find(|own| !known.contains_key(&own.status_code));
    let says = match (responses.get(""), unknown) {
        (None, _) => format!(
            "No integration response of {} is the default one: an answer that fits none gives an error.",
            callee.key
        ),
        (Some(_), Some(own)) => format!(
            "An integration response of {} gives {}, which the method does not have.",
            callee.key, own.status_code
        ),
        (Some(_), None) => {
            return Err(Not::refuted("there is a default integration response, and the method has its status"));
        }
    };
    let patterns: Vec<&String> = responses.keys().collect();
    let proof = Proof::certain(says)
        .because(callee.met.source, "integration.integrationResponses", json!(patterns))
        .because(callee.met.source, "methodResponses", json!(known.keys().collect::<Vec<_>>()))
        .advice("add a default integration response and its method response, and deploy");
    let words = ["No match for output mapping", "Output mapping refers to an invalid method response"];
    let log = logs::execution_if_any(case)?.filter(|lines| !lines.is_empty());
    if let Some((line, word)) =
        log.as_ref().and_then(|log| words.iter().find_map(|word| Some((log.find(word)?, *word))))
    {
        return Ok(proof.because("logs:FilterLogEvents", line.group, word));
    }
    // Where there is none at all, every answer fits none; and where the method has no status of any, none passes on.
    let none_passes = responses.contains_key("") && responses.values().all(|own| !known.contains_key(&own.status_code));
    let is_sure = if case.is_unsent() { responses.is_empty() } else { none_passes && log.is_none() };
    Ok(if is_sure { proof } else { proof.at_most(Confidence::Likely) })
}
