//! aws-sdk-securityhub: whole calls, with a connector that responds at once.
//!
//! The programs print a line with the SDK's version, and then a line for each workload. A separate program counts allocations,
//! because counting takes time.

use std::{env, error, hint::black_box, time::Duration};

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

/// A result whose error is a message for the user.
pub type Result<T> = std::result::Result<T, Box<dyn error::Error>>;

/// A connector that responds to every request with this body.
#[derive(Debug)]
struct FixedResponse(&'static [u8]);

impl HttpConnector for FixedResponse {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        black_box(request);
        let ok = StatusCode::try_from(200).expect("200 is a valid status");
        let mut response = HttpResponse::new(ok, SdkBody::from(self.0));
        response.headers_mut().insert("content-type", "application/json");
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// Measures calls and prints a line for each.
///
/// The program's arguments are the milliseconds for each call, then pairs of files with ids and a response. `measure` returns a
/// member of the printed line.
///
/// # Errors
/// If an argument is invalid, or if a file cannot be read.
pub fn run(measure: impl Fn(Duration, &mut dyn FnMut()) -> String) -> Result<()> {
    let mut arguments = env::args().skip(1);
    let budget = Duration::from_millis(arguments.next().ok_or("the milliseconds are missing")?.parse()?);
    println!(r#"{{"implementation":"aws-sdk-securityhub {}"}}"#, aws_sdk_securityhub::meta::PKG_VERSION);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    while let (Some(ids), Some(response)) = (arguments.next(), arguments.next()) {
        let ids = std::fs::read_to_string(ids)?;
        let ids: Vec<&str> = ids.split_whitespace().collect();
        if ids.is_empty() {
            continue;
        }
        let client = client(std::fs::read(response)?.leak());
        let mut call = || {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            let call = client.delete_invitations().set_account_ids(Some(ids));
            let output = runtime.block_on(call.send()).expect("the response is a success");
            black_box(output);
        };
        call();
        println!(r#"{{"workload":"call","size":{},{}}}"#, ids.len(), measure(budget, &mut call));
    }
    Ok(())
}

fn client(response: &'static [u8]) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            None,
            None,
            "peers",
        ))
        .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(FixedResponse(response))))
        .build();
    Client::from_conf(config)
}
