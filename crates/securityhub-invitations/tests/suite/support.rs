//! Inputs, hubs and responses that most tests use.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderName, HeaderValue, Request, Response};
use securityhub_invitations::{
    Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, Error, Region, SecurityHub,
};
use serde_json::Value;

pub(crate) const KEY_ID: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(crate) const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ==";

/// 2026-11-22T20:37:05Z, a Sunday.
pub(crate) const NOW: u64 = 1_795_379_825;

pub(crate) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

pub(crate) fn now() -> SystemTime {
    at(NOW)
}

pub(crate) fn region(name: &str) -> Region {
    name.parse().unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn credentials() -> Credentials {
    Credentials::new(KEY_ID, SECRET).unwrap()
}

pub(crate) fn temporary_credentials() -> Credentials {
    credentials().with_session_token(TOKEN).unwrap()
}

pub(crate) fn hub() -> SecurityHub {
    SecurityHub::new(Endpoint::regional(&region("us-east-1")).unwrap(), credentials())
}

pub(crate) fn one_id() -> DeleteInvitations {
    DeleteInvitations::new(["111122223333"]).unwrap()
}

pub(crate) fn response(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Response<Vec<u8>> {
    let mut response = Response::new(body.as_ref().to_vec());
    *response.status_mut() = status.try_into().unwrap();
    for &(name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        response.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    response
}

/// Returns the names and values of a request's headers, sorted.
pub(crate) fn headers_of<B>(request: &Request<B>) -> Vec<(String, String)> {
    let mut headers: Vec<_> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8(value.as_bytes().to_vec()).unwrap()))
        .collect();
    headers.sort();
    headers
}

/// Returns the header's value. Panics unless there is exactly one.
pub(crate) fn header_of<B>(request: &Request<B>, name: &str) -> String {
    let values: Vec<_> = request.headers().get_all(name).iter().collect();
    assert_eq!(values.len(), 1, "{name}");
    String::from_utf8(values[0].as_bytes().to_vec()).unwrap()
}

/// Returns the cases that the reference client signed. The data's README describes them.
pub(crate) fn signing_data() -> Value {
    serde_json::from_str(include_str!("../data/signing.json")).unwrap()
}

/// Returns the endpoints that the reference client resolved. The data's README describes them.
pub(crate) fn endpoint_data() -> Value {
    serde_json::from_str(include_str!("../data/endpoints.json")).unwrap()
}

pub(crate) fn rows<'a>(data: &'a Value, name: &str) -> &'a [Value] {
    data[name].as_array().unwrap_or_else(|| panic!("no list {name}"))
}

pub(crate) fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("no string {name} in {row}"))
}

pub(crate) fn flag(row: &Value, name: &str) -> bool {
    row[name].as_bool().unwrap_or_else(|| panic!("no flag {name} in {row}"))
}

/// Returns the time of a case, from a table of its own instead of the code under test.
pub(crate) fn time_of(case: &Value) -> SystemTime {
    at(match text(case, "time") {
        "19700101T000000Z" => 0,
        "20150830T123600Z" => 1_440_938_160,
        "20261122T203705Z" => NOW,
        "20261231T235959Z" => 1_798_761_599,
        "20280229T000000Z" => 1_835_395_200,
        other => panic!("add {other} in seconds since 1970 to this table"),
    })
}

/// Returns the credentials of a signing case.
pub(crate) fn credentials_of(case: &Value) -> Credentials {
    let credentials = Credentials::new(text(case, "access_key_id"), text(case, "secret_access_key")).unwrap();
    match case["session_token"].as_str() {
        Some(token) => credentials.with_session_token(token).unwrap(),
        None => credentials,
    }
}

/// Returns an error that no test produces otherwise.
pub(crate) fn no_error() -> Error {
    DeleteInvitationsOutput::from_response(&response(599, &[], "")).expect_err("an error")
}
