//! The default service outside of its usual environment. The tests package has the suite over real connections.

#![cfg(feature = "default-client")]

use std::{
    io::Read as _,
    net::TcpListener,
    pin::pin,
    task::{Context, Poll, Waker},
    thread,
};

use http::Request;
use hyper_util::rt::TokioTimer;
use securityhub_emulator::AccessKey;
use securityhub_invitations_hyper::{
    Client, Credentials, DefaultService, DeleteInvitations, Endpoint, Failure, Region, RetryPolicy, SecurityHub,
};
use tower::{ServiceExt as _, service_fn};

fn hub(endpoint: impl FnOnce(&Region) -> Endpoint) -> SecurityHub {
    let region: Region = "us-east-1".parse().unwrap();
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET).unwrap();
    SecurityHub::new(endpoint(&region), credentials)
}

#[test]
fn fails_outside_of_a_runtime() {
    let hub = hub(|region| Endpoint::regional(region).unwrap());
    let client = Client::with_default_service(hub, DefaultService::new().without_proxy());
    let call = pin!(client.delete_invitations(DeleteInvitations::new(["111122223333"]).unwrap()));
    let Poll::Ready(result) = call.poll(&mut Context::from_waker(Waker::noop())) else { panic!("the call waits") };
    let error = result.unwrap_err();
    assert_eq!((error.failure(), error.attempts()), (Some(Failure::NotSent), 1));
    assert!(error.to_string().contains(": not in a tokio runtime "), "{error}");
}

#[test]
fn repeated_requests_are_never_certainly_unsent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Reads the first copy, and refuses the second.
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        drop(listener);
        stream.read(&mut [0; 1024]).unwrap()
    });
    let default_service = DefaultService::new().without_proxy();
    let service = service_fn(move |request: Request<_>| {
        let service = default_service.clone();
        async move {
            match service.clone().oneshot(request.clone()).await {
                Ok(response) => Ok(response),
                Err(_) => service.oneshot(request).await,
            }
        }
    });
    let hub = hub(|region| Endpoint::custom(region, &url).unwrap()).with_retry_policy(RetryPolicy::never());
    let client = Client::with_service(hub, service, TokioTimer::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let call = client.delete_invitations(DeleteInvitations::new(["111122223333"]).unwrap());
    let error = runtime.block_on(call).unwrap_err();
    assert!(server.join().unwrap() > 0, "the server received the request");
    assert!(error.to_string().contains("refused"), "{error}");
    assert_eq!((error.failure(), error.unconfirmed_attempts()), (Some(Failure::Interrupted), 1), "{error}");
}
