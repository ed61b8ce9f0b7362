//! The operation's input, taken from the body of a request.

use http::StatusCode;
use serde_json::Value;

use crate::answer::Refusal;

/// The ids of a body such as `{"AccountIds":["111122223333"]}`, each once, in their order. Whether they are account ids
/// is not asked: the service has no rule for them but that they are not blank.
pub(crate) fn account_ids(body: &[u8]) -> Result<Vec<String>, Refusal> {
    let body: Value =
        serde_json::from_slice(body).map_err(|error| invalid(format!("The body is not valid JSON: {error}.")))?;
    let Value::Object(mut members) = body else {
        return Err(invalid("The body is not a JSON object."));
    };
    let list = match members.remove("AccountIds") {
        None | Some(Value::Null) => return Err(invalid("AccountIds is missing.")),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(invalid("AccountIds is not a list.")),
    };
    if list.is_empty() {
        return Err(invalid("AccountIds is empty."));
    }
    let mut seen = std::collections::HashSet::with_capacity(list.len());
    let mut ids = Vec::with_capacity(list.len());
    for (index, element) in list.into_iter().enumerate() {
        match element {
            Value::String(id) if id.trim().is_empty() => return Err(invalid(format!("AccountIds[{index}] is blank."))),
            Value::String(id) => {
                if seen.insert(id.clone()) {
                    ids.push(id);
                }
            }
            _ => return Err(invalid(format!("AccountIds[{index}] is not a string."))),
        }
    }
    Ok(ids)
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::service(StatusCode::BAD_REQUEST, "InvalidInputException", message)
}
