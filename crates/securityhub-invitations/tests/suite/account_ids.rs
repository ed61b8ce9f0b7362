//! Account ids, and the request body that is built from them.

use std::collections::BTreeSet;

use securityhub_invitations::{AccountId, AccountIdError, DeleteInvitations};

fn ids_of(input: &DeleteInvitations) -> Vec<String> {
    input.account_ids().map(|id| id.to_string()).collect()
}

fn body_of(input: &DeleteInvitations) -> &str {
    std::str::from_utf8(input.body()).unwrap()
}

#[test]
fn accepts_twelve_ascii_digits() {
    for digits in ["111122223333", "000000000000", "999999999999", "000000000001"] {
        let id: AccountId = digits.parse().unwrap();
        assert_eq!(id.as_str(), digits);
        assert_eq!(id.as_ref() as &str, digits);
        assert_eq!(id.to_string(), digits);
        assert_eq!(String::from(id), digits);
        assert_eq!(id, digits);
        assert_eq!(id, *digits);
        assert_eq!(format!("{id:?}"), format!("AccountId({digits})"));
        assert_eq!(AccountId::try_from(digits), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{digits}\""));
        assert_eq!(serde_json::from_str::<AccountId>(&json).unwrap(), id);
    }
    let id: AccountId = "111122223333".parse().unwrap();
    assert_ne!(id, "111122223334");
    assert_ne!(id, "11112222333");
    assert_eq!(format!("[{id:>14}]"), "[  111122223333]");
}

#[test]
fn ids_sort_like_strings() {
    let ids: BTreeSet<AccountId> =
        ["200000000000", "000000000009", "100000000000"].map(|id| id.parse().unwrap()).into();
    let ids: Vec<_> = ids.iter().map(AccountId::as_str).collect();
    assert_eq!(ids, ["000000000009", "100000000000", "200000000000"]);
}

#[test]
fn rejects_everything_else() {
    for (value, reason, position) in [
        ("", "is empty", None),
        ("1", "has 1 digit", None),
        ("1111222233", "has 10 digits", None),
        ("11112222333", "has 11 digits, a leading zero may be missing", None),
        ("1111222233334", "has 13 digits", None),
        ("11112222333x", "has 'x' at position 12", Some(12)),
        ("x11122223333", "has 'x' at position 1", Some(1)),
        ("F11122223333", "has 'F' at position 1", Some(1)),
        ("arn:aws:iam::111122223333:root", "has 'a' at position 1", Some(1)),
        ("1111-2222-3333", "has '-' at position 5", Some(5)),
        ("-1", "has '-' at position 1", Some(1)),
        ("+11122223333", "has '+' at position 1", Some(1)),
        (" ", "has ' ' at position 1", Some(1)),
        (" 111122223333", "has ' ' at position 1", Some(1)),
        ("111122223333 ", "has ' ' at position 13", Some(13)),
        ("111122223333\n", "has '\\n' at position 13", Some(13)),
        ("111122223333\0", "has '\\u{0}' at position 13", Some(13)),
        ("\u{feff}111122223333", "has '\\u{feff}' at position 1", Some(1)),
        ("１１１１２２２２３３３３", "has '１' at position 1", Some(1)),
        ("11112222333３", "has '３' at position 12", Some(12)),
        // Twelve bytes, but six characters.
        ("٠٠٠٠٠٠", "has '٠' at position 1", Some(1)),
        ("11112222333é", "has 'é' at position 12", Some(12)),
        ("1e11", "has 'e' at position 2", Some(2)),
        ("111122223333,444455556666", "has ',' at position 13", Some(13)),
    ] {
        let error: AccountIdError = value.parse::<AccountId>().unwrap_err();
        assert_eq!(error.value(), value);
        assert_eq!(error.position(), position, "{value}");
        assert_eq!(error.reason(), reason);
        let message = error.to_string();
        assert!(message.starts_with("invalid account id \""), "{message}");
        assert!(message.ends_with(&format!("\": {reason} (expected exactly 12 digits)")), "{message}");
        assert_eq!(AccountId::try_from(value), Err(error));

        let error = DeleteInvitations::new(["111122223333", value]).unwrap_err();
        assert!(error.iter().map(|(index, error)| (index, error.value())).eq([(1, value)]));
        assert!(serde_json::from_value::<AccountId>(value.into()).unwrap_err().to_string().contains(reason));
    }
}

#[test]
fn rejects_json_numbers() {
    for json in ["111122223333", "null", "[\"111122223333\"]", "{}"] {
        let error = serde_json::from_str::<AccountId>(json).unwrap_err().to_string();
        assert!(error.contains("an AWS account id as a string of 12 digits"), "{error}");
    }
}

#[test]
fn lists_every_invalid_id_with_its_index() {
    let error = DeleteInvitations::new(["1", "111122223333", "2", "", "2"]).unwrap_err();
    assert!(!error.is_empty());
    assert_eq!(error.iter().len(), 4);
    assert!(error.iter().map(|(index, error)| (index, error.value())).eq([(0, "1"), (2, "2"), (3, ""), (4, "2")]));
    assert_eq!(
        error.to_string(),
        "4 invalid account ids (expected exactly 12 digits): [0] \"1\" has 1 digit; [2] \"2\" has 1 digit; \
         [3] \"\" is empty; [4] \"2\" has 1 digit"
    );
}

#[test]
fn one_invalid_id_is_singular() {
    let error = DeleteInvitations::new(["x"]).unwrap_err();
    assert_eq!(error.to_string(), "1 invalid account id (expected exactly 12 digits): [0] \"x\" has 'x' at position 1");
}

#[test]
fn errors_print_the_same_with_debug() {
    let error = "12345".parse::<AccountId>().unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
    assert_eq!(
        format!("{error:#?}"),
        "AccountIdError {\n    value: \"12345\",\n    fault: Length(\n        5,\n    ),\n}"
    );
    let error = DeleteInvitations::new(["12345"]).unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
    assert!(format!("{error:#?}").starts_with("InvalidAccountIds {\n    errors: [\n"), "{error:#?}");
}

#[test]
fn messages_are_bounded() {
    let long = "\u{1b}".repeat(1000);
    let error = DeleteInvitations::new((0..10_000).map(|_| &long)).unwrap_err();
    assert_eq!(error.iter().len(), 10_000);
    assert_eq!(error.iter().last().unwrap().0, 9999);
    let message = error.to_string();
    assert!(message.len() < 5000, "{}", message.len());
    assert!(message.ends_with("; and 9995 more"), "{message}");
    assert!(!message.contains('\u{1b}'), "control characters are escaped");
    let single = error.iter().next().unwrap().1;
    assert_eq!(single.value(), long, "the value is complete");
    assert!(single.to_string().len() < 1000);

    let five = DeleteInvitations::new(["1"; 5]).unwrap_err().to_string();
    let six = DeleteInvitations::new(["1"; 6]).unwrap_err().to_string();
    assert!(five.ends_with("[4] \"1\" has 1 digit"), "{five}");
    assert!(six.ends_with("[4] \"1\" has 1 digit; and 1 more"), "{six}");
}

#[test]
fn rejects_an_empty_list() {
    let none: [&str; 0] = [];
    for error in [
        DeleteInvitations::new(none).unwrap_err(),
        DeleteInvitations::from_account_ids(std::iter::empty()).unwrap_err(),
    ] {
        assert!(error.is_empty());
        assert_eq!(error.iter().len(), 0);
        assert_eq!(error.to_string(), "no account ids (expected at least 1)");
    }
}

#[test]
fn body_is_compact_json() {
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
fn keeps_the_first_of_duplicates() {
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
fn accepts_any_string_type() {
    let owned = vec!["111122223333".to_owned(), "444455556666".to_owned()];
    let of_references = DeleteInvitations::new(&owned).unwrap();
    let of_ids = DeleteInvitations::new(of_references.account_ids()).unwrap();
    let of_owned = DeleteInvitations::new(owned).unwrap();
    assert_eq!(of_references.body(), of_owned.body());
    assert_eq!(of_references.body(), of_ids.body());
}

#[test]
fn ten_thousand_ids_make_one_body() {
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
fn distrusts_size_hints() {
    struct Exaggerating(Option<AccountId>);
    impl Iterator for Exaggerating {
        type Item = AccountId;
        fn next(&mut self) -> Option<AccountId> {
            self.0.take()
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, None)
        }
    }
    let id = "111122223333".parse().unwrap();
    assert_eq!(ids_of(&DeleteInvitations::from_account_ids(Exaggerating(Some(id))).unwrap()), ["111122223333"]);
    assert_eq!(ids_of(&DeleteInvitations::new(Exaggerating(Some(id))).unwrap()), ["111122223333"]);
}

#[test]
fn clones_share_the_body() {
    let input = DeleteInvitations::new(["111122223333"]).unwrap();
    assert_eq!(input.clone().body().as_ptr(), input.body().as_ptr());
    assert_eq!(format!("{input:?}"), "DeleteInvitations([1 account ids])");
}
