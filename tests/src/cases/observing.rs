//! What is shown of a call.

use std::{net::TcpListener, time::Duration};

use http::StatusCode;
use securityhub_emulator::{AccessKey, Fault};
use securityhub_invitations::{ErrorKind, Failure};

use crate::{
    Adapter, Report, Setup, Why,
    bench::{Bench, assert_hidden, one_id},
    recorder::Recorder,
};

/// Number, outcome and wait of each attempt, whether the service or the transport failed it.
pub fn every_attempt_is_observed_with_its_wait<A: Adapter>() {
    let faults = [
        Fault::throttled().x_amz_retry_after("70"),
        Fault::none().reset_before_answer(),
        Fault::empty(StatusCode::SERVICE_UNAVAILABLE),
        Fault::throttled(),
    ];
    let bench = Bench::scripted(faults);
    let max_backoff = Duration::from_millis(60);
    let report = A::new(&Setup { attempts: 5, max_backoff, ..bench.setup() }).call(one_id());
    let _ = report.output(5);
    let waits: Vec<_> = report.observed.iter().map(|observed| observed.wait).collect();
    let ms = |milliseconds| Some(Duration::from_millis(milliseconds));
    assert_eq!(waits, [ms(70), ms(60), ms(60), ms(60), None]);
    let outcomes: Vec<_> = report
        .observed
        .iter()
        .map(|observed| match &observed.why {
            Some(Why::Service(error)) => Ok(Some((error.kind(), error.attempts()))),
            Some(Why::Transport(failure)) => Err(*failure),
            Some(other) => panic!("{other:?}"),
            None => Ok(None),
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            Ok(Some((ErrorKind::Throttled, 1))),
            Err(Failure::Interrupted),
            Ok(Some((ErrorKind::Unavailable, 3))),
            Ok(Some((ErrorKind::Throttled, 4))),
            Ok(None)
        ]
    );
}

const SECRET: &str = "a-secret-that-marks-itself";
const TOKEN: &str = "a-token-that-marks-itself";

/// Calls that end in every way that an adapter knows, with credentials that are told at a glance.
fn all_endings<A: Adapter>(mut each: impl FnMut(&str, &A, &dyn Fn() -> Report)) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let nobody = format!("http://{}", listener.local_addr().expect("it is bound"));
    drop(listener);

    let key = AccessKey::new(AccessKey::EXAMPLE_ID, SECRET).with_session_token(TOKEN);
    let unknown = AccessKey::new(AccessKey::EXAMPLE_ID, "another secret").with_session_token(TOKEN);
    let late = Fault::throttled().retry_after("5");
    let quoting = Fault::error(StatusCode::BAD_REQUEST, "SomeException", &format!("x-amz-security-token:{TOKEN}"));
    let endings = [
        ("a success", key.clone(), vec![]),
        ("a success after a retry", key.clone(), vec![Fault::throttled()]),
        ("an answer that quotes the token", key.clone(), vec![quoting]),
        (
            "a page that quotes the token",
            key.clone(),
            vec![Fault::html(StatusCode::FORBIDDEN).body(format!("<p>{TOKEN}"))],
        ),
        ("a wrong signature, which is explained", unknown, vec![]),
        ("a deadline", key.clone(), vec![late]),
        ("an interruption", key.clone(), vec![Fault::none().reset_before_answer(); 3]),
        ("nobody there", key, vec![]),
    ];
    for (ending, key, faults) in endings {
        let server = securityhub_emulator::Server::start(crate::bench::emulator()).expect("a free port");
        server.emulator().set_access_key(key);
        server.emulator().script(faults);
        let url = if ending == "nobody there" { nobody.clone() } else { server.url() };
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

/// `Debug` of the client, and `Debug` and `Display` of errors with their sources, of outputs and of attempts.
pub fn nothing_shown_is_secret<A: Adapter>() {
    let mut shown = String::new();
    all_endings::<A>(|ending, client, call| {
        let report = call();
        let texts = format!("{}\n{}", client.debug(), report.texts());
        for secret in [SECRET, TOKEN, "Signature="] {
            assert_hidden(&texts, secret, ending);
        }
        shown += &texts;
    });
    // The check sees what there is to see.
    for visible in ["[redacted]", "Rate exceeded", "SomeException", AccessKey::EXAMPLE_ID] {
        assert!(shown.contains(visible), "{visible} is not shown");
    }
}

/// One span for a call and one event for an attempt, and nothing secret in either.
pub fn a_call_is_a_span_and_an_attempt_an_event<A: Adapter>() {
    all_endings::<A>(|ending, _, call| {
        let recorder = Recorder::default();
        let report = tracing::subscriber::with_default(recorder.clone(), || {
            tracing::info!(target: "control", secret = SECRET, "{TOKEN}");
            call()
        });
        let text = recorder.text();
        // What a control event says is found.
        let (control, text) = text.split_once('\n').expect("there is more than the control");
        assert!(control.contains(SECRET) && control.contains(TOKEN), "{control}");
        for secret in [SECRET, TOKEN, "Signature="] {
            assert_hidden(text, secret, format_args!("the trace of {ending}"));
        }

        let (spans, events) = (recorder.spans("securityhub_invitations"), recorder.events("securityhub_invitations"));
        assert_eq!(spans, ["delete_invitations"], "{ending}");
        assert_eq!(events.len(), report.observed.len(), "{ending}: {events:?}");
        for event in events {
            assert_eq!(event.span.as_deref(), Some("delete_invitations"), "{ending}: the event is within the span");
            assert!(event.text.contains("attempt="), "{}", event.text);
        }
    });
}
