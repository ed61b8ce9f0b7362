//! The endpoint that a request's host names.

use securityhub_invitations::Region;

/// The endpoint that a request's host names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Security Hub in one region.
    SecurityHub(Region),
    /// STS in one region.
    Sts(Region),
    /// `sts.amazonaws.com`.
    GlobalSts,
    /// Another host, such as loopback. The credential scope decides.
    Custom,
}

impl Endpoint {
    /// Parses a lower-case host name.
    pub(crate) fn of_host(host: &str) -> Self {
        if host == "sts.amazonaws.com" {
            return Self::GlobalSts;
        }
        let in_region = |prefix| host.strip_prefix(prefix).and_then(region_of_domain);
        if let Some(region) = in_region("securityhub.").or_else(|| in_region("securityhub-fips.")) {
            return Self::SecurityHub(region);
        }
        in_region("sts.").or_else(|| in_region("sts-fips.")).map_or(Self::Custom, Self::Sts)
    }

    /// Returns the region in the host's name.
    pub(crate) fn region(&self) -> Option<&Region> {
        match self {
            Self::SecurityHub(region) | Self::Sts(region) => Some(region),
            Self::GlobalSts | Self::Custom => None,
        }
    }

    pub(crate) fn is_sts(&self) -> bool {
        matches!(self, Self::Sts(_) | Self::GlobalSts)
    }
}

/// Returns the region of `<region>.<domain of AWS>`.
fn region_of_domain(rest: &str) -> Option<Region> {
    const DOMAINS: [&str; 14] = [
        "amazonaws.com",
        "amazonaws.com.cn",
        "amazonaws.eu",
        "api.amazonwebservices.com.cn",
        "api.amazonwebservices.eu",
        "api.aws",
        "api.aws.hci.ic.gov",
        "api.aws.ic.gov",
        "api.aws.scloud",
        "api.cloud-aws.adc-e.uk",
        "c2s.ic.gov",
        "cloud.adc-e.uk",
        "csp.hci.ic.gov",
        "sc2s.sgov.gov",
    ];
    let (region, domain) = rest.split_once('.')?;
    DOMAINS.contains(&domain).then(|| region.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_services_and_regions_of_hosts() {
        let hub = |region: &str| Endpoint::SecurityHub(region.parse().unwrap());
        let sts = |region: &str| Endpoint::Sts(region.parse().unwrap());
        for (host, endpoint) in [
            ("securityhub.us-east-1.amazonaws.com", hub("us-east-1")),
            ("securityhub-fips.us-gov-west-1.amazonaws.com", hub("us-gov-west-1")),
            ("securityhub.cn-north-1.amazonaws.com.cn", hub("cn-north-1")),
            ("securityhub.eu-west-1.api.aws", hub("eu-west-1")),
            ("sts.eu-west-1.amazonaws.com", sts("eu-west-1")),
            ("sts-fips.us-east-1.amazonaws.com", sts("us-east-1")),
            ("sts.amazonaws.com", Endpoint::GlobalSts),
            ("sts.amazonaws.com.cn", Endpoint::Custom),
            ("securityhub.eu-west-1.example.com", Endpoint::Custom),
            ("securityhub.localhost", Endpoint::Custom),
            ("us-east-1.amazonaws.com", Endpoint::Custom),
            ("localhost", Endpoint::Custom),
        ] {
            assert_eq!(Endpoint::of_host(host), endpoint, "{host}");
        }
    }
}
