//! The encoding of values whose keys are all strings.

use serde::{Deserialize, Serialize};

/// Encodes a value without a line end.
pub(crate) fn encode(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("all keys are strings, and no value fails to serialize")
}

/// The version of a document, which is read before its other members.
#[derive(Deserialize)]
pub(crate) struct VersionJson {
    pub(crate) v: u32,
}
