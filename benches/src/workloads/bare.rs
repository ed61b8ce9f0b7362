//! The baseline: the SHA-256 and HMAC work that SigV4 needs for the same bytes, with the same `sha2`.
//!
//! It also builds an `http::Request` of the same shape. All strings are prepared, and nothing is validated.

use std::hint::black_box;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use securityhub_invitations::DeleteInvitations;
use sha2::{Digest, Sha256};

use super::Run;
use crate::scenario::{REGION, SECRET_ACCESS_KEY, SERVICE, account_ids, hub, now};

type HmacSha256 = Hmac<Sha256>;

const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");

/// The messages of a request of ours that are hashed, and its headers.
struct Messages {
    body: Bytes,
    canonical_request: String,
    string_to_sign: String,
    uri: Uri,
    date: HeaderValue,
    authorization: HeaderValue,
}

impl Messages {
    fn new(ids: u64) -> Self {
        let input = DeleteInvitations::new(account_ids(ids)).expect("the ids are valid");
        let explanation = hub().explain(&input, now());
        let (parts, body) = hub().signed_request(&input, now()).into_parts();
        Self {
            body,
            canonical_request: explanation.canonical_request,
            string_to_sign: explanation.string_to_sign,
            uri: parts.uri,
            date: parts.headers["x-amz-date"].clone(),
            authorization: parts.headers["authorization"].clone(),
        }
    }

    fn hash_body(&self) {
        black_box(Sha256::digest(black_box(&self.body)));
    }

    fn sign(&self, key: HmacSha256) {
        black_box(Sha256::digest(black_box(&self.canonical_request)));
        black_box(hmac(key, black_box(&self.string_to_sign)));
    }

    fn request(&self, body: Bytes) {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = HeaderMap::with_capacity(4);
        let copy = |value: &HeaderValue| HeaderValue::from_bytes(value.as_bytes()).expect("the value was a header");
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(X_AMZ_DATE, copy(&self.date));
        headers.insert(header::AUTHORIZATION, copy(&self.authorization));
        black_box(request);
    }

    fn build_and_sign(&self, key: HmacSha256) {
        self.hash_body();
        self.sign(key);
        self.request(Bytes::copy_from_slice(&self.body));
    }
}

fn hmac(mut key: HmacSha256, text: &str) -> [u8; 32] {
    key.update(text.as_bytes());
    key.finalize().into_bytes().into()
}

fn keyed(key: &[u8]) -> HmacSha256 {
    HmacSha256::new_from_slice(key).expect("HMAC accepts keys of any length")
}

fn secret() -> HmacSha256 {
    keyed(black_box(["AWS4", SECRET_ACCESS_KEY].concat()).as_bytes())
}

fn derived(secret: HmacSha256, date: &str) -> HmacSha256 {
    [date, REGION, SERVICE, "aws4_request"].iter().fold(secret, |key, name| keyed(&hmac(key, name)))
}

pub(super) fn build_and_sign(ids: u64) -> Run {
    let (messages, key) = (Messages::new(ids), derived(secret(), "20261122"));
    Box::new(move || messages.build_and_sign(key.clone()))
}

pub(super) fn build_and_sign_twice() -> Run {
    let (messages, key) = (Messages::new(1), derived(secret(), "20261122"));
    Box::new(move || {
        messages.build_and_sign(key.clone());
        messages.sign(key.clone());
        messages.request(messages.body.clone());
    })
}

pub(super) fn sign_again(ids: u64) -> Run {
    let (messages, key) = (Messages::new(ids), derived(secret(), "20261122"));
    Box::new(move || {
        messages.sign(key.clone());
        messages.request(messages.body.clone());
    })
}

pub(super) fn sign_any() -> Run {
    let (messages, key) = (Messages::new(1), derived(secret(), "20261122"));
    Box::new(move || {
        messages.hash_body();
        messages.sign(key.clone());
        messages.request(messages.body.clone());
    })
}

/// Keeps the HMAC state of the secret.
pub(super) fn first_of_the_day() -> Run {
    let (messages, secret) = (Messages::new(1), secret());
    let mut days = ["20261122", "20261123"].iter().cycle();
    Box::new(move || {
        let day = days.next().expect("the cycle never ends");
        messages.build_and_sign(derived(secret.clone(), day));
    })
}

pub(super) fn new_credentials() -> Run {
    let messages = Messages::new(1);
    Box::new(move || messages.build_and_sign(derived(secret(), "20261122")))
}
