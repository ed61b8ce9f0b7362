//! The workload of a call: its ids, the hub that signs it, and the server's response. Our part can be measured alone.

use std::{hint::black_box, time::SystemTime};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::USER_AGENT};
use securityhub_invitations::{
    AccountId, Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, SecurityHub,
};

use crate::{Result, server::Server};

/// A call with a number of ids. The response reports all of them as unprocessed, which is the most to parse.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) hub: SecurityHub,
    pub(crate) server: Server,
    ids: Vec<AccountId>,
    response: Response<Vec<u8>>,
}

impl Workload {
    pub(crate) fn new(ids: usize) -> Result<Self> {
        let ids = (0..ids).map(|number| format!("{:012}", 111_122_223_333 + number).parse());
        let ids: Vec<AccountId> = ids.collect::<std::result::Result<_, _>>()?;
        let response = response(&ids)?;
        let server = Server::start(wire_bytes(&response)?)?;
        let endpoint = Endpoint::custom(&"eu-central-1".parse()?, &server.url())?;
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
        Ok(Self { hub: SecurityHub::new(endpoint, credentials), server, ids, response })
    }

    /// The number of ids in a call.
    pub(crate) fn size(&self) -> usize {
        self.ids.len()
    }

    /// Creates the input of a call from validated ids. This writes and hashes the body.
    pub(crate) fn input(&self) -> DeleteInvitations {
        DeleteInvitations::from_account_ids(self.ids.iter().copied()).expect("there is at least one id")
    }

    /// Returns the signed request of this call.
    pub(crate) fn signed_request(&self, user_agent: &str) -> Result<Request<Bytes>> {
        let mut request = self.hub.signed_request(&self.input(), SystemTime::now());
        request.headers_mut().insert(USER_AGENT, user_agent.try_into()?);
        Ok(request)
    }

    /// Returns an error unless the response has the length of the server's.
    pub(crate) fn check(&self, status: StatusCode, body: &[u8]) -> Result<()> {
        if status == StatusCode::OK && body.len() == self.response.body().len() {
            return Ok(());
        }
        Err(format!("unexpected response: {status}, {} bytes", body.len()).into())
    }

    /// Returns an error unless every account is reported as unprocessed.
    pub(crate) fn check_output(&self, output: &DeleteInvitationsOutput) -> Result<()> {
        let count = output.unprocessed_accounts().len();
        if count == self.ids.len() {
            Ok(())
        } else {
            Err(format!("unexpected response: {count} unprocessed accounts").into())
        }
    }

    /// Does our work before a request is sent.
    pub(crate) fn build_and_sign(&self) {
        drop(black_box(self.hub.call(self.input()).sign(SystemTime::now())));
    }

    /// Does our work after a response is received.
    pub(crate) fn parse(&self) {
        drop(black_box(
            DeleteInvitationsOutput::from_response(black_box(&self.response)).expect("the response is a success"),
        ));
    }
}

/// Returns a response with the headers that the service sends.
fn response(ids: &[AccountId]) -> Result<Response<Vec<u8>>> {
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

fn wire_bytes(response: &Response<Vec<u8>>) -> Result<Vec<u8>> {
    let mut bytes = b"HTTP/1.1 200 OK\r\n".to_vec();
    for (name, value) in response.headers() {
        bytes.extend_from_slice(format!("{name}: {}\r\n", value.to_str()?).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(response.body());
    Ok(bytes)
}
