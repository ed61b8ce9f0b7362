//! Endpoints: where requests go, and which host, path and region they are signed for.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use http::{Uri, uri::PathAndQuery};

use crate::{
    config_error::ConfigError, display::QuotedCharacter, partition::Partition, redact::without_token, region::Region,
};

/// The path of the operation, below whatever base path an endpoint has.
const OPERATION_PATH: &str = "/invitations/delete";

/// Which variant of a region's endpoint to use. The default is neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EndpointVariant {
    /// The endpoint whose cryptography is validated under FIPS 140.
    pub fips: bool,
    /// The endpoint that answers over IPv6 as well as IPv4.
    pub dual_stack: bool,
}

/// Where requests go, and which host and region they are signed for.
///
/// ```
/// use securityhub_invitations::{Endpoint, EndpointVariant, Region};
///
/// let region: Region = "eu-central-1".parse()?;
/// assert_eq!(Endpoint::regional(&region)?.url(), "https://securityhub.eu-central-1.amazonaws.com");
///
/// let variant = EndpointVariant { dual_stack: true, ..EndpointVariant::default() };
/// assert_eq!(Endpoint::resolve(&region, variant)?.url(), "https://securityhub.eu-central-1.api.aws");
///
/// let local = Endpoint::custom(&region, "http://LOCALHOST:4566/base/")?;
/// assert_eq!(local.url(), "http://localhost:4566/base");
/// assert_eq!(local.signing_host(), "localhost:4566");
/// # Ok::<(), securityhub_invitations::ConfigError>(())
/// ```
///
/// Resolution follows Security Hub's endpoint rule set, version 1.0: see [AWS's list of
/// endpoints](https://docs.aws.amazon.com/general/latest/gr/sechub.html). That a name resolves does not mean that the host
/// exists: the rule set makes names for any region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    sent_to: Location,
    signed_for: Location,
    region: Region,
}

impl Endpoint {
    /// The standard endpoint of a region: [`resolve`](Self::resolve) with the default variant.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn regional(region: &Region) -> Result<Self, ConfigError> {
        Self::resolve(region, EndpointVariant::default())
    }

    /// A variant of a region's endpoint. The pseudo-regions `fips-X` and `X-fips` are region `X` with FIPS.
    ///
    /// # Errors
    /// [`ConfigError`] if the region's partition does not have the variant. With the partitions of today, all have both.
    pub fn resolve(region: &Region, variant: EndpointVariant) -> Result<Self, ConfigError> {
        let (region, fips) = region.plain();
        let variant = EndpointVariant { fips: variant.fips || fips, ..variant };
        let location = Location::in_partition(Partition::of(&region), &region, variant)?;
        Ok(Self { sent_to: location.clone(), signed_for: location, region })
    }

    /// An endpoint of one's own: `http://` or `https://`, a host, perhaps a port and a base path, which is joined with the
    /// operation's path by one `/`: one at its end is left out.
    ///
    /// The host is lower-cased, an IPv6 address written in its short form and the scheme's default port dropped, so that
    /// the `Host` that any transport or browser sends is the one that is signed. The base path travels as given; for
    /// signing it is normalised.
    ///
    /// # Errors
    /// [`ConfigError`] if the URL has another scheme or none, user information, a query, a fragment, a host that is
    /// neither a name in ASCII nor an IP address, a port outside 1–65535, or a path with characters that must be
    /// percent-encoded; and if the region is a FIPS pseudo-region, since a custom endpoint has no FIPS variant.
    pub fn custom(region: &Region, url: &str) -> Result<Self, ConfigError> {
        let (plain, fips) = region.plain();
        if fips {
            return Err(ConfigError::new("region", region.as_str(), FIPS_WITH_CUSTOM_ENDPOINT));
        }
        let location = Location::parse("endpoint URL", url)?;
        Ok(Self { sent_to: location.clone(), signed_for: location, region: plain })
    }

    /// The same endpoint reached through a relay: requests are signed for this endpoint's host and path, and sent to `url`
    /// followed by `/invitations/delete`. The relay forwards them with the `Host` that was signed.
    ///
    /// For pages in a browser, since Security Hub is not known to answer CORS preflights: a relay on the page's own origin
    /// needs none. It holds no keys and cannot change what it forwards.
    ///
    /// ```
    /// use securityhub_invitations::{Endpoint, Region};
    ///
    /// let region: Region = "eu-central-1".parse()?;
    /// let endpoint = Endpoint::regional(&region)?.via_relay("https://tools.example.com/relay")?;
    /// assert_eq!(endpoint.url(), "https://tools.example.com/relay");
    /// assert_eq!(endpoint.signing_host(), "securityhub.eu-central-1.amazonaws.com");
    /// # Ok::<(), securityhub_invitations::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`] if the URL breaks a rule of [`custom`](Self::custom).
    pub fn via_relay(self, url: &str) -> Result<Self, ConfigError> {
        Ok(Self { sent_to: Location::parse("relay URL", url)?, ..self })
    }

    /// The URL that requests are sent to, without the operation's path: the scheme, the host, a port that is not the
    /// scheme's default, and the base path if there is one.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.sent_to.origin(), self.sent_to.base_path)
    }

    /// The host that is signed, as the `Host` header has it: lower case, with a port that is not the scheme's default.
    #[must_use]
    pub fn signing_host(&self) -> &str {
        &self.signed_for.authority
    }

    /// The region that is signed for: of the pseudo-regions `fips-X` and `X-fips` the plain `X`.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The URI of the operation where it is sent.
    pub(crate) fn request_uri(&self) -> Uri {
        self.sent_to.operation_uri()
    }

    /// The URI of the operation as it is signed.
    pub(crate) fn signing_uri(&self) -> Uri {
        self.signed_for.operation_uri()
    }
}

/// The rule set's words.
pub(crate) const FIPS_WITH_CUSTOM_ENDPOINT: &str = "Invalid Configuration: FIPS and custom endpoint are not supported";
pub(crate) const DUAL_STACK_WITH_CUSTOM_ENDPOINT: &str =
    "Invalid Configuration: Dualstack and custom endpoint are not supported";

/// A place below which the operation's path stands. Every one is a valid URI with it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Location {
    scheme: Scheme,
    /// Lower case, without user information and default port.
    authority: Box<str>,
    /// Empty, or starts with a `/`; what follows is joined by exactly one.
    base_path: Box<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Location {
    fn in_partition(
        partition: &Partition,
        region: &Region,
        EndpointVariant { fips, dual_stack }: EndpointVariant,
    ) -> Result<Self, ConfigError> {
        let refuse = |rule: &'static str| Err(ConfigError::new("region", region.as_str(), rule));
        match (fips, dual_stack) {
            (true, true) if !(partition.supports_fips && partition.supports_dual_stack) => {
                return refuse("FIPS and DualStack are enabled, but this partition does not support one or both");
            }
            (true, false) if !partition.supports_fips => {
                return refuse("FIPS is enabled but this partition does not support FIPS");
            }
            (false, true) if !partition.supports_dual_stack => {
                return refuse("DualStack is enabled but this partition does not support DualStack");
            }
            _ => {}
        }
        let name = if fips { "securityhub-fips" } else { "securityhub" };
        let suffix = if dual_stack { partition.dual_stack_dns_suffix } else { partition.dns_suffix };
        Ok(Self { scheme: Scheme::Https, authority: format!("{name}.{region}.{suffix}").into(), base_path: "".into() })
    }

    fn parse(setting: &'static str, url: &str) -> Result<Self, ConfigError> {
        // User information is a password more often than not: a URL that may have some is not repeated.
        let refuse = |rule: String| {
            Err(if url.contains('@') {
                ConfigError::without_value(setting, rule)
            } else {
                ConfigError::new(setting, &without_token(url, None), rule)
            })
        };
        let Some((scheme, rest)) = url.split_once("://") else {
            return refuse("it has no scheme: it starts with http:// or https://".to_owned());
        };
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return refuse("its scheme is neither http nor https".to_owned()),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return refuse("it has user information before an @, which is not sent".to_owned());
        }
        if path.contains('#') {
            return refuse("it has a fragment, which is never sent".to_owned());
        }
        if path.contains('?') {
            return refuse("it has a query, and the operation takes none".to_owned());
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let host = match checked_host(host) {
            Ok(host) => host,
            Err(rule) => return refuse(rule),
        };
        let port = match port.map(checked_port) {
            None => None,
            Some(Some(port)) => (port != scheme.default_port()).then_some(port),
            Some(None) => return refuse("its port is no number from 1 to 65535".to_owned()),
        };
        if let Err(rule) = check_path(path, url.len() - path.len()) {
            return refuse(rule);
        }
        let authority = port.map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        let base_path = path.strip_suffix('/').unwrap_or(path);
        let location = Self { scheme, authority: authority.into(), base_path: base_path.into() };
        match location.operation_url().parse::<Uri>() {
            Ok(_) => Ok(location),
            Err(error) => refuse(format!("it makes no URL of a request: {error}")),
        }
    }

    fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    fn operation_url(&self) -> String {
        format!("{}{}{OPERATION_PATH}", self.origin(), self.base_path)
    }

    fn operation_uri(&self) -> Uri {
        let mut parts = Uri::try_from(self.operation_url()).expect("a location is a valid URI").into_parts();
        if self.base_path.is_empty() {
            // Not counted for each request that has it.
            parts.path_and_query = Some(PathAndQuery::from_static(OPERATION_PATH));
        }
        Uri::from_parts(parts).expect("its parts are a URI's")
    }
}

impl Scheme {
    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

/// The host in the form in which it is sent and signed, or the rule that it breaks.
fn checked_host(host: &str) -> Result<String, String> {
    if host.is_empty() {
        return Err("it has no host".to_owned());
    }
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').and_then(|address| address.parse::<Ipv6Addr>().ok());
        return address.map(bracketed).ok_or_else(|| "what stands in [ ] is no IPv6 address".to_owned());
    }
    if host.contains(':') {
        return Err("its host has a colon: an IPv6 address stands in [ ], as in http://[::1]:4566".to_owned());
    }
    if !host.is_ascii() {
        return Err("its host is not ASCII: write an international name in its xn-- form".to_owned());
    }
    if host.len() > 255 {
        return Err(format!("its host has {} characters, and a host has at most 255", host.len()));
    }
    // One dot at the end makes a name absolute, and is sent.
    let name = host.strip_suffix('.').unwrap_or(host);
    // Browsers read a name that ends in a number as an address, `127.1` say, and send it in another form.
    if name.rsplit('.').next().is_some_and(is_number) && host.parse::<Ipv4Addr>().is_err() {
        return Err("its host ends in a number, but is no IPv4 address such as 127.0.0.1".to_owned());
    }
    for label in name.split('.') {
        if label.is_empty() {
            return Err("its host has an empty label".to_owned());
        }
        if label.len() > 63 {
            return Err(format!("its host has a label of {} characters, and a label has at most 63", label.len()));
        }
        if let Some(character) = label.chars().find(|character| !character.is_ascii_alphanumeric() && *character != '-')
        {
            let character = QuotedCharacter(character);
            return Err(format!(
                "its host has the character {character}, and a host is made of letters, digits, - and ."
            ));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err("its host has a label that starts or ends with a hyphen".to_owned());
        }
    }
    Ok(host.to_ascii_lowercase())
}

/// As browsers write it (the URL standard's IPv6 serializer), which has no dotted form for mapped IPv4 addresses.
fn bracketed(address: Ipv6Addr) -> String {
    match (address.to_ipv4_mapped(), address.segments()) {
        (Some(_), [.., high, low]) => format!("[::ffff:{high:x}:{low:x}]"),
        (None, _) => format!("[{address}]"),
    }
}

/// As the URL standard has it: decimal digits, or `0x` and perhaps hexadecimal ones.
fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x").or_else(|| label.strip_prefix("0X")) {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

fn checked_port(port: &str) -> Option<u16> {
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    port.parse().ok().filter(|port| is_number && *port != 0)
}

/// A path as RFC 3986 section 3.3 has it. `offset` is where it stands in the URL.
fn check_path(path: &str, offset: usize) -> Result<(), String> {
    for (at, character) in path.char_indices() {
        let allowed = character.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@%".contains(character);
        if !allowed {
            let character = QuotedCharacter(character);
            let position = offset + at + 1;
            return Err(format!("byte {position} is {character}, which stands percent-encoded in a path"));
        }
        let encoded = || path.get(at + 1..at + 3).is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if character == '%' && !encoded() {
            return Err(format!("the % at byte {} is not followed by two hexadecimal digits", offset + at + 1));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_without_a_variant_refuses_it_in_the_rule_sets_words() {
        let file: serde_json::Value = serde_json::from_str(include_str!("../tests/data/endpoints.json")).unwrap();
        let rows = file["capabilities"].as_array().unwrap();
        assert_eq!(rows.len(), 16, "all of four flags");
        for row in rows {
            let flag = |name: &str| row[name].as_bool().unwrap();
            let partition = Partition::with_support(flag("supports_fips"), flag("supports_dual_stack"));
            let variant = EndpointVariant { fips: flag("fips"), dual_stack: flag("dual_stack") };
            match Location::in_partition(&partition, &"us-east-1".parse().unwrap(), variant) {
                Ok(location) => assert_eq!(location.origin(), row["url"], "{row}"),
                Err(error) => {
                    assert_eq!(error.rule(), row["error"], "{row}");
                    assert_eq!((error.setting(), error.value()), ("region", Some("us-east-1")));
                }
            }
        }
    }
}
