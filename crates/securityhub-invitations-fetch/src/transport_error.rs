//! [`TransportError`]: the engine's error for an exchange without a complete response.

use std::{error, fmt};

use securityhub_invitations::{ExchangeError, Failure};
use wasm_bindgen::JsValue;

/// The reason why an exchange has no complete response, as far as the engine reveals it.
#[derive(Clone, Debug)]
pub struct TransportError {
    fault: Fault,
    message: String,
    thrown: JsValue,
}

/// The kinds of faults of exchange.js.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The engine has no usable `fetch`, timer or `AbortController`. Nothing was sent.
    CannotSend,
    /// Node reports that no connection was established.
    NotConnected,
    /// `fetch` failed, or threw.
    NoResponse,
    /// `fetch` returned a value that is not a usable response.
    BadResponse,
    /// The body ended early.
    Interrupted,
    /// The attempt's time limit was reached.
    TimedOut,
    /// A redirect, whose status and target browsers hide.
    Redirect,
}

impl TransportError {
    pub(crate) fn new(fault: u8, message: String, thrown: JsValue) -> Self {
        let fault = match fault {
            0 => Fault::CannotSend,
            1 => Fault::NotConnected,
            2 => Fault::NoResponse,
            4 => Fault::Interrupted,
            5 => Fault::TimedOut,
            6 => Fault::Redirect,
            _ => Fault::BadResponse,
        };
        Self { fault, message, thrown }
    }

    /// An exchange that ended without a result, although nobody dropped it.
    pub(crate) fn aborted() -> Self {
        Self { fault: Fault::BadResponse, message: "the exchange was aborted".to_owned(), thrown: JsValue::UNDEFINED }
    }

    /// Returns the value that the engine threw, if there is one.
    #[must_use]
    pub fn js_value(&self) -> Option<&JsValue> {
        Some(&self.thrown).filter(|thrown| !thrown.is_undefined())
    }

    /// Returns the meaning of the error for a retry. Browsers hide where a request failed, so it may have taken effect.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self.fault {
            Fault::CannotSend | Fault::NotConnected => Failure::NotSent,
            Fault::TimedOut => Failure::TimedOut,
            Fault::NoResponse | Fault::BadResponse | Fault::Interrupted | Fault::Redirect => Failure::Interrupted,
        }
    }

    /// Returns whether another attempt may succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        !matches!(self.fault, Fault::CannotSend | Fault::BadResponse | Fault::Redirect)
    }

    #[cfg(feature = "npm")]
    pub(crate) fn kind(&self) -> &'static str {
        match self.fault {
            Fault::CannotSend | Fault::BadResponse => "Engine",
            Fault::NotConnected | Fault::NoResponse => "NoResponse",
            Fault::Interrupted => "Interrupted",
            Fault::TimedOut => "TimedOut",
            Fault::Redirect => "Redirect",
        }
    }
}

impl From<TransportError> for ExchangeError<TransportError> {
    fn from(error: TransportError) -> Self {
        Self::Transport { failure: error.failure(), is_retryable: error.is_retryable(), error }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for TransportError {}
