//! A Lambda function for [Step Functions](../state_machine.asl.json): plans, runs and merges slices.
//!
//! It runs the command `securityhub-invitations`, which is next to it in the package, and keeps plan, ledgers and report in S3.
//! Failures of the job are output. An error means that there is no ledger.

mod action;
mod command;
mod failure;
mod handler;
mod run_name;
mod store;

use std::env;

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use crate::{command::Command, handler::Handler, store::Store};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let command = Command::beside(&env::current_exe()?);
    let handler = &Handler::new(command, Store::from_environment()?);
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Value>| {
        handler.handle(event.payload, event.context.deadline()).await
    }))
    .await
}
