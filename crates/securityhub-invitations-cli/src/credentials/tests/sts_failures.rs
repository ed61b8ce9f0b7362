use std::time::{Duration, SystemTime};

use securityhub_invitations_sweep::ParkingCause;

use super::{
    gate::{Act, Gate},
    *,
};

fn error(status: u16, code: &str) -> Act {
    let message = "Rate exceeded\u{202e}less";
    let body = format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>");
    Act::Respond { status, body }
}

#[tokio::test]
async fn rejected_keys_fail_all_roles_at_once() {
    let server = server();
    let all = accounts(5);
    roles(server.emulator(), &all);
    let store = store(&server.url(), &[("AWS_SECRET_ACCESS_KEY", "canary")]);
    for account in &all {
        let error = store.credentials(&role(account)).await.unwrap_err();
        assert_eq!(error.cause(), ParkingCause::Credentials);
        assert!(error.to_string().starts_with("environment: "), "{error}");
        let message = checked(&error);
        assert!(message.starts_with("environment: SignatureDoesNotMatch: "), "{message}");
        assert!(message.ends_with(" (check the secret access key)"), "{message}");
    }
    assert_eq!(server.emulator().request_count(), 1);
}

#[tokio::test]
async fn unknown_keys_name_the_region() {
    let server = server();
    let store = store(&server.url(), &[("AWS_ACCESS_KEY_ID", "AKIDOTHER")]);
    let message = checked(&store.caller(&Source::ENVIRONMENT).await.unwrap_err());
    assert_eq!(
        message,
        "environment: InvalidClientTokenId: The security token included in the request is invalid. (check the access key, and \
         that eu-central-1 is enabled)"
    );
    store.credentials(&Source::ENVIRONMENT).await.unwrap_err();
}

#[tokio::test]
async fn expired_sessions_advise_to_renew() {
    let key = AccessKey::new("ASIAEXPIRED", AccessKey::EXAMPLE_SECRET).with_session_token("canary");
    let server =
        Server::start(Emulator::builder().with_access_key(key.with_expiry(SystemTime::UNIX_EPOCH)).build()).unwrap();
    let store = store(&server.url(), &[("AWS_ACCESS_KEY_ID", "ASIAEXPIRED"), ("AWS_SESSION_TOKEN", "canary")]);
    let error = store.credentials(&role("111122223333")).await.unwrap_err();
    assert_eq!(
        checked(&error),
        "environment: ExpiredToken: The security token included in the request is expired (check the credentials of the \
         environment, or use --profile)"
    );
}

#[tokio::test]
async fn redacts_tokens_that_errors_quote() {
    let message = "expected x-amz-security-token:canary&#10;canary";
    let body = format!("<ErrorResponse><Error><Code>Other</Code><Message>{message}</Message></Error></ErrorResponse>");
    let gate = Gate::start([Act::Respond { status: 400, body }], server().local_addr()).await;
    let store = store(&gate.url, &[("AWS_SESSION_TOKEN", "canary")]);
    let error = store.credentials(&role("111122223333")).await.unwrap_err();
    assert!(checked(&error).ends_with(": Other: expected x-amz-security-token:[redacted]"), "{error}");
    assert_eq!(error.cause(), ParkingCause::Other);
}

#[tokio::test]
async fn retries_throttling_and_outages() {
    let server = server();
    roles(server.emulator(), &["111122223333".to_owned()]);
    let html = Act::Respond { status: 502, body: "<html>".to_owned() };
    let script = [error(400, "Throttling"), error(503, "ServiceUnavailable"), html];
    let mut gate = Gate::start(script, server.local_addr()).await;
    store(&gate.url, &[]).credentials(&role("111122223333")).await.unwrap();
    for _ in 0..4 {
        gate.connections.try_recv().unwrap();
    }
}

#[tokio::test]
async fn gives_up_after_five_attempts() {
    let server = server();
    roles(server.emulator(), &["111122223333".to_owned()]);
    let mut gate = Gate::start((0..6).map(|_| error(500, "InternalFailure")), server.local_addr()).await;
    let store = store(&gate.url, &[]);
    let failure = store.credentials(&role("111122223333")).await.unwrap_err();
    assert_eq!(failure.cause(), ParkingCause::Unreachable);
    assert_eq!(
        failure.to_string(),
        "role service/Cleanup in 111122223333 from environment: InternalFailure: Rate exceeded\u{fffd}less"
    );
    store.credentials(&role("111122223333")).await.unwrap_err();
    for _ in 0..5 {
        gate.connections.try_recv().unwrap();
    }
    gate.connections.try_recv().unwrap_err();
}

#[tokio::test]
async fn a_silent_endpoint_is_unreachable() {
    let server = server();
    let gate = Gate::start((0..5).map(|_| Act::Silence), server.local_addr()).await;
    let store = store_with_timeout(&gate.url, &[], Duration::from_millis(50));
    let error = store.caller(&Source::ENVIRONMENT).await.unwrap_err();
    assert_eq!(error.cause(), ParkingCause::Unreachable);
    assert_eq!(
        error.to_string(),
        format!(
            "environment: {}: waiting for the response: attempt timed out after 50ms (check the region, the network, the \
             proxy and AWS_ENDPOINT_URL_STS)",
            gate.url
        )
    );
}

#[tokio::test]
async fn rejects_successes_of_other_servers() {
    let server = server();
    let gate = Gate::start([Act::Respond { status: 200, body: "<html/>".to_owned() }], server.local_addr()).await;
    let error = store(&gate.url, &[]).credentials(&role("111122223333")).await.unwrap_err();
    assert!(error.to_string().contains("the response is not one of STS"), "{error}");
}

#[tokio::test]
async fn corrects_the_clock_or_names_it() {
    let server = server();
    server.emulator().set_clock_offset(-3600);
    store(&server.url(), &[]).caller(&Source::ENVIRONMENT).await.unwrap();

    let uncorrected = store(&server.url(), &[("AWS_DISABLE_CLOCK_SKEW_CORRECTION", "true")]);
    let message = checked(&uncorrected.caller(&Source::ENVIRONMENT).await.unwrap_err());
    let hint = message
        .split("(this machine's clock is ")
        .nth(1)
        .and_then(|hint| hint.strip_suffix(" s ahead of that of STS)"));
    assert!((3500..3700).contains(&hint.unwrap().parse::<u32>().unwrap()), "{message}");
}
