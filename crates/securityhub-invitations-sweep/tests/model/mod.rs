//! A model of the service: every hub's invitations and administrator, and what happened to each invitation.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use securityhub_invitations::AccountId;
use securityhub_invitations_sweep::HubId;

/// `SplitMix64`: the same numbers on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("it fits")
    }

    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}

pub(crate) fn account(number: usize) -> AccountId {
    format!("{number:012}").parse().expect("12 digits")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Normal,
    NotSubscribed,
    Denied,
    ExpiredCredentials,
}

#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    pub(crate) id: String,
    /// The service reports it as unprocessed and keeps it.
    pub(crate) is_stuck: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct ServerHub {
    pub(crate) mode: Mode,
    pub(crate) invitations: BTreeMap<AccountId, Invitation>,
    pub(crate) administrator: Option<AccountId>,
    tokens_full_at: Duration,
}

#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) hubs: Vec<ServerHub>,
    /// Every invitation that a request deleted.
    pub(crate) deleted: BTreeSet<(HubId, String)>,
    pub(crate) disassociated: BTreeSet<HubId>,
    /// Every account that a request to decline or delete named.
    pub(crate) touched: BTreeSet<(HubId, AccountId)>,
    pub(crate) requests: u64,
    pub(crate) writes: u64,
    pub(crate) over_the_limit: u64,
    /// Requests that the service carries out later, without a response.
    pub(crate) delayed: Vec<(HubId, Request<Bytes>)>,
    next_invitation: u64,
}

const PAGE: usize = 3;

impl Server {
    pub(crate) fn new(hubs: usize, most_invitations: usize, random: &mut Random) -> Self {
        let mut server = Self {
            hubs: Vec::new(),
            deleted: BTreeSet::new(),
            disassociated: BTreeSet::new(),
            touched: BTreeSet::new(),
            requests: 0,
            writes: 0,
            over_the_limit: 0,
            delayed: Vec::new(),
            next_invitation: 0,
        };
        for _ in 0..hubs {
            let mode = match random.below(12) {
                0 => Mode::NotSubscribed,
                1 => Mode::Denied,
                2 => Mode::ExpiredCredentials,
                _ => Mode::Normal,
            };
            let mut invitations = BTreeMap::new();
            for _ in 0..random.below(most_invitations + 1) {
                let is_stuck = random.percent(10);
                invitations.insert(account(random.below(1000)), server.invitation(is_stuck));
            }
            let administrator = random.percent(50).then(|| account(random.below(1000)));
            server.hubs.push(ServerHub { mode, invitations, administrator, tokens_full_at: Duration::ZERO });
        }
        server
    }

    pub(crate) fn invitation(&mut self, is_stuck: bool) -> Invitation {
        self.next_invitation += 1;
        Invitation { id: format!("{:032x}", self.next_invitation), is_stuck }
    }

    /// Counts a request against AWS's limit: 10 per second, burst 30.
    pub(crate) fn count(&mut self, hub: HubId, now: Duration) {
        const INTERVAL: Duration = Duration::from_millis(100);
        let hub = &mut self.hubs[hub.number() as usize];
        self.requests += 1;
        let full_at = hub.tokens_full_at.max(now) + INTERVAL;
        if full_at > now + 30 * INTERVAL {
            self.over_the_limit += 1;
        }
        hub.tokens_full_at = full_at;
    }

    pub(crate) fn carry_out_delayed(&mut self) {
        for (hub, request) in std::mem::take(&mut self.delayed) {
            self.respond(hub, &request);
        }
    }

    pub(crate) fn respond(&mut self, id: HubId, request: &Request<Bytes>) -> Response<Vec<u8>> {
        let hub = &mut self.hubs[id.number() as usize];
        match hub.mode {
            Mode::Normal => {}
            Mode::NotSubscribed => {
                return error(401, "InvalidAccessException", "Account is not subscribed to AWS Security Hub");
            }
            Mode::Denied => return error(403, "AccessDeniedException", "not authorized, with an explicit deny"),
            Mode::ExpiredCredentials => return error(403, "ExpiredTokenException", "The token has expired"),
        }
        let path = request.uri().path();
        let is_write = matches!(path, "/administrator/disassociate" | "/invitations/decline" | "/invitations/delete");
        self.writes += u64::from(is_write);
        match path {
            "/administrator" => match hub.administrator {
                Some(administrator) => {
                    ok(format!(r#"{{"Administrator":{{"AccountId":"{administrator}","MemberStatus":"Enabled"}}}}"#))
                }
                None => ok("{}".to_owned()),
            },
            "/administrator/disassociate" => match hub.administrator.take() {
                Some(_) => {
                    self.disassociated.insert(id);
                    ok("{}".to_owned())
                }
                None => error(400, "InvalidInputException", "The account is not associated with an administrator"),
            },
            "/invitations" => {
                let query = request.uri().query().unwrap_or_default();
                let token = query.split('&').find_map(|pair| pair.strip_prefix("NextToken="));
                let after: Option<AccountId> = token.map(|token| token.parse().expect("our own token"));
                let rest = hub.invitations.iter().filter(|(id, _)| after.is_none_or(|after| **id > after));
                let page: Vec<_> = rest.clone().take(PAGE).collect();
                let next = rest.clone().nth(PAGE).and_then(|_| page.last());
                let next = next.map_or_else(String::new, |(id, _)| format!(r#","NextToken":"{id}""#));
                let entries = page.iter().map(|(account, invitation)| {
                    format!(r#"{{"AccountId":"{account}","InvitationId":"{}"}}"#, invitation.id)
                });
                ok(format!(r#"{{"Invitations":[{}]{next}}}"#, entries.collect::<Vec<_>>().join(",")))
            }
            "/invitations/decline" | "/invitations/delete" => {
                let body = std::str::from_utf8(request.body()).expect("UTF-8");
                let ids = body.split('"').filter_map(|part| part.parse::<AccountId>().ok());
                let mut unprocessed = Vec::new();
                for account in ids {
                    self.touched.insert((id, account));
                    match hub.invitations.get(&account) {
                        Some(invitation) if !invitation.is_stuck => {
                            if path == "/invitations/delete" {
                                self.deleted.insert((id, invitation.id.clone()));
                                hub.invitations.remove(&account);
                            }
                        }
                        _ => unprocessed.push(format!(r#"{{"AccountId":"{account}","ProcessingResult":"no"}}"#)),
                    }
                }
                ok(format!(r#"{{"UnprocessedAccounts":[{}]}}"#, unprocessed.join(",")))
            }
            path => panic!("unexpected path {path}"),
        }
    }
}

fn ok(body: String) -> Response<Vec<u8>> {
    Response::new(body.into_bytes())
}

pub(crate) fn error(status: u16, code: &str, message: &str) -> Response<Vec<u8>> {
    Response::builder()
        .status(status)
        .header("x-amzn-errortype", code)
        .body(format!(r#"{{"Message":"{message}"}}"#).into_bytes())
        .expect("a valid response")
}
