//! [`Endpoint`]: where requests are sent, and the host, path and region that they are signed for.

mod host;
mod location;

use http::Uri;

use self::location::Location;
use crate::{config_error::ConfigError, region::Region};

/// The longest query that is guaranteed to fit into a URI. The `http` crate allows 65,534 bytes for path and query.
pub(crate) const MAX_QUERY_BYTES: usize = 48 * 1024;

/// The variant of a region's endpoint. By default, both fields are `false`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EndpointVariant {
    /// Selects the endpoint whose cryptographic modules are validated under FIPS 140.
    pub fips: bool,
    /// Selects the endpoint that is reachable over IPv6 as well as IPv4.
    pub dual_stack: bool,
}

/// Where requests are sent, and the host and region that they are signed for.
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
/// Names follow version 1.0 of Security Hub's endpoint rule set. A resolved name does not imply that the host exists,
/// because the rule set covers any region. AWS publishes a [list of
/// endpoints](https://docs.aws.amazon.com/general/latest/gr/sechub.html).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    signed_for: Location,
    /// The location that requests are sent to, if it differs from the signed one.
    relay: Option<Location>,
    region: Region,
    is_custom: bool,
}

impl Endpoint {
    /// Returns a region's standard endpoint. This is [`resolve`](Self::resolve) with the default variant.
    ///
    /// # Errors
    /// The same as [`resolve`](Self::resolve).
    pub fn regional(region: &Region) -> Result<Self, ConfigError> {
        Self::resolve(region, EndpointVariant::default())
    }

    /// Returns a variant of a region's endpoint. The pseudo-regions `fips-X` and `X-fips` are region `X` with FIPS.
    ///
    /// # Errors
    /// [`ConfigError`] if the region's partition does not support the variant. All current partitions support both.
    pub fn resolve(region: &Region, variant: EndpointVariant) -> Result<Self, ConfigError> {
        let (region, fips) = region.plain();
        let variant = EndpointVariant { fips: variant.fips || fips, ..variant };
        let signed_for = Location::regional(&region, variant)?;
        Ok(Self { signed_for, relay: None, region, is_custom: false })
    }

    /// Creates a custom endpoint, for example for an emulator, a proxy or a VPC endpoint.
    ///
    /// The URL consists of `http://` or `https://`, a host, and optionally a port and a base path. The operation's path
    /// follows the base path, separated by exactly one `/`.
    ///
    /// The host is normalized, so that every transport and browser sends the `Host` that was signed. Letters become lower
    /// case, an IPv6 address gets its short form, and the scheme's default port is removed. The base path is sent
    /// unchanged, and normalized for signing.
    ///
    /// # Errors
    /// [`ConfigError`] in these cases:
    /// - The scheme is missing or is neither `http` nor `https`.
    /// - The URL has user information, a query or a fragment.
    /// - The host is neither an ASCII name nor an IP address, or the port is outside 1–65535.
    /// - The base path has more than 8,192 bytes, or characters that must be percent-encoded.
    /// - The base path has a dot segment: `.`, `..`, or one of them percent-encoded. Browsers and other URL parsers resolve
    ///   these before sending, which would invalidate the signature.
    /// - The region is a FIPS pseudo-region. A custom endpoint has no FIPS variant.
    pub fn custom(region: &Region, url: &str) -> Result<Self, ConfigError> {
        let region = plain_region(region)?;
        let signed_for = Location::parse("endpoint URL", url)?;
        Ok(Self { signed_for, relay: None, region, is_custom: true })
    }

    /// Sends requests through a relay. They are still signed for this endpoint's host and path, but sent to `url` followed by
    /// the operation's path. The relay forwards them with the `Host` that was signed.
    ///
    /// This is for pages in a browser, because Security Hub is not known to support CORS. A relay on the page's own origin
    /// needs no CORS. It has no keys, and cannot change what it forwards.
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
    /// [`ConfigError`] if the URL breaks one of the rules of [`custom`](Self::custom).
    pub fn via_relay(self, url: &str) -> Result<Self, ConfigError> {
        Ok(Self { relay: Some(Location::parse("relay URL", url)?), ..self })
    }

    /// Returns this endpoint for another region.
    ///
    /// A regional endpoint is resolved for the new region. A custom endpoint keeps its URL and only changes the region that is
    /// signed. A relay keeps its URL as well.
    ///
    /// # Errors
    /// [`ConfigError`] if the region's partition does not support the variant, and for a variant of a custom endpoint.
    pub(crate) fn with_region(&self, region: &Region, variant: EndpointVariant) -> Result<Self, ConfigError> {
        if !self.is_custom {
            return Ok(Self { relay: self.relay.clone(), ..Self::resolve(region, variant)? });
        }
        let reject = |reason| Err(ConfigError::without_value("endpoint variant", reason));
        match variant {
            EndpointVariant { fips: true, .. } => reject(FIPS_WITH_CUSTOM_ENDPOINT),
            EndpointVariant { dual_stack: true, .. } => reject(DUAL_STACK_WITH_CUSTOM_ENDPOINT),
            _ => Ok(Self { region: plain_region(region)?, ..self.clone() }),
        }
    }

    /// Returns the URL that requests are sent to, without the operation's path. It has a port only if that is not the scheme's
    /// default, and does not end in a `/`.
    #[must_use]
    pub fn url(&self) -> String {
        self.sent_to().url()
    }

    /// Returns the host that is signed, as in the `Host` header. It is in lower case, and has a port only if that is not the
    /// scheme's default.
    #[must_use]
    pub fn signing_host(&self) -> &str {
        self.signed_for.authority()
    }

    /// Returns the region that is signed. For the pseudo-regions `fips-X` and `X-fips`, that is `X`.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Returns the URI that a request is sent to. `path` is the operation's path, such as `/invitations/delete`. `query` is
    /// percent-encoded.
    ///
    /// # Panics
    /// If the query has more than [`MAX_QUERY_BYTES`] bytes, or if one of the two is not percent-encoded.
    pub(crate) fn request_uri(&self, path: &'static str, query: Option<&str>) -> Uri {
        self.sent_to().uri(path, query)
    }

    /// Returns the URI that a request is signed for.
    ///
    /// # Panics
    /// The same as [`request_uri`](Self::request_uri).
    pub(crate) fn signing_uri(&self, path: &'static str, query: Option<&str>) -> Uri {
        self.signed_for.uri(path, query)
    }

    /// Returns whether requests are sent to a different host from the one they are signed for.
    pub(crate) fn is_relayed(&self) -> bool {
        self.relay.is_some()
    }

    fn sent_to(&self) -> &Location {
        self.relay.as_ref().unwrap_or(&self.signed_for)
    }
}

/// Returns the region for a custom endpoint, which has no FIPS variant.
fn plain_region(region: &Region) -> Result<Region, ConfigError> {
    match region.plain() {
        (_, true) => Err(ConfigError::new("region", region.as_str(), FIPS_WITH_CUSTOM_ENDPOINT)),
        (plain, false) => Ok(plain),
    }
}

// The rule set's messages.
pub(crate) const FIPS_WITH_CUSTOM_ENDPOINT: &str = "Invalid Configuration: FIPS and custom endpoint are not supported";
pub(crate) const DUAL_STACK_WITH_CUSTOM_ENDPOINT: &str =
    "Invalid Configuration: Dualstack and custom endpoint are not supported";

#[cfg(test)]
mod tests {
    use super::*;

    const DELETE: &str = "/invitations/delete";
    const PLAIN: EndpointVariant = EndpointVariant { fips: false, dual_stack: false };
    const FIPS: EndpointVariant = EndpointVariant { fips: true, dual_stack: false };
    const DUAL_STACK: EndpointVariant = EndpointVariant { fips: false, dual_stack: true };

    fn region(name: &str) -> Region {
        name.parse().unwrap()
    }

    #[test]
    fn uris_join_base_path_and_query() {
        let regional = Endpoint::regional(&region("us-east-1")).unwrap();
        let custom = Endpoint::custom(&region("us-east-1"), "http://h:1/base/").unwrap();
        let relayed = regional.clone().via_relay("https://relay.example/r").unwrap();
        let aws = "https://securityhub.us-east-1.amazonaws.com";
        for (endpoint, sent, signed) in [
            (&regional, aws, aws),
            (&custom, "http://h:1/base", "http://h:1/base"),
            (&relayed, "https://relay.example/r", aws),
        ] {
            for (path, query, tail) in [
                (DELETE, None, "/invitations/delete"),
                ("/members", Some("MaxResults=50&NextToken=a%2Bb%3D"), "/members?MaxResults=50&NextToken=a%2Bb%3D"),
            ] {
                assert_eq!(endpoint.request_uri(path, query).to_string(), format!("{sent}{tail}"));
                assert_eq!(endpoint.signing_uri(path, query).to_string(), format!("{signed}{tail}"));
            }
        }
    }

    #[test]
    fn accepts_the_longest_base_path_and_query() {
        let url = format!("https://h/{}", "x".repeat(8191));
        let endpoint = Endpoint::custom(&region("us-east-1"), &url).unwrap();
        let query = "q".repeat(MAX_QUERY_BYTES);
        let uri = endpoint.request_uri("/administrator/disassociate", Some(&query)).to_string();
        assert_eq!(uri, format!("{url}/administrator/disassociate?{query}"));
        assert_eq!(uri.parse::<Uri>().unwrap(), *uri);
    }

    #[test]
    fn with_region_resolves_regional_endpoints() {
        let regional = Endpoint::resolve(&region("us-east-1"), FIPS).unwrap();
        let moved = regional.with_region(&region("cn-north-1"), DUAL_STACK).unwrap();
        assert_eq!(moved, Endpoint::resolve(&region("cn-north-1"), DUAL_STACK).unwrap());
        let pseudo = regional.with_region(&region("fips-us-west-2"), PLAIN).unwrap();
        assert_eq!(pseudo, Endpoint::resolve(&region("us-west-2"), FIPS).unwrap());
    }

    #[test]
    fn with_region_keeps_a_relay() {
        let relayed = Endpoint::regional(&region("us-east-1")).unwrap().via_relay("https://relay.example/r").unwrap();
        let moved = relayed.with_region(&region("eu-west-1"), FIPS).unwrap();
        assert_eq!(moved.url(), "https://relay.example/r");
        assert_eq!(moved.signing_host(), "securityhub-fips.eu-west-1.amazonaws.com");
        assert_eq!(moved.region().as_str(), "eu-west-1");
    }

    #[test]
    fn with_region_keeps_custom_urls() {
        let custom = Endpoint::custom(&region("us-east-1"), "http://h:1/base").unwrap();
        for (endpoint, url) in
            [(custom.clone(), "http://h:1/base"), (custom.via_relay("http://r").unwrap(), "http://r")]
        {
            let moved = endpoint.with_region(&region("eu-west-1"), PLAIN).unwrap();
            assert_eq!((moved.url().as_str(), moved.signing_host()), (url, "h:1"));
            assert_eq!(moved.region().as_str(), "eu-west-1");

            let error = |name, variant| endpoint.with_region(&region(name), variant).unwrap_err().to_string();
            let fips = "Invalid Configuration: FIPS and custom endpoint are not supported";
            let dual_stack = "Invalid Configuration: Dualstack and custom endpoint are not supported";
            assert_eq!(error("eu-west-1", FIPS), format!("endpoint variant: {fips}"));
            assert_eq!(error("eu-west-1", DUAL_STACK), format!("endpoint variant: {dual_stack}"));
            assert_eq!(error("fips-eu-west-1", PLAIN), format!("invalid region \"fips-eu-west-1\": {fips}"));
        }
    }
}
