//! [`Partition`]: a group of AWS regions with its own DNS suffix.

mod table;

use crate::region::Region;

/// An AWS partition: a group of regions with its own accounts, credentials and DNS suffix, such as `aws` or `aws-cn`.
///
/// ```
/// use securityhub_invitations::Partition;
///
/// let partition = Partition::of(&"eu-central-1".parse()?);
/// assert_eq!((partition.id(), partition.dns_suffix()), ("aws", "amazonaws.com"));
///
/// let opt_in = partition.regions().iter().filter(|region| region.is_opt_in()).count();
/// assert_eq!((partition.regions().len(), opt_in), (34, 17));
/// # Ok::<(), securityhub_invitations::ConfigError>(())
/// ```
///
/// Source: AWS's `partitions.json`, as published with botocore 1.44.5.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Partition {
    id: &'static str,
    /// The beginnings of region names that belong to the partition.
    prefixes: &'static [&'static str],
    dns_suffix: &'static str,
    dual_stack_dns_suffix: &'static str,
    pub(crate) supports_fips: bool,
    pub(crate) supports_dual_stack: bool,
    regions: &'static [ListedRegion],
}

/// A region of the partition table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListedRegion {
    name: &'static str,
    is_opt_in: bool,
}

impl Partition {
    /// Returns every partition. The first one is `aws`.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &table::PARTITIONS
    }

    /// Returns the region's partition.
    ///
    /// That is the first one that lists the region or whose pattern matches its name. It is `aws` if there is none, so
    /// regions that AWS opens later have a partition, too. The pseudo-regions `fips-X` and `X-fips` belong to the partition of
    /// `X`.
    #[must_use]
    pub fn of(region: &Region) -> &'static Self {
        let name = region.plain_name();
        let includes =
            |partition: &&Self| partition.regions.iter().any(|listed| listed.name == name) || partition.matches(name);
        Self::all().iter().find(includes).unwrap_or(&table::PARTITIONS[0])
    }

    /// Returns the id, such as `aws`, `aws-cn` or `aws-us-gov`. It is the second part of the partition's ARNs.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Returns the DNS suffix of the partition's standard endpoints, such as `amazonaws.com`.
    #[must_use]
    pub fn dns_suffix(&self) -> &'static str {
        self.dns_suffix
    }

    /// Returns the DNS suffix of the partition's dual-stack endpoints, such as `api.aws`.
    #[must_use]
    pub fn dual_stack_dns_suffix(&self) -> &'static str {
        self.dual_stack_dns_suffix
    }

    /// Returns the regions with Security Hub, in alphabetical order. Those are all regions of the partition.
    ///
    /// The list is current as of this crate's release. An account can use an opt-in region only after enabling it.
    #[must_use]
    pub fn regions(&self) -> &'static [ListedRegion] {
        self.regions
    }

    /// Returns whether the name matches `^prefix-\w+-\d+$` for one of the prefixes.
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

impl ListedRegion {
    /// Returns the region's name, such as `eu-central-1`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the region.
    #[must_use]
    pub fn region(&self) -> Region {
        Region::listed(self.name)
    }

    /// Returns whether an account must enable the region before using it.
    ///
    /// Source: [Enable or disable AWS Regions](https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html).
    #[must_use]
    pub fn is_opt_in(&self) -> bool {
        self.is_opt_in
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    impl Partition {
        pub(crate) fn with_support(supports_fips: bool, supports_dual_stack: bool) -> Self {
            Self { supports_fips, supports_dual_stack, ..table::PARTITIONS[0] }
        }
    }

    fn file() -> Value {
        serde_json::from_str(include_str!("../tests/data/endpoints.json")).unwrap()
    }

    fn id_of(region: &str) -> &'static str {
        Partition::of(&region.parse().unwrap()).id()
    }

    fn strings(list: &Value) -> Vec<&str> {
        list.as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
    }

    #[test]
    fn table_matches_botocore() {
        let file = file();
        let rows = file["partitions"].as_array().unwrap();
        assert_eq!(rows.len(), Partition::all().len());
        for (ours, row) in Partition::all().iter().zip(rows) {
            assert_eq!(ours.id(), row["id"]);
            assert_eq!(ours.dns_suffix(), row["dns_suffix"]);
            assert_eq!(ours.dual_stack_dns_suffix(), row["dual_stack_dns_suffix"]);
            assert_eq!(ours.supports_fips, row["supports_fips"]);
            assert_eq!(ours.supports_dual_stack, row["supports_dual_stack"]);
            // `^(us|eu)\-\w+\-\d+$` and `^eusc\-(de)\-\w+\-\d+$`
            let pattern = row["regex"].as_str().unwrap();
            let head = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix(r"\-\w+\-\d+$"));
            let head = head.unwrap_or_else(|| panic!("unexpected pattern {pattern}")).replace(r"\-", "-");
            let (before, group) = head.split_once('(').unwrap_or((&head, ")"));
            let prefixes: Vec<_> =
                group.trim_end_matches(')').split('|').map(|name| format!("{before}{name}")).collect();
            assert_eq!(ours.prefixes, prefixes, "{pattern}");
            let names: Vec<_> = ours.regions().iter().map(ListedRegion::name).collect();
            assert_eq!(names, strings(&row["securityhub"]), "{}", ours.id());
        }
    }

    #[test]
    fn listed_regions_parse_and_belong_to_their_partition() {
        for partition in Partition::all() {
            for listed in partition.regions() {
                assert_eq!(listed.name().parse::<Region>().unwrap(), listed.region());
                assert_eq!(Partition::of(&listed.region()), partition);
            }
        }
        for row in file()["partitions"].as_array().unwrap() {
            for region in strings(&row["regions"]).into_iter().filter(|region| !region.ends_with("-global")) {
                assert_eq!(id_of(region), row["id"], "{region}");
            }
        }
    }

    #[test]
    fn marks_regions_after_march_2019_opt_in() {
        let [aws, others @ ..] = Partition::all() else { panic!("no partitions") };
        let default: Vec<_> =
            aws.regions().iter().filter(|region| !region.is_opt_in()).map(ListedRegion::name).collect();
        // This list never grows.
        let expected = [
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-north-1",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ];
        assert_eq!(default, expected);
        assert!(others.iter().flat_map(Partition::regions).all(|region| !region.is_opt_in()));
    }

    #[test]
    fn finds_partitions_by_pattern() {
        for (region, id) in [
            ("us-east-1", "aws"),
            ("mx-central-1", "aws"),
            ("cn-south-9", "aws-cn"),
            ("fips-cn-south-9", "aws-cn"),
            ("us-gov-west-1-fips", "aws-us-gov"),
            ("eusc-de-east-1", "aws-eusc"),
            ("us-iso-west-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("us-gov-west-1", "aws-us-gov"),
            // One word instead of two.
            ("us-gov-1", "aws"),
        ] {
            assert_eq!(id_of(region), id, "{region}");
        }
    }

    #[test]
    fn unmatched_regions_belong_to_aws() {
        for region in ["mars-north-1", "eusc-fr-x-1", "cn-north", "cn--1", "us-gov-west-1-1", "xcn-north-1"] {
            assert_eq!(id_of(region), "aws", "{region}");
        }
    }
}
