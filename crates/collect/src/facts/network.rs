//! Looking host names up: in a recording, or with the resolver of this machine where that is allowed.

use engine::observed::Observed;
use engine::reads::NOT_ASKED;
use serde_json::Value;

use crate::read::Call;

/// Where host names are looked up.
#[derive(Clone, Debug, Default)]
pub enum Network {
    /// In a recording's part `network`: `{ "dns": { name: [address] }, "dns_cname": { name: name } }`.
    Recorded(Value),
    /// With the resolver of this machine.
    Resolver,
    /// Nowhere: nobody allowed it.
    #[default]
    NotAsked,
}

impl Network {
    /// Whether anything can be looked up.
    pub(super) fn is_asked(&self) -> bool {
        match self {
            Network::Recorded(network) => !network.is_null(),
            Network::Resolver => true,
            Network::NotAsked => false,
        }
    }

    /// The addresses of a host name; `None` where there is no such name.
    pub(super) async fn addresses(&self, host: &str, call: &Call) -> Observed<Option<Value>> {
        let not_read = |reason: &str| Observed::NotRead(call.failed(reason));
        match self {
            Network::Recorded(network) => recorded(network.get("dns"), host, call),
            Network::NotAsked => not_read(NOT_ASKED),
            Network::Resolver => match tokio::net::lookup_host((host, 443)).await {
                Ok(found) => {
                    let mut addresses: Vec<String> = found.map(|address| address.ip().to_string()).collect();
                    addresses.sort_unstable();
                    addresses.dedup();
                    Observed::Known((!addresses.is_empty()).then(|| addresses.into()))
                }
                Err(error) if is_unknown(&error) => Observed::Known(None),
                Err(error) => not_read(&error.to_string()),
            },
        }
    }

    /// What a host name is an alias of; `None` where it is none.
    pub(super) fn alias(&self, host: &str, call: &Call) -> Observed<Option<Value>> {
        let not_read = |reason: &str| Observed::NotRead(call.failed(reason));
        match self {
            Network::Recorded(network) => recorded(network.get("dns_cname"), host, call),
            Network::NotAsked => not_read(NOT_ASKED),
            Network::Resolver => not_read("the resolver of this machine tells addresses alone"),
        }
    }
}

/// What a recording holds of a name: `null` and an empty list say that there is no such name.
fn recorded(names: Option<&Value>, host: &str, call: &Call) -> Observed<Option<Value>> {
    match names.and_then(|names| names.get(host)) {
        Some(Value::Null) => Observed::Known(None),
        Some(Value::Array(addresses)) if addresses.is_empty() => Observed::Known(None),
        Some(found) => Observed::Known(Some(found.clone())),
        None => Observed::NotRead(call.failed("the recording does not hold it")),
    }
}

/// Whether the resolver says that there is no such name, as opposed to that it cannot tell. The operating system's number
/// does not come through; its words do.
fn is_unknown(error: &std::io::Error) -> bool {
    let said = error.to_string();
    ["Name or service not known", "nodename nor servname provided", "No address associated"]
        .iter()
        .any(|words| said.contains(words))
}

#[cfg(test)]
mod tests {
    use engine::observed::Why;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_recording_is_the_network_and_without_leave_nobody_asks() {
        let call = Call::new("dns:A", "--probe-network", "a");
        let held = Network::Recorded(json!({ "dns": { "a": ["10.0.0.1"], "b": null, "c": [] } }));
        let known = |answer: Observed<Option<Value>>| answer.known().cloned().map_err(|why| why.why);
        assert_eq!(known(held.addresses("a", &call).await), Ok(Some(json!(["10.0.0.1"]))));
        assert_eq!(known(held.addresses("b", &call).await), Ok(None));
        assert_eq!(known(held.addresses("c", &call).await), Ok(None));
        assert_eq!(known(held.addresses("d", &call).await), Err(Why::Failed));
        assert_eq!(known(held.alias("a", &call)), Err(Why::Failed));
        let not_asked = Network::NotAsked.addresses("a", &call).await;
        assert_eq!(not_asked.known().unwrap_err().needs, "--probe-network");
    }
}
