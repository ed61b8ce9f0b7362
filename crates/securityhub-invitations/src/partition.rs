//! AWS partitions: which DNS suffix belongs to a region.
//!
//! To refresh the table, compare it with `partitions.json` as botocore ships it (`botocore/data/partitions.json`, version
//! 1.1 here): a row per partition in the file's order, `prefixes` from the alternatives at the head of `regionRegex`. All
//! of its patterns have the same form, `^(prefix|…)\-\w+\-\d+$`. The regions that the file lists by name need no row:
//! each but the `*-global` ones, which [`Region`] refuses, matches its partition's pattern, and a test
//! holds the table against the file's own list.

use crate::region::Region;

pub(crate) struct Partition {
    #[cfg_attr(not(test), expect(dead_code, reason = "names the row"))]
    pub(crate) id: &'static str,
    prefixes: &'static [&'static str],
    pub(crate) dns_suffix: &'static str,
    pub(crate) dual_stack_dns_suffix: &'static str,
    pub(crate) supports_fips: bool,
    pub(crate) supports_dual_stack: bool,
}

const PARTITIONS: [Partition; 8] = [
    Partition {
        id: "aws",
        prefixes: &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        supports_fips: true,
        supports_dual_stack: true,
    },
    Partition {
        id: "aws-cn",
        prefixes: &["cn"],
        dns_suffix: "amazonaws.com.cn",
        dual_stack_dns_suffix: "api.amazonwebservices.com.cn",
        supports_fips: true,
        supports_dual_stack: true,
    },
    Partition {
        id: "aws-eusc",
        prefixes: &["eusc-de"],
        dns_suffix: "amazonaws.eu",
        dual_stack_dns_suffix: "api.amazonwebservices.eu",
        supports_fips: true,
        supports_dual_stack: true,
    },
    Partition {
        id: "aws-iso",
        prefixes: &["us-iso"],
        dns_suffix: "c2s.ic.gov",
        dual_stack_dns_suffix: "api.aws.ic.gov",
        supports_fips: true,
        supports_dual_stack: true,
    },
    Partition {
        id: "aws-iso-b",
        prefixes: &["us-isob"],
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_dns_suffix: "api.aws.scloud",
        supports_fips: true,
        supports_dual_stack: true,
    },
    Partition {
        id: "aws-iso-e",
        prefixes: &["eu-isoe"],
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_dns_suffix: "api.cloud-aws.adc-e.uk",
        supports_fips: true,
        supports_dual_stack: true,
    },
    Partition {
        id: "aws-iso-f",
        prefixes: &["us-isof"],
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_dns_suffix: "api.aws.hci.ic.gov",
        supports_fips: true,
        supports_dual_stack: true,
    },
    Partition {
        id: "aws-us-gov",
        prefixes: &["us-gov"],
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        supports_fips: true,
        supports_dual_stack: true,
    },
];

impl Partition {
    /// The first partition whose pattern the region's name matches; `aws` if none does.
    pub(crate) fn of(region: &Region) -> &'static Self {
        PARTITIONS.iter().find(|partition| partition.matches(region.as_str())).unwrap_or(&PARTITIONS[0])
    }

    fn matches(&self, region: &str) -> bool {
        self.prefixes.iter().any(|prefix| {
            let rest = region.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-'));
            rest.and_then(|rest| rest.split_once('-')).is_some_and(|(word, number)| {
                let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
                is_word && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    impl Partition {
        pub(crate) fn with_support(supports_fips: bool, supports_dual_stack: bool) -> Self {
            Self { supports_fips, supports_dual_stack, ..PARTITIONS[0] }
        }
    }

    fn file() -> Value {
        serde_json::from_str(include_str!("../tests/data/endpoints.json")).unwrap()
    }

    fn id_of(region: &str) -> &'static str {
        Partition::of(&region.parse().unwrap()).id
    }

    #[test]
    fn the_table_is_the_files() {
        let file = file();
        let rows = file["partitions"].as_array().unwrap();
        assert_eq!(rows.len(), PARTITIONS.len());
        for (ours, row) in PARTITIONS.iter().zip(rows) {
            assert_eq!(ours.id, row["id"]);
            assert_eq!(ours.dns_suffix, row["dns_suffix"]);
            assert_eq!(ours.dual_stack_dns_suffix, row["dual_stack_dns_suffix"]);
            assert_eq!(ours.supports_fips, row["supports_fips"]);
            assert_eq!(ours.supports_dual_stack, row["supports_dual_stack"]);
            // `^(us|eu)\-\w+\-\d+$` and `^eusc\-(de)\-\w+\-\d+$`
            let pattern = row["regex"].as_str().unwrap();
            let head = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix(r"\-\w+\-\d+$"));
            let head = head.unwrap_or_else(|| panic!("a pattern of another form: {pattern}")).replace(r"\-", "-");
            let (before, group) = head.split_once('(').unwrap_or((&head, ")"));
            let prefixes: Vec<_> =
                group.trim_end_matches(')').split('|').map(|name| format!("{before}{name}")).collect();
            assert_eq!(ours.prefixes, prefixes, "{pattern}");
        }
    }

    #[test]
    fn every_region_of_the_file_belongs_to_its_partition() {
        for row in file()["partitions"].as_array().unwrap() {
            for region in row["regions"].as_array().unwrap().iter().map(|region| region.as_str().unwrap()) {
                if !region.ends_with("-global") {
                    assert_eq!(id_of(region), row["id"], "{region}");
                }
            }
        }
    }

    #[test]
    fn regions_belong_to_the_partition_whose_pattern_they_match() {
        for (region, id) in [
            ("us-east-1", "aws"),
            ("mx-central-1", "aws"),
            ("cn-south-9", "aws-cn"),
            ("eusc-de-east-1", "aws-eusc"),
            ("us-iso-west-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("us-gov-west-1", "aws-us-gov"),
            // A word where the pattern has two.
            ("us-gov-1", "aws"),
        ] {
            assert_eq!(id_of(region), id, "{region}");
        }
    }

    #[test]
    fn a_region_that_matches_no_pattern_belongs_to_aws() {
        for region in
            ["mars-north-1", "eusc-fr-x-1", "cn-north", "cn--1", "cn-north-1a", "us-gov-west-1-1", "xcn-north-1"]
        {
            assert_eq!(id_of(region), "aws", "{region}");
        }
    }
}
