use std::time::{Duration, SystemTime};

use securityhub_invitations_sweep::{Parking, ParkingCause};
use tokio::task::JoinSet;

use super::{
    gate::{Act, Gate},
    *,
};

#[tokio::test]
async fn assumes_roles_and_names_their_callers() {
    let server = server();
    roles(server.emulator(), &["111122223333".to_owned()]);
    let store = store(&server.url(), &[]);

    let environment = store.caller(&Source::ENVIRONMENT).await.unwrap();
    assert_eq!(environment.account(), *Emulator::DEFAULT_ACCOUNT);
    assert_eq!(environment.arn(), "arn:aws:iam::123456789012:user/emulator");

    let credentials = store.credentials(&role("111122223333")).await.unwrap();
    let left = credentials.expires_at().unwrap().duration_since(SystemTime::now()).unwrap();
    assert!((3500..=3600).contains(&left.as_secs()), "{left:?}");
    let session = store.caller(&role("111122223333")).await.unwrap();
    assert_eq!(session.account(), *"111122223333");
    assert_eq!(session.arn(), "arn:aws:sts::111122223333:assumed-role/Cleanup/securityhub-invitations");
    assert_eq!(server.emulator().request_count(), 3);
    assert!(!SECRETS.iter().any(|secret| format!("{store:?}").contains(secret)), "{store:?}");
}

#[tokio::test]
async fn a_denied_role_leaves_others_alone() {
    let server = server();
    roles(server.emulator(), &["111122223333".to_owned()]);
    let store = store(&server.url(), &[]);
    for _ in 0..3 {
        let error = store.credentials(&role("444455556666")).await.unwrap_err();
        assert_eq!(
            checked(&error),
            "role service/Cleanup in 444455556666 from environment: AccessDenied: User: \
             arn:aws:iam::123456789012:user/emulator is not authorized to perform: sts:AssumeRole on resource: \
             arn:aws:iam::444455556666:role/service/Cleanup (check that the role exists and trusts the caller)"
        );
        let parking = Parking::from(&error);
        assert_eq!((parking.cause(), parking.reason().message()), (ParkingCause::Credentials, &*error.to_string()));
    }
    assert_eq!(server.emulator().request_count(), 1);
    store.credentials(&role("111122223333")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_tasks_share_one_call() {
    let server = server();
    roles(server.emulator(), &["111122223333".to_owned()]);
    let store = store(&server.url(), &[]);
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let store = store.clone();
        tasks.spawn(async move { store.credentials(&role("111122223333")).await.unwrap().access_key_id().to_owned() });
    }
    let mut ids = tasks.join_all().await;
    ids.dedup();
    let requests = server.emulator().received_requests();
    assert_eq!((ids.len(), requests.len(), requests[0].operation), (1, 1, Some("AssumeRole")));
}

#[tokio::test]
async fn a_cancelled_task_does_not_block_others() {
    let server = server();
    roles(server.emulator(), &["111122223333".to_owned()]);
    let mut gate = Gate::start([Act::Silence], server.local_addr()).await;
    let store = store(&gate.url, &[]);
    let role = role("111122223333");
    let first = tokio::spawn({
        let (store, role) = (store.clone(), role.clone());
        async move { store.credentials(&role).await }
    });
    gate.connections.recv().await.unwrap();
    first.abort();
    store.credentials(&role).await.unwrap();
}

#[tokio::test]
async fn limits_concurrent_calls() {
    let server = server();
    let mut gate = Gate::start((0..64).map(|_| Act::Silence), server.local_addr()).await;
    let store = store(&gate.url, &[]);
    let mut tasks = JoinSet::new();
    for account in accounts(64) {
        let store = store.clone();
        tasks.spawn(async move { store.credentials(&role(&account)).await });
    }
    for _ in 0..8 {
        gate.connections.recv().await.unwrap();
    }
    tokio::time::timeout(Duration::from_millis(300), gate.connections.recv()).await.unwrap_err();
}

#[tokio::test]
async fn refreshes_shortly_before_expiry() {
    let server = server();
    let accounts = ["111122223333", "444455556666", "777788889999"];
    roles(server.emulator(), &accounts.map(str::to_owned));
    let store = store(&server.url(), &[]);
    let cached = role(accounts[0]);
    let first = store.credentials(&cached).await.unwrap();
    // Five attempt timeouts are 150 seconds.
    for (offset, refreshes, other) in [(3400, false, accounts[1]), (3500, true, accounts[2])] {
        server.emulator().set_clock_offset(offset);
        // The store learns the clock of the service from any response.
        store.credentials(&role(other)).await.unwrap();
        let credentials = store.credentials(&cached).await.unwrap();
        assert_eq!(credentials.access_key_id() != first.access_key_id(), refreshes, "{offset}");
    }
}

#[tokio::test]
async fn requests_the_documented_input() {
    let server = server();
    roles(server.emulator(), &["111122223333".to_owned()]);
    store(&server.url(), &[]).credentials(&role("111122223333")).await.unwrap();
    let requests = server.emulator().received_requests();
    assert_eq!(
        requests[0].body,
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fservice%2FCleanup\
         &RoleSessionName=securityhub-invitations&DurationSeconds=3600"
    );
    assert_eq!(requests[0].region.as_ref().unwrap().as_str(), "eu-central-1");
}
