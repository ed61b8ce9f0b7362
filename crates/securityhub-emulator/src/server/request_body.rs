//! The bodies of requests, whose memory is bounded.

use std::{future::poll_fn, pin::Pin, sync::Arc};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body as _, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::emulator::Emulator;

/// The number of bodies of more than [`SMALL`] bytes that are in memory at once. Others wait.
pub(crate) const LARGE_BODIES: usize = 4;
const SMALL: usize = 16 * 1024;

/// A received body.
pub(super) struct RequestBody {
    /// Empty if the body was not kept.
    pub(super) bytes: Bytes,
    /// The number of received bytes. The bytes after the first that is too many are not received.
    pub(super) length: usize,
    /// Held while the bytes are in memory.
    _permit: Option<OwnedSemaphorePermit>,
}

impl RequestBody {
    /// Reads a body up to the byte that makes it too large. Without `keep`, the bytes are only counted.
    pub(super) async fn read(mut body: Incoming, keep: bool, large: &Arc<Semaphore>) -> Result<Self, hyper::Error> {
        let (mut bytes, mut length, mut permit) = (BytesMut::new(), 0, None);
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            let Ok(data) = frame?.into_data() else { continue };
            length += data.len();
            if length > Emulator::MAX_REQUEST_BYTES {
                bytes = BytesMut::new();
                break;
            }
            if keep {
                if length > SMALL && permit.is_none() {
                    // The semaphore is never closed.
                    permit = Arc::clone(large).acquire_owned().await.ok();
                    // Without this, the buffer doubles to up to twice the largest body.
                    let rest = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
                    bytes.reserve(data.len() + rest.min(Emulator::MAX_REQUEST_BYTES - length));
                }
                bytes.extend_from_slice(&data);
            }
        }
        Ok(Self { bytes: bytes.freeze(), length, _permit: permit })
    }
}
