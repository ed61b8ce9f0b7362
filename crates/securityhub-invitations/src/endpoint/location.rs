//! [`Location`]: the part of a URL before the operation's path.

use http::{
    Uri,
    uri::{Authority, PathAndQuery, Scheme},
};

use super::{EndpointVariant, host};
use crate::{
    config_error::ConfigError, display::QuotedCharacter, partition::Partition, proxy_url::parse_port, redact::redact,
    region::Region,
};

/// Together with a query of [`super::MAX_QUERY_BYTES`], this fits into a URI.
const MAX_BASE_PATH_BYTES: usize = 8 * 1024;

/// The scheme, host, port and base path of a URL. The URI's parts are kept ready, so that a request only clones them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Location {
    scheme: Scheme,
    /// In lower case, without user information and default port.
    authority: Authority,
    /// Empty, or starts with a `/` and ends before the one that starts the operation's path.
    base_path: Box<str>,
}

impl Location {
    pub(super) fn regional(region: &Region, variant: EndpointVariant) -> Result<Self, ConfigError> {
        Self::in_partition(Partition::of(region), region, variant)
    }

    fn in_partition(
        partition: &Partition,
        region: &Region,
        EndpointVariant { fips, dual_stack }: EndpointVariant,
    ) -> Result<Self, ConfigError> {
        let reject = |reason: &'static str| Err(ConfigError::new("region", region.as_str(), reason));
        // The rule set's messages.
        match (fips, dual_stack) {
            (true, true) if !(partition.supports_fips && partition.supports_dual_stack) => {
                return reject("FIPS and DualStack are enabled, but this partition does not support one or both");
            }
            (true, false) if !partition.supports_fips => {
                return reject("FIPS is enabled but this partition does not support FIPS");
            }
            (false, true) if !partition.supports_dual_stack => {
                return reject("DualStack is enabled but this partition does not support DualStack");
            }
            _ => {}
        }
        let name = if fips { "securityhub-fips" } else { "securityhub" };
        let suffix = if dual_stack { partition.dual_stack_dns_suffix() } else { partition.dns_suffix() };
        let authority = format!("{name}.{region}.{suffix}").try_into().expect("a region is a host label");
        Ok(Self { scheme: Scheme::HTTPS, authority, base_path: "".into() })
    }

    pub(super) fn parse(setting: &'static str, url: &str) -> Result<Self, ConfigError> {
        Self::parse_url(url).map_err(|reason| {
            // User information usually contains a password, so a URL that may have some is not repeated.
            if url.contains('@') {
                ConfigError::without_value(setting, reason)
            } else {
                ConfigError::new(setting, &redact(url, None), reason)
            }
        })
    }

    fn parse_url(url: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err("missing scheme (expected http:// or https://)".to_owned());
        };
        let (scheme, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (Scheme::HTTP, 80),
            "https" => (Scheme::HTTPS, 443),
            _ => return Err("unsupported scheme (expected http or https)".to_owned()),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err("user information before the @ (expected none)".to_owned());
        }
        if path.contains('#') {
            return Err("has a fragment (expected none)".to_owned());
        }
        if path.contains('?') {
            return Err("has a query (expected none)".to_owned());
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let host = host::normalize(host)?;
        let port = port.map(parse_port).transpose()?.filter(|port| *port != default_port);
        check_path(path, url.len() - path.len())?;
        let authority = port.map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        let authority = authority.try_into().map_err(|error| format!("not a valid URL: {error}"))?;
        Ok(Self { scheme, authority, base_path: path.strip_suffix('/').unwrap_or(path).into() })
    }

    pub(super) fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.base_path)
    }

    pub(super) fn authority(&self) -> &str {
        self.authority.as_str()
    }

    pub(super) fn uri(&self, path: &'static str, query: Option<&str>) -> Uri {
        let path_and_query = match (&*self.base_path, query) {
            ("", None) => PathAndQuery::from_static(path),
            (base_path, None) => percent_encoded([base_path, path].concat()),
            (base_path, Some(query)) => percent_encoded([base_path, path, "?", query].concat()),
        };
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path_and_query);
        Uri::from_parts(parts).expect("has scheme, authority and path")
    }
}

fn percent_encoded(path_and_query: String) -> PathAndQuery {
    path_and_query.try_into().expect("bounded and percent-encoded")
}

/// Checks a path by the rules of RFC 3986, section 3.3. `offset` is its position in the URL.
fn check_path(path: &str, offset: usize) -> Result<(), String> {
    for (at, character) in path.char_indices() {
        let position = offset + at + 1;
        let is_allowed = character.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@%".contains(character);
        if !is_allowed {
            return Err(format!("{} at byte {position} (expected it percent-encoded)", QuotedCharacter(character)));
        }
        let is_escape = || path.get(at + 1..at + 3).is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if character == '%' && !is_escape() {
            return Err(format!("'%' at byte {position} (expected two hexadecimal digits after it)"));
        }
    }
    if let Some(segment) = path.split('/').find(|segment| is_dot_segment(segment)) {
        return Err(format!("dot segment \"{segment}\" in the path (expected none)"));
    }
    if path.len() > MAX_BASE_PATH_BYTES {
        return Err(format!("path has {} bytes (expected at most {MAX_BASE_PATH_BYTES})", path.len()));
    }
    Ok(())
}

/// Returns whether URL parsers resolve the segment, so that another path would be sent than the one that was signed. A dot
/// may be percent-encoded, see <https://url.spec.whatwg.org/#single-dot-path-segment>.
fn is_dot_segment(segment: &str) -> bool {
    let mut rest = segment;
    let mut dots = 0;
    while let Some(after) = [".", "%2e", "%2E"].iter().find_map(|dot| rest.strip_prefix(dot)) {
        rest = after;
        dots += 1;
    }
    rest.is_empty() && matches!(dots, 1 | 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_unsupported_variants() {
        let file: serde_json::Value = serde_json::from_str(include_str!("../../tests/data/endpoints.json")).unwrap();
        let rows = file["capabilities"].as_array().unwrap();
        assert_eq!(rows.len(), 16, "every combination of four flags");
        for row in rows {
            let flag = |name: &str| row[name].as_bool().unwrap();
            let partition = Partition::with_support(flag("supports_fips"), flag("supports_dual_stack"));
            let variant = EndpointVariant { fips: flag("fips"), dual_stack: flag("dual_stack") };
            match Location::in_partition(&partition, &"us-east-1".parse().unwrap(), variant) {
                Ok(location) => assert_eq!(location.url(), row["url"], "{row}"),
                Err(error) => {
                    assert_eq!(error.reason(), row["error"], "{row}");
                    assert_eq!((error.setting(), error.value()), ("region", Some("us-east-1")));
                }
            }
        }
    }
}
