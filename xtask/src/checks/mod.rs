//! Checks that have no command of their own. Related checks share a file.

pub(crate) mod browser;
pub(crate) mod deny;
pub(crate) mod emulator;
pub(crate) mod fault;
pub(crate) mod guard;
pub(crate) mod links;
pub(crate) mod lint;
pub(crate) mod msrv;
pub(crate) mod package;
pub(crate) mod step_functions;
pub(crate) mod test;
pub(crate) mod wasi;
pub(crate) mod wasm;
pub(crate) mod weight;
