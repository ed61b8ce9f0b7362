//! A response's status, headers and body, made an output or an error.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use http::{HeaderMap, HeaderName, Response};

use crate::{
    display::OneLine,
    error::{Error, ErrorKind, Parts},
    json::{self, Defect, Reader},
    operation::{DeleteInvitationsOutput, ReportedId, UnprocessedAccount},
    redact::{without_cut_token, without_token},
    retry::RetryClass,
};

/// The longest response body that adapters read, in bytes: 16 MiB. A response that lists 100 000 accounts has a few MiB.
pub const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;

impl DeleteInvitationsOutput {
    /// Reads any HTTP response to the operation, whatever carried it.
    ///
    /// Success is a status of 200–299 with an empty body or a JSON object; anything else there is
    /// [`ErrorKind::Malformed`], since deletions must not be reported that may not have happened. Of every other status
    /// the code is looked for in the header `x-amzn-errortype`, then in the body's `code`, `__type` and `Code`. Headers that
    /// a browser hides, or a proxy drops, are not needed.
    ///
    /// A session token that the response quotes is redacted where it stands in an `x-amz-security-token` line. A
    /// [`Call`](crate::Call), which knows the token, redacts it everywhere.
    ///
    /// # Errors
    /// [`Error`], which says what the service answered.
    pub fn parse(response: &Response<impl AsRef<[u8]>>) -> Result<Self, Error> {
        parse(response, None)
    }
}

// Constants, since looking a text up takes a parser of names that has every standard header in it: 15 KB of WebAssembly.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_IDS: [HeaderName; 2] =
    [HeaderName::from_static("x-amzn-requestid"), HeaderName::from_static("x-amz-request-id")];

/// `token` is the session token that was sent: it is redacted wherever the response repeats it.
pub(crate) fn parse(
    response: &Response<impl AsRef<[u8]>>,
    token: Option<&str>,
) -> Result<DeleteInvitationsOutput, Error> {
    let body = response.body().as_ref();
    if !response.status().is_success() {
        return Err(service_error(response, body, token));
    }
    match parse_success(body, token) {
        Ok(unprocessed_accounts) => Ok(DeleteInvitationsOutput {
            unprocessed_accounts,
            request_id: request_id(response.headers(), token),
            attempts: 1,
            unanswered_attempts: 0,
        }),
        Err(defect) => Err(Error::new(Parts {
            kind: ErrorKind::Malformed,
            status: response.status(),
            code: None,
            message: None,
            defect: Some(OneLine { text: &without_token(defect, token), limit: 300 }.to_string().into()),
            request_id: request_id(response.headers(), token),
            excerpt: Some(excerpt(body, token)),
            attempts: 1,
            unanswered_attempts: 0,
            is_retryable: false,
        })),
    }
}

fn parse_success(body: &[u8], token: Option<&str>) -> Result<Vec<UnprocessedAccount>, String> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let body = std::str::from_utf8(body).map_err(|error| format!("its body is not UTF-8: {error}"))?;
    let mut accounts = Vec::new();
    let read = json::read_object(body, &mut |json, name| {
        if name != "UnprocessedAccounts" {
            return json.skip();
        }
        accounts = unprocessed_accounts(json, token)?;
        Ok(())
    });
    read.map_err(|defect| format!("its body is not the promised JSON: {defect}"))?;
    Ok(accounts)
}

/// The list of unprocessed accounts; `null` is the empty list, but no element of one.
fn unprocessed_accounts(json: &mut Reader<'_>, token: Option<&str>) -> Result<Vec<UnprocessedAccount>, Defect> {
    let mut accounts = Vec::new();
    if json.null()? {
        return Ok(accounts);
    }
    let mut reasons = Reasons { token, latest: None, all: BTreeSet::new() };
    json.list(&mut |json, _| {
        let mut account = UnprocessedAccount { account_id: None, processing_result: None };
        json.object(&mut |json, name| {
            match name {
                "AccountId" => account.account_id = json.text()?.map(|id| reasons.reported_id(&id)),
                "ProcessingResult" => account.processing_result = json.text()?.map(|reason| reasons.shared(&reason)),
                _ => json.skip()?,
            }
            Ok(())
        })?;
        accounts.push(account);
        Ok(())
    })?;
    Ok(accounts)
}

fn service_error(response: &Response<impl AsRef<[u8]>>, body: &[u8], token: Option<&str>) -> Error {
    let status = response.status();
    let members = std::str::from_utf8(body).ok().and_then(|body| ErrorMembers::read(body).ok());
    let excerpt = (members.is_none() && !body.is_empty()).then(|| excerpt(body, token));
    let members = members.unwrap_or_default();

    let header = response.headers().get(ERROR_TYPE).and_then(|value| value.to_str().ok());
    let codes = [header, members.code.as_deref(), members.underscore_type.as_deref(), members.capital_code.as_deref()];
    let code = codes.into_iter().flatten().map(bare_code).find(|code| !code.is_empty());
    let messages = [members.message, members.capital_message, members.error_message];
    let message = messages.into_iter().flatten().find(|message| !message.is_empty());

    Error::new(Parts {
        kind: ErrorKind::classify(code, status, message.as_deref()),
        status,
        is_retryable: RetryClass::of_response(code, status).is_some(),
        code: code.map(|code| without_token(code, token).into()),
        message: message.map(|message| without_token(message, token).into()),
        defect: None,
        request_id: request_id(response.headers(), token),
        excerpt,
        attempts: 1,
        unanswered_attempts: 0,
    })
}

/// Without the URL after the first `:` and the namespace up to the last `#`.
fn bare_code(code: &str) -> &str {
    let name = code.split(':').next().unwrap_or(code);
    name.rsplit('#').next().unwrap_or(name).trim()
}

fn request_id(headers: &HeaderMap, token: Option<&str>) -> Option<Box<str>> {
    let mut ids = REQUEST_IDS.into_iter().filter_map(|name| headers.get(name)?.to_str().ok());
    let id = ids.find(|id| !id.is_empty())?;
    Some(without_token(id, token).into())
}

fn excerpt(body: &[u8], token: Option<&str>) -> Box<str> {
    const CHARACTERS: usize = 512;
    /// Enough to find the end of a token that begins within the excerpt.
    const BYTES: usize = 32 * 1024;
    let beginning = &body[..body.len().min(BYTES)];
    let mut text = without_token(String::from_utf8_lossy(beginning), token).into_owned();
    if beginning.len() < body.len() {
        // What came before may have become so short that even the cut is within the excerpt.
        text = without_cut_token(text, token);
    }
    OneLine { text: &text, limit: CHARACTERS }.to_string().into()
}

/// The reasons seen so far. Most responses give the same few, often the same one throughout.
struct Reasons<'t> {
    token: Option<&'t str>,
    latest: Option<Arc<str>>,
    all: BTreeSet<Arc<str>>,
}

impl Reasons<'_> {
    /// Where there are more, each has its own: there is little to share, and to look among them takes longer than to copy.
    const KEPT_AT_MOST: usize = 64;

    /// A valid account id cannot hold a token; any other text can.
    fn reported_id(&self, text: &str) -> ReportedId {
        match ReportedId::new(text) {
            ReportedId::Other(text) => ReportedId::Other(without_token(&*text, self.token).into()),
            account => account,
        }
    }

    fn shared(&mut self, reason: &str) -> Arc<str> {
        if let Some(latest) = self.latest.as_ref().filter(|latest| &***latest == reason) {
            return Arc::clone(latest);
        }
        let shared = self.all.get(reason).cloned().unwrap_or_else(|| {
            let new: Arc<str> = without_token(reason, self.token).into();
            if self.all.len() < Self::KEPT_AT_MOST {
                self.all.insert(Arc::clone(&new));
            }
            new
        });
        self.latest = Some(Arc::clone(&shared));
        shared
    }
}

/// What an error's body can say. Members of other types than string are as good as absent.
#[derive(Default)]
struct ErrorMembers<'a> {
    code: Option<Cow<'a, str>>,
    underscore_type: Option<Cow<'a, str>>,
    capital_code: Option<Cow<'a, str>>,
    message: Option<Cow<'a, str>>,
    capital_message: Option<Cow<'a, str>>,
    error_message: Option<Cow<'a, str>>,
}

impl<'a> ErrorMembers<'a> {
    fn read(body: &'a str) -> Result<Self, Defect> {
        let mut members = Self::default();
        json::read_object(body, &mut |json, name| {
            let member = match name {
                "code" => &mut members.code,
                "__type" => &mut members.underscore_type,
                "Code" => &mut members.capital_code,
                "message" => &mut members.message,
                "Message" => &mut members.capital_message,
                "errorMessage" => &mut members.error_message,
                _ => return json.skip(),
            };
            *member = json.text_if_any()?;
            Ok(())
        })?;
        Ok(members)
    }
}
