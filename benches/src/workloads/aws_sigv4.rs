//! AWS's signer. `serde_json` writes the body.

use std::{hint::black_box, time::SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime_api::client::identity::Identity;
use http::Request;

use super::Run;
use crate::scenario::{A_DAY, ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, SERVICE, URL, account_ids, now};

fn identity() -> Identity {
    Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "benches").into()
}

#[derive(::serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Input<'a> {
    account_ids: &'a [String],
}

pub(super) fn body(account_ids: &[String]) -> Vec<u8> {
    serde_json::to_vec(&Input { account_ids: black_box(account_ids) }).expect("ids can be serialized")
}

pub(super) fn request(body: Vec<u8>) -> Request<Vec<u8>> {
    Request::post(URL).header("content-type", "application/json").body(body).expect("the request is valid")
}

fn signed(mut request: Request<Vec<u8>>, identity: &Identity, now: SystemTime) {
    let parameters = v4::SigningParams::builder()
        .identity(identity)
        .region(REGION)
        .name(SERVICE)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .expect("no parameter is missing")
        .into();
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().expect("headers are ASCII")));
    let (method, uri) = (request.method().as_str(), request.uri().to_string());
    let signable = SignableRequest::new(method, uri, headers, SignableBody::Bytes(request.body()));
    let (instructions, _) =
        signable.and_then(|signable| sign(signable, &parameters)).expect("the request can be signed").into_parts();
    instructions.apply_to_request_http1x(&mut request);
    black_box(request);
}

pub(super) fn build_and_sign(ids: u64) -> Run {
    let (identity, ids) = (identity(), account_ids(ids));
    Box::new(move || signed(request(body(&ids)), &identity, now()))
}

pub(super) fn sign_any() -> Run {
    let (identity, body) = (identity(), body(&account_ids(1)));
    Box::new(move || signed(request(body.clone()), &identity, now()))
}

pub(super) fn first_of_the_day() -> Run {
    let (identity, ids) = (identity(), account_ids(1));
    let mut days = [now(), now() + A_DAY].into_iter().cycle();
    Box::new(move || signed(request(body(&ids)), &identity, days.next().expect("the cycle never ends")))
}

pub(super) fn new_credentials() -> Run {
    let ids = account_ids(1);
    Box::new(move || signed(request(body(&ids)), &identity(), now()))
}
