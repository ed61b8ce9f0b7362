//! The command as a person or a script runs it, against an emulated Security Hub and STS.

mod arguments;
mod clean;
mod delete;
mod exit_status;
#[cfg(unix)]
mod interrupt;
mod kill;
mod question;
mod recording;
mod site;
mod slices;
