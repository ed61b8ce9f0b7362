//! A response's status, headers and body, made an output or an error.

use std::{borrow::Cow, collections::BTreeSet, fmt, sync::Arc};

use http::{HeaderMap, HeaderName, Response};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess},
};

use crate::{
    error::{Error, ErrorKind, Parts},
    operation::{DeleteInvitationsOutput, ReportedId, UnprocessedAccount},
    retry::RetryClass,
    text::{OneLine, without_cut_token, without_token},
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
    // serde_json does not look at the encoding of what it skips.
    let body = std::str::from_utf8(body).map_err(|error| format!("its body is not UTF-8: {error}"))?;
    let mut json = serde_json::Deserializer::from_str(body);
    let accounts = Output { token }.deserialize(&mut json).and_then(|accounts| json.end().map(|()| accounts));
    accounts.map_err(|error| format!("its body is not the promised JSON: {error}"))
}

fn service_error(response: &Response<impl AsRef<[u8]>>, body: &[u8], token: Option<&str>) -> Error {
    let status = response.status();
    let members: Option<ErrorMembers<'_>> = serde_json::from_slice(body).ok();
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
        code: code.map(|code| without_token(code.to_owned(), token).into()),
        message: message.map(|message| without_token(message.into_owned(), token).into()),
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
    let ids = REQUEST_IDS.map(|name| headers.get(name));
    let id = ids.into_iter().flatten().filter_map(|id| id.to_str().ok()).find(|id| !id.is_empty())?;
    Some(without_token(id.to_owned(), token).into())
}

fn excerpt(body: &[u8], token: Option<&str>) -> Box<str> {
    const CHARACTERS: usize = 512;
    /// Enough to find the end of a token that begins within the excerpt.
    const BYTES: usize = 32 * 1024;
    let beginning = &body[..body.len().min(BYTES)];
    let mut text = without_token(String::from_utf8_lossy(beginning).into_owned(), token);
    if beginning.len() < body.len() {
        // What came before may have become so short that even the cut is within the excerpt.
        text = without_cut_token(text, token);
    }
    OneLine { text: &text, limit: CHARACTERS }.to_string().into()
}

/// The body of a success.
struct Output<'t> {
    token: Option<&'t str>,
}

impl<'de> DeserializeSeed<'de> for Output<'_> {
    type Value = Vec<UnprocessedAccount>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> de::Visitor<'de> for Output<'_> {
    type Value = Vec<UnprocessedAccount>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut accounts = Vec::new();
        while let Some(member) = map.next_key_seed(MemberName(["UnprocessedAccounts"]))? {
            match member {
                Some(_) => accounts = map.next_value_seed(Accounts { token: self.token })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(accounts)
    }
}

/// The index of a member's name among those that are known.
struct MemberName<const N: usize>([&'static str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for MemberName<N> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<const N: usize> de::Visitor<'_> for MemberName<N> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|known| *known == name))
    }
}

/// The list of unprocessed accounts; `null` is the empty list.
struct Accounts<'t> {
    token: Option<&'t str>,
}

impl<'de> DeserializeSeed<'de> for Accounts<'_> {
    type Value = Vec<UnprocessedAccount>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> de::Visitor<'de> for Accounts<'_> {
    type Value = Vec<UnprocessedAccount>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of unprocessed accounts")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut reasons = Reasons { token: self.token, latest: None, all: BTreeSet::new() };
        let mut accounts = Vec::new();
        while let Some(account) = list.next_element_seed(Account { reasons: &mut reasons })? {
            accounts.push(account);
        }
        Ok(accounts)
    }
}

/// One element of the list; never `null`.
struct Account<'r, 't> {
    reasons: &'r mut Reasons<'t>,
}

impl<'de> DeserializeSeed<'de> for Account<'_, '_> {
    type Value = UnprocessedAccount;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<UnprocessedAccount, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> de::Visitor<'de> for Account<'_, '_> {
    type Value = UnprocessedAccount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an unprocessed account as an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UnprocessedAccount, A::Error> {
        let mut account = UnprocessedAccount { account_id: None, processing_result: None };
        while let Some(member) = map.next_key_seed(MemberName(["AccountId", "ProcessingResult"]))? {
            match member {
                Some(0) => {
                    account.account_id = map.next_value_seed(Text(|text: &str| self.reasons.reported_id(text)))?;
                }
                Some(_) => {
                    account.processing_result = map.next_value_seed(Text(|text: &str| self.reasons.shared(text)))?;
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(account)
    }
}

/// A string or `null`, made what the function makes of it, without a copy in between.
struct Text<F>(F);

impl<'de, T, F: FnOnce(&str) -> T> DeserializeSeed<'de> for Text<F> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<T, F: FnOnce(&str) -> T> de::Visitor<'_> for Text<F> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Option<T>, E> {
        Ok(Some((self.0)(text)))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }
}

/// The reasons seen so far. Most responses give the same few, often the same one throughout.
struct Reasons<'t> {
    token: Option<&'t str>,
    latest: Option<Arc<str>>,
    all: BTreeSet<Arc<str>>,
}

impl Reasons<'_> {
    /// A valid account id cannot hold a token; any other text can.
    fn reported_id(&self, text: &str) -> ReportedId {
        match ReportedId::new(text) {
            ReportedId::Other(text) => ReportedId::Other(without_token(text.into(), self.token).into()),
            account => account,
        }
    }

    fn shared(&mut self, reason: &str) -> Arc<str> {
        if let Some(latest) = self.latest.as_ref().filter(|latest| &***latest == reason) {
            return Arc::clone(latest);
        }
        let shared = self.all.get(reason).cloned().unwrap_or_else(|| {
            let new: Arc<str> = without_token(reason.to_owned(), self.token).into();
            self.all.insert(Arc::clone(&new));
            new
        });
        self.latest = Some(Arc::clone(&shared));
        shared
    }
}

/// What an error's body can say. Members of other types than string are as good as absent.
#[derive(Default)]
struct ErrorMembers<'de> {
    code: Option<Cow<'de, str>>,
    underscore_type: Option<Cow<'de, str>>,
    capital_code: Option<Cow<'de, str>>,
    message: Option<Cow<'de, str>>,
    capital_message: Option<Cow<'de, str>>,
    error_message: Option<Cow<'de, str>>,
}

impl<'de> Deserialize<'de> for ErrorMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = ErrorMembers<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ErrorMembers<'de>, A::Error> {
                const NAMES: [&str; 6] = ["code", "__type", "Code", "message", "Message", "errorMessage"];
                let mut members = ErrorMembers::default();
                while let Some(name) = map.next_key_seed(MemberName(NAMES))? {
                    let member = match name {
                        Some(0) => &mut members.code,
                        Some(1) => &mut members.underscore_type,
                        Some(2) => &mut members.capital_code,
                        Some(3) => &mut members.message,
                        Some(4) => &mut members.capital_message,
                        Some(_) => &mut members.error_message,
                        None => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *member = map.next_value::<Lenient<'de>>()?.0;
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

/// The text of a string, and nothing of any other value.
struct Lenient<'de>(Option<Cow<'de, str>>);

impl<'de> Deserialize<'de> for Lenient<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Lenient<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Lenient<'de>, E> {
                Ok(Lenient(Some(Cow::Borrowed(text))))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Lenient<'de>, E> {
                Ok(Lenient(Some(Cow::Owned(text.to_owned()))))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Lenient<'de>, E> {
                Ok(Lenient(None))
            }

            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Lenient<'de>, E> {
                Ok(Lenient(None))
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Lenient<'de>, E> {
                Ok(Lenient(None))
            }

            fn visit_u64<E: de::Error>(self, _: u64) -> Result<Lenient<'de>, E> {
                Ok(Lenient(None))
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Lenient<'de>, E> {
                Ok(Lenient(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Lenient<'de>, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Lenient(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Lenient<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Lenient(None))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}
