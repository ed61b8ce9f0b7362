//! Every writer, with one run that has every state.

use base64::{Engine, prelude::BASE64_STANDARD};
use securityhub_invitations_sweep::{Hub, Ledger, Plan, Side, Steps};
use sha2::{Digest, Sha256};

use super::{
    ErrorLine, FoundLine, Line, Report,
    testing::{hub, ledger, report, written},
};

/// A reason that attacks a spreadsheet, a page and a terminal.
const EVIL: &str = r#"{"message":"=HYPERLINK(\"x\") </script><img src=x onerror=alert(1)> \u001b[2J","kind":"Internal","code":"+Evil","status":500,"request_id":"@r-2"}"#;

fn every_state() -> (Plan, Ledger) {
    let hubs = vec![
        hub("111122223333/eu-central-1"),
        hub("111122223333/me-south-1").with_source("profile dev"),
        hub("111122223333/us-east-1"),
        hub("444455556666/eu-central-1").with_source("role Cleaner in 444455556666 from profile dev"),
        hub("444455556666/eu-west-1"),
        hub("444455556666/us-east-1"),
    ];
    let steps = Steps::new().with_disassociate().with_decline();
    let keep = ["000000000009".parse().expect("an account")];
    let plan = Plan::new(Side::Member, hubs).expect("a plan").with_steps(steps).expect("member steps").with_keep(keep);
    let evil_failure = format!(
        r#"{{"e":"failed","hub":2,"step":"delete","from":0,"count":1,"reason":{EVIL},"uncertain":true,"again":false}}"#
    );
    let events = [
        r#"{"e":"started","attempt":0}"#,
        r#"{"e":"found","hub":0,"invitations":[{"id":"000000000001","invitation":"a1"},{"id":"000000000002"},{"id":"000000000009"}],"last":true}"#,
        r#"{"e":"parked","hub":1,"parking":{"cause":"not_subscribed","reason":{"message":"Account 111122223333 is not subscribed to AWS Security Hub","kind":"InvalidAccess","code":"InvalidAccessException","status":401,"request_id":"r-0"}}}"#,
        r#"{"e":"found","hub":2,"invitations":[{"id":"000000000001"},{"id":"000000000003"}],"unreadable":2,"last":true}"#,
        r#"{"e":"source_parked","source":"role Cleaner in 444455556666 from profile dev","parking":{"cause":"credentials","reason":{"message":"the role cannot be assumed"}}}"#,
        r#"{"e":"found","hub":5,"invitations":[],"last":true}"#,
        r#"{"e":"administrator","hub":0,"administrator":"777788889999"}"#,
        r#"{"e":"administrator","hub":2,"administrator":"777788889999"}"#,
        r#"{"e":"approved","ids":4}"#,
        r#"{"e":"sent","hub":0,"step":"disassociate","from":0,"count":1}"#,
        r#"{"e":"done","hub":0,"step":"disassociate","from":0,"count":1,"attempts":1}"#,
        r#"{"e":"sent","hub":2,"step":"disassociate","from":0,"count":1}"#,
        r#"{"e":"failed","hub":2,"step":"disassociate","from":0,"count":1,"reason":{"message":"no","code":"AccessDeniedException","status":403},"uncertain":false,"again":false}"#,
        r#"{"e":"sent","hub":0,"step":"decline","from":0,"count":2}"#,
        r#"{"e":"done","hub":0,"step":"decline","from":0,"count":2,"unprocessed":[{"index":1,"uncertain":false,"reason":{"message":"cannot decline"}}],"attempts":1}"#,
        r#"{"e":"sent","hub":0,"step":"delete","from":0,"count":2}"#,
        r#"{"e":"done","hub":0,"step":"delete","from":0,"count":2,"unprocessed":[{"index":1,"uncertain":false,"reason":{"message":"-1 invitations of 000000000002","request_id":"r-1"}}],"attempts":1}"#,
        r#"{"e":"sent","hub":2,"step":"delete","from":0,"count":1}"#,
        &evil_failure,
        r#"{"e":"sent","hub":2,"step":"delete","from":1,"count":1}"#,
        r#"{"e":"verified","hub":0,"same":[1],"appeared":[{"id":"000000000001","invitation":"b1"}]}"#,
        r#"{"e":"ended","end":"stopped"}"#,
    ];
    let ledger = ledger(&plan, &events);
    (plan, ledger)
}

fn complete() -> (Plan, Ledger) {
    let ids: Vec<_> = (1..=2).map(|id| format!("{id:012}").parse().expect("an account")).collect();
    let plan =
        Plan::new(Side::administrator(), vec![hub("111122223333/eu-central-1").with_account_ids(ids)]).expect("a plan");
    let events = [
        r#"{"e":"started","attempt":0}"#,
        r#"{"e":"approved","ids":2}"#,
        r#"{"e":"sent","hub":0,"step":"delete","from":0,"count":2}"#,
        r#"{"e":"done","hub":0,"step":"delete","from":0,"count":2,"attempts":1}"#,
        r#"{"e":"ended","end":"complete"}"#,
    ];
    let ledger = ledger(&plan, &events);
    (plan, ledger)
}

fn table(report: &Report<'_>) -> String {
    written(|out| report.write_table(out))
}

/// The table without its line breaks.
fn unwrapped(report: &Report<'_>) -> String {
    table(report).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn table_shows_every_state() {
    let (plan, ledger) = every_state();
    assert_eq!(table(&report(&plan, &ledger)), include_str!("golden/every_state.txt"));
}

#[test]
fn csv_has_a_row_for_every_state() {
    let (plan, ledger) = every_state();
    assert_eq!(written(|out| report(&plan, &ledger).write_csv(out)), include_str!("golden/every_state.csv"));
}

#[test]
fn failed_leaves_out_done_and_kept() {
    let (plan, ledger) = every_state();
    let only_failed = Report { only_failed: true, ..report(&plan, &ledger) };
    let all = include_str!("golden/every_state.csv");
    let expected: Vec<&str> =
        all.lines().filter(|row| !row.contains("done,true") && !row.contains("kept,true")).collect();
    assert_eq!(written(|out| only_failed.write_csv(out)).lines().collect::<Vec<_>>(), expected);
    assert_eq!(expected.len(), all.lines().count() - 3);
    let json = written(|out| only_failed.write_json(out));
    assert!(!json.contains(r#""state":"done","certain":true}"#) && !json.contains("kept\",\"certain"), "{json}");
    assert!(written(|out| only_failed.write_html(out)).contains(r#","failed",false,"#));
}

#[test]
fn complete_run_says_so_in_one_sentence() {
    let (plan, ledger) = complete();
    let table = table(&report(&plan, &ledger));
    assert!(table.ends_with("\nComplete: All 2 entries to delete are done.\n"), "{table}");
}

#[test]
fn never_complete_without_the_end_of_the_run() {
    let (plan, done) = complete();
    let running = Report { is_running: true, ..report(&plan, &done) };
    assert!(table(&running).contains("\nStill running: ") && !running.is_complete());
    let plan = Plan::new(Side::Member, vec![hub("111122223333/eu-central-1")]).expect("a plan");
    let listed = r#"{"e":"found","hub":0,"invitations":[],"last":true}"#;
    for (events, expected) in [
        (
            &[][..],
            "Nothing changed yet: Nothing to delete is known. 1 list was not read to its end, so it may have more entries. The run did",
        ),
        (&[listed], "Nothing changed yet: There was nothing to delete on the member side. The run did not end."),
        (&[listed, r#"{"e":"ended","end":"complete"}"#], "Complete: There was nothing to delete on the member side."),
    ] {
        let ledger = ledger(&plan, events);
        let table = unwrapped(&report(&plan, &ledger));
        assert!(table.contains(expected), "{table}");
    }
}

#[test]
fn attempt_that_may_have_run_is_not_untouched() {
    let (plan, _) = complete();
    let retried = ledger(&plan, &[r#"{"e":"started","attempt":1}"#]);
    let table = table(&report(&plan, &retried));
    assert!(
        table.contains("Not complete: 0 of 2 entries are done. Left: 2 pending. 2 of these are uncertain"),
        "{table}"
    );
}

#[test]
fn strict_counts_uncertain_as_failed() {
    let (plan, ledger) = every_state();
    let strict = Report { strict: true, ..report(&plan, &ledger) };
    let (normal, strict_counts) = (ledger.summary(), strict.summary());
    assert_eq!((normal.failed, normal.pending, normal.uncertain), (1, 1, 2));
    assert_eq!((strict_counts.failed, strict_counts.pending, strict_counts.uncertain), (2, 0, 2));
    assert!(unwrapped(&strict).contains("Of the failed ones, 2 may be done: uncertain counts as failed."));
}

#[test]
fn forty_accounts_stay_readable() {
    let (plan, ledger) = large(40, 34, 2);
    let table = table(&report(&plan, &ledger));
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    assert!(table.lines().count() < 125, "{table}");
    assert!(table.contains("111129223354: all 34 regions"), "{table}");
    assert!(table.contains("uncertain: ap-southeast-2"), "{table}");
}

#[test]
fn json_lines_match_the_schema() {
    let schema = serde_json::from_str(include_str!("../../schemas/output.schema.json")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let (plan, ledger) = every_state();
    let mut lines = written(|out| report(&plan, &ledger).write_json(out));
    assert!(lines.lines().last().is_some_and(|line| line.starts_with(r#"{"type":"summary""#)));
    let found = ledger.hubs()[0].appeared().first().expect("one appeared");
    for line in [Line::Found(FoundLine::new(&plan.hubs()[0], found)), Line::Error(ErrorLine { code: 2, message: "no" })]
    {
        lines += &written(|out| line.write(out));
    }
    let (plan, ledger) = complete();
    lines += &written(|out| report(&plan, &ledger).write_json(out));
    for kind in ["hub", "administrator", "entry", "appeared", "found", "summary", "error"] {
        assert!(lines.contains(&format!(r#"{{"type":"{kind}","#)), "{kind}");
    }
    for line in lines.lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{line}: {errors:?}");
        // Without a required member, with an unknown one, or with a value of another type.
        let members = value.as_object().expect("an object");
        for name in ["type", "account", "region", "id", "state", "certain", "uncertain", "message"] {
            let mut broken = members.clone();
            if broken.remove(name).is_some() {
                assert!(!schema.is_valid(&broken.clone().into()), "{line} without {name}");
                broken.insert(name.to_owned(), serde_json::json!({}));
                assert!(!schema.is_valid(&broken.into()), "{line} with an object as {name}");
            }
        }
        let mut broken = members.clone();
        broken.insert("unknown".to_owned(), true.into());
        assert!(!schema.is_valid(&broken.into()), "{line} with an unknown member");
    }
}

#[test]
fn page_escapes_everything_from_the_service() {
    let (plan, ledger) = every_state();
    let run = r#"</title><img src=x onerror="1">{{data}}"#;
    let page = written(|out| Report { run, tool: "<u>", ..report(&plan, &ledger) }.write_html(out));
    assert!(!page.contains("<img") && !page.contains("<u>") && page.contains("&lt;img"));
    assert_eq!(page.matches("</script>").count(), 2);
    assert_eq!(page.matches("{{data}}").count(), 5, "a value is not a placeholder");
    let data = page.split_once(r#"id="data">"#).and_then(|(_, rest)| rest.split_once("</script>")).expect("data").0;
    let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
    assert!(data["reasons"].to_string().contains("</script><img src=x onerror=alert(1)>"));
}

#[test]
fn page_allows_only_its_own_style_and_script() {
    let page = include_str!("page.html").replace("\r\n", "\n");
    for (element, directive) in [("style", "style-src"), ("script", "script-src")] {
        let (_, rest) = page.split_once(&format!("\n<{element}>")).expect("one element");
        let (content, _) = rest.split_once(&format!("</{element}>")).expect("its end");
        let hash = BASE64_STANDARD.encode(Sha256::digest(content));
        assert!(page.contains(&format!("{directive} 'sha256-{hash}'")), "{directive} 'sha256-{hash}'");
    }
    assert!(!page.contains("style=") && !page.contains("http://") && !page.contains("https://"));
}

/// A run over many hubs: one account is denied, two regions are off, and some requests fail.
fn large(accounts: u32, regions: usize, ids: u32) -> (Plan, Ledger) {
    const REGIONS: [&str; 34] = [
        "af-south-1",
        "ap-east-1",
        "ap-east-2",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ca-central-1",
        "ca-west-1",
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "il-central-1",
        "me-central-1",
        "me-south-1",
        "mx-central-1",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    ];
    let account = |number: u32| format!("{:012}", 111_122_223_333 + u64::from(number) * 1_000_003);
    let hubs: Vec<Hub> = (0..accounts)
        .flat_map(|number| REGIONS[..regions].iter().map(move |region| hub(&format!("{}/{region}", account(number)))))
        .collect();
    let plan = Plan::new(Side::Member, hubs).expect("a plan");
    let mut events = vec![r#"{"e":"started","attempt":0}"#.to_owned()];
    let parked = |number: usize, cause: &str, message: &str, code: &str, status: u16| {
        format!(
            r#"{{"e":"parked","hub":{number},"parking":{{"cause":"{cause}","reason":{{"message":"{message}","code":"{code}","status":{status},"request_id":"r-{number}"}}}}}}"#
        )
    };
    let mut open = Vec::new();
    for (number, hub) in plan.hubs().iter().enumerate() {
        let account = hub.account();
        if number / regions == 7 {
            let message = format!(
                "User: arn:aws:sts::{account}:assumed-role/Cleaner/run is not authorized to perform: securityhub:ListInvitations with an explicit deny in a service control policy"
            );
            events.push(parked(number, "denied", &message, "AccessDeniedException", 403));
        } else if matches!(hub.region().as_str(), "me-south-1" | "af-south-1") {
            events.push(parked(
                number,
                "region_disabled",
                "The security token included in the request is invalid",
                "UnrecognizedClientException",
                403,
            ));
        } else if number % 97 == 5 {
            events.push(parked(
                number,
                "not_subscribed",
                &format!("Account {account} is not subscribed to AWS Security Hub"),
                "InvalidAccessException",
                401,
            ));
        } else {
            let found: Vec<String> =
                (0..ids).map(|id| format!(r#"{{"id":"{:012}"}}"#, 200_000_000_000 + u64::from(id) * 7)).collect();
            events.push(format!(r#"{{"e":"found","hub":{number},"invitations":[{}],"last":true}}"#, found.join(",")));
            open.push(number);
        }
    }
    events.push(r#"{"e":"approved","ids":1}"#.to_owned());
    for number in open {
        events.push(format!(r#"{{"e":"sent","hub":{number},"step":"delete","from":0,"count":{ids}}}"#));
        events.push(match number % 101 {
            3 => format!(r#"{{"e":"failed","hub":{number},"step":"delete","from":0,"count":{ids},"reason":{{"message":"An internal error occurred","code":"InternalException","status":500,"request_id":"q-{number}"}},"uncertain":false,"again":false}}"#),
            9 => continue,
            13 => format!(r#"{{"e":"done","hub":{number},"step":"delete","from":0,"count":{ids},"attempts":1,"unprocessed":[{{"index":0,"uncertain":false,"reason":{{"message":"The account is not invited","request_id":"q-{number}"}}}}]}}"#),
            _ => format!(r#"{{"e":"done","hub":{number},"step":"delete","from":0,"count":{ids},"attempts":1}}"#),
        });
    }
    events.push(r#"{"e":"ended","end":"complete"}"#.to_owned());
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let ledger = ledger(&plan, &events);
    (plan, ledger)
}

/// Writes pages to look at: `REPORT_PAGES=/tmp/pages cargo test -p securityhub-invitations-cli -- --ignored`.
#[test]
#[ignore = "writes files"]
fn writes_pages_to_look_at() {
    let folder = std::path::PathBuf::from(std::env::var_os("REPORT_PAGES").expect("REPORT_PAGES is set"));
    for (name, (plan, ledger)) in
        [("large", large(40, 34, 60)), ("every_state", every_state()), ("complete", complete())]
    {
        let report = report(&plan, &ledger);
        std::fs::write(folder.join(format!("{name}.html")), written(|out| report.write_html(out))).expect("a file");
        std::fs::write(folder.join(format!("{name}.txt")), table(&report)).expect("a file");
        std::fs::write(folder.join(format!("{name}.csv")), written(|out| report.write_csv(out))).expect("a file");
        std::fs::write(folder.join(format!("{name}.jsonl")), written(|out| report.write_json(out))).expect("a file");
    }
}
