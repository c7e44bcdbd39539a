//! Lambda function URLs.

mod opening;
mod signature;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use opening::Opening;
use serde_json::{Value, json};

use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::facts::Read;
use crate::case::function_url::{FunctionUrl, Owner, Search};
use crate::case::signal::Signal;
use crate::command;
use crate::exchange::host::Host;
use crate::observed::NotRead;
use crate::policy;

causes! {
    /// The function URL asks for a signature
    ///
    /// ## What proves it
    ///
    /// The URL's `AuthType` is `AWS_IAM`, and the request is not signed.
    ///
    /// ## What refutes it
    ///
    /// A signature, an answer that speaks of one, or `AuthType` `NONE`.
    ///
    /// ## Remedy
    ///
    /// Sign the request for the service `lambda`, or open the URL.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
    "lambda-url-iam-unsigned", Cause, Silent, unsigned;

    /// The signature is for another service or host
    ///
    /// ## What proves it
    ///
    /// The request is signed for another service than `lambda`; or the answer says that the signature does not match, as behind
    /// a CloudFront that hands on another `Host`, or signs requests with a body whose hash the client does not send. The client's
    /// own request has no signature then. A distribution whose origin is a function URL is followed to it.
    ///
    /// ## What refutes it
    ///
    /// A signature that is taken.
    ///
    /// ## Remedy
    ///
    /// Sign for `lambda` and the URL's own host; behind CloudFront's origin access control, clients send
    /// `x-amz-content-sha256`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html>
    "lambda-url-sig-mismatch", Cause, Silent, signature::signature;

    /// No function has this URL
    ///
    /// ## What proves it
    ///
    /// None of the account's functions in the region has a URL with this name, and none of their aliases, which have URLs of
    /// their own; a recording need not hold the lists of these. It is likely where they were not to be read, where nobody sent
    /// the request yet, as the URL may be another account's, and where a function of a distribution may change which URL is
    /// asked. Nothing is said where a region has more functions than are asked, and none of these has the URL.
    ///
    /// ## What refutes it
    ///
    /// A function or an alias has it.
    ///
    /// ## Remedy
    ///
    /// Make the URL, or use the one that is there.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html>
    "lambda-url-missing", Cause, Silent, missing;

    /// Nobody may call the function URL
    ///
    /// ## What proves it
    ///
    /// The URL's `AuthType` is `NONE`, and the policy of the function, or of the alias whose URL it is, does not allow everybody
    /// `lambda:InvokeFunctionUrl`: a condition may take back what a statement allows. It is likely where a condition depends on
    /// the caller, and where a statement of the policy denies it to everybody, whatever others allow; possible where one denies
    /// it to callers by a condition.
    ///
    /// ## What refutes it
    ///
    /// It does.
    ///
    /// ## Remedy
    ///
    /// Add the permission.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
    "lambda-url-policy-missing", Cause, Proves, policy_missing;

    /// The function URL lacks the second permission
    ///
    /// ## What proves it
    ///
    /// The policy allows `lambda:InvokeFunctionUrl`, and not `lambda:InvokeFunction` by way of the URL, which URLs need since
    /// October 2025. Those of older accounts have until November 2026, so that it is certain of URLs that were made since, and
    /// likely of older ones. Where a statement denies the second to everybody, it is likely, too.
    ///
    /// ## What refutes it
    ///
    /// Both are there.
    ///
    /// ## Remedy
    ///
    /// Add the second permission.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
    "lambda-url-invoke-function-missing", Cause, Proves, second_missing;

    /// A function URL and an API were taken for each other
    ///
    /// ## What proves it
    ///
    /// The request goes to a function URL with a path that begins with a stage of an API, as API URLs do. It is possible only.
    ///
    /// ## What refutes it
    ///
    /// Another path.
    ///
    /// ## Remedy
    ///
    /// Use the URL that the function's page shows: *Configuration*, *Function URL*, or *Triggers* for the API's.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>
    "lambda-url-vs-api-confused", Cause, Silent, confused;
}

fn unsigned(case: &Case<'_>) -> Examined {
    let url = FunctionUrl::refusing(case)?;
    if case.authorization.is_signed() {
        return Err(Not::Silent);
    }
    if case.signal() == Some(Signal::InvalidSignature) {
        return Err(Not::refuted("the answer is about a signature, which something on the way must have made"));
    }
    // What CloudFront signs itself, clients need not.
    if url.front.as_ref().is_some_and(|front| !front.origin.origin_access_control_id.is_empty()) {
        return Err(Not::Silent);
    }
    let owner = match url.owner(case) {
        Err(Not::Unread(why)) if !case.is_unsent() => {
            let says = "The request has no signature; whether the function's URL asks for one was not read.";
            let proof = Proof::possible(says).because("request", "headers.Authorization", Value::Null);
            return Ok(proof.without(&why).advice("sign the request for the service lambda, if the URL asks for it"));
        }
        owner => owner?.ok_or(Not::Silent)?,
    };
    if owner.is_open() {
        return Err(Not::refuted("the URL asks for no signature"));
    }
    let command = command::on_function("update-function-url-config", &owner.function)
        .option("--auth-type", "NONE")
        .option("--region", &case.facts.region);
    let proof =
        Proof::certain(format!("The URL of {} asks for a signature, and the request has none.", owner.function));
    // A function of the distribution may sign what it hands on.
    let proof = match url.front.is_some_and(|front| front.behavior.may_rewrite()) {
        true => proof.at_most(Confidence::Likely),
        false => proof,
    };
    Ok(proof
        .because(owner.call, "AuthType", "AWS_IAM")
        .because("request", "headers.Authorization", Value::Null)
        .command("sign the request for the service lambda; or open the URL to everybody", command))
}

fn missing(case: &Case<'_>) -> Examined {
    let fails = case.response().map_or(true, |response| response.status == 0 || [403, 404].contains(&response.status));
    if !fails || case.signal() == Some(Signal::InvalidSignature) {
        return Err(Not::Silent);
    }
    let url = FunctionUrl::of(case)?;
    let (says, unlisted) = match url.search(case)? {
        Search::Found(_) => return Err(Not::refuted("a function has this URL")),
        Search::Nobody { is_whole: true } => ("has this URL, nor has an alias of one", None),
        Search::Nobody { is_whole: false } => ("has this URL", None),
        Search::Unlisted(why) => ("has this URL; those of aliases were not read", Some(why)),
    };
    let proof = Proof::certain(format!("None of the account's functions in the region {says}."))
        .because("lambda:GetFunctionUrlConfig", "FunctionUrl", Value::Null)
        .advice("make the URL (aws lambda create-function-url-config), or use the one that is there");
    // What nobody refused yet may be another account's, and what may be changed on the way may ask another URL.
    let may_be_another = case.is_unsent() || url.front.is_some_and(|front| front.behavior.may_rewrite());
    let proof = if may_be_another { proof.at_most(Confidence::Likely) } else { proof };
    Ok(match unlisted {
        Some(why) => proof.without(&why),
        None => proof,
    })
}

/// The statements of the policy of an open URL's function.
fn statements<'a>(case: &Case<'a>) -> Result<(Owner<'a>, &'a [Value]), Not> {
    let owner = FunctionUrl::refusing(case)?.owner(case)?.ok_or(Not::Silent)?;
    if !owner.is_open() {
        return Err(Not::Silent);
    }
    let answer = case.ask(Read::FunctionPolicy(owner.function.to_string()))?;
    let statements = answer.and_then(|answer| answer.get("Policy")).map(policy::statements).unwrap_or_default();
    Ok((owner, statements))
}

fn policy_missing(case: &Case<'_>) -> Examined {
    let (owner, statements) = match statements(case) {
        // The answer is the one of a policy that lets nobody call the URL, wholly or in part.
        Err(Not::Unread(why)) if !case.is_unsent() => return unread_policy(case, &why),
        read => read?,
    };
    if let Some(proof) = denied(case, &owner, statements, "lambda:InvokeFunctionUrl") {
        return Ok(proof);
    }
    let opening = Opening::of(statements, "lambda:InvokeFunctionUrl");
    let key = opening.lacking(case, "the policy lets everybody call the URL", "the policy lets callers in")?;
    let command = command::on_function("add-permission", &owner.function)
        .option("--statement-id", "url")
        .option("--action", "lambda:InvokeFunctionUrl")
        .option("--principal", "*")
        .option("--function-url-auth-type", "NONE")
        .option("--region", &case.facts.region);
    let proof = match key {
        Some(key) => Proof::likely(format!(
            "The URL of {} is open, and the function's policy lets callers in by {key} alone, which the request does not tell.",
            owner.function
        )),
        None => Proof::certain(format!(
            "The URL of {} is open, and the function's policy lets nobody call it.",
            owner.function
        )),
    };
    Ok(proof
        .because(owner.call, "AuthType", "NONE")
        .because("lambda:GetPolicy", "Policy.Statement", json!(statements))
        .command("add the permission", command))
}

/// That a statement of the function's policy denies the call, whatever others allow. It is likely: what AWS documents of open
/// URLs are the permissions that they need.
fn denied(case: &Case<'_>, owner: &Owner<'_>, statements: &[Value], action: &str) -> Option<Proof> {
    let function = &owner.function;
    let (statement, whom) = opening::denying(statements, action)?;
    let proof = match whom {
        Opening::Some(_) if case.is_unsent() => return None,
        Opening::Some(key) => Proof::possible(format!(
            "A statement of the policy of {function} denies {action} to callers by {key}, which the request does not tell."
        )),
        _ => Proof::likely(format!("A statement of the policy of {function} denies {action} to everybody.")),
    };
    let proof = proof.because("lambda:GetPolicy", "Policy.Statement", statement.clone());
    let summary = "take the statement out of the function's policy, or narrow it";
    Some(match statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty()) {
        Some(sid) => proof.command(summary, command::remove_permission(&owner.function, sid)),
        None => proof.advice(summary),
    })
}

/// That an open URL refuses its caller, where the function's policy was not read.
fn unread_policy(case: &Case<'_>, why: &NotRead) -> Examined {
    let advice =
        "look whether the function's policy allows everybody lambda:InvokeFunctionUrl and lambda:InvokeFunction";
    let url = match FunctionUrl::refusing(case) {
        // Whether a function URL answered at all was not read.
        Err(Not::Unread(_)) => return Err(why.into()),
        url => url?,
    };
    let owner = match url.owner(case) {
        Err(Not::Unread(_)) => {
            let says =
                "The URL refuses its caller as an open one does without a permission; whether it is open was not read.";
            return Ok(Proof::possible(says).without(why).advice(advice));
        }
        owner => owner?.ok_or(Not::Silent)?,
    };
    let says =
        format!("The URL of {} is open, and refuses its callers as it does without a permission.", owner.function);
    Ok(Proof::likely(says).because(owner.call, "AuthType", "NONE").without(why).advice(advice))
}

/// Since when new URLs need both permissions: October 2025.
const BOTH_NEEDED: Date = date(2025, 11, 1);

/// Since when every URL does, those of older accounts, too.
const BOTH_NEEDED_BY_ALL: Date = date(2026, 11, 1);

impl Owner<'_> {
    /// Whether the URL needs both permissions at a moment, whatever the account's age.
    fn needs_both(&self, at: Timestamp) -> bool {
        let is_since = |moment: Timestamp, day: Date| moment.to_zoned(TimeZone::UTC).date() >= day;
        let created = self.configuration.get("CreationTime").and_then(Value::as_str);
        is_since(at, BOTH_NEEDED_BY_ALL)
            || created.and_then(|text| text.parse().ok()).is_some_and(|created| is_since(created, BOTH_NEEDED))
    }
}

fn second_missing(case: &Case<'_>) -> Examined {
    let (owner, statements) = statements(case)?;
    if Opening::of(statements, "lambda:InvokeFunctionUrl") != Opening::Everybody {
        return Err(Not::Silent);
    }
    if let Some(proof) = denied(case, &owner, statements, "lambda:InvokeFunction") {
        return Ok(proof);
    }
    let opening = Opening::of(statements, "lambda:InvokeFunction");
    let key = opening.lacking(case, "the policy has both permissions", "the policy has the second permission")?;
    let command = command::on_function("add-permission", &owner.function)
        .option("--statement-id", "url-invoke")
        .option("--action", "lambda:InvokeFunction")
        .option("--principal", "*")
        .option("--region", &case.facts.region);
    let by = key.as_ref().map_or_else(String::new, |key| format!(" but for callers by {key}"));
    let says = format!(
        "The policy of {} allows lambda:InvokeFunctionUrl, and not lambda:InvokeFunction by way of the URL{by}.",
        owner.function
    );
    let is_new = key.is_none() && !case.is_unsent() && owner.needs_both(case.at());
    let proof = if is_new { Proof::certain(says) } else { Proof::likely(says) };
    Ok(proof
        .because("lambda:GetPolicy", "Policy.Statement", json!(statements))
        .command("add the second permission", format!("{command} --invoked-via-function-url")))
}

fn confused(case: &Case<'_>) -> Examined {
    if !matches!(case.host, Host::LambdaUrl { .. }) {
        return Err(Not::Silent);
    }
    let response = case.response()?;
    let (segment, _) = crate::case::target::first_segment(&case.request.url.path);
    let usual = ["prod", "dev", "stage", "staging", "test", "default", "v1"];
    let looks = segment.is_some_and(|segment| usual.contains(&segment.to_ascii_lowercase().as_str()));
    if !looks || ![403, 404].contains(&response.status) {
        return Err(Not::Silent);
    }
    Ok(Proof::possible("The path begins like that of an API's stage; function URLs have no stages.")
        .because("request", "path", case.request.url.path.clone())
        .advice("use the URL that the function's page shows: Configuration, Function URL; or Triggers for the API's"))
}
