//! The hosts that the relay forwards to.

use std::{collections::BTreeMap, net::IpAddr};

use securityhub_invitations::{ConfigError, Endpoint, EndpointVariant, Region};

/// The allowed hosts: those of Security Hub in every partition, and those that are allowed by name.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    /// The origins of hosts that are allowed by name.
    named: BTreeMap<String, String>,
}

impl Hosts {
    /// Allows the hosts of Security Hub, according to the endpoint rules that clients use.
    #[must_use]
    pub fn security_hub() -> Self {
        Self::default()
    }

    /// Allows `host[:port]` over `https`.
    ///
    /// # Errors
    /// If `host` is invalid.
    pub fn allow(&mut self, host: &str) -> Result<(), String> {
        let (host, origin) = parse(&format!("https://{host}"))?;
        self.named.insert(host, origin);
        Ok(())
    }

    /// Allows `host[:port]` over plain `http`. Only loopback hosts are accepted.
    ///
    /// # Errors
    /// If `host` is invalid or not on loopback.
    pub fn allow_http(&mut self, host: &str) -> Result<(), String> {
        let (host, origin) = parse(&format!("http://{host}"))?;
        check_loopback(&host)?;
        self.named.insert(host, origin);
        Ok(())
    }

    /// Sends requests for `host` to an emulator on loopback instead. The `Host` header keeps the signed host.
    ///
    /// # Errors
    /// If `host` is invalid, or if `url` is not an `http` origin on loopback.
    pub fn send_to(&mut self, host: &str, url: &str) -> Result<(), String> {
        let (host, _) = parse(&format!("https://{host}"))?;
        let (emulator, origin) = parse(url)?;
        if !origin.starts_with("http://") {
            return Err(format!("upstream \"{url}\": unsupported scheme (expected http)"));
        }
        check_loopback(&emulator)?;
        self.named.insert(host, origin);
        Ok(())
    }

    /// Returns the destination of requests for this host, as `scheme://host[:port]`, or `None` if the host is not allowed.
    #[must_use]
    pub fn origin(&self, host: &str) -> Option<String> {
        let named = self.named.get(host).cloned();
        named.or_else(|| is_security_hub(host).then(|| format!("https://{host}")))
    }
}

/// Returns whether the second label of the host is a region, and that region's endpoint has this host.
fn is_security_hub(host: &str) -> bool {
    let Some(Ok(region)) = host.split('.').nth(1).map(str::parse::<Region>) else { return false };
    let variants = [(false, false), (false, true), (true, false), (true, true)];
    variants.into_iter().any(|(fips, dual_stack)| {
        let endpoint = Endpoint::resolve(&region, EndpointVariant { fips, dual_stack });
        endpoint.is_ok_and(|endpoint| endpoint.signing_host() == host)
    })
}

/// Returns the host of a URL without a path, and the URL, both in the form that is signed and sent.
fn parse(url: &str) -> Result<(String, String), String> {
    let region: Region = "us-east-1".parse().map_err(|error: ConfigError| error.to_string())?;
    let endpoint = Endpoint::custom(&region, url).map_err(|error| error.to_string())?;
    let (host, origin) = (endpoint.signing_host(), endpoint.url());
    if !origin.ends_with(&format!("//{host}")) {
        return Err(format!("URL \"{url}\": unexpected path (expected only a host and a port)"));
    }
    Ok((host.to_owned(), origin))
}

fn check_loopback(host: &str) -> Result<(), String> {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
    let name = name.trim_start_matches('[').trim_end_matches(']');
    if name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) {
        return Ok(());
    }
    Err(format!("host \"{host}\": not on loopback (expected a loopback host for plain http)"))
}

#[cfg(test)]
mod tests {
    use super::Hosts;

    #[test]
    fn allows_security_hub_in_every_partition() {
        for host in [
            "securityhub.us-east-1.amazonaws.com",
            "securityhub.eu-central-1.api.aws",
            "securityhub-fips.us-gov-west-1.amazonaws.com",
            "securityhub-fips.us-west-2.api.aws",
            "securityhub.cn-north-1.amazonaws.com.cn",
            "securityhub.us-iso-east-1.c2s.ic.gov",
        ] {
            assert_eq!(Hosts::security_hub().origin(host), Some(format!("https://{host}")));
        }
    }

    #[test]
    fn rejects_other_hosts() {
        for host in [
            "",
            "securityhub",
            "securityhub.us-east-1",
            "securityhub.us-east-1.amazonaws.com:8443",
            "securityhub.us-east-1.amazonaws.com.",
            "securityhub.us-east-1.amazonaws.com.example.com",
            "securityhub.us-east-1.amazonaws.com.cn",
            "securityhub.cn-north-1.amazonaws.com",
            "Securityhub.us-east-1.amazonaws.com",
            "securityhub.fips-us-east-1.amazonaws.com",
            "s3.us-east-1.amazonaws.com",
            "user@securityhub.us-east-1.amazonaws.com",
            "securityhub%2eus-east-1.amazonaws.com",
            "169.254.169.254",
            "localhost",
            "127.0.0.1:4566",
        ] {
            assert_eq!(Hosts::security_hub().origin(host), None, "{host}");
        }
    }

    #[test]
    fn allows_hosts_by_name() {
        let mut hosts = Hosts::security_hub();
        hosts.allow("Gateway.example.com").unwrap();
        hosts.allow_http("127.0.0.1:4566").unwrap();
        hosts.allow_http("[::1]:4566").unwrap();
        hosts.send_to("securityhub.us-east-1.amazonaws.com", "http://localhost:4566").unwrap();
        for (host, origin) in [
            ("gateway.example.com", Some("https://gateway.example.com")),
            ("gateway.example.com:444", None),
            ("127.0.0.1:4566", Some("http://127.0.0.1:4566")),
            ("127.0.0.1:4567", None),
            ("[::1]:4566", Some("http://[::1]:4566")),
            ("securityhub.us-east-1.amazonaws.com", Some("http://localhost:4566")),
            ("securityhub.us-east-2.amazonaws.com", Some("https://securityhub.us-east-2.amazonaws.com")),
        ] {
            assert_eq!(hosts.origin(host).as_deref(), origin, "{host}");
        }
    }

    #[test]
    fn rejects_invalid_hosts() {
        let mut hosts = Hosts::security_hub();
        for host in ["", "example.com/path", "user@example.com", "https://example.com", "exa mple.com", "example.com:0"]
        {
            hosts.allow(host).unwrap_err();
        }
        for host in ["example.com", "192.0.2.1:80", "localhost.example.com"] {
            hosts.allow_http(host).unwrap_err();
            hosts.send_to("example.com", &format!("http://{host}")).unwrap_err();
        }
        hosts.send_to("example.com", "https://localhost").unwrap_err();
        assert!(hosts.named.is_empty(), "{hosts:?}");
    }
}
