//! The meaning of errors of services, layers and clients that callers bring. Without default features, too.

use std::{future::pending, io, iter::Empty, net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper_util::{
    client::legacy::{self, connect::HttpConnector, connect::dns::Name},
    rt::{TokioExecutor, TokioTimer},
};
use securityhub_emulator::AccessKey;
use securityhub_invitations_hyper::{Client, Credentials, DeleteInvitations, Endpoint, Failure, Region, SecurityHub};
use tower::{
    BoxError, ServiceBuilder, load_shed::error::Overloaded, service_fn, timeout::error::Elapsed, util::BoxCloneService,
};

const LIMIT: Duration = Duration::from_millis(50);

fn hub(url: &str) -> SecurityHub {
    let region: Region = "us-east-1".parse().unwrap();
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET).unwrap();
    SecurityHub::new(Endpoint::custom(&region, url).unwrap(), credentials)
}

fn input() -> DeleteInvitations {
    DeleteInvitations::new(["111122223333"]).unwrap()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}

/// A service that never responds.
type Boxed = BoxCloneService<Request<Full<Bytes>>, Response<Full<Bytes>>, BoxError>;

fn stalling() -> Boxed {
    BoxCloneService::new(service_fn(|_| pending::<Result<Response<Full<Bytes>>, BoxError>>()))
}

fn client(service: Boxed) -> Client<Boxed> {
    Client::with_service(hub("http://hub.example"), service, TokioTimer::new())
}

#[test]
fn tower_timeouts_are_timed_out() {
    let service = BoxCloneService::new(ServiceBuilder::new().timeout(LIMIT).service(stalling()));
    let error = run(client(service).delete_invitations(input())).unwrap_err();
    assert_eq!((error.failure(), error.unconfirmed_attempts()), (Some(Failure::TimedOut), 3), "{error}");
    // The layer's own type is in the error.
    let securityhub_invitations_hyper::CallError::Transport { error, .. } = error else { panic!("{error}") };
    assert!(error.get_ref().is::<Elapsed>());
}

#[test]
fn tokio_timeouts_are_timed_out() {
    let service = service_fn(|_| async {
        let response = tokio::time::timeout(LIMIT, pending()).await?;
        Ok::<Response<Full<Bytes>>, BoxError>(response)
    });
    let error = run(client(BoxCloneService::new(service)).delete_invitations(input())).unwrap_err();
    assert_eq!(error.failure(), Some(Failure::TimedOut), "{error}");
}

/// All permits are taken, so the service is never ready.
#[test]
fn waiting_for_a_permit_is_not_sent() {
    run(async {
        let service = BoxCloneService::new(ServiceBuilder::new().concurrency_limit(1).service(stalling()));
        let client = client(service).with_attempt_timeout(LIMIT);
        let occupying = client.clone().with_attempt_timeout(Duration::from_secs(60)).delete_invitations(input());
        let occupying = tokio::spawn(occupying);
        tokio::task::yield_now().await;
        let error = client.delete_invitations(input()).await.unwrap_err();
        assert_eq!((error.failure(), error.unconfirmed_attempts()), (Some(Failure::NotSent), 0), "{error}");
        assert!(error.to_string().contains("http://hub.example: waiting for the service: "), "{error}");
        occupying.abort();
    });
}

/// `LoadShed` reports it as the result of the call, so only the caller knows that nothing was sent.
#[test]
fn classification_explains_overload() {
    run(async {
        let service = ServiceBuilder::new().load_shed().concurrency_limit(1).service(stalling());
        let client = client(BoxCloneService::new(service));
        let occupying = tokio::spawn(client.delete_invitations(input()));
        tokio::task::yield_now().await;
        let error = client.delete_invitations(input()).await.unwrap_err();
        assert_eq!((error.failure(), error.unconfirmed_attempts()), (Some(Failure::Interrupted), 3), "{error}");
        let client = client.with_classification(|error| error.is::<Overloaded>().then_some(Failure::NotSent));
        let error = client.delete_invitations(input()).await.unwrap_err();
        assert_eq!((error.failure(), error.unconfirmed_attempts()), (Some(Failure::NotSent), 0), "{error}");
        occupying.abort();
    });
}

/// hyper-util's client, without TLS and with another resolver.
fn plain_client(url: &str) -> Client<legacy::Client<HttpConnector<UnknownNames>, Full<Bytes>>> {
    let connector = HttpConnector::new_with_resolver(service_fn(unknown_name as fn(Name) -> _));
    let service = legacy::Client::builder(TokioExecutor::new()).build(connector);
    Client::with_service(hub(url), service, TokioTimer::new())
}

type UnknownNames = tower::util::ServiceFn<fn(Name) -> std::future::Ready<io::Result<Empty<SocketAddr>>>>;

fn unknown_name(_: Name) -> std::future::Ready<io::Result<Empty<SocketAddr>>> {
    std::future::ready(Err(io::Error::other("no such name")))
}

#[test]
fn failed_connections_of_custom_clients_are_not_sent() {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    for url in ["http://hub.example".to_owned(), format!("http://{free}")] {
        let error = run(plain_client(&url).delete_invitations(input())).unwrap_err();
        assert_eq!((error.failure(), error.unconfirmed_attempts()), (Some(Failure::NotSent), 0), "{error}");
    }
}
