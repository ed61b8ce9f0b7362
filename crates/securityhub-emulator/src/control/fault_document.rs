//! A fault as a JSON document.

use std::{collections::BTreeMap, time::Duration};

use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use super::changes::InvalidChanges;
use crate::fault::Fault;

/// A fault as a JSON document. The fields are named after the methods of [`Fault`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultDocument {
    #[serde(default)]
    response: Base,
    status: Option<u16>,
    code: Option<String>,
    #[serde(default)]
    message: String,
    #[serde(default = "once")]
    times: usize,
    #[serde(default)]
    after_processing: bool,
    /// `None` removes a header.
    #[serde(default)]
    headers: BTreeMap<String, Option<String>>,
    body: Option<String>,
    padded_to: Option<usize>,
    #[serde(default)]
    date_skew_seconds: i64,
    delay_ms: Option<u64>,
    dribble: Option<Dribble>,
    #[serde(default)]
    chunked: bool,
    #[serde(default)]
    close: bool,
    #[serde(default)]
    close_without_notice: bool,
    truncate: Option<Truncate>,
}

/// The response that a fault changes.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Base {
    /// The service's own.
    #[default]
    Service,
    Throttled,
    Error,
    FrontEndError,
    Html,
    Empty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dribble {
    bytes: usize,
    pause_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Truncate {
    /// `None` sends no response.
    after_bytes: Option<usize>,
    #[serde(default)]
    reset: bool,
}

fn once() -> usize {
    1
}

impl FaultDocument {
    /// The largest padded body.
    const MAX_PADDED: usize = 64 * 1024 * 1024;

    /// The most headers of a fault.
    const MAX_HEADERS: usize = 16;

    /// Returns the fault and the number of requests that it is played for.
    pub(super) fn fault(&self) -> Result<(Fault, usize), InvalidChanges> {
        if self.headers.len() > Self::MAX_HEADERS {
            return Err(InvalidChanges::new(format!(
                "fault headers: {} headers (expected at most {})",
                self.headers.len(),
                Self::MAX_HEADERS
            )));
        }
        let mut fault = self.response()?;
        for (name, value) in &self.headers {
            let invalid = || InvalidChanges::new(format!("fault header {name:?}: invalid name or value"));
            let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
            fault = match value {
                Some(value) => fault.header(parsed, HeaderValue::from_str(value).map_err(|_| invalid())?),
                None => fault.without_header(parsed),
            };
        }
        if let Some(body) = &self.body {
            fault = fault.body(body.clone());
        }
        if let Some(length) = self.padded_to {
            if length > Self::MAX_PADDED {
                return Err(InvalidChanges::new(format!(
                    "padded_to \"{length}\": too long (expected at most {})",
                    Self::MAX_PADDED
                )));
            }
            fault = fault.padded_to(length);
        }
        fault = fault.date_skewed_by(self.date_skew_seconds);
        if self.after_processing {
            fault = fault.after_processing();
        }
        if let Some(milliseconds) = self.delay_ms {
            fault = fault.delay(Duration::from_millis(milliseconds));
        }
        if let Some(Dribble { bytes, pause_ms }) = self.dribble {
            fault = fault.dribble(bytes, Duration::from_millis(pause_ms));
        }
        if self.chunked {
            fault = fault.chunked();
        }
        if self.close {
            fault = fault.close();
        }
        if self.close_without_notice {
            fault = fault.close_without_notice();
        }
        fault = match self.truncate {
            None => fault,
            Some(Truncate { after_bytes: Some(bytes), reset: true }) => fault.drop_mid_response(bytes),
            Some(Truncate { after_bytes: Some(bytes), reset: false }) => fault.body_cut_short(bytes),
            Some(Truncate { after_bytes: None, reset: true }) => fault.reset_before_response(),
            Some(Truncate { after_bytes: None, reset: false }) => fault.drop_before_response(),
        };
        Ok((fault, self.times))
    }

    fn response(&self) -> Result<Fault, InvalidChanges> {
        let code = self.code.as_deref().unwrap_or("InternalException");
        if HeaderValue::from_str(code).is_err() {
            return Err(InvalidChanges::new(format!("fault code {code:?}: invalid character")));
        }
        let status = self.status.unwrap_or(500);
        let status = match StatusCode::from_u16(status) {
            Ok(status) if status.as_u16() >= 200 && status.as_u16() < 600 => status,
            _ => {
                return Err(InvalidChanges::new(format!("fault status \"{status}\": out of range (expected 200–599)")));
            }
        };
        Ok(match self.response {
            Base::Service | Base::Throttled if self.status.is_some() || self.code.is_some() => {
                return Err(InvalidChanges::new(
                    "fault status and code: not allowed for this response (expected error)",
                ));
            }
            Base::Service => Fault::none(),
            Base::Throttled => Fault::throttled(),
            Base::Error => Fault::error(status, code, &self.message),
            Base::FrontEndError => Fault::front_end_error(status, code, &self.message),
            Base::Html => Fault::html(status),
            Base::Empty => Fault::empty(status),
        })
    }
}
