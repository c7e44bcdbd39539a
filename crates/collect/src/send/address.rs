//! Which addresses are public: no request goes to any other.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::SendError;

/// The addresses of a host, if all of them are public.
///
/// # Errors
///
/// [`SendError::NotPublic`] if one is not, [`SendError::NotFound`] if there is none.
pub(super) async fn public(host: &str) -> Result<Vec<IpAddr>, SendError> {
    let not_found = |reason: String| SendError::NotFound { host: host.to_owned(), reason };
    let found = tokio::net::lookup_host((host, 443)).await.map_err(|error| not_found(error.to_string()))?;
    let addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    match addresses.iter().find(|address| !is_public(**address)) {
        Some(address) => Err(SendError::NotPublic { host: host.to_owned(), address: *address }),
        None if addresses.is_empty() => Err(not_found("it has no address".to_owned())),
        None => Ok(addresses),
    }
}

/// Whether an address belongs to the public internet (IANA's registries of special-purpose addresses).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = a == 0
        || a >= 240
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        // Behind a provider's own translation (RFC 6598), protocol assignments (RFC 6890), benchmarks (RFC 2544).
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    if let Some(inner) = embedded(address) {
        return is_public_v4(inner);
    }
    // Global unicast addresses are 2000::/3; of these, 2001:db8::/32 and 3fff::/20 are for documentation, and 2001::/23
    // for protocols.
    let is_global = a & 0xe000 == 0x2000;
    let is_special = (a == 0x2001 && (b == 0x0db8 || b < 0x0200)) || (a == 0x3fff && b < 0x1000);
    is_global && !is_special
}

/// The IPv4 address that one of IPv6 stands for: mapped (RFC 4291), translated (RFC 6052), 6to4 (RFC 3056).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0 | 0xffff] if (g, h) != (0, 0) && (g, h) != (0, 1) => Some(join(g, h)),
        [0x64, 0xff9b, 0, 0, 0, 0] => Some(join(g, h)),
        [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for address in ["52.1.2.3", "8.8.8.8", "99.255.1.1", "172.32.0.1", "2a05:d018::1", "64:ff9b::808:808"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "0.0.0.0",
            "10.0.1.15",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "3fff::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_into_the_machine_is_refused() {
        let error = public("localhost").await.unwrap_err();
        assert!(matches!(error, SendError::NotPublic { .. }), "{error}");
    }
}
