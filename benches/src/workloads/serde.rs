//! `serde_json` with derived structs, as in a program that parses responses without a client.

use std::hint::black_box;

use ::serde::Deserialize;
use http::Response;

use super::Run;
use crate::scenario::{error_response, response};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output<Account> {
    #[allow(dead_code)] // a benchmark does not read it
    unprocessed_accounts: Vec<Account>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(dead_code)]
struct Owned {
    account_id: Option<String>,
    processing_result: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(dead_code)]
struct Borrowed<'a> {
    account_id: Option<&'a str>,
    processing_result: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(dead_code)]
struct ServiceError {
    message: Option<String>,
    code: Option<String>,
}

pub(super) fn parse_owned(entries: u64) -> Run {
    parse_response(response(entries, |_| "Invalid account".to_owned()))
}

pub(super) fn parse_different_reasons(entries: u64) -> Run {
    parse_response(response(entries, |number| format!("Invalid account {number}")))
}

fn parse_response(response: Response<Vec<u8>>) -> Run {
    Box::new(move || {
        let output: Output<Owned> = serde_json::from_slice(black_box(response.body())).expect("the body is valid JSON");
        black_box(output);
    })
}

pub(super) fn parse_borrowed(entries: u64) -> Run {
    let response = response(entries, |_| "Invalid account".to_owned());
    Box::new(move || {
        let output: Output<Borrowed<'_>> =
            serde_json::from_slice(black_box(response.body())).expect("the body is valid JSON");
        black_box(output);
    })
}

pub(super) fn parse_error() -> Run {
    let response = error_response();
    Box::new(move || {
        let error: ServiceError = serde_json::from_slice(black_box(response.body())).expect("the body is valid JSON");
        black_box(error);
    })
}
