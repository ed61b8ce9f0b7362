//! The advice of a report: what to do about parked hubs and failed entries.

use std::collections::BTreeSet;

use securityhub_invitations::ErrorKind;
use securityhub_invitations_sweep::{ParkingCause, Reason};

use super::{Report, matrix::Matrix, parked_group::ParkedGroup};

impl Report<'_> {
    /// Returns what to do about all parked hubs.
    pub(crate) fn advice(&self) -> Vec<String> {
        let groups = ParkedGroup::all(&Matrix::new(self));
        groups.iter().flat_map(|group| for_group(group, self.is_stored)).collect()
    }
}

/// Returns what to do about a group of parked hubs, one or two sentences each. A run that `is_stored` can be resumed.
pub(super) fn for_group(group: &ParkedGroup<'_>, is_stored: bool) -> Vec<String> {
    let sentence = match group.cause {
        ParkingCause::NotSubscribed => "Enable Security Hub in this account and region, or leave them out.".to_owned(),
        ParkingCause::RegionDisabled => {
            "Enable the region for the account, or leave it out. Session tokens of the global STS endpoint have the same effect.".to_owned()
        }
        ParkingCause::Unreachable => then_resume("Check the network, the proxy and the endpoint.", is_stored),
        ParkingCause::Lost => "The results of these hubs are missing. Run them again.".to_owned(),
        cause => {
            let sentences: BTreeSet<String> = group
                .hubs
                .iter()
                .filter_map(|hub| {
                    let reason = hub.ledger.parking()?.reason();
                    Some(if cause == ParkingCause::Credentials && !is_about_request(reason) {
                        then_resume(&renewal(hub.hub.source()), is_stored)
                    } else {
                        for_reason(reason, is_stored).unwrap_or_else(|| otherwise(cause, is_stored))
                    })
                })
                .collect();
            return sentences.into_iter().collect();
        }
    };
    vec![sentence]
}

/// Whether the service did not accept the request itself. Another session of the same source does not help.
fn is_about_request(reason: &Reason) -> bool {
    matches!(reason.kind(), Some(ErrorKind::ClockSkew | ErrorKind::InvalidCredentials))
}

/// Returns what to do about an error of the service. `None` if its message is the only help.
pub(super) fn for_reason(reason: &Reason, is_stored: bool) -> Option<String> {
    let sentence = match reason.kind()? {
        ErrorKind::Throttled | ErrorKind::LimitExceeded if is_stored => {
            return Some("Resume later, with a lower --rate or --concurrency.".to_owned());
        }
        ErrorKind::Internal | ErrorKind::Unavailable if is_stored => return Some("Resume later.".to_owned()),
        // Security Hub always sends a code with these.
        ErrorKind::AccessDenied | ErrorKind::Other if reason.code().is_none() => ErrorKind::Malformed.advice(),
        // It may take another side or account, which is another run.
        kind @ ErrorKind::InvalidAccess => return kind.advice().map(str::to_owned),
        kind => kind.advice(),
    };
    sentence.map(|sentence| then_resume(sentence, is_stored))
}

fn otherwise(cause: ParkingCause, is_stored: bool) -> String {
    let sentence = match (cause, is_stored) {
        (ParkingCause::List, true) => "The list could not be read to its end. Resume to read it again.",
        (ParkingCause::List, false) => "The list could not be read to its end.",
        (ParkingCause::Denied, _) => return then_resume("Allow the actions for this identity.", is_stored),
        (_, true) => "Resume to retry.",
        (_, false) => "Retry later.",
    };
    sentence.to_owned()
}

fn then_resume(sentence: &str, is_stored: bool) -> String {
    let resume = if is_stored { " Then resume." } else { "" };
    format!("{sentence}{resume}")
}

/// How to renew the credentials of a source, as the plan names it.
fn renewal(source: &str) -> String {
    if let Some(profile) = source.strip_prefix("profile ") {
        return format!("Profile {profile}: sign in again, for example with `aws sso login --profile {profile}`.");
    }
    if let Some((role, from)) = source.split_once(" from ") {
        let from = if from == "environment" { "the environment" } else { from };
        return format!("Check that {from} has valid credentials and may assume {role}.");
    }
    if source == "environment" {
        return "Set new credentials in the environment.".to_owned();
    }
    format!("Renew the credentials of {source}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_source_to_renew() {
        for (source, part) in [
            ("profile dev", "`aws sso login --profile dev`"),
            (
                "role Cleaner in 111122223333 from profile dev",
                "profile dev has valid credentials and may assume role Cleaner",
            ),
            ("role Cleaner in 111122223333 from environment", "that the environment has valid credentials"),
            ("environment", "in the environment"),
            ("other", "credentials of other"),
        ] {
            assert!(renewal(source).contains(part), "{}", renewal(source));
        }
    }

    #[test]
    fn follows_the_kind_of_the_error() {
        let reason = |json: &str| serde_json::from_str::<Reason>(json).expect("a reason");
        for (json, stored, unstored) in [
            (
                r#"{"message":"","kind":"Throttled","code":"ThrottlingException"}"#,
                "Resume later, with",
                "Retry later, with",
            ),
            (r#"{"message":"","kind":"ClockSkew","code":"RequestExpired"}"#, "Set the clock", "Set the clock"),
            (r#"{"message":"<html>","kind":"AccessDenied"}"#, "Check the endpoint", "Check the endpoint"),
            (r#"{"message":"","kind":"AccessDenied","code":"AccessDenied"}"#, "Allow the action", "Allow the action"),
        ] {
            for (is_stored, expected) in [(true, stored), (false, unstored)] {
                let advice = for_reason(&reason(json), is_stored).unwrap_or_default();
                assert!(advice.starts_with(expected), "{advice}");
                assert_eq!(advice.to_lowercase().contains("resume"), is_stored, "{advice}");
            }
        }
        assert_eq!(for_reason(&Reason::new("no kind"), true), None);
    }
}
