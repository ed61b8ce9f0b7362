//! `GetCallerIdentity` returns the caller's account and ARN.

use super::Identity;
use crate::{access_key::AccessKey, operations::Caller, xml::element};

pub(super) fn run(caller: &Caller, key: &AccessKey) -> String {
    let Identity { arn, user_id } = Identity::of(caller, key);
    [element("Arn", &arn), element("UserId", &user_id), element("Account", caller.account.as_str())].concat()
}
