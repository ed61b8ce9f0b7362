//! A connection that can be let go of in the middle of an answer.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

use crate::fault::WireFault;

/// What an answer under way and the connection below it tell each other.
#[derive(Default)]
pub(crate) struct Wire {
    /// How often all that was written has left for the network.
    flushes: AtomicU64,
    cut: AtomicBool,
    reset: AtomicBool,
    /// Whether the connection ends with the next flush: the last answer was handed over.
    hang_up: AtomicBool,
    /// Of the answer that waits for a flush.
    answer: Mutex<Option<Waker>>,
    /// Of the task that serves the connection.
    connection: Mutex<Option<Waker>>,
}

impl Wire {
    /// Ends the connection as soon as its task runs again.
    pub(crate) fn cut(&self, reset: bool) {
        self.reset.store(reset, Ordering::SeqCst);
        self.cut.store(true, Ordering::SeqCst);
        wake(&self.connection);
    }

    /// Ready once the connection is to be ended.
    pub(crate) fn poll_cut(&self, cx: &mut Context<'_>) -> Poll<()> {
        remember(&self.connection, cx);
        if self.cut.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }
    }

    fn flushed(&self) {
        if self.hang_up.load(Ordering::SeqCst) {
            self.cut(false);
        }
        self.flushes.fetch_add(1, Ordering::SeqCst);
        wake(&self.answer);
    }

    /// Ready once there were more flushes than `seen`.
    fn poll_flushed(&self, seen: u64, cx: &mut Context<'_>) -> Poll<()> {
        remember(&self.answer, cx);
        if self.flushes.load(Ordering::SeqCst) > seen { Poll::Ready(()) } else { Poll::Pending }
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

/// A stream that reports its flushes, and that ends with a reset if it is told to.
pub(crate) struct Stream<S> {
    inner: S,
    wire: Arc<Wire>,
    /// Makes the stream's end a reset; nothing for streams that know of no such thing.
    prepare_reset: fn(&S),
}

impl<S> Stream<S> {
    pub(crate) fn new(inner: S, wire: Arc<Wire>, prepare_reset: fn(&S)) -> Self {
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

/// The body of an answer, sent as a [`WireFault`] says.
pub(crate) struct AnswerBody {
    rest: Bytes,
    /// What the head announces; `None` for a chunked body.
    announced: Option<u64>,
    dribble: Option<(usize, Duration)>,
    pause: Option<Pin<Box<Sleep>>>,
    cut: Option<BodyCut>,
    /// To be told that this was the connection's last answer.
    hang_up: Option<Arc<Wire>>,
}

struct BodyCut {
    wire: Arc<Wire>,
    reset: bool,
    /// The number of flushes when the last byte was handed over.
    handed_over: Option<u64>,
}

impl AnswerBody {
    pub(crate) fn new(body: Bytes, fault: &WireFault, wire: &Arc<Wire>) -> Self {
        // A cut needs something to be missing, so that even an empty body is announced with a byte.
        let length = if fault.cut.is_some() { body.len().max(1) } else { body.len() };
        let announced = (!fault.chunked).then_some(length as u64);
        let (rest, cut) = match fault.cut {
            Some(cut) => {
                let kept = cut.after.unwrap_or(0).min(body.len().saturating_sub(1));
                (body.slice(..kept), Some(BodyCut { wire: Arc::clone(wire), reset: cut.reset, handed_over: None }))
            }
            None => (body, None),
        };
        let hang_up = (fault.hang_up && cut.is_none()).then(|| Arc::clone(wire));
        let body = Self { rest, announced, dribble: fault.dribble, pause: None, cut, hang_up };
        body.note_end();
        body
    }

    /// Lets the connection end with the flush that takes the last byte along.
    fn note_end(&self) {
        if let Some(wire) = self.hang_up.as_ref().filter(|_| self.rest.is_empty()) {
            wire.hang_up.store(true, Ordering::SeqCst);
        }
    }

    /// Waits out the pause before the next piece.
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

impl Body for AnswerBody {
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
        // The bytes before the cut are to arrive, so it waits until they are out.
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
