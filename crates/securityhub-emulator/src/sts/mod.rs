//! STS, as far as roles in many accounts need it: the query protocol, `AssumeRole` and `GetCallerIdentity`.

mod assume_role;
mod get_caller_identity;
mod role;
mod session;

use http::StatusCode;
use securityhub_invitations::Partition;

pub use self::role::{InvalidRoleName, Role};
pub(crate) use self::session::{Session, Sessions};
use crate::{
    access_key::AccessKey, endpoint::Endpoint, incoming::Incoming, operations::Caller, response::Refusal, state::State,
};

const VERSION: &str = "2011-06-15";

/// An operation of STS.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    AssumeRole,
    GetCallerIdentity,
}

/// The input of an operation of STS.
pub(crate) struct Form {
    parameters: Vec<(String, String)>,
    /// Whether the request is for the global endpoint.
    global: bool,
}

impl Form {
    pub(crate) fn parse(incoming: &Incoming<'_>) -> Self {
        let parameters = form_urlencoded::parse(incoming.body).into_owned().collect();
        let path = incoming.path.trim_end_matches('/');
        let global = incoming.endpoint == Endpoint::GlobalSts || path.ends_with("/global");
        Self { parameters, global }
    }

    /// Returns a parameter's only value.
    fn parameter(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.parameters.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        match values.next() {
            None => Ok(value),
            Some(_) => Err(invalid("InvalidParameterValue", format!("{name} is given more than once"))),
        }
    }

    pub(crate) fn action(&self) -> Result<Action, Refusal> {
        let version = self.parameter("Version")?.unwrap_or_default();
        match self.parameter("Action")?.unwrap_or_default() {
            "AssumeRole" if version == VERSION => Ok(Action::AssumeRole),
            "GetCallerIdentity" if version == VERSION => Ok(Action::GetCallerIdentity),
            "" => Err(invalid("MissingAction", "The request has no Action")),
            action => Err(invalid(
                "InvalidAction",
                format!("Could not find operation {} for version {}", excerpt(action), excerpt(version)),
            )),
        }
    }
}

impl Action {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AssumeRole => "AssumeRole",
            Self::GetCallerIdentity => "GetCallerIdentity",
        }
    }

    /// Carries out the operation and returns the elements of its result.
    pub(crate) fn run(
        self,
        form: &Form,
        state: &mut State,
        caller: &Caller,
        key: &AccessKey,
    ) -> Result<String, Refusal> {
        match self {
            Self::AssumeRole => assume_role::run(form, state, caller, key),
            Self::GetCallerIdentity => Ok(get_caller_identity::run(caller, key)),
        }
    }
}

/// The caller in the form that STS reports.
struct Identity {
    arn: String,
    user_id: String,
}

impl Identity {
    fn of(caller: &Caller, key: &AccessKey) -> Self {
        let partition = Partition::of(&caller.region).id();
        match &key.session {
            Some(session) => Self {
                arn: format!("arn:{partition}:sts::{}:assumed-role/{}/{}", caller.account, session.role, session.name),
                user_id: format!("{}:{}", session.role_id(), session.name),
            },
            None => Self {
                arn: format!("arn:{partition}:iam::{}:user/emulator", caller.account),
                user_id: session::id("AIDA", caller.account.as_str()),
            },
        }
    }
}

fn invalid(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::front_end(StatusCode::BAD_REQUEST, code, message)
}

fn validation(message: impl Into<String>) -> Refusal {
    invalid("ValidationError", message)
}

/// Returns the start of a value for a message.
fn excerpt(value: &str) -> String {
    value.chars().take(100).collect()
}
