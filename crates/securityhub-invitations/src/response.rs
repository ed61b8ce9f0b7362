//! Reads a response's status, headers and body as an output or an error.

use http::{HeaderMap, HeaderName, HeaderValue, Response};

use crate::{
    display::{OneLine, beginning},
    error::{Error, ErrorKind, Inner},
    error_body::ErrorBody,
    json::{Defect, Json, MemberReader, Value, read_object},
    operations::{Effect, Operation, OutputReader, Receipt},
    redact::Redactor,
    retry::{self, RetryClass},
};

/// The longest response body that adapters read, in bytes: 16 MiB. A response that lists 100,000 accounts has a few MiB.
pub const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;

// Constants, because `HeaderName::from_bytes` contains every standard header: 15 KB of WebAssembly.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_IDS: [HeaderName; 2] =
    [HeaderName::from_static("x-amzn-requestid"), HeaderName::from_static("x-amz-request-id")];

/// Reads a response to the operation. `token` is the session token that was sent, which the response may repeat.
/// `attempts` is the number of this attempt and of the unconfirmed ones before it.
pub(crate) fn read<O: Operation>(
    response: &Response<impl AsRef<[u8]>>,
    token: Option<&str>,
    attempts: Option<(u32, u32)>,
) -> Result<O::Output, Error> {
    let head = Head { redactor: Redactor::new(token), effect: O::EFFECT, modelled: O::ERRORS, attempts };
    let body = response.body().as_ref();
    if !response.status().is_success() {
        return Err(head.service_error(response, body));
    }
    let mut reader = SuccessReader::<O::Reader>::new(O::OUTPUT_MEMBER, head.redactor);
    match reader.read(response.headers(), body) {
        Ok(()) => {
            let request_id = request_id(response.headers(), head.redactor);
            Ok(O::output(reader.members, Receipt { request_id, attempts }))
        }
        Err(defect) => Err(head.malformed(response, body, &defect)),
    }
}

/// Returns whether a response to an unknown operation comes from the service itself: a success with a JSON object that is not an
/// error, or any status with an error code.
pub(crate) fn is_from_service(response: &Response<impl AsRef<[u8]>>) -> bool {
    /// The members of an object of any operation.
    #[derive(Default)]
    struct AnyMembers {
        has_output: bool,
        has_error: bool,
    }

    impl<'de> MemberReader<'de> for AnyMembers {
        fn read_member(&mut self, name: &str, value: Value<'_, 'de>) -> Result<(), Defect> {
            self.has_error |= is_error_member(name);
            match value.read()? {
                Json::Other if is_output_member(name) => self.has_output = true,
                Json::String(_) | Json::Number(_) if is_output_member(name) => {
                    return Err(format!("{name} is not a list or an object"));
                }
                _ => {}
            }
            Ok(())
        }
    }

    let body = response.body().as_ref();
    if header_code(response.headers()).is_some() {
        return true;
    }
    if response.status().is_success() {
        let mut members = AnyMembers::default();
        let is_object = std::str::from_utf8(body).is_ok_and(|body| read_object(body, &mut members).is_ok());
        is_object && (members.has_output || !members.has_error)
    } else {
        ErrorBody::read(body).code().is_some()
    }
}

/// Reads a successful response, and makes sure that Security Hub sent it in reply to this operation.
struct SuccessReader<'t, R> {
    members: R,
    /// The operation's main output member.
    output_member: Option<&'static str>,
    has_output: bool,
    /// A member that a successful response to the operation does not have.
    foreign: Option<Box<str>>,
    redactor: Redactor<'t>,
}

impl<'t, R: OutputReader> SuccessReader<'t, R> {
    fn new(output_member: Option<&'static str>, redactor: Redactor<'t>) -> Self {
        Self { members: R::default(), output_member, has_output: false, foreign: None, redactor }
    }

    fn read(&mut self, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
        if headers.contains_key(ERROR_TYPE) {
            return Err("a successful status with the header x-amzn-errortype".to_owned());
        }
        if body.is_empty() {
            return match self.output_member {
                Some(_) => Err("empty body (expected a JSON object)".to_owned()),
                None => Ok(()),
            };
        }
        let body = std::str::from_utf8(body).map_err(|error| format!("body is not UTF-8: {error}"))?;
        read_object(body, self).map_err(|error| format!("body does not fit the operation: {error}"))?;
        match (&self.foreign, self.output_member) {
            (Some(foreign), Some(member)) if !self.has_output => {
                Err(format!("body has the member {foreign} but not {member}"))
            }
            (Some(foreign), None) => Err(format!("body has the member {foreign} (expected none)")),
            _ => Ok(()),
        }
    }
}

impl<'de, R: OutputReader> MemberReader<'de> for SuccessReader<'_, R> {
    fn read_member(&mut self, name: &str, value: Value<'_, 'de>) -> Result<(), Defect> {
        if is_error_member(name) || (is_output_member(name) && self.output_member != Some(name)) {
            self.foreign.get_or_insert_with(|| name.into());
        }
        self.has_output |= self.members.read_member(name, value, self.redactor)?;
        Ok(())
    }
}

/// The members of error bodies, of the service and of proxies and gateways in front of it.
fn is_error_member(name: &str) -> bool {
    matches!(name, "__type" | "code" | "Code" | "message" | "Message" | "errorMessage" | "error")
}

/// The main members of the six operations, and of the older `GetMasterAccount`. They show when a response belongs to another
/// operation.
fn is_output_member(name: &str) -> bool {
    matches!(name, "UnprocessedAccounts" | "Invitations" | "Members" | "Administrator" | "Master")
}

/// The facts about a response that are known before its body is read.
struct Head<'t> {
    redactor: Redactor<'t>,
    effect: Effect,
    modelled: &'static [&'static str],
    attempts: Option<(u32, u32)>,
}

impl Head<'_> {
    fn malformed(&self, response: &Response<impl AsRef<[u8]>>, body: &[u8], defect: &str) -> Error {
        let defect = self.redactor.redact(defect);
        self.error(Inner {
            kind: ErrorKind::Malformed,
            status: response.status(),
            code: header_code(response.headers()).map(|code| self.bare_code(code)),
            message: None,
            defect: Some(OneLine { text: &defect, limit: 300 }.to_string().into()),
            request_id: request_id(response.headers(), self.redactor),
            excerpt: excerpt(body, self.redactor),
            retry_after: None,
            retry_class: None,
            effect: self.effect,
            attempts: None,
        })
    }

    fn service_error(&self, response: &Response<impl AsRef<[u8]>>, body: &[u8]) -> Error {
        let status = response.status();
        let error_body = ErrorBody::read(body);
        let full_code = header_code(response.headers()).or_else(|| error_body.code());
        let code = full_code.map(bare_code);
        let message = error_body.message();
        let message = message.map(|message| bounded(message, MOST_MESSAGE_BYTES, self.redactor));
        self.error(Inner {
            kind: ErrorKind::classify(code, status, message.as_deref()),
            status,
            code: full_code.map(|code| self.bare_code(code)),
            message,
            defect: None,
            request_id: request_id(response.headers(), self.redactor),
            excerpt: if error_body.is_complete() { None } else { excerpt(body, self.redactor) },
            retry_after: retry::requested_wait(response.headers(), None),
            retry_class: RetryClass::of_response(code, status, self.modelled),
            effect: self.effect,
            attempts: None,
        })
    }

    fn error(&self, inner: Inner) -> Error {
        let error = Error::new(inner);
        match self.attempts {
            Some((attempts, unconfirmed)) => error.with_attempts(attempts, unconfirmed),
            None => error,
        }
    }

    /// Redacts first, because a part of a token may not be recognised.
    fn bare_code(&self, code: &str) -> Box<str> {
        bounded(bare_code(&self.redactor.redact(code)), MOST_NAME_BYTES, self.redactor)
    }
}

/// The longest message that is kept, in bytes. AWS's messages have a few hundred.
const MOST_MESSAGE_BYTES: usize = 64 * 1024;
/// The longest error code or request id that is kept, in bytes.
const MOST_NAME_BYTES: usize = 1024;

/// At most `limit` bytes of a string, without the session token.
fn bounded(string: &str, limit: usize, redactor: Redactor<'_>) -> Box<str> {
    if string.len() <= limit {
        return redactor.redact(string).into();
    }
    redactor.redact_cut(beginning(string, limit)).into()
}

/// The error code of the header with its namespace, if there is one.
fn header_code(headers: &HeaderMap) -> Option<&str> {
    first_value(headers, &ERROR_TYPE).filter(|code| !bare_code(code).is_empty())
}

/// Removes the URL after the first `:` and the namespace up to the last `#`.
pub(crate) fn bare_code(code: &str) -> &str {
    let name = code.split(':').next().unwrap_or(code);
    name.rsplit('#').next().unwrap_or(name).trim()
}

/// The first value of a header that may be repeated or a list. Gateways add their own values after the service's.
fn first_value<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let values = headers.get_all(name).iter().filter_map(|value: &HeaderValue| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).find(|value| !value.is_empty())
}

fn request_id(headers: &HeaderMap, redactor: Redactor<'_>) -> Option<Box<str>> {
    let id = REQUEST_IDS.iter().find_map(|name| first_value(headers, name))?;
    Some(bounded(id, MOST_NAME_BYTES, redactor))
}

/// The beginning of a body for people to read, with control characters escaped.
fn excerpt(body: &[u8], redactor: Redactor<'_>) -> Option<Box<str>> {
    const CHARACTERS: usize = 512;
    /// Enough to find the end of a token that begins within the excerpt.
    const BYTES: usize = 32 * 1024;
    if body.is_empty() {
        return None;
    }
    let beginning = String::from_utf8_lossy(&body[..body.len().min(BYTES)]);
    // Redaction can shorten the text so much that its end is within the excerpt.
    let text = if BYTES < body.len() { redactor.redact_cut(&beginning) } else { redactor.redact(&beginning).into() };
    Some(OneLine { text: &text, limit: CHARACTERS }.to_string().into())
}
