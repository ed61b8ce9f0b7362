//! The input of all implementations.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Response;
use securityhub_invitations::{Credentials, Endpoint, Region, SecurityHub};

pub(crate) const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
pub(crate) const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(crate) const REGION: &str = "us-east-1";
pub(crate) const SERVICE: &str = "securityhub";
pub(crate) const URL: &str = "https://securityhub.us-east-1.amazonaws.com/invitations/delete";

/// 2026-11-22T20:37:05Z.
pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_379_825)
}

pub(crate) const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) fn credentials() -> Credentials {
    Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY).expect("the credentials are valid")
}

pub(crate) fn endpoint() -> Endpoint {
    let region: Region = REGION.parse().expect("the region is valid");
    Endpoint::regional(&region).expect("the region has an endpoint")
}

pub(crate) fn hub() -> SecurityHub {
    SecurityHub::new(endpoint(), credentials())
}

/// Account ids as strings, spread over the whole range. Every implementation starts from the same strings.
pub(crate) fn account_ids(count: u64) -> Vec<String> {
    (0..count).map(account_id).collect()
}

pub(crate) fn account_id(number: u64) -> String {
    format!("{:012}", (number + 1) * 611_953_087_117 % 1_000_000_000_000)
}

/// Returns the service's response if it processes none of the accounts.
pub(crate) fn response(count: u64, reason: impl Fn(u64) -> String) -> Response<Vec<u8>> {
    let entry = |number| {
        let (id, reason) = (account_id(number), reason(number));
        format!(r#"{{"AccountId":"{id}","ProcessingResult":"{reason}"}}"#)
    };
    let body = format!(r#"{{"UnprocessedAccounts":[{}]}}"#, (0..count).map(entry).collect::<Vec<_>>().join(","));
    http_response(200, body)
}

pub(crate) fn error_response() -> Response<Vec<u8>> {
    let message = "Account 111122223333 is not subscribed to AWS Security Hub";
    http_response(401, format!(r#"{{"Message":"{message}","Code":"InvalidAccessException"}}"#))
}

pub(crate) fn http_response(status: u16, body: String) -> Response<Vec<u8>> {
    Response::builder()
        .status(status)
        .header("date", "Sun, 22 Nov 2026 20:37:05 GMT")
        .header("content-type", "application/json")
        .header("content-length", body.len())
        .header("connection", "keep-alive")
        .header("x-amzn-requestid", "0f0e0d0c-0b0a-0908-0706-050403020100")
        .body(body.into_bytes())
        .expect("the response is valid")
}
