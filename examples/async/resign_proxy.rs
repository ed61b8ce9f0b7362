//! A proxy that holds the keys. Clients on this machine sign with a placeholder. The proxy signs again with the real key and
//! forwards the request. This shows the signer alone, for requests that other programs made.
//!
//! ```text
//! cargo run --example resign_proxy              # an emulator, the proxy, and a call through it
//! cargo run --example resign_proxy -- --serve   # an emulator and the proxy, for your clients
//! cargo run --example resign_proxy -- --serve --upstream https://securityhub.eu-central-1.amazonaws.com
//! ```
//!
//! ```python
//! boto3.client("securityhub", endpoint_url="http://127.0.0.1:4567", region_name="us-east-1",
//!              aws_access_key_id="PLACEHOLDER", aws_secret_access_key="placeholder")
//! ```
//!
//! Every client of the proxy has the key's permissions, so the proxy restricts its clients:
//!
//! - It listens on 127.0.0.1.
//! - It forwards only `POST /invitations/delete`.
//! - It requires its own `Host` and a placeholder signature for its own region. A web page cannot send these two.

use std::{
    convert::Infallible,
    env,
    error::Error,
    io,
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use clap::{Arg, ArgAction, Command, value_parser};
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, TRANSFER_ENCODING, USER_AGENT},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use securityhub_emulator::{AccessKey, Emulator, Server};
use securityhub_invitations::{
    Credentials, DeleteInvitations, Endpoint, MAX_RESPONSE_BYTES, Region, SecurityHub, sigv4::Signer,
};
use securityhub_invitations_hyper::{Client, DefaultService};
use tokio::{net::TcpListener, runtime, time::timeout};
use tower::ServiceExt;

type BoxError = Box<dyn Error + Send + Sync>;

const PATH: &str = "/invitations/delete";
const MAX_REQUEST_BYTES: usize = 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);

fn main() -> Result<(), BoxError> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<(), BoxError> {
    let port = Arg::new("port").long("port").value_name("PORT").default_value("0").value_parser(value_parser!(u16));
    let arguments =
        Command::new("resign_proxy")
            .about("Signs requests again that clients on this machine signed with a placeholder")
            .arg(Arg::new("serve").long("serve").action(ArgAction::SetTrue).help("Wait for clients"))
            .arg(port.help("Listen on this port; 0 selects a free one"))
            .arg(Arg::new("upstream").long("upstream").value_name("URL").requires("serve").help(
                "Forward to this URL instead of an emulator, with the region and credentials of the AWS_* variables",
            ))
            .get_matches();

    let server = Server::start(Emulator::new())?;
    let (endpoint, credentials, service) = match arguments.get_one::<String>("upstream") {
        Some(url) => {
            let endpoint = Endpoint::custom(&variable("AWS_REGION")?.parse()?, url)?;
            (endpoint, Credentials::from_vars(|name| env::var(name).ok())?, DefaultService::new())
        }
        None => {
            let region: Region = "us-east-1".parse()?;
            server.emulator().invite(&region, "111122223333".parse()?);
            let endpoint = Endpoint::custom(&region, &server.url())?;
            (
                endpoint,
                Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?,
                DefaultService::new().without_proxy(),
            )
        }
    };
    let region = endpoint.region().clone();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, *arguments.get_one("port").unwrap_or(&0))).await?;
    let host = listener.local_addr()?.to_string();
    let (proxy_url, upstream) = (format!("http://{host}"), format!("{}{PATH}", endpoint.url()));
    println!("proxy: {proxy_url} (region {region}) in front of {}", endpoint.url());
    let signer = Signer::new(credentials, &region, "securityhub")?;
    let serving = serve(listener, Proxy { host, region: region.clone(), upstream, signer, service });
    if arguments.get_flag("serve") {
        return Ok(serving.await?);
    }
    tokio::spawn(serving);

    // A client of the proxy, without a real key.
    let client = |region: &Region| -> Result<Client, BoxError> {
        let placeholder = Credentials::new("PLACEHOLDER", "placeholder")?;
        let hub = SecurityHub::new(Endpoint::custom(region, &proxy_url)?, placeholder);
        Ok(Client::with_service(hub, DefaultService::new().without_proxy(), TokioTimer::new()))
    };
    let input = DeleteInvitations::new(["111122223333"])?;
    client(&region)?.delete_invitations(input.clone()).await?.into_result()?;
    println!("client: signed by PLACEHOLDER, deleted 111122223333");
    for received in server.emulator().received_requests() {
        let authorization = received.headers[AUTHORIZATION].to_str()?;
        println!("service: {received}, signed by {}", authorization.split(['=', '/']).nth(1).unwrap_or_default());
    }
    if let Err(error) = client(&"eu-central-1".parse()?)?.delete_invitations(input).await {
        println!("client in eu-central-1: {error}");
    }
    Ok(())
}

fn variable(name: &str) -> Result<String, BoxError> {
    env::var(name).map_err(|error| format!("{name}: {error}").into())
}

async fn serve(listener: TcpListener, proxy: Proxy) -> io::Result<()> {
    let proxy = Arc::new(proxy);
    loop {
        let (stream, _) = listener.accept().await?;
        let proxy = Arc::clone(&proxy);
        tokio::spawn(async move {
            let service = service_fn(|request| async { Ok::<_, Infallible>(proxy.handle(request).await) });
            // A client that closes its connection does not affect the others.
            let _ =
                http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

struct Proxy {
    /// The only accepted `Host`.
    host: String,
    region: Region,
    /// The URI of the operation at the service.
    upstream: String,
    signer: Signer,
    service: DefaultService,
}

impl Proxy {
    async fn handle(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if let Err(rule) = self.check(&request) {
            return rejection(StatusCode::FORBIDDEN, "AccessDeniedException", rule);
        }
        match timeout(TIMEOUT, self.forward(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => rejection(StatusCode::BAD_GATEWAY, "ServiceUnavailable", &error.to_string()),
            Err(_) => rejection(StatusCode::GATEWAY_TIMEOUT, "ServiceUnavailable", "the service took too long"),
        }
    }

    fn check(&self, request: &Request<Incoming>) -> Result<(), &'static str> {
        let value = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if request.method() != Method::POST || request.uri() != PATH {
            return Err("this proxy forwards only POST /invitations/delete");
        }
        if value(HOST) != self.host {
            return Err("the Host is not this proxy's");
        }
        // A client that asks for another region must not delete invitations in this one.
        if !value(AUTHORIZATION).contains(&format!("/{}/securityhub/aws4_request", self.region)) {
            return Err("the request has no signature for this proxy's region");
        }
        Ok(())
    }

    async fn forward(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, BoxError> {
        let (client, body) = request.into_parts();
        let Ok(body) = Limited::new(body, MAX_REQUEST_BYTES).collect().await else {
            return Ok(rejection(
                StatusCode::PAYLOAD_TOO_LARGE,
                "ValidationException",
                "the body is too long or incomplete",
            ));
        };
        // A new request: the placeholder's signature, date and token are not forwarded, nor are `Host` and the headers of the
        // connection to the client.
        let mut request = Request::post(&self.upstream).body(body.to_bytes())?;
        for name in [CONTENT_TYPE, USER_AGENT] {
            if let Some(value) = client.headers.get(&name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        self.signer.sign(&mut request, SystemTime::now())?;

        let (service, body) = self.service.clone().oneshot(request.map(Full::new)).await?.into_parts();
        let body = Limited::new(body, MAX_RESPONSE_BYTES).collect().await?.to_bytes();
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = service.status;
        *response.headers_mut() = service.headers;
        for name in [CONNECTION, TRANSFER_ENCODING] {
            response.headers_mut().remove(name);
        }
        Ok(response)
    }
}

/// Returns an error in AWS's own form, so that clients show the message.
fn rejection(status: StatusCode, code: &'static str, message: &str) -> Response<Full<Bytes>> {
    let body = serde_json::json!({ "message": message }).to_string();
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(code));
    response
}
