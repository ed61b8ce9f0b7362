//! [`RuntimeTimer`] and [`NoRuntime`]: calls outside of a tokio runtime fail instead of panicking.

use std::{
    error, fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::rt::{Sleep, Timer};
use hyper_util::rt::TokioTimer;
use tokio::runtime::Handle;

/// The timer of the default client. Outside of a runtime it never fires, and the service fails at once.
pub(crate) struct RuntimeTimer(TokioTimer);

impl RuntimeTimer {
    pub(crate) fn new() -> Self {
        Self(TokioTimer::new())
    }
}

impl Timer for RuntimeTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        if Handle::try_current().is_ok() { self.0.sleep(duration) } else { Box::pin(Never) }
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        if Handle::try_current().is_ok() { self.0.sleep_until(deadline) } else { Box::pin(Never) }
    }

    fn now(&self) -> Instant {
        self.0.now()
    }
}

struct Never;

impl Future for Never {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl Sleep for Never {}

/// The error of a call outside of a tokio runtime.
#[derive(Debug)]
pub(crate) struct NoRuntime;

impl fmt::Display for NoRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not in a tokio runtime (expected calls of the default client in one)")
    }
}

impl error::Error for NoRuntime {}
