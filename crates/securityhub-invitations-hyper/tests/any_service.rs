//! Any service is a transport: here a function, without a socket. The suite over real ones is in the tests package.

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
use securityhub_invitations::{
    Credentials, DeleteInvitations, Endpoint, Failure, MAX_RESPONSE_BYTES, Region, SecurityHub,
};
use securityhub_invitations_hyper::{Client, Error};
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

/// A service made of a function. It is ready only after it was asked once, as tower allows.
#[derive(Clone)]
struct FromFn<F> {
    function: F,
    was_asked: bool,
}

impl<F> FromFn<F> {
    fn new(function: F) -> Self {
        Self { function, was_asked: false }
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
        if std::mem::replace(&mut self.was_asked, true) {
            return Poll::Ready(Ok(()));
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> R {
        assert!(std::mem::take(&mut self.was_asked), "called before it was ready");
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
fn an_emulator_in_memory_is_a_transport() {
    let emulator = Emulator::new();
    emulator.invite(&region(), "111122223333".parse().unwrap());
    emulator.script([Fault::throttled()]);
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
    assert_eq!(output.attempts(), 2);
    assert_eq!(emulator.invitations(&region()), []);
}

#[test]
fn a_future_is_send_if_the_service_is_and_need_not_be() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let client = Client::with_service(hub(), FromFn::new(|_| ready(Ok(Response::default()))), TokioTimer::new());
    assert!(run(assert_send(client.delete_invitations(input()))).unwrap().is_complete());

    let count = Rc::new(std::cell::Cell::new(0));
    let counting = FromFn::new(|_| {
        count.set(count.get() + 1);
        ready(Ok(Response::default()))
    });
    let client = Client::with_service(hub(), counting, TokioTimer::new());
    assert!(run(client.delete_invitations(input())).unwrap().is_complete());
    assert_eq!(count.get(), 1);
}

#[test]
fn the_error_of_a_service_is_kept_and_means_no_more_than_it_says() {
    for (kind, failure) in [
        (io::ErrorKind::ConnectionRefused, Failure::NotSent),
        (io::ErrorKind::AddrNotAvailable, Failure::NotSent),
        // A connection that was established can end in this, too.
        (io::ErrorKind::HostUnreachable, Failure::Interrupted),
        (io::ErrorKind::TimedOut, Failure::TimedOut),
        (io::ErrorKind::ConnectionReset, Failure::Interrupted),
        (io::ErrorKind::Other, Failure::Interrupted),
    ] {
        let failing = FromFn::new(move |_| ready(Err(io::Error::new(kind, "what the service says"))));
        let client = Client::with_service(hub(), failing, TokioTimer::new());
        let error = run(client.delete_invitations(input())).unwrap_err();
        let Error::Transport(error) = error else { panic!("{error}") };
        assert_eq!((error.failure(), error.attempts()), (failure, 3), "{kind}");
        assert!(error.to_string().ends_with(": what the service says (after 3 attempts)"), "{error}");
        let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<io::Error>());
        assert_eq!(source.map(io::Error::kind), Some(kind));
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

/// Answers with a body that breaks.
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
fn what_breaks_after_the_head_of_an_answer_was_sent() {
    for (kind, failure) in [
        (io::ErrorKind::ConnectionRefused, Failure::Interrupted),
        (io::ErrorKind::ConnectionReset, Failure::Interrupted),
        (io::ErrorKind::TimedOut, Failure::TimedOut),
    ] {
        let client = Client::with_service(hub(), Breaking(kind), TokioTimer::new());
        let error = run(client.delete_invitations(input())).unwrap_err();
        let Error::Transport(error) = error else { panic!("{error}") };
        assert_eq!(error.failure(), failure, "{kind}");
    }
}

#[test]
fn an_answer_that_never_comes_is_timed_out_and_dropped() {
    /// Counts the exchanges that are under way.
    struct UnderWay(Arc<AtomicUsize>);

    impl Drop for UnderWay {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    type Never = Pin<Box<dyn Future<Output = io::Result<Response<Full<Bytes>>>> + Send>>;
    let under_way = Arc::new(AtomicUsize::new(0));
    let stalling = FromFn::new({
        let under_way = Arc::clone(&under_way);
        move |_| -> Never {
            under_way.fetch_add(1, Ordering::Relaxed);
            let exchange = UnderWay(Arc::clone(&under_way));
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
        let Err(Error::Transport(error)) = error else { panic!("{error:?}") };
        assert_eq!((error.failure(), error.attempts()), (Failure::TimedOut, 3));
        assert!((21..22).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
        assert_eq!(under_way.load(Ordering::Relaxed), 0);
    });

    run(async {
        let started = tokio::time::Instant::now();
        let error = client.clone().with_deadline(Duration::from_secs(40)).delete_invitations(input()).await;
        let Err(Error::Deadline { attempts, latest, .. }) = error else { panic!("{error:?}") };
        assert_eq!((attempts, latest.is_some(), started.elapsed().as_secs()), (2, true, 40));
    });

    run(async {
        let call = client.delete_invitations(input());
        assert!(tokio::time::timeout(Duration::from_secs(1), call).await.is_err());
        assert_eq!(under_way.load(Ordering::Relaxed), 0, "dropping the future cancels the exchange");
    });
}

#[test]
fn a_body_is_read_up_to_the_cap_and_not_further() {
    let answering = |length: usize| {
        let body = [b"{}".to_vec(), vec![b' '; length - 2]].concat();
        FromFn::new(move |_| -> Ready<io::Result<_>> { ready(Ok(Response::new(Full::new(body.clone().into())))) })
    };
    let call =
        |length| run(Client::with_service(hub(), answering(length), TokioTimer::new()).delete_invitations(input()));
    assert!(call(MAX_RESPONSE_BYTES).is_ok());
    let error = call(MAX_RESPONSE_BYTES + 1).unwrap_err();
    assert!(matches!(error, Error::ResponseTooLarge { attempts: 1, .. }), "{error}");
}

#[test]
fn a_redirect_is_an_answer() {
    let redirecting = FromFn::new(|_| {
        let answer = Response::builder().status(StatusCode::FOUND).header("location", "http://elsewhere.example/");
        ready(Ok(answer.body(Full::default()).unwrap()))
    });
    let client = Client::with_service(hub(), redirecting, TokioTimer::new());
    let error = run(client.delete_invitations(input())).unwrap_err();
    let Error::Service(error) = error else { panic!("{error}") };
    assert_eq!(error.status(), StatusCode::FOUND);
}
