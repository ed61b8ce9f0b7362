//! aws-sdk-securityhub: whole calls, with a connector that answers at once. The programs print what it is, and a line for
//! each work. Allocations are counted in a program of their own, since to count them takes time.

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

/// The error is a sentence for whoever started the program.
pub type Result<T> = std::result::Result<T, Box<dyn error::Error>>;

/// Answers every request with this body.
#[derive(Debug)]
struct Answer(&'static [u8]);

impl HttpConnector for Answer {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        black_box(request);
        let ok = StatusCode::try_from(200).expect("it is a status");
        let mut response = HttpResponse::new(ok, SdkBody::from(self.0));
        response.headers_mut().insert("content-type", "application/json");
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// Measures the calls that the program's arguments name: the milliseconds that each may take, and files of ids and of the
/// answer, by twos. `measure` gives the member of the line that it prints.
///
/// # Errors
/// If the arguments name no such files.
pub fn run(measure: impl Fn(Duration, &mut dyn FnMut()) -> String) -> Result<()> {
    let mut arguments = env::args().skip(1);
    let budget = Duration::from_millis(arguments.next().ok_or("no milliseconds")?.parse()?);
    println!(r#"{{"contestant":"aws-sdk-securityhub {}"}}"#, aws_sdk_securityhub::meta::PKG_VERSION);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    while let (Some(ids), Some(answer)) = (arguments.next(), arguments.next()) {
        let ids = std::fs::read_to_string(ids)?;
        let ids: Vec<&str> = ids.split_whitespace().collect();
        if ids.is_empty() {
            continue;
        }
        let client = client(std::fs::read(answer)?.leak());
        let mut call = || {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            let call = client.delete_invitations().set_account_ids(Some(ids));
            let output = runtime.block_on(call.send()).expect("the answer is a success");
            black_box(output);
        };
        call();
        println!(r#"{{"work":"call","size":{},{}}}"#, ids.len(), measure(budget, &mut call));
    }
    Ok(())
}

fn client(answer: &'static [u8]) -> Client {
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
        .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(Answer(answer))))
        .build();
    Client::from_conf(config)
}
