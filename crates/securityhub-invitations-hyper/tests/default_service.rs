//! The default service outside of its usual environment. The tests package has the suite over real connections.

#![cfg(feature = "default-client")]

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use securityhub_emulator::AccessKey;
use securityhub_invitations_hyper::{
    Client, Credentials, DefaultService, DeleteInvitations, Endpoint, Failure, Region, SecurityHub,
};

#[test]
fn fails_outside_of_a_runtime() {
    let region: Region = "us-east-1".parse().unwrap();
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET).unwrap();
    let hub = SecurityHub::new(Endpoint::regional(&region).unwrap(), credentials);
    let client = Client::with_default_service(hub, DefaultService::new().without_proxy());
    let call = pin!(client.delete_invitations(DeleteInvitations::new(["111122223333"]).unwrap()));
    let Poll::Ready(result) = call.poll(&mut Context::from_waker(Waker::noop())) else { panic!("the call waits") };
    let error = result.unwrap_err();
    assert_eq!((error.failure(), error.attempts()), (Some(Failure::NotSent), 1));
    assert!(error.to_string().contains(": not in a tokio runtime "), "{error}");
}
