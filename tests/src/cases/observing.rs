//! Observers, tracing and secrets.

use std::{net::TcpListener, time::Duration};

use http::StatusCode;
use securityhub_emulator::{AccessKey, Fault};
use securityhub_invitations::{ErrorKind, Failure};

use crate::{
    Adapter, Report, Setup, Why,
    recorder::Recorder,
    test_server::{TestServer, assert_hidden, one_id},
};

/// The number, result and wait of each attempt, for errors of the service and of the transport.
pub fn observer_sees_every_attempt<A: Adapter>() {
    let faults = [
        Fault::throttled().x_amz_retry_after("70"),
        Fault::none().reset_before_response(),
        Fault::empty(StatusCode::SERVICE_UNAVAILABLE),
        Fault::throttled(),
    ];
    let server = TestServer::scripted(faults);
    let max_backoff = Duration::from_millis(60);
    let report = A::new(&Setup { attempts: 5, max_backoff, ..server.setup() }).call(one_id());
    let _ = report.output(5);
    let waits: Vec<_> = report.observed.iter().map(|observed| observed.wait).collect();
    let ms = |milliseconds| Some(Duration::from_millis(milliseconds));
    assert_eq!(waits, [ms(70), ms(60), ms(60), ms(60), None]);
    let results: Vec<_> = report
        .observed
        .iter()
        .map(|observed| match &observed.why {
            Some(Why::Service(error)) => Ok(error.attempts().map(|attempts| (error.kind(), attempts))),
            Some(Why::Transport(failure)) => Err(*failure),
            Some(other) => panic!("{other:?}"),
            None => Ok(None),
        })
        .collect();
    assert_eq!(
        results,
        [
            Ok(Some((ErrorKind::Throttled, 1))),
            Err(Failure::Interrupted),
            Ok(Some((ErrorKind::Unavailable, 3))),
            Ok(Some((ErrorKind::Throttled, 4))),
            Ok(None)
        ]
    );
}

const SECRET: &str = "a-recognisable-secret";
const TOKEN: &str = "a-recognisable-token";

/// Makes calls that end in every possible way, with credentials that are easy to recognise.
fn all_endings<A: Adapter>(mut each: impl FnMut(&str, &A, &dyn Fn() -> Report)) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let refusing = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);

    let key = AccessKey::new(AccessKey::EXAMPLE_ID, SECRET).with_session_token(TOKEN);
    let unknown = AccessKey::new(AccessKey::EXAMPLE_ID, "another secret").with_session_token(TOKEN);
    let late = Fault::throttled().retry_after("5");
    let quoting = Fault::error(StatusCode::BAD_REQUEST, "SomeException", &format!("x-amz-security-token:{TOKEN}"));
    let endings = [
        ("a success", key.clone(), vec![]),
        ("a success after a retry", key.clone(), vec![Fault::throttled()]),
        ("a response that quotes the token", key.clone(), vec![quoting]),
        (
            "a page that quotes the token",
            key.clone(),
            vec![Fault::html(StatusCode::FORBIDDEN).body(format!("<p>{TOKEN}"))],
        ),
        ("an explained signature error", unknown, vec![]),
        ("a deadline", key.clone(), vec![late]),
        ("an interruption", key.clone(), vec![Fault::none().reset_before_response(); 3]),
        ("a refused connection", key, vec![]),
    ];
    for (ending, key, faults) in endings {
        let server = securityhub_emulator::Server::start(crate::test_server::emulator()).expect("a free port");
        server.emulator().set_access_key(key);
        server.emulator().script_faults(faults);
        let url = if ending == "a refused connection" { refusing.clone() } else { server.url() };
        let setup = Setup {
            secret: SECRET.to_owned(),
            session_token: Some(TOKEN.to_owned()),
            deadline: Some(Duration::from_secs(4)),
            ..Setup::to(url)
        };
        let client = A::new(&setup);
        each(ending, &client, &|| client.call(one_id()));
    }
}

/// `Debug` of clients, and `Debug` and `Display` of errors with their sources, outputs and attempts.
pub fn shows_no_secrets<A: Adapter>() {
    let mut shown = String::new();
    all_endings::<A>(|ending, client, call| {
        let report = call();
        let texts = format!("{}\n{}", client.debug(), report.texts());
        for secret in [SECRET, TOKEN, "Signature="] {
            assert_hidden(&texts, secret, ending);
        }
        shown += &texts;
    });
    // The check can find what is shown.
    for visible in ["[redacted]", "Rate exceeded", "SomeException", AccessKey::EXAMPLE_ID] {
        assert!(shown.contains(visible), "{visible} is not shown");
    }
}

/// A call is a span with the operation's name, and an attempt is an event in it. Neither contains a secret.
pub fn traces_calls_and_attempts<A: Adapter>() {
    all_endings::<A>(|ending, _, call| {
        let recorder = Recorder::default();
        let report = tracing::subscriber::with_default(recorder.clone(), || {
            tracing::info!(target: "control", secret = SECRET, "{TOKEN}");
            call()
        });
        let text = recorder.text();
        // The control event shows that a secret would be found.
        let (control, text) = text.split_once('\n').expect("there are more events than the control");
        assert!(control.contains(SECRET) && control.contains(TOKEN), "{control}");
        for secret in [SECRET, TOKEN, "Signature="] {
            assert_hidden(text, secret, format_args!("the trace of {ending}"));
        }

        let (spans, events) = (recorder.spans("securityhub_invitations"), recorder.events("securityhub_invitations"));
        assert_eq!(spans, ["call"], "{ending}");
        assert!(text.contains("operation=\"DeleteInvitations\""), "{ending}: {text}");
        assert_eq!(events.len(), report.observed.len(), "{ending}: {events:?}");
        for event in events {
            assert_eq!(event.span.as_deref(), Some("call"), "{ending}: the event is in the span");
            assert!(event.text.contains("attempt="), "{}", event.text);
        }
    });
}
