//! Whom the relay forwards to.

use std::{collections::BTreeMap, net::IpAddr};

use securityhub_invitations::{ConfigError, Endpoint, EndpointVariant, Region};

/// The hosts that requests may be for: Security Hub's own in every partition, and those that were allowed by name.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    /// Where requests for a host are sent, in place of `https://` and that host.
    named: BTreeMap<String, String>,
}

impl Hosts {
    /// Security Hub's own, by the endpoint rules that clients follow too.
    #[must_use]
    pub fn security_hub() -> Self {
        Self::default()
    }

    /// Allows `host[:port]`, over `https`.
    ///
    /// # Errors
    /// If that is no host.
    pub fn allow(&mut self, host: &str) -> Result<(), String> {
        let (host, origin) = parse(&format!("https://{host}"))?;
        self.named.insert(host, origin);
        Ok(())
    }

    /// Allows `host[:port]` over plain `http`, which is for loopback alone.
    ///
    /// # Errors
    /// If that is no host, or not loopback.
    pub fn allow_http(&mut self, host: &str) -> Result<(), String> {
        let (host, origin) = parse(&format!("http://{host}"))?;
        check_loopback(&host)?;
        self.named.insert(host, origin);
        Ok(())
    }

    /// Sends what is for `host` to an emulator on loopback instead. The `Host` stays the one that was signed.
    ///
    /// # Errors
    /// If `host` is no host, or `url` is no `http` origin on loopback.
    pub fn send_to(&mut self, host: &str, url: &str) -> Result<(), String> {
        let (host, _) = parse(&format!("https://{host}"))?;
        let (emulator, origin) = parse(url)?;
        if !origin.starts_with("http://") {
            return Err(format!("{url}: what stands in for a host is reached by http"));
        }
        check_loopback(&emulator)?;
        self.named.insert(host, origin);
        Ok(())
    }

    /// Where requests for this host go, as `scheme://host[:port]`. `None` if it is not allowed.
    #[must_use]
    pub fn origin(&self, host: &str) -> Option<String> {
        let named = self.named.get(host).cloned();
        named.or_else(|| is_security_hub(host).then(|| format!("https://{host}")))
    }
}

/// A host that follows the rules has its region in second place, and that region leads back to it.
fn is_security_hub(host: &str) -> bool {
    let Some(Ok(region)) = host.split('.').nth(1).map(str::parse::<Region>) else { return false };
    let variants = [(false, false), (false, true), (true, false), (true, true)];
    variants.into_iter().any(|(fips, dual_stack)| {
        let endpoint = Endpoint::resolve(&region, EndpointVariant { fips, dual_stack });
        endpoint.is_ok_and(|endpoint| endpoint.signing_host() == host)
    })
}

/// The host of a URL that has nothing else, and the URL, both as they are signed and sent.
fn parse(url: &str) -> Result<(String, String), String> {
    let region: Region = "us-east-1".parse().map_err(|error: ConfigError| error.to_string())?;
    let endpoint = Endpoint::custom(&region, url).map_err(|error| error.to_string())?;
    let (host, origin) = (endpoint.signing_host(), endpoint.url());
    if !origin.ends_with(&format!("//{host}")) {
        return Err(format!("{url}: a host has no path"));
    }
    Ok((host.to_owned(), origin))
}

fn check_loopback(host: &str) -> Result<(), String> {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
    let name = name.trim_start_matches('[').trim_end_matches(']');
    if name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) {
        return Ok(());
    }
    Err(format!("{host}: plain http is for loopback"))
}

#[cfg(test)]
mod tests {
    use super::Hosts;

    #[test]
    fn security_hub_is_allowed_in_every_partition() {
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
    fn nothing_else_is() {
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
    fn others_are_allowed_by_name() {
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
    fn what_is_no_host_is_not_allowed() {
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
