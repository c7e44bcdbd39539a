//! VPC links: whether one is available, and whether anything healthy is behind it.

use serde_json::{Value, json};

use crate::case::Case;
use crate::case::callee::{self, Callee};
use crate::case::cause::{Confidence, Examined, Not, Proof};
use crate::case::facts::Read;
use crate::case::signal::Signal;
use crate::observed::NotRead;
use crate::snapshot::ApiKind;

const ADVICE: &str = "mend the link, or its targets and their security groups";

pub(super) fn vpc_link(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Internal, Signal::Unavailable, Signal::Timeout, Signal::NetworkError])?;
    let callee = Callee::of(case)?;
    if callee.integration.connection_type.as_deref() != Some("VPC_LINK") {
        return Err(Not::Silent);
    }
    let id = crate::stage_variables::resolve(
        callee.integration.connection_id.as_deref().unwrap_or_default(),
        &callee.stage.variables,
    )
    .text;
    let balancer = target_of(case, &callee);
    // A REST API's integration that names its target itself goes through one of the links that HTTP APIs have, too.
    let is_of_rest = callee.target.api.kind == ApiKind::Rest && balancer.is_none();
    let (read, source, member) = if is_of_rest {
        (Read::VpcLink(id.clone()), "apigateway:GetVpcLink", "status")
    } else {
        (Read::VpcLinkV2(id.clone()), "apigatewayv2:GetVpcLink", "VpcLinkStatus")
    };
    // What the link's name is made of is another cause.
    if id.is_empty() || id.contains("${") {
        return Err(Not::Silent);
    }
    let link = match case.ask(read) {
        Err(Not::Unread(why)) if !case.is_unsent() => {
            let says = format!("{} goes through the VPC link {id}; whether it is available was not read.", callee.key);
            let path = "integration.connectionId";
            return Ok(Proof::possible(says).because(callee.met.source, path, id).without(&why).advice(ADVICE));
        }
        link => link?,
    };
    let Some(link) = link else {
        let proof = Proof::certain(format!("The VPC link {id} does not exist."))
            .because(source, "id", Value::Null)
            .about(id)
            .advice(ADVICE);
        // The edited integration may name its target, and so mean a link of the other kind.
        let edited = callee.target.api.live.routes.known().err().filter(|_| is_of_rest);
        return Ok(match edited {
            Some(why) => proof.without(why).at_most(Confidence::Possible),
            None => proof,
        });
    };
    let status = link.get(member).and_then(Value::as_str).unwrap_or_default();
    if status == "AVAILABLE" {
        if case.is_unsent() {
            return Err(Not::refuted(format!("the VPC link {id} is available")));
        }
        let balancers =
            if is_of_rest { Balancers::listed(link) } else { Balancers::named(balancer.unwrap_or(&callee.uri.text)) };
        return balancers.judged(case, &id, (source, member));
    }
    let proof = Proof::certain(format!("The VPC link {id} is {status}."));
    // What is pending will be over.
    let proof = if case.is_unsent() && status == "PENDING" { proof.at_most(Confidence::Possible) } else { proof };
    Ok(proof.because(source, member, status).about(id).advice(ADVICE))
}

/// The target that an integration names: as the stage serves it, or as it is edited, for whether exports show it is not known.
fn target_of<'a>(case: &Case<'a>, callee: &Callee<'_, 'a>) -> Option<&'a str> {
    let live = || callee::edited(case, callee.target, case.method())?.integration_target.as_deref();
    callee.integration.integration_target.as_deref().or_else(live)
}

/// The load balancers that a link leads to, by their ARNs: none, where it leads to a service of Cloud Map.
struct Balancers(Vec<String>);

/// What is known of the targets of some load balancers.
#[derive(Default)]
struct Targets {
    /// The target groups with healthy targets, and those without, by their names.
    healthy: Vec<String>,
    unhealthy: Vec<String>,
    /// The states of those targets that are in the latter.
    states: Vec<String>,
    unread: Option<NotRead>,
}

impl Balancers {
    /// Those that a link of REST APIs names: Network Load Balancers.
    fn listed(link: &Value) -> Balancers {
        let all = link.get("targetArns").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        Balancers::among(all.map(str::to_owned))
    }

    /// The one that an integration names itself: a REST API's its target, an HTTP API's a listener, whose ARN has that of its
    /// balancer in it.
    fn named(target: &str) -> Balancers {
        if !target.contains(":listener/") {
            return Balancers::among([target.to_owned()]);
        }
        let own = target.replacen(":listener/", ":loadbalancer/", 1);
        Balancers::among(own.rsplit_once('/').map(|(balancer, _)| balancer.to_owned()))
    }

    fn among(arns: impl IntoIterator<Item = String>) -> Balancers {
        Balancers(arns.into_iter().filter(|arn| arn.contains(":loadbalancer/")).collect())
    }

    fn targets(&self, case: &Case<'_>) -> Result<Targets, Not> {
        let mut targets = Targets::default();
        for balancer in &self.0 {
            let groups = match case.list(Read::TargetGroups(balancer.clone()), "TargetGroups") {
                Err(Not::Unread(why)) => {
                    targets.unread = Some(why);
                    continue;
                }
                groups => groups?,
            };
            for group in groups.iter().filter_map(|group| group.get("TargetGroupArn")?.as_str()) {
                targets.add(case, group)?;
            }
        }
        Ok(targets)
    }

    /// What the health of the targets says of an available link.
    fn judged(&self, case: &Case<'_>, id: &str, (source, member): (&str, &str)) -> Examined {
        let targets = self.targets(case)?;
        let Targets { healthy, unhealthy, states, unread } = &targets;
        let shown = |proof: Proof| proof.because(source, member, "AVAILABLE");
        let health = "elasticloadbalancing:DescribeTargetHealth";
        let look = "look at the health of the load balancer's targets, and at their security groups";
        if let Some(why) = unread {
            let says = format!("The VPC link {id} is available; whether its targets are healthy was not read.");
            return Ok(shown(Proof::possible(says)).without(why).advice(look));
        }
        match (healthy.is_empty(), unhealthy.is_empty()) {
            (true, false) => {
                let says = format!("No target behind the VPC link {id} is healthy: {}.", unhealthy.join(", "));
                Ok(shown(Proof::certain(says))
                    .because(health, "TargetHealthDescriptions[].TargetHealth.State", json!(states))
                    .about(id)
                    .advice(ADVICE))
            }
            (false, true) => Err(Not::refuted(format!("the VPC link {id} is available, and its targets are healthy"))),
            (false, false) => {
                let list = unhealthy.join(", ");
                let says = format!("Behind the VPC link {id}, no target of {list} is healthy, and others are.");
                Ok(shown(Proof::possible(says))
                    .because(health, "TargetHealthDescriptions[].TargetHealth.State", json!(states))
                    .advice(look))
            }
            (true, true) => {
                let says =
                    format!("The VPC link {id} is available; whether what it leads to is healthy does not show.");
                Ok(shown(Proof::possible(says)).advice(look))
            }
        }
    }
}

impl Targets {
    fn add(&mut self, case: &Case<'_>, group: &str) -> Result<(), Not> {
        let all = match case.list(Read::TargetHealth(group.to_owned()), "TargetHealthDescriptions") {
            Err(Not::Unread(why)) => {
                self.unread = Some(why);
                return Ok(());
            }
            all => all?,
        };
        let states = all.iter().filter_map(|own| own.get("TargetHealth")?.get("State")?.as_str());
        let states: Vec<String> = states.map(str::to_owned).collect();
        // arn:…:targetgroup/name/id
        let name = group.rsplit('/').nth(1).unwrap_or(group).to_owned();
        // Where nobody checks, the state is `unavailable`.
        if states.iter().any(|state| ["healthy", "unavailable"].contains(&state.as_str())) {
            self.healthy.push(name);
        } else {
            self.unhealthy.push(name);
            self.states.extend(states);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::facts::Facts;
    use crate::exchange::Exchange;
    use crate::fixture::{self, route};
    use crate::observed::Observed;
    use crate::testkit::{explained, facts, to_orders};

    const OWN: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333";

    fn linked(kind: ApiKind) -> Facts<'static> {
        let uri = match kind {
            ApiKind::Rest => "http://internal.example.com/orders".to_owned(),
            ApiKind::Http | ApiKind::WebSocket => format!("{OWN}:listener/net/orders/1/9"),
        };
        let (key, mut own) = route("GET /orders", &uri);
        let integration = own.integration.as_mut().unwrap();
        integration.integration_type = "HTTP_PROXY".to_owned();
        (integration.connection_type, integration.connection_id) =
            (Some("VPC_LINK".to_owned()), Some("link1".to_owned()));
        let facts = facts(vec![fixture::api(kind, vec![(key, own)])]);
        match kind {
            ApiKind::Rest => facts.with(
                Read::VpcLink("link1".to_owned()),
                json!({ "id": "link1", "status": "AVAILABLE", "targetArns": [format!("{OWN}:loadbalancer/net/orders/1")] }),
            ),
            ApiKind::Http | ApiKind::WebSocket => {
                facts.with(Read::VpcLinkV2("link1".to_owned()), json!({ "VpcLinkStatus": "AVAILABLE" }))
            }
        }
    }

    fn group(name: &str) -> String {
        format!("{OWN}:targetgroup/{name}/2")
    }

    /// With target groups, each of whose targets has one of these states.
    fn with(facts: Facts<'static>, groups: &[(&str, &[&str])]) -> Facts<'static> {
        let all: Vec<Value> = groups.iter().map(|(name, _)| json!({ "TargetGroupArn": group(name) })).collect();
        let balancer = Read::TargetGroups(format!("{OWN}:loadbalancer/net/orders/1"));
        groups.iter().fold(facts.with(balancer, json!({ "TargetGroups": all })), |facts, (name, states)| {
            let states: Vec<Value> = states.iter().map(|own| json!({ "TargetHealth": { "State": own } })).collect();
            facts.with(Read::TargetHealth(group(name)), json!({ "TargetHealthDescriptions": states }))
        })
    }

    #[test]
    fn an_available_link_is_as_good_as_what_is_behind_it() {
        let rest = |text: &str| to_orders("GET", "/orders").refused(504, "InternalServerErrorException", text);
        let (late, broken) = (rest("Endpoint request timed out"), rest("Network error communicating with endpoint"));
        let http = to_orders("GET", "/orders").http(503, "Service Unavailable");
        let (dead, alive): (&[&str], &[&str]) = (&["unhealthy", "draining"], &["unhealthy", "healthy"]);
        let first = |exchange: &Exchange, facts: &Facts<'static>| explained(exchange, facts).causes[0].id;
        for (exchange, kind, otherwise) in [
            (&late, ApiKind::Rest, "integration-timeout"),
            (&broken, ApiKind::Rest, "integration-network-error"),
            (&http, ApiKind::Http, "http-api-timeout"),
        ] {
            let linked = || linked(kind);
            let call = "elasticloadbalancing:DescribeTargetHealth";
            for (facts, expected, stands_first) in [
                (with(linked(), &[("orders", dead)]), Some("certain"), true),
                (with(linked(), &[("orders", &[])]), Some("certain"), true),
                (with(linked(), &[("orders", alive)]), None, false),
                (with(linked(), &[("orders", &["unavailable"])]), None, false),
                (with(linked(), &[("orders", dead), ("pets", alive)]), Some("possible"), false),
                (with(linked(), &[]), Some("possible"), false),
                (
                    with(linked(), &[("orders", dead)]).denied(Read::TargetHealth(group("orders")), call),
                    Some("possible"),
                    false,
                ),
            ] {
                let explanation = explained(exchange, &facts);
                let found = explanation.causes.iter().find(|cause| cause.id == "vpc-link-unhealthy");
                // What is certain before it ends the asking.
                assert_eq!(
                    found.map(|cause| cause.confidence.name()),
                    expected,
                    "{otherwise} {:?}",
                    explanation.causes
                );
                if stands_first {
                    assert_eq!(first(exchange, &facts), "vpc-link-unhealthy");
                } else if kind == ApiKind::Rest {
                    assert_eq!(first(exchange, &facts), otherwise);
                }
            }
        }
    }

    /// The edited integration alone may name its target, and so mean one of the links that HTTP APIs have.
    #[test]
    fn a_link_of_rest_apis_is_missing_for_certain_where_the_edited_integration_was_read() {
        let exchange =
            to_orders("GET", "/orders").refused(504, "InternalServerErrorException", "Endpoint request timed out");
        let gone = || linked(ApiKind::Rest).lacking(Read::VpcLink("link1".to_owned()));
        let first = |facts: &Facts<'static>| {
            let told = explained(&exchange, facts);
            (format!("{} {}", told.causes[0].id, told.causes[0].confidence.name()), told)
        };
        assert_eq!(first(&gone()).0, "vpc-link-unhealthy certain");
        let call = "apigateway:GetResources";
        let mut unread = gone();
        unread.api_mut("a1b2c3d4e5").unwrap().live.routes = Observed::NotRead(fixture::denied(call));
        let (cause, told) = first(&unread);
        assert_eq!(cause, "integration-timeout certain");
        let link = told.causes.iter().find(|own| own.id == "vpc-link-unhealthy").unwrap();
        assert_eq!(link.confidence, Confidence::Possible);
        assert!(told.not_read.iter().any(|own| own.what == call), "{:?}", told.not_read);
    }
}
