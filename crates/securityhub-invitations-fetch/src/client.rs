//! The client: the driver loop around `fetch`.

use std::{
    fmt,
    rc::Rc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use js_sys::{Object, Reflect, Uint8Array};
use securityhub_invitations::{
    Call, DeleteInvitations, DeleteInvitationsOutput, MAX_RESPONSE_BYTES, Outcome, SecurityHub,
};
use wasm_bindgen::{JsCast, JsValue};

use crate::{
    Attempt, Error, TransportError,
    error::Fault,
    globals::{self, Abort, Timer, member},
};

/// Makes calls with the engine's `fetch`. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    hub: SecurityHub,
    attempt_timeout: Duration,
    deadline: Option<Duration>,
    on_attempt: Option<Rc<Observer>>,
}

type Observer = dyn Fn(&Attempt<'_>);

impl Client {
    /// With the global `fetch` of wherever this runs.
    #[must_use]
    pub fn new(hub: SecurityHub) -> Self {
        Self { hub, attempt_timeout: Duration::from_secs(30), deadline: None, on_attempt: None }
    }

    /// How long an attempt may take, from the connection to the last byte of the answer. Default: 30 s.
    #[must_use]
    pub fn with_attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self { attempt_timeout, ..self }
    }

    /// How long a call may take in all, attempts and waits. Default: as long as the attempts allow. A wait that would go
    /// past it is not begun.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Calls `observer` after each attempt, before the wait for the next one.
    #[must_use]
    pub fn on_attempt(self, observer: impl Fn(&Attempt<'_>) + 'static) -> Self {
        Self { on_attempt: Some(Rc::new(observer)), ..self }
    }

    /// The hub that calls are made of.
    #[must_use]
    pub fn hub(&self) -> &SecurityHub {
        &self.hub
    }

    /// Deletes the invitations.
    ///
    /// Success can leave accounts unprocessed: ask the output's
    /// [`is_complete`](DeleteInvitationsOutput::is_complete) or [`into_result`](DeleteInvitationsOutput::into_result).
    /// Dropping the future cancels the call; what was sent by then may have taken effect.
    ///
    /// # Errors
    /// [`Error`] if the service answered with an error, or nothing answered, and trying again did not help or was not
    /// worth it.
    pub async fn delete_invitations(&self, input: DeleteInvitations) -> Result<DeleteInvitationsOutput, Error> {
        self.send(self.hub.delete_invitations(input)).await
    }

    /// Drives a call that was made elsewhere, with its own hub, credentials and retry policy.
    ///
    /// # Errors
    /// As [`delete_invitations`](Self::delete_invitations).
    pub async fn send(&self, mut call: Call) -> Result<DeleteInvitationsOutput, Error> {
        let started = globals::now();
        let mut latest = None;
        loop {
            let number = call.attempt();
            let left = self.time_left(started);
            if left.is_some_and(|left| left.is_zero()) {
                return Err(Error::Deadline { attempts: number - 1, latest });
            }
            let timeout = left.map_or(self.attempt_timeout, |left| left.min(self.attempt_timeout));

            let (request, in_flight) = call.sign(globals::now());
            let (error, retry) = match exchange(&request, timeout).await {
                Ok(response) => match in_flight.handle_response(&response, globals::now()) {
                    Outcome::Done(Ok(output)) => {
                        self.observe(number, Ok(&output), None);
                        return Ok(output);
                    }
                    Outcome::Done(Err(error)) => (Error::Service(error), None),
                    Outcome::Retry(retry) => (Error::of_answer(retry.cause), Some((retry.after, retry.call))),
                },
                Err(ExchangeError::TooLarge) => (Error::ResponseTooLarge { attempts: number }, None),
                Err(ExchangeError::Fault(fault)) => {
                    let error = TransportError::new(fault, number);
                    let retry = error.is_worth_another_attempt().then(|| in_flight.handle_failure(error.failure()));
                    (Error::Transport(error), retry.flatten().map(|retry| (retry.after, retry.call)))
                }
            };

            let left = self.time_left(started);
            let wait = retry.as_ref().map(|(wait, _)| *wait);
            let is_late = left.is_some_and(|left| left <= wait.unwrap_or_default());
            match retry {
                Some((wait, next)) if !is_late => {
                    self.observe(number, Err(&error), Some(wait));
                    match Timer::start(wait) {
                        Ok(timer) => timer.await,
                        Err(thrown) => {
                            return Err(Error::Transport(TransportError::new(Fault::Engine(thrown), number)));
                        }
                    }
                    call = next;
                    latest = Some(Box::new(error));
                }
                retry => {
                    self.observe(number, Err(&error), None);
                    let is_deadlines_fault = is_late && (retry.is_some() || error.is_timeout());
                    return Err(if is_deadlines_fault {
                        Error::Deadline { attempts: number, latest: Some(Box::new(error)) }
                    } else {
                        error
                    });
                }
            }
        }
    }

    /// `None` without a deadline. A clock that runs backwards has used up nothing.
    fn time_left(&self, started: SystemTime) -> Option<Duration> {
        let elapsed = || globals::now().duration_since(started).unwrap_or_default();
        self.deadline.map(|deadline| deadline.saturating_sub(elapsed()))
    }

    fn observe(&self, number: u32, outcome: Result<&DeleteInvitationsOutput, &Error>, wait: Option<Duration>) {
        if let Some(on_attempt) = &self.on_attempt {
            on_attempt(&Attempt { number, outcome, wait });
        }
    }
}

/// No secrets.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("hub", &self.hub)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
enum ExchangeError {
    Fault(Fault),
    TooLarge,
}

impl From<Fault> for ExchangeError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// One request, one answer, read whole, in time.
async fn exchange(request: &Request<Bytes>, timeout: Duration) -> Result<Response<Vec<u8>>, ExchangeError> {
    // Dropping it aborts what is under way, be it for the timer or because nobody waits any more.
    let abort = Abort::new().map_err(Fault::Engine)?;
    let init = init_of(request, &abort).map_err(Fault::Engine)?;
    let timer = Timer::start(timeout).map_err(Fault::Engine)?;
    let url = request.uri().to_string();
    globals::within(timer, answer(&url, &init)).await.unwrap_or_else(|| Err(Fault::TimedOut(timeout).into()))
}

async fn answer(url: &str, init: &JsValue) -> Result<Response<Vec<u8>>, ExchangeError> {
    let response = globals::fetch(url, init).map_err(Fault::Engine)?.await.map_err(Fault::NoResponse)?;
    let of_response = |name| member(&response, name).map_err(Fault::Engine);
    if of_response("type")?.as_string().as_deref() == Some("opaqueredirect") {
        return Err(Fault::Redirect.into());
    }
    let mut answer = Response::new(Vec::new());
    // `as` saturates: what is no status stays none.
    let status = of_response("status")?.as_f64().unwrap_or_default() as u16;
    let status = StatusCode::from_u16(status);
    *answer.status_mut() = status.map_err(|_| Fault::Engine(JsValue::from_str("a response without a status")))?;
    copy_headers(&of_response("headers")?, answer.headers_mut()).map_err(Fault::Engine)?;

    let stream = of_response("body")?;
    if stream.is_null() || stream.is_undefined() {
        return Ok(answer);
    }
    let reader = globals::call(&stream, "getReader", &JsValue::UNDEFINED).map_err(Fault::Engine)?;
    loop {
        let chunk = globals::call(&reader, "read", &JsValue::UNDEFINED).map_err(Fault::Body)?;
        let chunk = globals::settled(&chunk).await.map_err(Fault::Body)?;
        if member(&chunk, "done").map_err(Fault::Body)?.is_truthy() {
            return Ok(answer);
        }
        let bytes: Uint8Array = member(&chunk, "value").and_then(JsCast::dyn_into).map_err(Fault::Body)?;
        let body = answer.body_mut();
        if bytes.length() as usize > MAX_RESPONSE_BYTES - body.len() {
            return Err(ExchangeError::TooLarge);
        }
        body.extend(bytes.to_vec());
    }
}

/// The second argument of `fetch`.
fn init_of(request: &Request<Bytes>, abort: &Abort) -> Result<JsValue, JsValue> {
    let headers = Object::new();
    for (name, value) in request.headers() {
        // Ours are ASCII; what is not could not be sent.
        let value = value.to_str().map_err(|_| JsValue::from_str("a header is not ASCII"))?;
        Reflect::set(&headers, &name.as_str().into(), &value.into())?;
    }
    let init = Object::new();
    for (name, value) in [
        ("method", request.method().as_str().into()),
        ("headers", headers.into()),
        ("body", Uint8Array::from(&request.body()[..]).into()),
        ("redirect", "manual".into()),
        ("credentials", "omit".into()),
        ("cache", "no-store".into()),
        ("signal", abort.signal()?),
    ] {
        Reflect::set(&init, &name.into(), &value)?;
    }
    Ok(init.into())
}

/// The headers that the core reads: no name of a stranger's is parsed, which would take a parser of 15 KB.
const READ: [HeaderName; 7] = [
    header::AGE,
    header::DATE,
    header::RETRY_AFTER,
    HeaderName::from_static("x-amz-request-id"),
    HeaderName::from_static("x-amz-retry-after"),
    HeaderName::from_static("x-amzn-errortype"),
    HeaderName::from_static("x-amzn-requestid"),
];

/// Those that a browser shows.
pub(crate) fn copy_headers(from: &JsValue, to: &mut http::HeaderMap) -> Result<(), JsValue> {
    for name in READ {
        if let Some(value) = globals::call(from, "get", &name.as_str().into())?.as_string()
            // What `http` does not take as a value means nothing to the core.
            && let Ok(value) = HeaderValue::try_from(value)
        {
            to.insert(name, value);
        }
    }
    Ok(())
}
