//! The partition table.
//!
//! Sources, all read in November 2026:
//! - Partitions: `partitions.json` version 1.1 from botocore 1.44.5 (`botocore/data/partitions.json`), in the file's order.
//!   All of its patterns have the form `^(prefix|…)\-\w+\-\d+$`. `prefixes` holds the alternatives.
//! - Regions: `boto3.Session().get_available_regions("securityhub", partition)` with the same botocore. It lists every region
//!   of every partition that is open.
//! - Opt-in: [Enable or disable AWS Regions](https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html).
//!   Every region of partition `aws` that was launched after 20 March 2019 is an opt-in region.
//!
//! To refresh it, run `tests/data/generate.py` with a new botocore, then run the tests. They compare this table with the
//! generated `endpoints.json`. A new region of partition `aws` is an opt-in region.

use super::{ListedRegion, Partition};

const fn default(name: &'static str) -> ListedRegion {
    ListedRegion { name, is_opt_in: false }
}

const fn opt_in(name: &'static str) -> ListedRegion {
    ListedRegion { name, is_opt_in: true }
}

/// The first partition is the default.
pub(super) static PARTITIONS: [Partition; 8] = [
    Partition {
        id: "aws",
        prefixes: &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        supports_fips: true,
        supports_dual_stack: true,
        regions: &[
            opt_in("af-south-1"),
            opt_in("ap-east-1"),
            opt_in("ap-east-2"),
            default("ap-northeast-1"),
            default("ap-northeast-2"),
            default("ap-northeast-3"),
            default("ap-south-1"),
            opt_in("ap-south-2"),
            default("ap-southeast-1"),
            default("ap-southeast-2"),
            opt_in("ap-southeast-3"),
            opt_in("ap-southeast-4"),
            opt_in("ap-southeast-5"),
            opt_in("ap-southeast-6"),
            opt_in("ap-southeast-7"),
            default("ca-central-1"),
            opt_in("ca-west-1"),
            default("eu-central-1"),
            opt_in("eu-central-2"),
            default("eu-north-1"),
            opt_in("eu-south-1"),
            opt_in("eu-south-2"),
            default("eu-west-1"),
            default("eu-west-2"),
            default("eu-west-3"),
            opt_in("il-central-1"),
            opt_in("me-central-1"),
            opt_in("me-south-1"),
            opt_in("mx-central-1"),
            default("sa-east-1"),
            default("us-east-1"),
            default("us-east-2"),
            default("us-west-1"),
            default("us-west-2"),
        ],
    },
    Partition {
        id: "aws-cn",
        prefixes: &["cn"],
        dns_suffix: "amazonaws.com.cn",
        dual_stack_dns_suffix: "api.amazonwebservices.com.cn",
        supports_fips: true,
        supports_dual_stack: true,
        regions: &[default("cn-north-1"), default("cn-northwest-1")],
    },
    Partition {
        id: "aws-eusc",
        prefixes: &["eusc-de"],
        dns_suffix: "amazonaws.eu",
        dual_stack_dns_suffix: "api.amazonwebservices.eu",
        supports_fips: true,
        supports_dual_stack: true,
        regions: &[default("eusc-de-east-1")],
    },
    Partition {
        id: "aws-iso",
        prefixes: &["us-iso"],
        dns_suffix: "c2s.ic.gov",
        dual_stack_dns_suffix: "api.aws.ic.gov",
        supports_fips: true,
        supports_dual_stack: true,
        regions: &[default("us-iso-east-1"), default("us-iso-west-1")],
    },
    Partition {
        id: "aws-iso-b",
        prefixes: &["us-isob"],
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_dns_suffix: "api.aws.scloud",
        supports_fips: true,
        supports_dual_stack: true,
        regions: &[default("us-isob-east-1"), default("us-isob-west-1")],
    },
    Partition {
        id: "aws-iso-e",
        prefixes: &["eu-isoe"],
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_dns_suffix: "api.cloud-aws.adc-e.uk",
        supports_fips: true,
        supports_dual_stack: true,
        regions: &[default("eu-isoe-west-1")],
    },
    Partition {
        id: "aws-iso-f",
        prefixes: &["us-isof"],
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_dns_suffix: "api.aws.hci.ic.gov",
        supports_fips: true,
        supports_dual_stack: true,
        regions: &[default("us-isof-east-1"), default("us-isof-south-1")],
    },
    Partition {
        id: "aws-us-gov",
        prefixes: &["us-gov"],
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        supports_fips: true,
        supports_dual_stack: true,
        regions: &[default("us-gov-east-1"), default("us-gov-west-1")],
    },
];
