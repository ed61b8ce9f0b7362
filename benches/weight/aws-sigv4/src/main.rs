//! Prints a signed request.

use std::{error::Error, time::SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use aws_smithy_runtime_api::client::identity::Identity;
use http::Request;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let identity: Identity = Credentials::new("AKIDEXAMPLE", secret, None, None, "weight").into();
    let url = "https://securityhub.eu-central-1.amazonaws.com/invitations/delete";
    let body = json!({ "AccountIds": ["111122223333"] }).to_string();
    let mut request = Request::post(url).header("content-type", "application/json").body(body)?;
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region("eu-central-1")
        .name("securityhub")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()?
        .into();
    let headers = [("content-type", "application/json")].into_iter();
    let signable = SignableRequest::new("POST", url, headers, SignableBody::Bytes(request.body().as_bytes()))?;
    sign(signable, &parameters)?.into_parts().0.apply_to_request_http1x(&mut request);
    println!("{request:?}");
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}
