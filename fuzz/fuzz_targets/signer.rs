//! Signs any request. The emulator accepts exactly the signed request, and a request with one changed byte only if its
//! meaning is the same.
//!
//! The input is five bytes and a request. The bytes are: whether to use a token, the part to change, the position of the
//! changed byte (two bytes), and its new value.
#![no_main]

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};
use libfuzzer_sys::fuzz_target;
use securityhub_emulator::{AccessKey, Emulator};
use securityhub_invitations::{
    Credentials,
    sigv4::{Explanation, SignError, Signer},
};
use securityhub_invitations_fuzz::{KEY_ID, SECRET, mutation, now, request};

const TEMPORARY: &str = "ASIAEXAMPLE";
const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ==";

fuzz_target!(|input: &[u8]| mutation::run(input, check_input));

fn check_input(input: &[u8]) {
    let Some((change, text)) = input.split_first_chunk::<5>() else { return };
    let Some(mut request) = request(text) else { return };
    let has_token = change[0] & 1 == 1;
    let id = if has_token { TEMPORARY } else { KEY_ID };
    let mut credentials = Credentials::new(id, SECRET).unwrap();
    if has_token {
        credentials = credentials.with_session_token(TOKEN).unwrap();
    }
    let signer = Signer::new(credentials, &"us-east-1".parse().unwrap(), "securityhub").unwrap();

    if sign(&signer, &mut request.clone()).is_err() {
        return;
    }
    // The emulator has only this operation, and requires the hash of the actual body.
    *request.method_mut() = Method::POST;
    request.headers_mut().remove("x-amz-content-sha256");
    if !request.uri().path().ends_with("/invitations/delete") {
        let Some(uri) = with_path(request.uri(), &format!("{}/invitations/delete", request.uri().path())) else {
            return;
        };
        *request.uri_mut() = uri;
    }
    let Ok(explanation) = sign(&signer, &mut request) else { return };
    let emulator = Emulator::builder()
        .with_access_key(AccessKey::new(TEMPORARY, SECRET).with_session_token(TOKEN))
        .with_log_capacity(0)
        .build();
    let response = emulator.handle(&request, now());
    if response.status() == 403 {
        // The only valid reasons are the host names of another region and of STS.
        let message = String::from_utf8_lossy(response.body());
        let reasons = ["to a valid region, not", "to correct service: "];
        assert!(
            reasons.iter().any(|reason| message.contains(&format!("Credential should be scoped {reason}"))),
            "{request:?}\n{message}"
        );
        return;
    }
    // The host of STS has other operations.
    if response.status() == 404 && request_host(&request).starts_with("sts.") {
        return;
    }
    assert!([200, 400].contains(&response.status().as_u16()), "{request:?}\n{response:?}");

    let Some((changed, expected)) = changed(&signer, &request, &explanation, change) else { return };
    let response = emulator.handle(&changed, now());
    let is_taken = [200, 400].contains(&response.status().as_u16());
    assert_eq!(is_taken, expected, "{request:?}\nchanged by {change:?} to\n{changed:?}\n{response:?}");
}

fn request_host(request: &Request<Bytes>) -> String {
    let header = request.headers().get(header::HOST).map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
    header.or_else(|| request.uri().host().map(String::from)).unwrap_or_default().to_ascii_lowercase()
}

/// Signs it, with every check that needs no server.
fn sign(signer: &Signer, request: &mut Request<Bytes>) -> Result<Explanation, SignError> {
    let before = request.clone();
    let explained = signer.explain(request, now());
    let result = signer.sign(request, now());
    assert_eq!((before.uri(), before.method(), before.body()), (request.uri(), request.method(), request.body()));
    let explanation = match (result, explained) {
        (Ok(()), Ok(explanation)) => explanation,
        (Err(error), explained) => {
            assert!(explained.err().is_none_or(|explained| explained == error));
            assert!(error == SignError::TooManyHeaders || before.headers() == request.headers());
            return Err(error);
        }
        (Ok(()), Err(error)) => panic!("signed what cannot be explained: {error}"),
    };
    let authorization = request.headers()["authorization"].to_str().unwrap();
    let Explanation { signed_headers, signature, .. } = &explanation;
    let end =
        format!("/20261122/us-east-1/securityhub/aws4_request, SignedHeaders={signed_headers}, Signature={signature}");
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=A") && authorization.ends_with(&end),
        "{authorization}"
    );
    assert_eq!(request.headers()["x-amz-date"], "20261122T203705Z");
    let others = |request: &Request<Bytes>| {
        let mut headers = request.headers().clone();
        for name in ["authorization", "x-amz-date", "x-amz-security-token"] {
            headers.remove(name);
        }
        headers
    };
    assert_eq!(others(&before), others(request));
    assert!(!format!("{explanation:?}{explanation}").contains(TOKEN));

    // The same again, of what is signed already.
    let mut again = request.clone();
    signer.sign(&mut again, now()).unwrap();
    assert_eq!(again.headers(), request.headers());
    assert_eq!(signer.explain(request, now()).as_ref(), Ok(&explanation));
    Ok(explanation)
}

/// The request with one other byte, and whether it is still what was signed.
fn changed(
    signer: &Signer,
    request: &Request<Bytes>,
    explanation: &Explanation,
    change: &[u8; 5],
) -> Option<(Request<Bytes>, bool)> {
    let index = usize::from(u16::from_le_bytes([change[2], change[3]]));
    let byte = change[4];
    let replaced = |bytes: &[u8]| -> Option<(Vec<u8>, u8)> {
        let mut bytes = bytes.to_vec();
        let at = index.checked_rem(bytes.len())?;
        let old = std::mem::replace(&mut bytes[at], byte);
        (old != byte).then_some((bytes, old))
    };
    let mut changed = request.clone();
    match change[1] % 5 {
        0 => *changed.body_mut() = replaced(request.body())?.0.into(),
        1 => {
            *changed.method_mut() = Method::from_bytes(&replaced(b"POST")?.0).ok()?;
            return Some((changed, false));
        }
        2 => *changed.uri_mut() = Uri::try_from(replaced(request.uri().to_string().as_bytes())?.0).ok()?,
        _ => {
            // The index is of all the values, one after the other.
            let total: usize = request.headers().values().map(HeaderValue::len).sum();
            let mut at = index.checked_rem(total)?;
            let mut name: Option<HeaderName> = None;
            changed.headers_mut().clear();
            let mut old = 0;
            for (this, value) in request.headers() {
                let mut bytes = value.as_bytes().to_vec();
                if let (None, Some(place)) = (&name, bytes.get_mut(at)) {
                    old = std::mem::replace(place, byte);
                    name = Some(this.clone());
                } else if name.is_none() {
                    at -= bytes.len();
                }
                changed.headers_mut().append(this.clone(), HeaderValue::from_bytes(&bytes).ok()?);
            }
            let name = name?;
            if old == byte {
                return None;
            }
            if name == header::AUTHORIZATION {
                // How it is separated, and the case of the names, is the service's to say.
                let is_separator = |byte: u8| matches!(byte, b',' | b' ' | b'\t');
                let is_said_otherwise = (is_separator(old) && is_separator(byte)) || old.eq_ignore_ascii_case(&byte);
                return (!is_said_otherwise).then_some((changed, false));
            }
            if name == "x-amz-date" || name == "x-amz-security-token" {
                return Some((changed, false));
            }
        }
    }
    let meaning = signer.explain(&changed, now());
    let is_same = meaning.is_ok_and(|meaning| meaning.canonical_request == explanation.canonical_request);
    Some((changed, is_same))
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    parts.path_and_query = Some(format!("{path}{query}").parse().ok()?);
    if parts.authority.is_some() && parts.scheme.is_none() {
        parts.scheme = Some("https".parse().unwrap());
    }
    Uri::from_parts(parts).ok()
}
