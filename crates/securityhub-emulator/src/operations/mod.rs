//! The operations, one file each, and the table that routes requests to them.

mod decline_invitations;
mod delete_invitations;
mod disassociate_from_administrator_account;
mod get_administrator_account;
mod list_invitations;
mod list_members;

use http::{Method, StatusCode};
use securityhub_invitations::{AccountId, Region};
use serde_json::{Value, json};

use self::list_members::ListMembers;
use crate::{account_ids::account_ids, clock::Moment, hubs::Hubs, incoming::Incoming, page::Page, response::Refusal};

/// An operation with its parsed input.
#[derive(Debug)]
pub(crate) enum Operation {
    DeclineInvitations(Vec<String>),
    DeleteInvitations(Vec<String>),
    DisassociateFromAdministratorAccount,
    GetAdministratorAccount,
    ListInvitations(Page),
    ListMembers(ListMembers),
}

/// The authenticated sender of a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    /// The service's time of the request.
    pub(crate) now: Moment,
}

/// Parses the input of one operation.
pub(crate) type Parse = fn(&Incoming<'_>) -> Result<Operation, Refusal>;

/// How requests for an operation look.
pub(crate) struct Route {
    pub(crate) name: &'static str,
    method: Method,
    path: &'static str,
    pub(crate) parse: Parse,
}

static ROUTES: [Route; 6] = [
    Route {
        name: "DeleteInvitations",
        method: Method::POST,
        path: "/invitations/delete",
        parse: |incoming| account_ids(incoming).map(Operation::DeleteInvitations),
    },
    Route {
        name: "DeclineInvitations",
        method: Method::POST,
        path: "/invitations/decline",
        parse: |incoming| account_ids(incoming).map(Operation::DeclineInvitations),
    },
    Route {
        name: "ListInvitations",
        method: Method::GET,
        path: "/invitations",
        parse: |incoming| Page::parse(incoming).map(Operation::ListInvitations),
    },
    Route {
        name: "ListMembers",
        method: Method::GET,
        path: "/members",
        parse: |incoming| ListMembers::parse(incoming).map(Operation::ListMembers),
    },
    Route {
        name: "GetAdministratorAccount",
        method: Method::GET,
        path: "/administrator",
        parse: |_| Ok(Operation::GetAdministratorAccount),
    },
    Route {
        name: "DisassociateFromAdministratorAccount",
        method: Method::POST,
        path: "/administrator/disassociate",
        parse: disassociate_from_administrator_account::parse,
    },
];

/// Finds the operation of a request. Its path may have any base.
pub(crate) fn route(incoming: &Incoming<'_>) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.method == incoming.method && incoming.path.ends_with(route.path))
}

/// The result of an operation.
pub(crate) struct Done {
    pub(crate) body: Value,
    /// The number of deleted invitations.
    pub(crate) deleted: u64,
}

impl Done {
    fn read(body: Value) -> Self {
        Self { body, deleted: 0 }
    }
}

impl Operation {
    /// Carries out the operation for `caller`. `subscribed` is the default of all hubs.
    pub(crate) fn run(self, hubs: &mut Hubs, caller: &Caller, subscribed: bool) -> Result<Done, Refusal> {
        let hub = hubs.hub(caller.account, &caller.region);
        if !hub.and_then(|hub| hub.subscribed).unwrap_or(subscribed) {
            return Err(Refusal::service(
                StatusCode::UNAUTHORIZED,
                "InvalidAccessException",
                format!("Account {} is not subscribed to AWS Security Hub", caller.account),
            ));
        }
        match self {
            Self::DeclineInvitations(ids) => Ok(decline_invitations::run(&ids, hubs, caller)),
            Self::DeleteInvitations(ids) => Ok(delete_invitations::run(&ids, hubs, caller)),
            Self::DisassociateFromAdministratorAccount => disassociate_from_administrator_account::run(hubs, caller),
            Self::GetAdministratorAccount => Ok(Done::read(get_administrator_account::run(hub))),
            Self::ListInvitations(page) => list_invitations::run(&page, hub, caller).map(Done::read),
            Self::ListMembers(input) => input.run(hub, caller).map(Done::read),
        }
    }
}

/// An account that the operation did nothing for. AWS publishes no results: the wording is the emulator's.
struct Unprocessed<'a> {
    id: &'a str,
    result: &'static str,
}

impl Unprocessed<'_> {
    const NOT_INVITED: &'static str = "The account has no invitation in this Region";
    const ACCEPTED: &'static str = "The invitation was accepted. Disassociate from the administrator account first";
}

fn unprocessed_accounts(accounts: &[Unprocessed<'_>]) -> Value {
    let accounts: Vec<_> =
        accounts.iter().map(|account| json!({ "AccountId": account.id, "ProcessingResult": account.result })).collect();
    json!({ "UnprocessedAccounts": accounts })
}
