//! Prints a signed request.

use std::error::Error;

use http::Request;
use reqsign_aws_v4::{RequestSigner, StaticCredentialProvider};
use reqsign_core::{Context, Signer, hash::hex_sha256};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let credentials = StaticCredentialProvider::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let signer = Signer::new(Context::new(), credentials, RequestSigner::new("securityhub", "eu-central-1"));
    let url = "https://securityhub.eu-central-1.amazonaws.com/invitations/delete";
    let body = json!({ "AccountIds": ["111122223333"] }).to_string();
    let request = Request::post(url)
        .header("content-type", "application/json")
        .header("x-amz-content-sha256", hex_sha256(body.as_bytes()))
        .body(body)?;
    let (mut parts, body) = request.into_parts();
    pollster::block_on(signer.sign(&mut parts, None))?;
    println!("{:?}", Request::from_parts(parts, body));
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}
