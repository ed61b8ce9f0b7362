//! Prints a signed request. Only the hash and the HMAC come from libraries.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const HOST: &str = "securityhub.eu-central-1.amazonaws.com";

fn main() -> std::io::Result<()> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let (date, time) = (date(seconds / 86_400), seconds % 86_400);
    let time = format!("{date}T{:02}{:02}{:02}Z", time / 3600, time / 60 % 60, time % 60);

    let body = r#"{"AccountIds":["111122223333"]}"#;
    let canonical_request = format!(
        "POST\n/invitations/delete\n\ncontent-type:application/json\nhost:{HOST}\nx-amz-date:{time}\n\n\
         content-type;host;x-amz-date\n{}",
        hex(&Sha256::digest(body))
    );
    let scope = format!("{date}/eu-central-1/securityhub/aws4_request");
    let string_to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical_request)));
    let first = hmac(format!("AWS4{SECRET_ACCESS_KEY}").as_bytes(), &date);
    let key = ["eu-central-1", "securityhub", "aws4_request"].iter().fold(first, |key, text| hmac(&key, text));
    let signature = hex(&hmac(&key, &string_to_sign));

    print!(
        "POST /invitations/delete HTTP/1.1\r\nhost: {HOST}\r\ncontent-type: application/json\r\nx-amz-date: {time}\r\n"
    );
    print!("authorization: AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/{scope}, ");
    print!("SignedHeaders=content-type;host;x-amz-date, Signature={signature}\r\n");
    println!("content-length: {}\r\n\r\n{body}", body.len());
    std::io::stdin().read_line(&mut String::new()).map(drop)
}

fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC accepts keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Formats days since 1970 as `20261124`. Years begin in March in this calculation.
fn date(days: u64) -> String {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month < 3);
    format!("{year:04}{month:02}{day:02}")
}
