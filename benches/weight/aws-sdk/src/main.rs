//! Prints a signed request. A connector receives the request and responds at once.

use std::error::Error;

use aws_sdk_securityhub::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;

/// A connector that prints the request, and responds with a success.
#[derive(Debug)]
struct Print;

impl HttpConnector for Print {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        println!("{request:?}");
        let ok = StatusCode::try_from(200).expect("200 is a valid status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(ok, SdkBody::from(r#"{"UnprocessedAccounts":[]}"#))))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", secret, None, None, "weight"))
        .http_client(http_client_fn(|_, _| SharedHttpConnector::new(Print)))
        .build();
    let call = Client::from_conf(config).delete_invitations().account_ids("111122223333");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(call.send())?;
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}
