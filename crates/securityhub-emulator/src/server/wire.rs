//! A connection that can end in the middle of a response.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

use crate::fault::WireFault;

/// The state that a response and its connection share.
#[derive(Default)]
pub(super) struct Wire {
    activity: Mutex<Activity>,
    /// The number of completed flushes.
    flushes: AtomicU64,
    cut: AtomicBool,
    reset: AtomicBool,
    /// Whether the connection ends with the next flush, since its last response was written.
    close_after_flush: AtomicBool,
    /// The waker of the response that waits for a flush.
    response: Mutex<Option<Waker>>,
    /// The waker of the connection's task.
    connection: Mutex<Option<Waker>>,
}

struct Activity {
    /// The number of requests in progress.
    requests: usize,
    /// The time of the connection's start or of the last request's end.
    idle_since: Instant,
}

impl Default for Activity {
    fn default() -> Self {
        Self { requests: 0, idle_since: Instant::now() }
    }
}

impl Wire {
    /// Notes that a request is in progress until the result is dropped.
    pub(super) fn begin_request(self: &Arc<Self>) -> RequestInProgress {
        self.activity().requests += 1;
        RequestInProgress(Arc::clone(self))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.activity().requests == 0
    }

    /// Returns the time since the last request. `None` while there is one.
    pub(super) fn idle_for(&self) -> Option<Duration> {
        let activity = self.activity();
        (activity.requests == 0).then(|| activity.idle_since.elapsed())
    }

    fn activity(&self) -> MutexGuard<'_, Activity> {
        self.activity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the connection when its task runs again.
    pub(super) fn cut(&self, reset: bool) {
        self.reset.store(reset, Ordering::SeqCst);
        self.cut.store(true, Ordering::SeqCst);
        wake(&self.connection);
    }

    /// Ready when the connection must end.
    pub(super) fn poll_cut(&self, cx: &mut Context<'_>) -> Poll<()> {
        remember(&self.connection, cx);
        if self.cut.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }
    }

    fn flushed(&self) {
        if self.close_after_flush.load(Ordering::SeqCst) {
            self.cut(false);
        }
        self.flushes.fetch_add(1, Ordering::SeqCst);
        wake(&self.response);
    }

    /// Ready after more than `seen` flushes.
    fn poll_flushed(&self, seen: u64, cx: &mut Context<'_>) -> Poll<()> {
        remember(&self.response, cx);
        if self.flushes.load(Ordering::SeqCst) > seen { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// A request whose response is not complete.
pub(super) struct RequestInProgress(Arc<Wire>);

impl Drop for RequestInProgress {
    fn drop(&mut self) {
        let mut activity = self.0.activity();
        activity.requests -= 1;
        activity.idle_since = Instant::now();
    }
}

fn remember(slot: &Mutex<Option<Waker>>, cx: &Context<'_>) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
}

fn wake(slot: &Mutex<Option<Waker>>) {
    if let Some(waker) = slot.lock().unwrap_or_else(PoisonError::into_inner).take() {
        waker.wake();
    }
}

/// A stream that reports its flushes and can end with a reset.
pub(super) struct Stream<S> {
    inner: S,
    wire: Arc<Wire>,
    /// Makes the stream end with a reset, if it has resets.
    prepare_reset: fn(&S),
}

impl<S> Stream<S> {
    pub(super) fn new(inner: S, wire: Arc<Wire>, prepare_reset: fn(&S)) -> Self {
        Self { inner, wire, prepare_reset }
    }
}

impl<S> Drop for Stream<S> {
    fn drop(&mut self) {
        if self.wire.reset.load(Ordering::SeqCst) {
            (self.prepare_reset)(&self.inner);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_flush(cx);
        if let Poll::Ready(Ok(())) = polled {
            self.wire.flushed();
        }
        polled
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

/// A response's body, sent according to a [`WireFault`].
pub(super) struct ResponseBody {
    rest: Bytes,
    /// The announced length. `None` for a chunked body.
    announced: Option<u64>,
    dribble: Option<(usize, Duration)>,
    pause: Option<Pin<Box<Sleep>>>,
    cut: Option<BodyCut>,
    /// Notified after the connection's last response.
    close_after: Option<Arc<Wire>>,
    _request_in_progress: RequestInProgress,
}

struct BodyCut {
    wire: Arc<Wire>,
    reset: bool,
    /// The number of flushes when the last byte was written.
    handed_over: Option<u64>,
}

impl ResponseBody {
    pub(super) fn new(body: Bytes, fault: &WireFault, wire: &Arc<Wire>, request: RequestInProgress) -> Self {
        // A cut needs a missing byte, so even an empty body is announced with one.
        let length = if fault.truncation.is_some() { body.len().max(1) } else { body.len() };
        let announced = (!fault.chunked).then_some(length as u64);
        let (rest, cut) = match fault.truncation {
            Some(cut) => {
                let kept = cut.after.unwrap_or(0).min(body.len().saturating_sub(1));
                (body.slice(..kept), Some(BodyCut { wire: Arc::clone(wire), reset: cut.reset, handed_over: None }))
            }
            None => (body, None),
        };
        let close_after = (fault.close_without_notice && cut.is_none()).then(|| Arc::clone(wire));
        let body = Self {
            rest,
            announced,
            dribble: fault.dribble,
            pause: None,
            cut,
            close_after,
            _request_in_progress: request,
        };
        body.note_end();
        body
    }

    /// Ends the connection with the flush of the last byte.
    fn note_end(&self) {
        if let Some(wire) = self.close_after.as_ref().filter(|_| self.rest.is_empty()) {
            wire.close_after_flush.store(true, Ordering::SeqCst);
        }
    }

    /// Waits for the pause before the next piece.
    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some((_, pause)) = self.dribble else { return Poll::Ready(()) };
        let sleep = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
        if sleep.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.pause = None;
        Poll::Ready(())
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if !self.rest.is_empty() {
            if self.poll_pause(cx).is_pending() {
                return Poll::Pending;
            }
            let length = self.dribble.map_or(self.rest.len(), |(size, _)| size.min(self.rest.len()));
            let piece = self.rest.split_to(length);
            self.note_end();
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        let Some(cut) = &mut self.cut else { return Poll::Ready(None) };
        // The bytes before the cut must arrive, so this waits for their flush.
        let flushes = cut.wire.flushes.load(Ordering::SeqCst);
        let handed_over = *cut.handed_over.get_or_insert(flushes);
        if cut.wire.poll_flushed(handed_over, cx).is_ready() {
            cut.wire.cut(cut.reset);
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.cut.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.announced.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
