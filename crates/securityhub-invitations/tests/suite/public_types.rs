//! Every public type by name: read from the source, so that a new one cannot be forgotten in the lists that are kept by hand.

use std::collections::BTreeSet;

use securityhub_invitations::{
    AccountId, AccountIdError, Call, Cause, ConfigError, Credentials, DeleteInvitations, DeleteInvitationsOutput,
    Endpoint, EndpointVariant, Error, ErrorKind, Failure, InFlight, InputError, Outcome, Region, Retry, RetryPolicy,
    SecurityHub, Unprocessed, UnprocessedAccount,
    sigv4::{Explanation, SignError, Signer},
};

/// The types that `lib.rs` exports, and those that stand in its public module.
pub(crate) fn public_types() -> BTreeSet<String> {
    let library = include_str!("../../src/lib.rs");
    let mut types = BTreeSet::new();
    for export in library.split("pub use ").skip(1) {
        let names = export.split(';').next().unwrap();
        assert!(!names.contains('*') && !names.contains(" as "), "this test cannot read {names}");
        let names = names.rsplit("::").next().unwrap().trim_matches(['{', '}']);
        types.extend(names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned));
    }
    // What is written in capitals throughout is a constant.
    types.retain(|name| name.contains(|character: char| character.is_ascii_lowercase()));

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
fn the_source_is_read() {
    let types = public_types();
    for name in ["AccountId", "Call", "UnprocessedAccount", "Signer", "Explanation", "SignError", "RetryPolicy"] {
        assert!(types.contains(name), "{name}");
    }
    assert!(!types.contains("MAX_RESPONSE_BYTES"));
}

#[test]
fn every_public_type_can_be_sent_shared_and_kept() {
    fn is_free<T: Send + Sync + Unpin + 'static>() {}
    let mut seen = BTreeSet::new();
    macro_rules! free {
        ($($name:ident)*) => {$(
            is_free::<$name>();
            seen.insert(stringify!($name).to_owned());
        )*};
    }
    free! {
        AccountId AccountIdError Call Cause ConfigError Credentials DeleteInvitations DeleteInvitationsOutput Endpoint
        EndpointVariant Error ErrorKind Explanation Failure InFlight InputError Outcome Region Retry RetryPolicy
        SecurityHub SignError Signer Unprocessed UnprocessedAccount
    }
    assert_eq!(seen, public_types());
}

#[test]
fn every_error_is_a_standard_error() {
    fn is_error<T: std::error::Error + Send + Sync + 'static>() {}
    is_error::<AccountIdError>();
    is_error::<Cause>();
    is_error::<ConfigError>();
    is_error::<Error>();
    is_error::<InputError>();
    is_error::<SignError>();
    is_error::<Unprocessed>();
}

#[test]
fn an_error_is_small_enough_to_return() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<AccountId>(), 12);
}
