//! The input of the operations that take account ids.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    incoming::{Incoming, invalid_input},
    response::Refusal,
};

/// Parses a body such as `{"AccountIds":["111122223333"]}`. Returns every id once, in their order.
///
/// The ids need not be account ids: the service's only documented rule is that they are not blank.
pub(crate) fn account_ids(incoming: &Incoming<'_>) -> Result<Vec<String>, Refusal> {
    let body: Value = serde_json::from_slice(incoming.body)
        .map_err(|error| invalid_input(format!("The body is not valid JSON: {error}.")))?;
    let Value::Object(mut members) = body else {
        return Err(invalid_input("The body is not a JSON object."));
    };
    let list = match members.remove("AccountIds") {
        None | Some(Value::Null) => return Err(invalid_input("AccountIds is missing.")),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(invalid_input("AccountIds is not a list.")),
    };
    if list.is_empty() {
        return Err(invalid_input("AccountIds is empty."));
    }
    let mut seen = BTreeSet::new();
    let mut ids = Vec::with_capacity(list.len());
    for (index, element) in list.into_iter().enumerate() {
        match element {
            Value::String(id) if id.trim().is_empty() => {
                return Err(invalid_input(format!("AccountIds[{index}] is blank.")));
            }
            Value::String(id) => {
                if seen.insert(id.clone()) {
                    ids.push(id);
                }
            }
            _ => return Err(invalid_input(format!("AccountIds[{index}] is not a string."))),
        }
    }
    Ok(ids)
}
