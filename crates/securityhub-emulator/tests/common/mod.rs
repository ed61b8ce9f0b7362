//! A small signer for the tests, so that the emulator is not tested against itself.
#![allow(dead_code, reason = "every test program uses a part")]

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Method, Request, Response};
use securityhub_emulator::{AccessKey, Emulator};
use securityhub_invitations::{AccountId, Region};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub(crate) const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ==";
pub(crate) const ONE_ID: &str = r#"{"AccountIds": ["111122223333"]}"#;
pub(crate) const TWO_IDS: &str = r#"{"AccountIds": ["111122223333", "444455556666"]}"#;

/// 2026-11-22T20:37:05Z
pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_379_825)
}

/// A request before it is signed. The default is one that the emulator accepts.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) host: String,
    /// With the query, which must be in canonical form.
    pub(crate) path: String,
    pub(crate) body: String,
    pub(crate) key_id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    pub(crate) date: String,
    pub(crate) scope: String,
    pub(crate) content_type: &'static str,
    /// Whether the content-type is left out of the signature, as some SDKs do.
    pub(crate) unsigned_content_type: bool,
    /// In addition to content-type, host, x-amz-date and the token.
    pub(crate) more_signed: Vec<(&'static str, String)>,
}

impl Default for Call {
    fn default() -> Self {
        Self {
            method: Method::POST,
            host: "securityhub.us-east-1.amazonaws.com".to_owned(),
            path: "/invitations/delete".to_owned(),
            body: ONE_ID.to_owned(),
            key_id: AccessKey::EXAMPLE_ID.to_owned(),
            secret: AccessKey::EXAMPLE_SECRET.to_owned(),
            token: None,
            date: "20261122T203705Z".to_owned(),
            scope: "20261122/us-east-1/securityhub/aws4_request".to_owned(),
            content_type: "application/json",
            unsigned_content_type: false,
            more_signed: Vec::new(),
        }
    }
}

impl Call {
    pub(crate) fn in_region(region: &str) -> Self {
        Self {
            host: "localhost:4566".to_owned(),
            scope: format!("20261122/{region}/securityhub/aws4_request"),
            ..Self::default()
        }
    }

    /// A GET has neither body nor content-type.
    pub(crate) fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.to_owned(), body: String::new(), ..Self::default() }
    }

    pub(crate) fn post(path: &str, body: &str) -> Self {
        Self { path: path.to_owned(), body: body.to_owned(), ..Self::default() }
    }

    /// A request for STS in a region, with the query protocol.
    pub(crate) fn sts(region: &str, form: &str) -> Self {
        Self {
            host: format!("sts.{region}.amazonaws.com"),
            path: "/".to_owned(),
            body: format!("{form}&Version=2011-06-15"),
            scope: format!("20261122/{region}/sts/aws4_request"),
            content_type: "application/x-www-form-urlencoded; charset=utf-8",
            ..Self::default()
        }
    }

    /// Signs with the credentials of a session.
    pub(crate) fn by(self, session: &[String; 3]) -> Self {
        let [key_id, secret, token] = session.clone();
        Self { key_id, secret, token: Some(token), ..self }
    }

    /// Signs with the key of [`two_sides`]'s administrator.
    pub(crate) fn by_administrator(self) -> Self {
        Self { key_id: "AKIDADMINISTRATOR".to_owned(), ..self }
    }

    pub(crate) fn body(self, body: impl Into<String>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// For a server, which uses the system's clock.
    pub(crate) fn dated(self, date: &str) -> Self {
        let scope = format!("{}{}", &date[..8], &self.scope[8..]);
        Self { date: date.to_owned(), scope, ..self }
    }

    pub(crate) fn sign(&self) -> Request<Bytes> {
        let mut headers = vec![("host", self.host.clone()), ("x-amz-date", self.date.clone())];
        let has_type = self.method == Method::POST && !self.body.is_empty();
        if has_type && !self.unsigned_content_type {
            headers.push(("content-type", self.content_type.to_owned()));
        }
        headers.extend(self.token.clone().map(|token| ("x-amz-security-token", token)));
        headers.extend(self.more_signed.clone());
        headers.sort();
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let payload = hex::encode(Sha256::digest(&self.body));
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let canonical = format!("{}\n{path}\n{query}\n{lines}\n{names}\n{payload}", self.method);
        let hash = hex::encode(Sha256::digest(canonical));
        let string_to_sign = format!("AWS4-HMAC-SHA256\n{}\n{}\n{hash}", self.date, self.scope);
        let key = self.scope.split('/').fold(format!("AWS4{}", self.secret).into_bytes(), |key, part| mac(&key, part));
        let signature = hex::encode(mac(&key, &string_to_sign));

        let mut request = Request::builder().method(&self.method).uri(&self.path);
        if has_type && self.unsigned_content_type {
            request = request.header("content-type", self.content_type);
        }
        for (name, value) in &headers {
            request = request.header(*name, value);
        }
        request
            .header("authorization", authorization(&self.key_id, &self.scope, &names, &signature))
            .body(Bytes::from(self.body.clone()))
            .unwrap()
    }
}

pub(crate) fn authorization(key_id: &str, scope: &str, names: &str, signature: &str) -> String {
    format!("AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature}")
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(message);
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn id(id: &str) -> AccountId {
    id.parse().unwrap()
}

pub(crate) fn region(name: &str) -> Region {
    name.parse().unwrap()
}

pub(crate) const ADMINISTRATOR: &str = "999988887777";

/// An emulator in which the example key belongs to the default account, and a second key to an administrator.
pub(crate) fn two_sides() -> Emulator {
    let key = AccessKey::new("AKIDADMINISTRATOR", AccessKey::EXAMPLE_SECRET);
    Emulator::builder().with_access_key(key.with_account(id(ADMINISTRATOR))).build()
}

/// Handles a call that must succeed, and returns its body.
pub(crate) fn succeed(emulator: &Emulator, call: &Call) -> Value {
    let response = emulator.handle(&call.sign(), now());
    assert_eq!(response.status(), 200, "{call:?} {response:?}");
    json(&response)
}

/// Handles a call that must fail, and returns status, code and message.
pub(crate) fn fail(emulator: &Emulator, call: &Call) -> (u16, String, String) {
    let (status, code, message, _) = error(&emulator.handle(&call.sign(), now()));
    (status, code, message)
}

pub(crate) fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

/// Status, code in the header, message and the names of the body's members.
pub(crate) fn error(response: &Response<Bytes>) -> (u16, String, String, Vec<String>) {
    let body = json(response);
    let members = body.as_object().unwrap();
    let message = members.get("message").or_else(|| members.get("Message")).unwrap();
    (
        response.status().as_u16(),
        response.headers()["x-amzn-errortype"].to_str().unwrap().to_owned(),
        message.as_str().unwrap().to_owned(),
        members.keys().cloned().collect(),
    )
}

/// The system's time in the format of `x-amz-date`.
pub(crate) fn current_date() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let at = time::OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).unwrap()).unwrap();
    let (hour, minute, second) = at.to_hms();
    format!("{}{:02}{:02}T{hour:02}{minute:02}{second:02}Z", at.year(), u8::from(at.month()), at.day())
}

pub(crate) fn on_the_wire(request: &Request<Bytes>) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", request.body().len()));
    [head.as_bytes(), request.body()].concat()
}

/// A connection that gives access to every byte.
pub(crate) struct Connection {
    stream: TcpStream,
    host: String,
    received: Vec<u8>,
}

/// The received part of a response.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Status line and headers in lower case, or empty if none arrived.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The response is complete.
    Complete,
    /// The other side closed the connection before that.
    Closed,
    /// The other side reset it.
    Reset,
}

impl Connection {
    pub(crate) fn open(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        // No test waits longer.
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { stream, host: addr.to_string(), received: Vec::new() }
    }

    /// Sends a request with a valid signature.
    pub(crate) fn call(&mut self) -> Answer {
        self.send_call();
        self.answer()
    }

    pub(crate) fn send_call(&mut self) {
        self.send(&Call { host: self.host.clone(), ..Call::in_region("us-east-1") }.dated(&current_date()).sign());
    }

    pub(crate) fn send(&mut self, request: &Request<Bytes>) {
        self.write(&on_the_wire(request));
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    pub(crate) fn answer(&mut self) -> Answer {
        let mut end = End::Complete;
        loop {
            let (head, body, complete) = self.parse();
            if complete || end != End::Complete {
                let taken = head.len() + body.len();
                let answer = Answer { head: String::from_utf8_lossy(head).to_lowercase(), body: body.to_vec(), end };
                self.received.drain(..taken);
                return answer;
            }
            let mut buffer = [0; 65536];
            match self.stream.read(&mut buffer) {
                Ok(0) => end = End::Closed,
                Ok(length) => self.received.extend(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => end = End::Reset,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Returns the received parts of the head and the raw body, and whether the response is complete.
    fn parse(&self) -> (&[u8], &[u8], bool) {
        let Some(length) = self.received.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4) else {
            return (&self.received, b"", false);
        };
        let (head, rest) = self.received.split_at(length);
        let text = String::from_utf8_lossy(head).to_lowercase();
        if text.contains("transfer-encoding: chunked") {
            return (head, rest, rest.ends_with(b"0\r\n\r\n"));
        }
        let announced = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        let announced: usize = announced.map_or(0, |length| length.parse().unwrap());
        (head, &rest[..rest.len().min(announced)], rest.len() >= announced)
    }

    /// Whether the other side closes the idle connection.
    pub(crate) fn is_closed(&mut self) -> bool {
        matches!(self.stream.read(&mut [0]), Ok(0))
    }
}
