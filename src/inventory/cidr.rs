//! Address ranges as text that SQLite can compare.
//!
//! A range becomes its first and last address in hexadecimal, IPv4 mapped into IPv6, so that `a.first <= b.first and a.last >=
//! b.last` says "a contains b" in any SQLite, without a function of ours.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

/// The first and the last address of a range as 32 hexadecimal digits each; `None` if the text is no range.
///
/// ```
/// use driftlead::inventory::cidr_bounds;
/// let (first, last) = cidr_bounds("10.0.0.0/8").unwrap();
/// assert_eq!(first, "00000000000000000000ffff0a000000");
/// assert_eq!(last, "00000000000000000000ffff0affffff");
/// ```
pub fn cidr_bounds(cidr: &str) -> Option<(String, String)> {
    let net: IpNet = cidr.parse().or_else(|_| cidr.parse::<IpAddr>().map(IpNet::from)).ok()?;
    Some((hex(net.network()), hex(net.broadcast())))
}

/// Whether `outer` contains all of `inner`; `None` if either is no range. IPv4 and IPv6 contain nothing of each other.
pub fn cidr_contains(outer: &str, inner: &str) -> Option<bool> {
    let (outer_first, outer_last) = cidr_bounds(outer)?;
    let (inner_first, inner_last) = cidr_bounds(inner)?;
    let same_family = outer.contains(':') == inner.contains(':');
    Some(same_family && outer_first <= inner_first && outer_last >= inner_last)
}

fn hex(address: IpAddr) -> String {
    let v6: Ipv6Addr = match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    format!("{:032x}", u128::from(v6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_contain_what_they_should() {
        assert_eq!(cidr_contains("0.0.0.0/0", "10.1.2.0/24"), Some(true));
        assert_eq!(cidr_contains("10.1.2.0/24", "10.1.0.0/16"), Some(false));
        assert_eq!(cidr_contains("10.1.2.0/24", "10.1.2.7"), Some(true));
        assert_eq!(cidr_contains("::/0", "10.0.0.0/8"), Some(false));
        assert_eq!(cidr_contains("::/0", "2001:db8::/32"), Some(true));
        assert_eq!(cidr_contains("pl-1", "10.0.0.0/8"), None);
    }
}
