//! The encoding of values whose keys are all strings.

use serde::Serialize;

/// Encodes a value without a line end.
pub(crate) fn encode(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("all keys are strings, and no value fails to serialize")
}
