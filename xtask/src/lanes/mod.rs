//! The lanes: one file each, or one for those that belong together.

pub(crate) mod browser;
pub(crate) mod deny;
pub(crate) mod guard;
pub(crate) mod lint;
pub(crate) mod msrv;
pub(crate) mod package;
pub(crate) mod planted;
pub(crate) mod test;
pub(crate) mod wasm;
pub(crate) mod weight;
