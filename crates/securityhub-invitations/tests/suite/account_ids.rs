//! Account ids, and the body that is made of them.

use std::collections::BTreeSet;

use securityhub_invitations::{AccountId, AccountIdError, DeleteInvitations};

fn ids_of(input: &DeleteInvitations) -> Vec<String> {
    input.account_ids().map(|id| id.to_string()).collect()
}

fn body_of(input: &DeleteInvitations) -> &str {
    std::str::from_utf8(input.body()).unwrap()
}

#[test]
fn twelve_ascii_digits_are_an_id() {
    for text in ["111122223333", "000000000000", "999999999999", "000000000001"] {
        let id: AccountId = text.parse().unwrap();
        assert_eq!(id.as_str(), text);
        assert_eq!(id.as_ref() as &str, text);
        assert_eq!(id.to_string(), text);
        assert_eq!(format!("{id:?}"), format!("AccountId({text})"));
        assert_eq!(AccountId::try_from(text), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<AccountId>(&json).unwrap(), id);
    }
    let id: AccountId = "111122223333".parse().unwrap();
    assert_eq!(format!("[{id:>14}]"), "[  111122223333]");
}

#[test]
fn ids_are_ordered_as_their_text() {
    let ids: BTreeSet<AccountId> =
        ["200000000000", "000000000009", "100000000000"].map(|id| id.parse().unwrap()).into();
    let ids: Vec<_> = ids.iter().map(AccountId::as_str).collect();
    assert_eq!(ids, ["000000000009", "100000000000", "200000000000"]);
}

#[test]
fn everything_else_is_refused_with_its_text_and_its_fault() {
    for (text, fault, position) in [
        ("", "it is empty", None),
        ("1", "it has 1 digit", None),
        ("11112222333", "it has 11 digits", None),
        ("1111222233334", "it has 13 digits", None),
        ("11112222333x", "character 12 is 'x'", Some(12)),
        ("x11122223333", "character 1 is 'x'", Some(1)),
        ("11112222333a", "character 12 is 'a'", Some(12)),
        ("F11122223333", "character 1 is 'F'", Some(1)),
        ("arn:aws:iam::111122223333:root", "character 1 is 'a'", Some(1)),
        ("1111-2222-3333", "character 5 is '-'", Some(5)),
        ("-1", "character 1 is '-'", Some(1)),
        ("+11122223333", "character 1 is '+'", Some(1)),
        (" ", "character 1 is ' '", Some(1)),
        (" 111122223333", "character 1 is ' '", Some(1)),
        ("111122223333 ", "character 13 is ' '", Some(13)),
        ("111122223333\n", "character 13 is '\\n'", Some(13)),
        ("111122223333\0", "character 13 is '\\u{0}'", Some(13)),
        ("\u{feff}111122223333", "character 1 is '\\u{feff}'", Some(1)),
        ("１１１１２２２２３３３３", "character 1 is '１'", Some(1)),
        ("11112222333３", "character 12 is '３'", Some(12)),
        // Twelve bytes, four characters.
        ("٠٠٠٠٠٠", "character 1 is '٠'", Some(1)),
        ("11112222333é", "character 12 is 'é'", Some(12)),
        ("1e11", "character 2 is 'e'", Some(2)),
        ("111122223333,444455556666", "character 13 is ','", Some(13)),
    ] {
        let error: AccountIdError = text.parse::<AccountId>().unwrap_err();
        assert_eq!(error.text(), text);
        assert_eq!(error.position(), position, "{text}");
        assert_eq!(error.rule(), "an account id is exactly 12 ASCII digits");
        let message = error.to_string();
        assert!(message.ends_with(&format!(": {fault}, and an account id is exactly 12 ASCII digits")), "{message}");
        assert_eq!(AccountId::try_from(text), Err(error));

        let refused = DeleteInvitations::new(["111122223333", text]).unwrap_err();
        let refused: Vec<_> = refused.refused().map(|(index, error)| (index, error.text().to_owned())).collect();
        assert_eq!(refused, [(1, text.to_owned())]);
        assert!(serde_json::from_value::<AccountId>(text.into()).unwrap_err().to_string().contains(fault));
    }
}

#[test]
fn an_id_is_no_json_number() {
    for json in ["111122223333", "null", "[\"111122223333\"]", "{}"] {
        let error = serde_json::from_str::<AccountId>(json).unwrap_err().to_string();
        assert!(error.contains("an AWS account id as a string of 12 digits"), "{error}");
    }
}

#[test]
fn every_bad_id_is_listed_with_its_index() {
    let error = DeleteInvitations::new(["1", "111122223333", "2", "", "2"]).unwrap_err();
    assert!(!error.is_empty_list());
    assert_eq!(error.refused().len(), 4);
    assert!(error.refused().map(|(index, error)| (index, error.text())).eq([(0, "1"), (2, "2"), (3, ""), (4, "2")]));
    assert_eq!(
        error.to_string(),
        "4 account ids refused, and an account id is exactly 12 ASCII digits: index 0 \"1\": it has 1 digit; \
         index 2 \"2\": it has 1 digit; index 3 \"\": it is empty; index 4 \"2\": it has 1 digit"
    );
}

#[test]
fn one_bad_id_is_singular() {
    let error = DeleteInvitations::new(["x"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 account id refused, and an account id is exactly 12 ASCII digits: index 0 \"x\": character 1 is 'x'"
    );
}

#[test]
fn an_error_is_short_however_many_and_however_long_the_ids_are() {
    let long = "\u{1b}".repeat(1000);
    let error = DeleteInvitations::new((0..10_000).map(|_| &long)).unwrap_err();
    assert_eq!(error.refused().len(), 10_000);
    assert_eq!(error.refused().last().unwrap().0, 9999);
    let message = error.to_string();
    assert!(message.len() < 5000, "{}", message.len());
    assert!(message.ends_with("; and 9995 more"), "{message}");
    assert!(!message.contains('\u{1b}'), "control characters are escaped");
    let single = error.refused().next().unwrap().1;
    assert_eq!(single.text(), long, "the text itself is whole");
    assert!(single.to_string().len() < 1000);

    let five = DeleteInvitations::new(["1"; 5]).unwrap_err().to_string();
    let six = DeleteInvitations::new(["1"; 6]).unwrap_err().to_string();
    assert!(five.ends_with("index 4 \"1\": it has 1 digit"), "{five}");
    assert!(six.ends_with("index 4 \"1\": it has 1 digit; and 1 more"), "{six}");
}

#[test]
fn an_empty_list_is_refused() {
    let none: [&str; 0] = [];
    for error in [
        DeleteInvitations::new(none).unwrap_err(),
        DeleteInvitations::from_account_ids(std::iter::empty()).unwrap_err(),
    ] {
        assert!(error.is_empty_list());
        assert_eq!(error.refused().len(), 0);
        assert_eq!(error.to_string(), "the list of account ids is empty, and a call takes 1 or more");
    }
}

#[test]
fn the_body_is_compact_json() {
    for (ids, body) in [
        (&["111122223333"][..], r#"{"AccountIds":["111122223333"]}"#),
        (&["444455556666", "111122223333"], r#"{"AccountIds":["444455556666","111122223333"]}"#),
        (&["000000000000", "000000000000"], r#"{"AccountIds":["000000000000"]}"#),
    ] {
        let input = DeleteInvitations::new(ids).unwrap();
        assert_eq!(body_of(&input), body);
        let ids = ids.iter().map(|id| id.parse::<AccountId>().unwrap());
        assert_eq!(body_of(&DeleteInvitations::from_account_ids(ids).unwrap()), body);
    }
}

#[test]
fn a_duplicate_is_kept_where_it_stands_first() {
    let input = DeleteInvitations::new([
        "333333333333",
        "111111111111",
        "333333333333",
        "222222222222",
        "111111111111",
        "333333333333",
    ])
    .unwrap();
    assert_eq!(ids_of(&input), ["333333333333", "111111111111", "222222222222"]);
    assert_eq!(input.account_ids().len(), 3);
}

#[test]
fn any_text_that_reads_as_an_id_will_do() {
    let owned = vec!["111122223333".to_owned(), "444455556666".to_owned()];
    let of_references = DeleteInvitations::new(&owned).unwrap();
    let of_ids = DeleteInvitations::new(of_references.account_ids()).unwrap();
    let of_owned = DeleteInvitations::new(owned).unwrap();
    assert_eq!(of_references.body(), of_owned.body());
    assert_eq!(of_references.body(), of_ids.body());
}

#[test]
fn ten_thousand_ids_are_one_body() {
    let ids = || (0..10_000_u64).map(|n| format!("{:012}", n * 99_990_001 % 1_000_000_000_000));
    let input = DeleteInvitations::new(ids()).unwrap();
    assert!(input.account_ids().map(|id| id.to_string()).eq(ids()));
    let json: serde_json::Value = serde_json::from_slice(input.body()).unwrap();
    let listed = json["AccountIds"].as_array().unwrap();
    assert!(listed.iter().map(|id| id.as_str().unwrap().to_owned()).eq(ids()));
    let twice = DeleteInvitations::new(ids().chain(ids())).unwrap();
    assert_eq!(twice.body(), input.body());
}

#[test]
fn an_iterator_that_promises_too_much_is_not_believed() {
    struct Boastful(Option<AccountId>);
    impl Iterator for Boastful {
        type Item = AccountId;
        fn next(&mut self) -> Option<AccountId> {
            self.0.take()
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, None)
        }
    }
    let id = "111122223333".parse().unwrap();
    assert_eq!(ids_of(&DeleteInvitations::from_account_ids(Boastful(Some(id))).unwrap()), ["111122223333"]);
    assert_eq!(ids_of(&DeleteInvitations::new(Boastful(Some(id))).unwrap()), ["111122223333"]);
}

#[test]
fn a_clone_shares_the_body() {
    let input = DeleteInvitations::new(["111122223333"]).unwrap();
    assert_eq!(input.clone().body().as_ptr(), input.body().as_ptr());
    assert_eq!(format!("{input:?}"), "DeleteInvitations { account_ids: 1, .. }");
}
