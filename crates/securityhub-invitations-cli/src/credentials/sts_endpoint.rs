//! The endpoint of STS.

use securityhub_invitations::{Endpoint, EndpointVariant, Partition, Region};

use super::{SettingError, variables::Variables};

/// Returns the variant of endpoints that the environment asks for.
pub(super) fn variant(variables: &Variables) -> Result<EndpointVariant, SettingError> {
    Ok(EndpointVariant {
        fips: variables.is_true("AWS_USE_FIPS_ENDPOINT")?,
        dual_stack: variables.is_true("AWS_USE_DUALSTACK_ENDPOINT")?,
    })
}

/// Returns the endpoint of STS: `AWS_ENDPOINT_URL_STS`, then `AWS_ENDPOINT_URL`, then the one of the region.
///
/// Opt-in regions reject session tokens of the global endpoint, so that is never used.
pub(super) fn sts_endpoint(home: &Region, variables: &Variables) -> Result<Endpoint, SettingError> {
    let variant = variant(variables)?;
    if !variables.is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")? {
        for name in ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"] {
            let Some(url) = variables.value(name)? else { continue };
            if variant != EndpointVariant::default() {
                let problem = "FIPS and dual-stack have no custom endpoint (expected one of the settings)";
                return Err(SettingError::without_value(name, problem));
            }
            return custom(name, home, &url);
        }
    }
    regional(home, variant)
}

fn regional(home: &Region, variant: EndpointVariant) -> Result<Endpoint, SettingError> {
    // The rule sets of the two services in botocore 1.43.11 differ in their names, and in FIPS in GovCloud.
    let hub = Endpoint::resolve(home, variant).map_err(|error| SettingError::without_value("STS", error))?;
    let fips_by_default = Partition::of(home).id() == "aws-us-gov" && !variant.dual_stack;
    let name = if fips_by_default { "securityhub-fips" } else { "securityhub" };
    let url = hub.url().replacen(name, "sts", 1).replacen("securityhub", "sts", 1);
    custom("STS", hub.region(), &url)
}

fn custom(name: &str, region: &Region, url: &str) -> Result<Endpoint, SettingError> {
    Endpoint::custom(region, url).map_err(|error| SettingError::without_value(name, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(home: &str, variables: &[(&'static str, &'static str)]) -> Result<String, String> {
        let variables = variables.to_vec();
        let variables = Variables::new(move |name| {
            variables.iter().find(|(given, _)| *given == name).map(|(_, value)| value.into())
        });
        let endpoint = sts_endpoint(&home.parse().unwrap(), &variables);
        endpoint.map(|endpoint| endpoint.url()).map_err(|error| error.to_string())
    }

    #[test]
    fn resolves_as_the_rule_set_does() {
        const FIPS: (&str, &str) = ("AWS_USE_FIPS_ENDPOINT", "true");
        const DUAL_STACK: (&str, &str) = ("AWS_USE_DUALSTACK_ENDPOINT", "True");
        // Of botocore 1.43.11.
        for (home, variant, host) in [
            ("us-east-1", &[][..], "sts.us-east-1.amazonaws.com"),
            ("us-east-1", &[FIPS], "sts-fips.us-east-1.amazonaws.com"),
            ("fips-us-east-1", &[], "sts-fips.us-east-1.amazonaws.com"),
            ("af-south-1", &[DUAL_STACK], "sts.af-south-1.api.aws"),
            ("cn-north-1", &[FIPS, DUAL_STACK], "sts-fips.cn-north-1.api.amazonwebservices.com.cn"),
            ("us-gov-west-1", &[], "sts.us-gov-west-1.amazonaws.com"),
            ("us-gov-west-1", &[FIPS], "sts.us-gov-west-1.amazonaws.com"),
            ("us-gov-west-1", &[FIPS, DUAL_STACK], "sts-fips.us-gov-west-1.api.aws"),
            ("eusc-de-east-1", &[FIPS], "sts-fips.eusc-de-east-1.amazonaws.eu"),
        ] {
            assert_eq!(endpoint(home, variant).unwrap(), format!("https://{host}"));
        }
    }

    #[test]
    fn variables_override_the_region() {
        let sts = ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1/global");
        let all = ("AWS_ENDPOINT_URL", "http://127.0.0.1:2");
        let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        assert_eq!(endpoint("us-east-1", &[all, sts]).unwrap(), sts.1);
        assert_eq!(endpoint("us-east-1", &[all, ("AWS_ENDPOINT_URL_STS", "")]).unwrap(), all.1);
        assert_eq!(endpoint("us-east-1", &[all, sts, ignore]).unwrap(), "https://sts.us-east-1.amazonaws.com");
    }

    #[test]
    fn rejects_invalid_urls_by_variable() {
        let missing_scheme = endpoint("us-east-1", &[("AWS_ENDPOINT_URL_STS", "localhost")]).unwrap_err();
        assert_eq!(
            missing_scheme,
            "AWS_ENDPOINT_URL_STS: endpoint URL \"localhost\": missing scheme (expected http:// or https://)"
        );
        let fips = [("AWS_ENDPOINT_URL", "http://127.0.0.1:2"), ("AWS_USE_FIPS_ENDPOINT", "true")];
        assert_eq!(
            endpoint("us-east-1", &fips).unwrap_err(),
            "AWS_ENDPOINT_URL: FIPS and dual-stack have no custom endpoint (expected one of the settings)"
        );
    }
}
