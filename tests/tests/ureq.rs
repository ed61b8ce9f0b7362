//! The suite over ureq, with connections of its own.

#[path = "ureq/adapter.rs"]
mod adapter;

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use securityhub_emulator::{AccessKey, Emulator, Server};
use securityhub_invitations_tests::{Setup, adapter_suite};
use securityhub_invitations_ureq::{Client, Connections, Failure, ListInvitations};

adapter_suite!(
    adapter::Ureq<false>,
    lacks { Http2: "ureq speaks HTTP/1.1", Cancel: "a call blocks its thread until it is over" }
);

/// Starts an emulator, and creates a client whose lookups of `hub.example` are counted.
fn counting_lookups() -> (Server, Client, Arc<AtomicUsize>) {
    let emulator = Emulator::builder().without_access_keys().with_access_key(AccessKey::example()).build();
    let server = Server::start(emulator).expect("a free port");
    let lookups = Arc::<AtomicUsize>::default();
    let connections = Connections::new().without_proxy().with_resolver({
        let (addr, lookups) = (server.local_addr(), Arc::clone(&lookups));
        move |_, _| {
            lookups.fetch_add(1, Ordering::SeqCst);
            Ok(vec![addr])
        }
    });
    let client = Client::with_connections(Setup::to("http://hub.example").hub(), connections);
    (server, client, lookups)
}

/// Each lookup has a thread.
#[test]
fn calls_on_kept_connections_need_no_lookup() {
    let (server, client, lookups) = counting_lookups();
    for _ in 0..100 {
        client.list_invitations(ListInvitations::new()).expect("a list");
    }
    assert_eq!((server.connections(), lookups.load(Ordering::SeqCst)), (1, 1));
}

/// ureq keeps 3.
#[test]
fn keeps_a_connection_for_each_thread() {
    const THREADS: usize = 16;
    let (server, client, lookups) = counting_lookups();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..50 {
                    client.list_invitations(ListInvitations::new()).expect("a list");
                }
            });
        }
    });
    let connections = usize::try_from(server.connections()).expect("few connections");
    assert!(connections <= THREADS, "{connections}");
    assert!(lookups.load(Ordering::SeqCst) <= connections);
}

/// Counts the threads of this process that look up names.
#[cfg(target_os = "linux")]
fn lookup_threads(name: &str) -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").expect("procfs").flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|task| task.trim() == name).count()
}

/// The thread of a lookup that hangs outlives its calls, and is shared by them. It ends when the lookup ends.
#[cfg(target_os = "linux")]
#[test]
fn hanging_lookups_leave_one_thread() {
    const HANG: Duration = Duration::from_secs(2);
    // Other tests run at the same time, so this test counts its resolver.
    let running = Arc::<AtomicUsize>::default();
    let connections = Connections::new().without_proxy().with_resolver({
        let running = Arc::clone(&running);
        move |_, _| {
            running.fetch_add(1, Ordering::SeqCst);
            thread::sleep(HANG);
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(Vec::new())
        }
    });
    let client = Client::with_connections(Setup { attempts: 1, ..Setup::to("http://hub.example") }.hub(), connections)
        .with_connect_timeout(Duration::from_millis(50));
    let started = Instant::now();
    for _ in 0..10 {
        let error = client.list_invitations(ListInvitations::new()).unwrap_err();
        assert_eq!(error.failure(), Some(Failure::NotSent));
    }
    assert!(started.elapsed() < HANG, "{:?}", started.elapsed());
    assert_eq!(running.load(Ordering::SeqCst), 1);
    assert!(lookup_threads("name lookup") >= 1);
    thread::sleep(HANG);
    assert_eq!(running.load(Ordering::SeqCst), 0);
}

/// A response sets a cookie, and the feature `cookies` of ureq is enabled.
#[test]
fn sends_no_cookies() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut lines = BufReader::new(stream.try_clone().expect("a socket")).lines().map_while(Result::ok);
        let mut heads: Vec<Vec<String>> = Vec::new();
        loop {
            let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
            if head.is_empty() {
                return heads;
            }
            heads.push(head);
            let response = b"HTTP/1.1 200 OK\r\nset-cookie: a=b; Path=/\r\ncontent-length: 2\r\n\r\n{}";
            stream.write_all(response).expect("an open connection");
        }
    });
    let client = Client::with_connections(Setup::to(url).hub(), Connections::new().without_proxy());
    for _ in 0..3 {
        client.list_invitations(ListInvitations::new()).expect("a list");
    }
    drop(client);
    let heads = serving.join().expect("requests");
    assert_eq!(heads.len(), 3);
    for head in heads {
        assert!(!head.iter().any(|line| line.to_ascii_lowercase().starts_with("cookie:")), "{head:?}");
    }
}
