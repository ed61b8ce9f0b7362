//! reqsign, the body written by `serde_json`. It reads the clock itself, and hashes no body: that is its caller's to do.

use std::hint::black_box;

use http::{HeaderValue, Request};
use reqsign_aws_v4::{Credential, RequestSigner, StaticCredentialProvider};
use reqsign_core::{Context, Signer, hash::hex_sha256};

use super::{
    Run,
    aws_sigv4::{body, request},
};
use crate::scenario::{ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, SERVICE, account_ids};

fn signer() -> Signer<Credential> {
    let credentials = StaticCredentialProvider::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY);
    Signer::new(Context::new(), credentials, RequestSigner::new(SERVICE, REGION))
}

fn signed(request: Request<Vec<u8>>, signer: &Signer<Credential>) {
    let (mut parts, body) = request.into_parts();
    let hash = HeaderValue::try_from(hex_sha256(&body)).expect("a hash is ASCII");
    parts.headers.insert("x-amz-content-sha256", hash);
    pollster::block_on(signer.sign(&mut parts, None)).expect("the request can be signed");
    black_box(Request::from_parts(parts, body));
}

pub(super) fn build_and_sign(ids: u64) -> Run {
    let (signer, ids) = (signer(), account_ids(ids));
    Box::new(move || signed(request(body(&ids)), &signer))
}

pub(super) fn sign_any() -> Run {
    let (signer, body) = (signer(), body(&account_ids(1)));
    Box::new(move || signed(request(body.clone()), &signer))
}
