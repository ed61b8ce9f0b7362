//! aws-sdk-securityhub against the emulator: reads calls as a JSON list from standard input, and prints their results as
//! another.

use std::io;

use aws_config::{BehaviorVersion, Region};
use aws_sdk_securityhub::{
    Client, config::Credentials, error::ProvideErrorMetadata as _,
    operation::delete_invitations::DeleteInvitationsError as Error,
};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let calls: Vec<Value> = serde_json::from_reader(io::stdin()).expect("the calls are a JSON list");
    let mut results = Vec::new();
    for call in &calls {
        results.push(run(call).await);
    }
    println!("{}", json!({ "client": "aws-sdk-securityhub (Rust)", "results": results }));
}

async fn run(call: &Value) -> Value {
    let text = |member: &str| call[member].as_str().unwrap_or_default().to_owned();
    let token = call["session_token"].as_str().map(ToOwned::to_owned);
    let credentials = Credentials::new(text("access_key_id"), text("secret_access_key"), token, None, "conformance");
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(text("region")))
        .endpoint_url(text("url"))
        .credentials_provider(credentials)
        .load()
        .await;
    let ids = call["account_ids"].as_array().into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned);
    match Client::new(&config).delete_invitations().set_account_ids(Some(ids.collect())).send().await {
        Ok(output) => {
            let ids = output.unprocessed_accounts().iter().map(|account| account.account_id());
            json!({ "unprocessed": ids.collect::<Vec<_>>() })
        }
        Err(error) => {
            let error = error.into_service_error();
            let typed = match &error {
                Error::InternalException(_) => Some("InternalException"),
                Error::InvalidAccessException(_) => Some("InvalidAccessException"),
                Error::InvalidInputException(_) => Some("InvalidInputException"),
                Error::LimitExceededException(_) => Some("LimitExceededException"),
                Error::ResourceNotFoundException(_) => Some("ResourceNotFoundException"),
                _ => None,
            };
            json!({ "code": error.code(), "typed": typed, "message": error.message() })
        }
    }
}
