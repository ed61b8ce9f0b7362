//! Any service is a transport, here a function without a socket. The tests package has the suite over real connections.

use std::{
    convert::Infallible,
    future::{Future, Ready, ready},
    io,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioTimer;
use securityhub_emulator::{AccessKey, Emulator, Fault};
use securityhub_invitations_hyper::{
    CallError, Client, Credentials, DeleteInvitations, Endpoint, Failure, MAX_RESPONSE_BYTES, Region, SecurityHub,
};
use tower_service::Service;

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

fn hub() -> SecurityHub {
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET).unwrap();
    SecurityHub::new(Endpoint::regional(&region()).unwrap(), credentials)
}

fn input() -> DeleteInvitations {
    DeleteInvitations::new(["111122223333"]).unwrap()
}

/// A service from a function. As tower allows, it is ready only when it is polled again.
#[derive(Clone)]
struct FromFn<F> {
    function: F,
    is_polled: bool,
}

impl<F> FromFn<F> {
    fn new(function: F) -> Self {
        Self { function, is_polled: false }
    }
}

impl<F, R> Service<Request<Full<Bytes>>> for FromFn<F>
where
    F: Fn(Request<Full<Bytes>>) -> R,
    R: Future<Output = Result<Response<Full<Bytes>>, io::Error>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = io::Error;
    type Future = R;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if std::mem::replace(&mut self.is_polled, true) {
            return Poll::Ready(Ok(()));
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> R {
        assert!(std::mem::take(&mut self.is_polled), "called before it was ready");
        (self.function)(request)
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap().block_on(future)
}

async fn whole(request: Request<Full<Bytes>>) -> Request<Bytes> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap_or_else(|never: Infallible| match never {}).to_bytes();
    Request::from_parts(parts, body)
}

#[test]
fn accepts_an_emulator_in_memory() {
    let emulator = Emulator::new();
    emulator.invite(&region(), "111122223333".parse().unwrap());
    emulator.script_faults([Fault::throttled()]);
    let service = FromFn::new({
        let emulator = emulator.clone();
        move |request| {
            let emulator = emulator.clone();
            async move { Ok(emulator.handle(&whole(request).await, SystemTime::now()).map(Full::new)) }
        }
    });
    let client = Client::with_service(hub(), service, TokioTimer::new());
    let output = run(client.delete_invitations(input())).unwrap();
    assert!(output.is_complete());
    assert_eq!(output.attempts(), Some(2));
    assert!(emulator.invitations(&region()).is_empty());
}

#[test]
fn futures_are_send_if_the_service_is() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let client =
        Client::with_service(hub(), FromFn::new(|_| ready(Ok(Response::new(Full::from("{}"))))), TokioTimer::new());
    assert!(run(assert_send(client.delete_invitations(input()))).unwrap().is_complete());

    // A service that is `Send` but not `Sync`, as tower's `BoxCloneService`.
    let count = std::cell::Cell::new(0);
    let counting = FromFn::new(move |_| {
        count.set(count.get() + 1);
        ready(Ok(Response::new(Full::from("{}"))))
    });
    let client = Client::with_service(hub(), counting, TokioTimer::new());
    assert!(run(assert_send(client.delete_invitations(input()))).unwrap().is_complete());

    let count = Rc::new(std::cell::Cell::new(0));
    let counting = FromFn::new(|_| {
        count.set(count.get() + 1);
        ready(Ok(Response::new(Full::from("{}"))))
    });
    let client = Client::with_service(hub(), counting, TokioTimer::new());
    assert!(run(client.delete_invitations(input())).unwrap().is_complete());
    assert_eq!(count.get(), 1);
}

#[test]
fn classifies_errors_of_the_service() {
    for (kind, failure) in [
        (io::ErrorKind::ConnectionRefused, Failure::NotSent),
        (io::ErrorKind::AddrNotAvailable, Failure::NotSent),
        // An established connection can also end like this.
        (io::ErrorKind::HostUnreachable, Failure::Interrupted),
        (io::ErrorKind::TimedOut, Failure::TimedOut),
        (io::ErrorKind::ConnectionReset, Failure::Interrupted),
        (io::ErrorKind::Other, Failure::Interrupted),
    ] {
        let failing = FromFn::new(move |_| ready(Err(io::Error::new(kind, "the message of the service"))));
        let client = Client::with_service(hub(), failing, TokioTimer::new());
        let error = run(client.delete_invitations(input())).unwrap_err();
        assert_eq!((error.failure(), error.attempts()), (Some(failure), 3), "{kind}");
        let unconfirmed = if failure == Failure::NotSent { 0 } else { 3 };
        assert_eq!(error.unconfirmed_attempts(), unconfirmed, "{kind}");
        let endpoint = "https://securityhub.us-east-1.amazonaws.com";
        assert_eq!(error.to_string(), format!("{failure}: {endpoint}: the message of the service (after 3 attempts)"));
        let CallError::Transport { error, .. } = error else { panic!("{error}") };
        assert_eq!(error.get_ref().downcast_ref().map(io::Error::kind), Some(kind));
        assert_eq!(error.endpoint(), endpoint);
    }
}

/// A body that fails before its first byte.
struct Broken(Option<io::ErrorKind>);

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<http_body::Frame<Bytes>>>> {
        Poll::Ready(self.0.take().map(|kind| Err(kind.into())))
    }
}

/// Responds with a body that fails.
#[derive(Clone)]
struct Breaking(io::ErrorKind);

impl Service<Request<Full<Bytes>>> for Breaking {
    type Response = Response<Broken>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Broken>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
        ready(Ok(Response::new(Broken(Some(self.0)))))
    }
}

#[test]
fn errors_after_the_head_are_never_unsent() {
    for (kind, failure) in [
        (io::ErrorKind::ConnectionRefused, Failure::Interrupted),
        (io::ErrorKind::ConnectionReset, Failure::Interrupted),
        (io::ErrorKind::TimedOut, Failure::TimedOut),
    ] {
        let client = Client::with_service(hub(), Breaking(kind), TokioTimer::new());
        let error = run(client.delete_invitations(input())).unwrap_err();
        assert_eq!(error.failure(), Some(failure), "{kind}");
        assert!(error.to_string().contains(": reading the response: "), "{error}");
    }
}

#[test]
fn drops_exchanges_that_time_out() {
    /// Counts the exchanges in flight.
    struct InFlight(Arc<AtomicUsize>);

    impl Drop for InFlight {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    type Never = Pin<Box<dyn Future<Output = io::Result<Response<Full<Bytes>>>> + Send>>;
    let in_flight = Arc::new(AtomicUsize::new(0));
    let stalling = FromFn::new({
        let in_flight = Arc::clone(&in_flight);
        move |_| -> Never {
            in_flight.fetch_add(1, Ordering::Relaxed);
            let exchange = InFlight(Arc::clone(&in_flight));
            Box::pin(async move {
                let _exchange = exchange;
                std::future::pending().await
            })
        }
    });
    let client = Client::with_service(hub(), stalling, TokioTimer::new());

    run(async {
        let started = tokio::time::Instant::now();
        let error = client.clone().with_attempt_timeout(Duration::from_secs(7)).delete_invitations(input()).await;
        let error = error.unwrap_err();
        assert_eq!((error.failure(), error.attempts()), (Some(Failure::TimedOut), 3));
        assert!(error.to_string().contains(".amazonaws.com: attempt timed out after 7s"), "{error}");
        assert!((21..22).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
        assert_eq!(in_flight.load(Ordering::Relaxed), 0);
    });

    run(async {
        let started = tokio::time::Instant::now();
        let error = client.clone().with_deadline(Duration::from_secs(40)).delete_invitations(input()).await;
        let error = error.unwrap_err();
        let CallError::DeadlineExceeded { last_error: Some(_), .. } = &error else { panic!("{error:?}") };
        assert_eq!((error.attempts(), error.unconfirmed_attempts(), started.elapsed().as_secs()), (2, 2, 40));
    });

    run(async {
        let call = client.delete_invitations(input());
        assert!(tokio::time::timeout(Duration::from_secs(1), call).await.is_err());
        assert_eq!(in_flight.load(Ordering::Relaxed), 0, "dropping the future cancels the exchange");
    });
}

#[test]
fn reads_bodies_up_to_the_limit() {
    let responding = |length: usize| {
        let body = [b"{}".to_vec(), vec![b' '; length - 2]].concat();
        FromFn::new(move |_| -> Ready<io::Result<_>> { ready(Ok(Response::new(Full::new(body.clone().into())))) })
    };
    let call =
        |length| run(Client::with_service(hub(), responding(length), TokioTimer::new()).delete_invitations(input()));
    assert!(call(MAX_RESPONSE_BYTES).is_ok());
    let error = call(MAX_RESPONSE_BYTES + 1).unwrap_err();
    assert!(matches!(error, CallError::ResponseTooLarge { .. }), "{error}");
    assert_eq!(error.unconfirmed_attempts(), 1);
}

#[test]
fn returns_redirects_as_errors() {
    let redirecting = FromFn::new(|_| {
        let response = Response::builder().status(StatusCode::FOUND).header("location", "http://elsewhere.example/");
        ready(Ok(response.body(Full::default()).unwrap()))
    });
    let client = Client::with_service(hub(), redirecting, TokioTimer::new());
    let error = run(client.delete_invitations(input())).unwrap_err();
    let CallError::Service(error) = error else { panic!("{error}") };
    assert_eq!(error.status(), StatusCode::FOUND);
}

/// A service that is never ready, or fails before it is.
#[derive(Clone)]
struct NotReady(Option<io::ErrorKind>);

impl Service<Request<Full<Bytes>>> for NotReady {
    type Response = Response<Full<Bytes>>;
    type Error = io::Error;
    type Future = Ready<io::Result<Response<Full<Bytes>>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.map_or(Poll::Pending, |kind| Poll::Ready(Err(kind.into())))
    }

    fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
        panic!("called before it was ready")
    }
}

#[test]
fn unready_services_send_nothing() {
    for kind in [None, Some(io::ErrorKind::TimedOut), Some(io::ErrorKind::Other)] {
        let client = Client::with_service(hub(), NotReady(kind), TokioTimer::new());
        let error = run(client.delete_invitations(input())).unwrap_err();
        assert_eq!((error.failure(), error.unconfirmed_attempts()), (Some(Failure::NotSent), 0), "{kind:?}");
        assert!(error.to_string().contains(": waiting for the service: "), "{error}");
    }
}
