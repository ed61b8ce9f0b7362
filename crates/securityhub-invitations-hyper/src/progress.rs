//! [`Progress`]: the connection of an attempt, if the default service sends it.

#[cfg(feature = "default-client")]
use std::sync::{Arc, Mutex, PoisonError};

use http::Uri;
#[cfg(feature = "default-client")]
use hyper_util::client::legacy::connect::CaptureConnection;

#[cfg(feature = "default-client")]
use crate::proxy::Proxy;

/// The connection of an attempt. It is an extension of the request, and the default service fills it in.
#[derive(Clone, Default)]
pub(crate) struct Progress {
    #[cfg(feature = "default-client")]
    inner: Arc<Mutex<Inner>>,
}

#[cfg(feature = "default-client")]
#[derive(Default)]
struct Inner {
    /// More than one if a layer of the caller repeated the request.
    connections: Vec<CaptureConnection>,
    proxy: Option<Arc<Proxy>>,
}

#[cfg(feature = "default-client")]
impl Progress {
    /// Notes that the service is looking for a connection, and reports it to `connection`.
    pub(crate) fn start(&self, connection: CaptureConnection, proxy: Arc<Proxy>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.connections.push(connection);
        inner.proxy = Some(proxy);
    }

    /// Returns whether the request has a connection. `None` if another service sends it.
    pub(crate) fn has_connection(&self) -> Option<bool> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.proxy.as_ref()?;
        Some(inner.connections.iter().any(|connection| connection.connection_metadata().is_some()))
    }

    /// Returns whether a layer of the caller repeated the request.
    pub(crate) fn is_repeated(&self) -> bool {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).connections.len() > 1
    }

    /// Returns the URL of the proxy, without credentials.
    pub(crate) fn proxy(&self, url: &Uri) -> Option<String> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.proxy.as_ref()?.for_url(url).ok()?.map(ToString::to_string)
    }

    /// Keeps later requests away from the connection.
    fn discard_connection(&self) {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for connection in &inner.connections {
            if let Some(connected) = &*connection.connection_metadata() {
                connected.poison();
            }
        }
    }
}

#[cfg(not(feature = "default-client"))]
impl Progress {
    pub(crate) fn has_connection(&self) -> Option<bool> {
        None
    }

    pub(crate) fn is_repeated(&self) -> bool {
        false
    }

    pub(crate) fn proxy(&self, _: &Uri) -> Option<String> {
        None
    }

    fn discard_connection(&self) {}
}

/// Discards the connection of an attempt when it is dropped, unless the attempt succeeded.
pub(crate) struct DiscardOnDrop<'a>(pub(crate) Option<&'a Progress>);

impl DiscardOnDrop<'_> {
    pub(crate) fn keep_connection(mut self) {
        self.0 = None;
    }
}

impl Drop for DiscardOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(progress) = self.0 {
            progress.discard_connection();
        }
    }
}
