//! Every public type by name. The names are read from the source, so that no list can miss a new one.

use std::collections::BTreeSet;

use securityhub_invitations::{
    AccountId, AccountIdError, Attempt, Call, CallError, Cause, ConfigError, Credentials, DeclineInvitations,
    DeclineInvitationsOutput, DeleteInvitations, DeleteInvitationsOutput, DisassociateFromAdministratorAccount,
    DisassociateFromAdministratorAccountOutput, Driver, Effects, Endpoint, EndpointVariant, Error, ErrorKind, Exchange,
    ExchangeError, Failure, GetAdministratorAccount, GetAdministratorAccountOutput, GiveUp, GiveUpReason, InFlight,
    InvalidAccountIds, Invitation, Limits, ListInvitations, ListInvitationsOutput, ListMembers, ListMembersOutput,
    ListedRegion, Member, Next, Outcome, PageError, Partition, ProxyEnvironment, ProxyUrl, Region, Retry, RetryPolicy,
    SecurityHub, Sent, UnprocessedAccount, UnprocessedError, Verdict,
    sigv4::{Explanation, SignError, Signer},
};

type Op = DeleteInvitations;

/// Returns the names that `lib.rs` exports, and those in its public module.
pub(crate) fn public_types() -> BTreeSet<String> {
    let library = include_str!("../../src/lib.rs");
    let mut types = BTreeSet::new();
    for export in library.split("pub use ").skip(1) {
        let names = export.split(';').next().unwrap();
        assert!(!names.contains('*') && !names.contains(" as "), "this test cannot read {names}");
        let names = names.rsplit("::").next().unwrap().trim_matches(['{', '}']);
        types.extend(names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned));
    }
    // Names in capitals are constants, and `Operation` is a trait.
    types.retain(|name| name.contains(|character: char| character.is_ascii_lowercase()) && name != "Operation");

    let modules: Vec<_> = library.lines().filter_map(|line| line.strip_prefix("pub mod ")).collect();
    assert_eq!(modules, ["sigv4;"], "this test reads one public module");
    for line in include_str!("../../src/sigv4/mod.rs").lines() {
        assert!(!line.starts_with("pub use "), "this test cannot read {line}");
        for keyword in ["pub struct ", "pub enum ", "pub type ", "pub trait ", "pub union "] {
            let name =
                line.strip_prefix(keyword).map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap());
            types.extend(name.map(str::to_owned));
        }
    }
    types
}

#[test]
fn reads_the_source() {
    let types = public_types();
    for name in ["AccountId", "Call", "UnprocessedAccount", "Signer", "Explanation", "SignError", "RetryPolicy"] {
        assert!(types.contains(name), "{name}");
    }
    assert!(!types.contains("MAX_RESPONSE_BYTES"));
}

#[test]
fn types_can_be_sent_and_shared() {
    fn is_free<T: Send + Sync + Unpin>() {}
    let mut seen = BTreeSet::new();
    macro_rules! free {
        ($($name:ident $(<$($parameter:tt),*>)?)*) => {$(
            is_free::<$name $(<$($parameter),*>)?>();
            seen.insert(stringify!($name).to_owned());
        )*};
    }
    free! {
        AccountId AccountIdError Attempt<'static, String> Call<Op> CallError<String> Cause ConfigError Credentials
        DeclineInvitations DeclineInvitationsOutput DeleteInvitations DeleteInvitationsOutput
        DisassociateFromAdministratorAccount DisassociateFromAdministratorAccountOutput Driver<Op, String> Effects
        Endpoint EndpointVariant Error ErrorKind Exchange<Op, String> ExchangeError<String> Explanation Failure
        GetAdministratorAccount GetAdministratorAccountOutput GiveUp GiveUpReason InFlight<Op> InvalidAccountIds
        Invitation Limits ListInvitations ListInvitationsOutput ListMembers ListMembersOutput ListedRegion Member
        Next<Op, String> Outcome<Op> PageError Partition ProxyEnvironment ProxyUrl Region Retry<Op> RetryPolicy SecurityHub Sent<Op, String>
        SignError Signer UnprocessedAccount UnprocessedError Verdict<'static>
    }
    assert_eq!(seen, public_types());
}

#[test]
fn errors_are_standard_errors() {
    fn is_error<T: std::error::Error + Send + Sync + 'static>() {}
    is_error::<AccountIdError>();
    is_error::<CallError<std::io::Error>>();
    is_error::<Cause>();
    is_error::<ConfigError>();
    is_error::<Error>();
    is_error::<Failure>();
    is_error::<GiveUp>();
    is_error::<InvalidAccountIds>();
    is_error::<PageError>();
    is_error::<SignError>();
    is_error::<UnprocessedError>();
}

#[test]
fn value_types_have_the_common_traits() {
    fn is_value<T: Clone + std::fmt::Debug + PartialEq + Eq + std::hash::Hash>() {}
    is_value::<AccountId>();
    is_value::<DeclineInvitations>();
    is_value::<DeclineInvitationsOutput>();
    is_value::<DeleteInvitations>();
    is_value::<DeleteInvitationsOutput>();
    is_value::<DisassociateFromAdministratorAccount>();
    is_value::<DisassociateFromAdministratorAccountOutput>();
    is_value::<Effects>();
    is_value::<EndpointVariant>();
    is_value::<ErrorKind>();
    is_value::<Failure>();
    is_value::<GetAdministratorAccount>();
    is_value::<GetAdministratorAccountOutput>();
    is_value::<GiveUp>();
    is_value::<GiveUpReason>();
    is_value::<Invitation>();
    is_value::<Limits>();
    is_value::<ListInvitations>();
    is_value::<ListInvitationsOutput>();
    is_value::<ListMembers>();
    is_value::<ListMembersOutput>();
    is_value::<Member>();
    is_value::<PageError>();
    is_value::<Region>();
    is_value::<RetryPolicy>();
    is_value::<UnprocessedAccount>();
    is_value::<Verdict<'static>>();
}

#[test]
fn errors_are_small() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<AccountId>(), 12);
    assert!(size_of::<CallError<()>>() <= 64, "{}", size_of::<CallError<()>>());
}

/// B14, B15: `main() -> Result` prints Debug, and reporters print an error with its sources.
#[test]
fn errors_read_well_in_every_form() {
    fn check<E: std::error::Error>(error: &E) {
        let shown = error.to_string();
        assert_eq!(format!("{error:?}"), shown, "Debug reads like Display");
        assert!(!shown.is_empty() && !shown.contains('\n') && !shown.ends_with('.'), "{shown}");
        assert!(format!("{error:#?}").contains('\n'), "{error:#?}");
        assert!(error.source().is_none(), "the message is complete");
    }
    let id = "x".parse::<AccountId>().unwrap_err();
    check(&id);
    check(&DeleteInvitations::new(["x", "111122223333", "y"]).unwrap_err());
    check(&DeleteInvitations::new([""; 0]).unwrap_err());
    check(&"US-EAST-1".parse::<Region>().unwrap_err());
    check(&SecurityHub::from_vars(|_| None).unwrap_err());
    check(&Credentials::new("<your-key>", "x").unwrap_err());
    check(&Credentials::from_process_json("{").unwrap_err());
    check(&ListInvitations::new().with_page_size(0).unwrap_err());
    let page = http::Response::new(r#"{"Invitations":[],"NextToken":"t"}"#);
    let page = ListInvitationsOutput::from_response(&page).unwrap();
    check(&ListInvitations::new().with_next_token("t").next_page(&page).unwrap_err());
    let in_flight = crate::support::hub().call(crate::support::one_id()).sign(crate::support::now()).1;
    check(&in_flight.give_up(Failure::NotSent));
}
