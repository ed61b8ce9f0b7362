//! Reads any response as one to each of the six operations. Any bytes are an output or an error that follows the rules. Nothing
//! shows the session token or has control characters, and every requested account has a verdict.
#![no_main]

use std::{collections::HashSet, fmt::Write};

use bytes::Bytes;
use http::Response;
use libfuzzer_sys::fuzz_target;
use securityhub_invitations::{
    AccountId, Credentials, DeclineInvitations, DeclineInvitationsOutput, DeleteInvitations, DeleteInvitationsOutput,
    DisassociateFromAdministratorAccount, DisassociateFromAdministratorAccountOutput, Endpoint, Error, ErrorKind,
    GetAdministratorAccount, GetAdministratorAccountOutput, ListInvitations, ListInvitationsOutput, ListMembers,
    ListMembersOutput, Operation, Outcome, RetryPolicy, SecurityHub, UnprocessedAccount, Verdict,
};
use securityhub_invitations_fuzz::{Class, Json, KEY_ID, SECRET, mutation, now, response};

const IDS: [&str; 3] = ["111122223333", "444455556666", "777788889999"];

/// A token as long as real ones. The byte 1 in the input stands for it.
fn token() -> String {
    "IQoJb3JpZ2luX2VjEXAMPLETOKENwEaCXVzLWVhc3QtMSJHMEUCIQ==".repeat(16)
}

fuzz_target!(|input: &[u8]| mutation::run(input, check_input));

fn check_input(input: &[u8]) {
    let token = token();
    let mut bytes = Vec::new();
    for byte in input {
        match byte {
            1 => bytes.extend_from_slice(token.as_bytes()),
            byte => bytes.push(*byte),
        }
    }
    let response = response(&bytes);
    let body = Body::read(response.body());

    let endpoint = Endpoint::regional(&"us-east-1".parse().unwrap()).unwrap();
    let credentials = Credentials::new(KEY_ID, SECRET).unwrap().with_session_token(token.clone()).unwrap();
    let hub = SecurityHub::new(endpoint, credentials).with_retry_policy(RetryPolicy::never());

    let delete = DeleteInvitations::new(IDS).unwrap();
    let decline = DeclineInvitations::new(IDS).unwrap();
    let list = ListInvitations::new().with_next_token("token");
    let mut shown = String::new();
    // Every macro call is one operation: its input, the reader of its output, and the shape of a success.
    macro_rules! check {
        ($operation:expr, $output:ty, $shape:expr) => {{
            let stateless = <$output>::from_response(&response);
            let result = through_call(&hub, $operation, &response);
            assert_eq!(result.is_ok(), stateless.is_ok());
            match &result {
                Ok(output) => write!(shown, "{output:?}").unwrap(),
                Err(error) => check_error(&response, error, stateless.as_ref().unwrap_err(), &mut shown),
            }
            body.check(&response, result.is_ok(), &$shape);
            result.ok()
        }};
    }
    let unprocessed = Shape::list("UnprocessedAccounts", &["AccountId", "ProcessingResult"], &[]);
    let invitation: &[&str] = &["AccountId", "InvitationId", "MemberStatus"];
    let member: &[&str] = &["AccountId", "Email", "MasterId", "AdministratorId", "MemberStatus"];
    if let Some(output) = check!(delete.clone(), DeleteInvitationsOutput, unprocessed) {
        let verdicts: Vec<_> = output.verdicts(&delete).collect();
        check_verdicts(&verdicts, output.unprocessed_accounts());
        assert_eq!(output.is_complete(), verdicts.iter().all(|(_, verdict)| *verdict == Verdict::Done));
        write!(shown, "{}", serde_json::to_string(output.unprocessed_accounts()).unwrap()).unwrap();
    }
    if let Some(output) = check!(decline.clone(), DeclineInvitationsOutput, unprocessed) {
        check_verdicts(&output.verdicts(&decline).collect::<Vec<_>>(), output.unprocessed_accounts());
    }
    if let Some(output) =
        check!(list.clone(), ListInvitationsOutput, Shape::list("Invitations", invitation, &["InvitedAt"]))
    {
        // A list ends, or continues with a token that is new.
        match list.next_page(&output) {
            Ok(next) => assert!(next.is_none_or(|next| next.next_token() != Some("token"))),
            Err(_) => assert!(output.next_token().is_some_and(|next| next == "token" || next.len() > 8 * 1024)),
        }
    }
    check!(ListMembers::new(), ListMembersOutput, Shape::list("Members", member, &["InvitedAt", "UpdatedAt"]));
    let administrator = Shape::object("Administrator", invitation, &["InvitedAt"]);
    check!(GetAdministratorAccount::new(), GetAdministratorAccountOutput, administrator);
    check!(DisassociateFromAdministratorAccount::new(), DisassociateFromAdministratorAccountOutput, Shape::empty());

    // Neither the token nor a useful piece of it is shown.
    let has_piece = input.windows(24).any(|window| window == &token.as_bytes()[..24]);
    assert!(has_piece || !shown.contains(&token[..24]), "{shown}");
}

/// Reads the response to a call's only attempt.
fn through_call<O: Operation>(hub: &SecurityHub, operation: O, response: &Response<Bytes>) -> Result<O::Output, Error> {
    let (_, in_flight) = hub.call(operation).sign(now());
    match in_flight.handle_response(response, now()) {
        Outcome::Done(result) => result,
        Outcome::Retry(_) => panic!("the policy allows no retry"),
    }
}

fn check_verdicts(verdicts: &[(AccountId, Verdict<'_>)], unprocessed: &[UnprocessedAccount]) {
    assert!(verdicts.iter().map(|(id, _)| id.as_str()).eq(IDS), "one verdict for each id, in order");
    let named: HashSet<Option<&str>> = unprocessed.iter().map(UnprocessedAccount::account_id).collect();
    let has_stray = named.iter().any(|id| id.is_none_or(|id| !IDS.contains(&id)));
    for (id, verdict) in verdicts {
        match verdict {
            Verdict::Done => assert!(!has_stray && !named.contains(&Some(id.as_str()))),
            Verdict::NotProcessed(account) => assert_eq!(account.account_id(), Some(id.as_str())),
            _ => assert!(has_stray && !named.contains(&Some(id.as_str()))),
        }
    }
}

/// Checks what every error has, whatever the operation.
fn check_error(response: &Response<Bytes>, error: &Error, stateless: &Error, shown: &mut String) {
    let message = error.to_string();
    assert!(!message.contains(char::is_control) && message.chars().count() < 20_000, "{message}");
    assert_eq!((error.kind(), error.status()), (stateless.kind(), response.status()));
    assert_eq!(error.kind() == ErrorKind::Malformed, response.status().is_success());
    assert_eq!(error.attempts(), Some(1));
    assert_eq!(error.unconfirmed_attempts(), Some(u32::from(!error.is_confirmed())));
    assert!(!error.may_have_taken_effect() || !error.is_confirmed());
    if response.status().is_success() {
        assert!(!error.is_retryable());
    } else {
        // Without a call, the clock is not known.
        let class = Class::of(response.status().as_u16(), stateless.code());
        assert_eq!(stateless.is_retryable(), class.is_some());
        assert!(error.is_retryable() || class.is_none());
    }
    write!(shown, "{error:?} {message} {:?} {:?} {:?}", error.message(), error.excerpt(), error.code()).unwrap();
    check_header_code(response, error);
}

/// The header with the code has precedence over every body.
fn check_header_code(response: &Response<Bytes>, error: &Error) {
    let values = response.headers().get_all("x-amzn-errortype").iter().filter_map(|value| value.to_str().ok());
    let Some(first) = values.flat_map(|value| value.split(',')).map(str::trim).find(|value| !value.is_empty()) else {
        return;
    };
    let code = first.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default().trim();
    // Long codes are cut, and anything that looks like a token is redacted.
    let is_whole = code.len() < 1000 && !error.code().is_some_and(|code| code.contains("[redacted]"));
    if !code.is_empty() && is_whole {
        assert_eq!(error.code(), Some(code));
    }
}

/// The body, as another reader of JSON sees it.
enum Body {
    Empty,
    NotUtf8,
    Invalid,
    Json(Json),
    /// JSON whose skipped parts this reader checks more strictly than the crate.
    Unknown,
}

impl Body {
    fn read(body: &[u8]) -> Self {
        const STRICT: [&str; 5] = ["number out", "recursion", "surrogate", "hex escape", "code point"];
        if body.is_empty() {
            return Self::Empty;
        }
        let Ok(body) = std::str::from_utf8(body) else { return Self::NotUtf8 };
        match serde_json::from_str(body) {
            Ok(json) => Self::Json(json),
            Err(error) if STRICT.iter().any(|word| error.to_string().contains(word)) => Self::Unknown,
            Err(_) => Self::Invalid,
        }
    }

    /// Checks rule 7: whether a response is a success.
    fn check(&self, response: &Response<Bytes>, is_ok: bool, shape: &Shape) {
        if !response.status().is_success() || response.headers().contains_key("x-amzn-errortype") {
            assert!(!is_ok);
            return;
        }
        let expected = match self {
            Self::Empty => shape.member.is_none(),
            Self::NotUtf8 | Self::Invalid => false,
            Self::Json(json) => match shape.fits(json) {
                Some(fits) => fits,
                None => return,
            },
            Self::Unknown => return,
        };
        assert_eq!(is_ok, expected, "{:?}", response.body());
    }
}

/// The shape of a successful response.
struct Shape {
    /// The main member. `None` if the operation has no output members.
    member: Option<&'static str>,
    is_list: bool,
    strings: &'static [&'static str],
    times: &'static [&'static str],
}

const FOREIGN: [&str; 12] = [
    "__type",
    "code",
    "Code",
    "message",
    "Message",
    "errorMessage",
    "error",
    "UnprocessedAccounts",
    "Invitations",
    "Members",
    "Administrator",
    "Master",
];

impl Shape {
    const fn list(member: &'static str, strings: &'static [&'static str], times: &'static [&'static str]) -> Self {
        Self { member: Some(member), is_list: true, strings, times }
    }

    const fn object(member: &'static str, strings: &'static [&'static str], times: &'static [&'static str]) -> Self {
        Self { is_list: false, ..Self::list(member, strings, times) }
    }

    const fn empty() -> Self {
        Self { member: None, is_list: false, strings: &[], times: &[] }
    }

    /// Returns whether the document fits. `None` if it is too large for this reader to tell.
    fn fits(&self, json: &Json) -> Option<bool> {
        let Json::Object(members) = json else { return Some(false) };
        let named = |name: &str| -> Vec<&Json> {
            members.iter().filter(|(known, _)| known == name).map(|(_, value)| value).collect()
        };
        let has_foreign =
            members.iter().any(|(name, _)| FOREIGN.contains(&name.as_str()) && Some(name.as_str()) != self.member);
        let Some(member) = self.member else { return Some(!has_foreign) };
        let own = named(member);
        let has_own = own.iter().any(|value| !matches!(value, Json::Null));
        let has_token = self.is_list && member != "UnprocessedAccounts";
        let tokens = if has_token { named("NextToken") } else { Vec::new() };
        let is_string = |value: &&Json| matches!(value, Json::Null | Json::String(_));
        if own.len() > 1 || tokens.len() > 1 || !tokens.iter().all(is_string) || (has_foreign && !has_own) {
            return Some(false);
        }
        match (own.first(), self.is_list) {
            (None | Some(Json::Null), _) => Some(true),
            (Some(Json::List(entries)), true) if entries.len() <= 1000 => {
                Some(entries.iter().all(|entry| self.fits_entry(entry)))
            }
            (Some(Json::List(_)), true) => None,
            (Some(entry), false) => Some(self.fits_entry(entry)),
            _ => Some(false),
        }
    }

    fn fits_entry(&self, entry: &Json) -> bool {
        let Json::Object(members) = entry else { return false };
        let mut seen = HashSet::new();
        members.iter().all(|(name, value)| {
            let is_known = |names: &[&str]| names.contains(&name.as_str());
            let fits = match value {
                Json::Null | Json::String(_) => true,
                Json::Number => !is_known(self.strings),
                _ => !is_known(self.strings) && !is_known(self.times),
            };
            fits && (!(is_known(self.strings) || is_known(self.times)) || seen.insert(name))
        })
    }
}
