//! What a call can fail with.

use std::{error, fmt, time::Duration};

use js_sys::{JsString, Reflect};
use securityhub_invitations::{Cause, Failure, MAX_RESPONSE_BYTES};
use wasm_bindgen::{JsCast, JsValue};

/// Why a call failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The service, or something in its place, answered with an error.
    Service(securityhub_invitations::Error),
    /// The last attempt got no answer.
    Transport(TransportError),
    /// The answer's body is longer than [`MAX_RESPONSE_BYTES`]. What the service did is not known.
    #[non_exhaustive]
    ResponseTooLarge {
        /// How many requests were sent, 1 or more.
        attempts: u32,
    },
    /// The deadline passed, or would have passed while waiting for the next attempt.
    #[non_exhaustive]
    Deadline {
        /// How many requests were sent. 0 if the deadline had passed before the first.
        attempts: u32,
        /// What the latest attempt failed with, if one did.
        latest: Option<Box<Self>>,
    },
}

impl Error {
    /// How many requests were sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        match self {
            Self::Service(error) => error.attempts(),
            Self::Transport(error) => error.attempts(),
            Self::ResponseTooLarge { attempts } | Self::Deadline { attempts, .. } => *attempts,
        }
    }

    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, Self::Transport(error) if error.failure() == Failure::TimedOut)
    }

    /// The error behind a retry that an answer led to.
    pub(crate) fn of_answer(cause: Cause) -> Self {
        match cause {
            Cause::Error(error) => Self::Service(error),
            Cause::Failure(failure) => unreachable!("an answer led to the retry, not: {failure}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::ResponseTooLarge { attempts } => {
                write!(f, "the response body is longer than {MAX_RESPONSE_BYTES} bytes{}", After(*attempts))
            }
            Self::Deadline { attempts: 0, .. } => write!(f, "the deadline had passed before anything was sent"),
            Self::Deadline { attempts, latest } => {
                write!(f, "the deadline passed{}", After(*attempts))?;
                latest.as_ref().map_or(Ok(()), |latest| write!(f, "; the latest failed: {latest}"))
            }
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Service(error) => Some(error),
            Self::Transport(error) => Some(error),
            Self::ResponseTooLarge { .. } => None,
            Self::Deadline { latest, .. } => latest.as_ref().map(|latest| &**latest as _),
        }
    }
}

/// ` (after 3 attempts)`; nothing after one.
struct After(u32);

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 1 { write!(f, " (after {} attempts)", self.0) } else { Ok(()) }
    }
}

/// An attempt that got no answer, and what the engine says of it, which is little.
#[derive(Clone, Debug)]
pub struct TransportError {
    fault: Fault,
    attempts: u32,
}

/// What went wrong between `fetch` and the last byte.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// `fetch` gave no response.
    NoResponse(JsValue),
    /// The body broke off.
    Body(JsValue),
    /// The attempt's time was over.
    TimedOut(Duration),
    /// A redirect, whose status and target browsers hide.
    Redirect,
    /// One of the engine's globals is missing or broken.
    Engine(JsValue),
}

impl TransportError {
    pub(crate) fn new(fault: Fault, attempts: u32) -> Self {
        Self { fault, attempts }
    }

    /// Whether the request may have taken effect. A browser does not say where it failed, so it may have, unless an engine
    /// could not even begin.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self.fault {
            Fault::NoResponse(_) | Fault::Body(_) | Fault::Redirect => Failure::Interrupted,
            Fault::TimedOut(_) => Failure::TimedOut,
            Fault::Engine(_) => Failure::NotSent,
        }
    }

    /// How many requests were sent, or tried to be, 1 or more.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// What the engine threw, if it did.
    #[must_use]
    pub fn js_value(&self) -> Option<&JsValue> {
        match &self.fault {
            Fault::NoResponse(value) | Fault::Body(value) | Fault::Engine(value) => Some(value),
            Fault::TimedOut(_) | Fault::Redirect => None,
        }
    }

    #[cfg(feature = "npm")]
    pub(crate) fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Whether another attempt may fare better.
    pub(crate) fn is_worth_another_attempt(&self) -> bool {
        !matches!(self.fault, Fault::Redirect | Fault::Engine(_))
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::NoResponse(value) => write!(
                f,
                "fetch got no response ({}): browsers give no reason; CORS and the network are the usual ones",
                text_of(value)
            )?,
            Fault::Body(value) => write!(f, "the response broke off: {}", text_of(value))?,
            Fault::TimedOut(timeout) => {
                // As 64 bits: what formats 128 of them is a KB.
                let milliseconds = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
                write!(f, "the attempt's {milliseconds} ms are over")?;
            }
            Fault::Redirect => write!(f, "the server answered with a redirect, which is not followed")?,
            Fault::Engine(value) => write!(f, "the engine has no usable fetch: {}", text_of(value))?,
        }
        write!(f, "{}", After(self.attempts))
    }
}

impl error::Error for TransportError {}

/// `TypeError: Failed to fetch`, of whatever was thrown. Nothing is called that a page could have replaced but getters,
/// and what those throw is ignored.
fn text_of(value: &JsValue) -> String {
    const CHARACTERS: usize = 300;
    let member = |name: &str| {
        let member = Reflect::get(value, &JsValue::from_str(name)).ok()?;
        member.dyn_into::<JsString>().ok().map(String::from)
    };
    let text = match (value.as_string(), member("name"), member("message")) {
        (Some(text), ..) => text,
        (None, Some(name), Some(message)) => format!("{name}: {message}"),
        (None, name, message) => name.or(message).unwrap_or_else(|| "no reason".to_owned()),
    };
    text.chars().take(CHARACTERS).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
