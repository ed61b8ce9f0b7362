//! Verdicts: what a response means for each account that was requested.

use std::time::Duration;

use securityhub_invitations::{
    AccountId, DeclineInvitations, DeclineInvitationsOutput, DeleteInvitations, DeleteInvitationsOutput, Verdict,
};

use crate::support::response;

const IDS: [&str; 3] = ["111122223333", "444455556666", "777788889999"];

/// Returns the response's entries, one for each word.
fn body(entries: &[&str]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .enumerate()
        .map(|(n, entry)| match *entry {
            "missing" => format!(r#"{{"ProcessingResult":"{n}"}}"#),
            "null" => format!(r#"{{"AccountId":null,"ProcessingResult":"{n}"}}"#),
            id => format!(r#"{{"AccountId":"{id}","ProcessingResult":"{n}"}}"#),
        })
        .collect();
    format!(r#"{{"UnprocessedAccounts":[{}]}}"#, entries.join(","))
}

/// Returns each verdict as a letter, with the number of the entry that it refers to.
fn verdicts(entries: &[&str], attempts: Option<(u32, u32)>) -> String {
    let input = DeleteInvitations::new(IDS).unwrap();
    let output = DeleteInvitationsOutput::from_response(&response(200, &[], body(entries))).unwrap();
    let output = match attempts {
        Some((attempts, unconfirmed)) => output.with_attempts(attempts, unconfirmed),
        None => output,
    };
    let verdicts = output.verdicts(&input);
    assert_eq!(verdicts.len(), IDS.len());
    let letters = verdicts.zip(IDS).map(|((id, verdict), expected)| {
        assert_eq!(id.as_str(), expected, "the order of the request");
        match verdict {
            Verdict::Done => "D".to_owned(),
            Verdict::NotProcessed(entry) => format!("N{}", entry.processing_result().unwrap()),
            Verdict::Uncertain(entry) => format!("U{}", entry.processing_result().unwrap()),
            other => panic!("{other:?}"),
        }
    });
    letters.collect::<Vec<_>>().join(" ")
}

#[test]
fn verdicts_follow_the_entries() {
    let [a, b, c] = IDS;
    for (entries, confirmed, uncertain) in [
        (&[][..], "D D D", "D D D"),
        (&[b], "D N0 D", "D U0 D"),
        (&[c, a], "N1 D N0", "U1 D U0"),
        (&[a, b, c], "N0 N1 N2", "U0 U1 U2"),
        // The first entry of an account counts.
        (&[b, b, b], "D N0 D", "D U0 D"),
        (&[c, b, c], "D N1 N0", "D U1 U0"),
        // An entry without a requested account could be any of those without an entry.
        (&["missing"], "U0 U0 U0", "U0 U0 U0"),
        (&["null"], "U0 U0 U0", "U0 U0 U0"),
        (&[""], "U0 U0 U0", "U0 U0 U0"),
        (&["000000000000"], "U0 U0 U0", "U0 U0 U0"),
        (&["111122223333 "], "U0 U0 U0", "U0 U0 U0"),
        (&["11112222333"], "U0 U0 U0", "U0 U0 U0"),
        (&["１１１１２２２２３３３３"], "U0 U0 U0", "U0 U0 U0"),
        (&[b, "missing"], "U1 N0 U1", "U1 U0 U1"),
        (&["null", b], "U0 N1 U0", "U0 U1 U0"),
        (&["missing", "null", a, "000000000000", a], "N2 U0 U0", "U2 U0 U0"),
        (&[a, b, c, "missing"], "N0 N1 N2", "U0 U1 U2"),
    ] {
        assert_eq!(verdicts(entries, Some((1, 0))), confirmed, "{entries:?}");
        assert_eq!(verdicts(entries, Some((5, 0))), confirmed, "{entries:?}");
        for attempts in [Some((2, 1)), Some((9, 8)), Some((1, u32::MAX)), None] {
            assert_eq!(verdicts(entries, attempts), uncertain, "{entries:?} {attempts:?}");
        }
    }
}

/// Compares every list of up to four entries with the rule, written as a search through the entries.
#[test]
fn verdicts_match_the_rule_for_every_list() {
    let choices = [IDS[0], IDS[1], IDS[2], "missing", "000000000000"];
    for length in 0..=4_u32 {
        for list in 0..choices.len().pow(length) {
            let entries: Vec<&str> =
                (0..length).map(|n| choices[list / choices.len().pow(n) % choices.len()]).collect();
            for unconfirmed in [0, 1] {
                let stray = entries.iter().position(|entry| !IDS.contains(entry));
                let expected = IDS.map(|id| match (entries.iter().position(|entry| *entry == id), stray) {
                    (Some(own), _) if unconfirmed == 0 => format!("N{own}"),
                    (Some(own), _) => format!("U{own}"),
                    (None, Some(stray)) => format!("U{stray}"),
                    (None, None) => "D".to_owned(),
                });
                assert_eq!(verdicts(&entries, Some((3, unconfirmed))), expected.join(" "), "{entries:?}");
            }
        }
    }
}

#[test]
fn declines_have_the_same_verdicts() {
    let input = DeclineInvitations::new(IDS).unwrap();
    let output = DeclineInvitationsOutput::from_response(&response(200, &[], body(&[IDS[1]]))).unwrap();
    assert!(!output.is_complete());
    let certain = output.clone().with_attempts(1, 0);
    let verdicts: Vec<_> = certain.verdicts(&input).map(|(_, verdict)| verdict).collect();
    assert!(matches!(verdicts[..], [Verdict::Done, Verdict::NotProcessed(_), Verdict::Done]));
    assert!(matches!(output.verdicts(&input).nth(1).unwrap().1, Verdict::Uncertain(_)));
    assert_eq!(output.into_result().unwrap_err().unconfirmed_attempts(), None);
}

#[test]
fn the_request_bounds_the_verdicts() {
    let input = DeleteInvitations::new([IDS[0]]).unwrap();
    let entries = vec!["000000000000"; 100_000];
    let output = DeleteInvitationsOutput::from_response(&response(200, &[], body(&entries))).unwrap();
    assert_eq!(output.verdicts(&input).len(), 1);
}

/// 100,000 ids and as many entries take linear time, in an order that is bad for searches and for hash tables.
#[test]
#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the core reads no clock, its tests may")]
fn large_lists_take_linear_time() {
    let ids: Vec<AccountId> = (0..100_000).map(|n| format!("{:012}", n * 7919 % 100_000).parse().unwrap()).collect();
    let input = DeleteInvitations::from_account_ids(ids.iter().copied()).unwrap();
    let reversed: Vec<&str> = ids.iter().rev().map(AccountId::as_str).collect();
    let output = DeleteInvitationsOutput::from_response(&response(200, &[], body(&reversed))).unwrap();
    let started = std::time::Instant::now();
    let output = output.with_attempts(1, 0);
    let count = output.verdicts(&input).filter(|(_, verdict)| matches!(verdict, Verdict::NotProcessed(_))).count();
    assert_eq!(count, 100_000);
    // A quadratic search takes minutes here.
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

/// B7: a hostile reason is bounded in Debug output as well.
#[test]
fn debug_output_is_bounded() {
    let long = "x".repeat(100_000);
    let body = serde_json::json!({ "UnprocessedAccounts": [{ "AccountId": long, "ProcessingResult": long }] });
    let output = DeleteInvitationsOutput::from_response(&response(200, &[], body.to_string())).unwrap();
    assert!(format!("{output:?}").len() < 3000);
    assert_eq!(output.unprocessed_accounts()[0].processing_result(), Some(&*long));
}
