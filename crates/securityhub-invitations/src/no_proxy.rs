//! [`NoProxy`]: the hosts that are reached without a proxy.

use std::net::IpAddr;

/// A list of hosts, as in `NO_PROXY`. Its rules are curl's.
#[derive(Clone, Debug, Default)]
pub(crate) struct NoProxy {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
enum Entry {
    All,
    /// In lower case, without a leading and trailing dot.
    Name(Box<str>),
    Network(IpAddr, u32),
}

impl NoProxy {
    pub(crate) fn new(list: &str) -> Self {
        if list == "*" {
            return Self { entries: vec![Entry::All] };
        }
        let entries = list.split([',', ' ', '\t']).filter(|entry| !entry.is_empty());
        Self { entries: entries.map(Entry::new).collect() }
    }

    /// Returns whether the list has the host of a URL. An IPv6 address is in brackets.
    pub(crate) fn matches(&self, host: &str) -> bool {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let address = bare.parse().ok();
        let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        self.entries.iter().any(|entry| match (entry, address) {
            (Entry::All, _) => true,
            (Entry::Network(network, bits), Some(address)) => contains(*network, *bits, address),
            (Entry::Name(suffix), None) => {
                name.strip_suffix(&**suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            _ => false,
        })
    }
}

impl Entry {
    fn new(entry: &str) -> Self {
        let (address, bits) = match entry.split_once('/') {
            Some((address, bits)) => (address, bits.parse().ok()),
            None => (entry, Some(0)),
        };
        let address = address.strip_prefix('[').and_then(|address| address.strip_suffix(']')).unwrap_or(address);
        match (address.parse(), bits) {
            (Ok(address), Some(bits)) => Self::Network(address, bits),
            _ => {
                let name = entry.strip_prefix('.').unwrap_or(entry);
                Self::Name(name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase().into())
            }
        }
    }
}

/// Returns whether the first bits of both addresses are the same. As in curl, 0 bits mean all, and too many match nothing.
fn contains(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    let differing = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            u128::from(network.to_bits() ^ address.to_bits()) << (u128::BITS - u32::BITS)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => network.to_bits() ^ address.to_bits(),
        _ => return false,
    };
    let width = if network.is_ipv4() { u32::BITS } else { u128::BITS };
    bits <= width && differing.leading_zeros() >= if bits == 0 { width } else { bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_addresses_and_networks() {
        for (list, host, expected) in [
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.128.0.0/9", "10.127.0.1", false),
            ("10.1.2.3/32", "10.1.2.2", false),
            ("10.1.2.3/0", "10.1.2.3", true),
            ("0.0.0.0/0", "10.1.2.3", false),
            ("10.0.0.0/33", "10.0.0.0", false),
            ("10.0.0.0/4294967296", "10.0.0.0", false),
            ("::ffff:10.1.2.3", "10.1.2.3", false),
            ("fd00::1", "[fd00::1]", true),
            ("FD00:0::1", "[fd00::1]", true),
            ("[fd00::1]", "[fd00::1]", true),
            ("[fd00::]/8", "[fdff::1]", true),
            ("fd00::/8", "[fdff::1]", true),
            ("fd00::/8", "[fe00::1]", false),
            ("fd00::/128", "[fd00::1]", false),
            ("fd00::/129", "[fd00::]", false),
            ("::/0", "[fd00::1]", false),
        ] {
            assert_eq!(NoProxy::new(list).matches(host), expected, "{list} {host}");
        }
    }

    #[test]
    fn tolerates_junk() {
        for junk in [
            "",
            ",",
            " ,\t, ",
            ".",
            "..",
            "/",
            "/8",
            "[",
            "[]",
            "]/",
            "é",
            "a/b",
            "*,*",
            "http://hub.example",
            "hub.example/8",
        ] {
            let list = NoProxy::new(junk);
            for host in ["hub.example", "10.1.2.3", "[fd00::1]"] {
                assert!(!list.matches(host), "{junk:?} {host}");
            }
            let list = NoProxy::new(&format!("{junk}, hub.example"));
            assert!(list.matches("hub.example"), "{junk:?}");
        }
    }
}
