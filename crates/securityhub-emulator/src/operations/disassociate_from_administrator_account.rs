//! `DisassociateFromAdministratorAccount` ends the relation of the caller to its administrator.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Caller, Done, Operation};
use crate::{
    hubs::Hubs,
    incoming::{Incoming, invalid_input},
    response::Refusal,
};

/// The operation has no input. botocore sends no body, other clients send `{}`.
pub(super) fn parse(incoming: &Incoming<'_>) -> Result<Operation, Refusal> {
    if !incoming.body.is_empty() {
        let body: Value = serde_json::from_slice(incoming.body)
            .map_err(|error| invalid_input(format!("The body is not valid JSON: {error}.")))?;
        if !body.is_object() {
            return Err(invalid_input("The body is not a JSON object."));
        }
    }
    Ok(Operation::DisassociateFromAdministratorAccount)
}

/// Ends the relation and marks the caller *Resigned* in the administrator's list. The invitation can then be deleted.
///
/// Without an administrator, the error is the one that Terraform's AWS provider and public migration scripts handle:
/// `BadRequestException` with a message that the account is not associated. The API's model does not list it.
pub(super) fn run(hubs: &mut Hubs, caller: &Caller) -> Result<Done, Refusal> {
    let hub = hubs.hub_mut(caller.account, &caller.region);
    let Some(administrator) = hub.and_then(|hub| hub.administrator.take()) else {
        return Err(Refusal::service(
            StatusCode::BAD_REQUEST,
            "BadRequestException",
            "The request is rejected because the current account is not associated to a master account",
        ));
    };
    hubs.resign(&caller.region, administrator, caller.account, caller.now);
    Ok(Done::read(json!({})))
}
