//! Hosts of custom endpoints and relays.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::display::QuotedCharacter;

/// Returns the host in the form in which every transport sends it, or the problem with it.
pub(super) fn normalize(host: &str) -> Result<String, String> {
    if host.is_empty() {
        return Err("missing host".to_owned());
    }
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').and_then(|address| address.parse::<Ipv6Addr>().ok());
        return address.map(bracketed).ok_or_else(|| "invalid IPv6 address in brackets".to_owned());
    }
    if host.contains(':') {
        return Err("colon in the host (expected brackets around an IPv6 address: http://[::1]:4566)".to_owned());
    }
    if !host.is_ascii() {
        return Err("non-ASCII host (expected its xn-- form)".to_owned());
    }
    if host.len() > 255 {
        return Err(format!("host has {} characters (expected at most 255)", host.len()));
    }
    // One trailing dot marks an absolute name, and is sent.
    let name = host.strip_suffix('.').unwrap_or(host);
    // Browsers read `127.1` and other names that end in a number as an IPv4 address, and send another form of it.
    if name.rsplit('.').next().is_some_and(is_number) && host.parse::<Ipv4Addr>().is_err() {
        return Err("host ends in a number (expected a name, or an IPv4 address such as 127.0.0.1)".to_owned());
    }
    for label in name.split('.') {
        if label.is_empty() {
            return Err("empty label in the host".to_owned());
        }
        if label.len() > 63 {
            return Err(format!("host label has {} characters (expected at most 63)", label.len()));
        }
        if let Some(character) = label.chars().find(|character| !character.is_ascii_alphanumeric() && *character != '-')
        {
            return Err(format!("{} in the host (allowed: a-z, 0-9, -, .)", QuotedCharacter(character)));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err("host label starts or ends with a hyphen".to_owned());
        }
    }
    Ok(host.to_ascii_lowercase())
}

/// Formats the address as browsers do, by the URL standard's IPv6 serializer. It has no dotted form for mapped IPv4
/// addresses.
fn bracketed(address: Ipv6Addr) -> String {
    match (address.to_ipv4_mapped(), address.segments()) {
        (Some(_), [.., high, low]) => format!("[::ffff:{high:x}:{low:x}]"),
        (None, _) => format!("[{address}]"),
    }
}

/// Returns whether the URL standard reads the label as a number: decimal digits, or `0x` and any hexadecimal digits.
fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x").or_else(|| label.strip_prefix("0X")) {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}
