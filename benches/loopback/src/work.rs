//! The work: ids, the hub that signs for them, the answer that comes; and what of it is ours, measured alone.

use std::{hint::black_box, time::SystemTime};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::USER_AGENT};
use securityhub_invitations::{
    AccountId, Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, SecurityHub,
};

use crate::{Result, server::Server};

/// A call of so many ids, of which all come back as unprocessed: the most that there can be to parse.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) hub: SecurityHub,
    pub(crate) server: Server,
    ids: Vec<AccountId>,
    answer: Response<Vec<u8>>,
}

impl Work {
    pub(crate) fn new(ids: usize) -> Result<Self> {
        let ids = (0..ids).map(|number| format!("{:012}", 111_122_223_333 + number).parse());
        let ids: Vec<AccountId> = ids.collect::<std::result::Result<_, _>>()?;
        let answer = answer(&ids)?;
        let server = Server::start(on_the_wire(&answer)?)?;
        let endpoint = Endpoint::custom(&"eu-central-1".parse()?, &server.url())?;
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
        Ok(Self { hub: SecurityHub::new(endpoint, credentials), server, ids, answer })
    }

    /// How many ids a call has.
    pub(crate) fn size(&self) -> usize {
        self.ids.len()
    }

    /// The input of a call, made anew from ids that are checked: its body is written and hashed here.
    pub(crate) fn input(&self) -> DeleteInvitations {
        DeleteInvitations::from_account_ids(self.ids.iter().copied()).expect("there is at least one id")
    }

    /// What a client sends for this call, signed already.
    pub(crate) fn signed_request(&self, user_agent: &str) -> Result<Request<Bytes>> {
        let mut request = self.hub.request(&self.input(), SystemTime::now());
        request.headers_mut().insert(USER_AGENT, user_agent.try_into()?);
        Ok(request)
    }

    /// An error unless the answer is as long as the one that the server gives.
    pub(crate) fn check(&self, status: StatusCode, body: &[u8]) -> Result<()> {
        if status == StatusCode::OK && body.len() == self.answer.body().len() {
            return Ok(());
        }
        Err(format!("not the server's answer: {status}, {} bytes", body.len()).into())
    }

    /// An error unless every account came back as unprocessed.
    pub(crate) fn check_output(&self, output: &DeleteInvitationsOutput) -> Result<()> {
        let count = output.unprocessed_accounts().len();
        if count == self.ids.len() { Ok(()) } else { Err(format!("{count} accounts in the answer").into()) }
    }

    /// Our work before a request is sent.
    pub(crate) fn build_and_sign(&self) {
        drop(black_box(self.hub.delete_invitations(self.input()).sign(SystemTime::now())));
    }

    /// Our work after an answer has come.
    pub(crate) fn parse(&self) {
        drop(black_box(DeleteInvitationsOutput::parse(black_box(&self.answer)).expect("it is a success")));
    }
}

/// With the headers that the service sends.
fn answer(ids: &[AccountId]) -> Result<Response<Vec<u8>>> {
    let account = |id| format!(r#"{{"AccountId":"{id}","ProcessingResult":"Invitation not found"}}"#);
    let accounts: Vec<String> = ids.iter().map(account).collect();
    let body = format!(r#"{{"UnprocessedAccounts":[{}]}}"#, accounts.join(","));
    Ok(Response::builder()
        .header("date", "Tue, 24 Nov 2026 12:00:00 GMT")
        .header("content-type", "application/json")
        .header("content-length", body.len())
        .header("x-amzn-requestid", "4f3c2a10-8e57-4c1b-9a75-0d2f6b3c9e11")
        .body(body.into_bytes())?)
}

fn on_the_wire(answer: &Response<Vec<u8>>) -> Result<Vec<u8>> {
    let mut bytes = b"HTTP/1.1 200 OK\r\n".to_vec();
    for (name, value) in answer.headers() {
        bytes.extend_from_slice(format!("{name}: {}\r\n", value.to_str()?).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(answer.body());
    Ok(bytes)
}
