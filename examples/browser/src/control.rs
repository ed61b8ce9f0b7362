//! Emulators that tests create, one for each case, and the bytes that they received.

use std::{
    collections::BTreeMap,
    error::Error,
    io,
    net::Ipv4Addr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::BodyExt;
use securityhub_emulator::{AccessKey, CorsPolicy, Emulator, Fault, serve_connection};
use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, EndpointVariant, Region, SecurityHub};
use securityhub_invitations_examples_relay::{Hosts, SiteRequest, SiteResponse, text};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

type BoxError = Box<dyn Error + Send + Sync>;

/// The emulators that tests create and inspect. Clones share them.
#[derive(Clone)]
pub(crate) struct Control {
    hosts: Arc<Mutex<Hosts>>,
    emulators: Arc<Mutex<BTreeMap<usize, Running>>>,
}

/// A running emulator with its own region.
struct Running {
    emulator: Emulator,
    region: Region,
    wire: Arc<WireLog>,
    accepting: JoinHandle<()>,
}

impl Control {
    pub(crate) const PATH: &str = "/control/";

    /// Creates a control with these hosts. The hosts of the emulators will be added.
    pub(crate) fn new(hosts: Hosts) -> Self {
        Self { hosts: Arc::new(Mutex::new(hosts)), emulators: Arc::default() }
    }

    /// Returns the hosts that the relay forwards to.
    pub(crate) fn hosts(&self) -> Hosts {
        lock(&self.hosts).clone()
    }

    /// Responds to a request of a test:
    ///
    /// - `POST emulators` starts an emulator, see [`Control::start`].
    /// - `GET emulators/1` reports its requests.
    /// - `DELETE emulators/1` stops it.
    /// - `POST sign` signs with native code.
    pub(crate) async fn respond(&self, request: SiteRequest) -> SiteResponse {
        let (head, body) = request.into_parts();
        let path = head.uri.path().strip_prefix(Self::PATH).unwrap_or_default().to_owned();
        let response = async {
            let body = body.collect().await?.to_bytes();
            let parse = || serde_json::from_slice::<Value>(&body);
            let id = path.strip_prefix("emulators/").and_then(|id| id.parse::<usize>().ok());
            match (head.method, path.as_str(), id) {
                (Method::POST, "emulators", _) => self.start(&parse()?).await,
                (Method::POST, "sign", _) => sign(&parse()?),
                (Method::GET, _, Some(id)) => lock(&self.emulators).get(&id).ok_or("unknown emulator")?.report(),
                (Method::DELETE, _, Some(id)) => {
                    let stopped = lock(&self.emulators).remove(&id).ok_or("unknown emulator")?;
                    stopped.accepting.abort();
                    // This closes the listener.
                    let _ = stopped.accepting.await;
                    Ok(json!({}))
                }
                _ => Err("unknown path or method".into()),
            }
        };
        match response.await {
            Ok(value) => {
                let mut response = text(StatusCode::OK, value.to_string());
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                response
            }
            Err(error) => text(StatusCode::BAD_REQUEST, error.to_string()),
        }
    }

    /// Starts an emulator.
    ///
    /// All members of `wanted` are optional: `cors` (`none`, `hidden` or `exposed`), `invite` (ids), `token`, `clockOffset`,
    /// `denied`, `subscribed` and `faults`.
    async fn start(&self, wanted: &Value) -> Result<Value, BoxError> {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let id = NEXT.fetch_add(1, Ordering::SeqCst);
        let region: Region = format!("us-case-{id}").parse()?;
        let mut key = AccessKey::example();
        if let Some(token) = wanted["token"].as_str() {
            key = key.with_session_token(token);
        }
        let mut builder = Emulator::builder().with_access_key(key);
        match wanted["cors"].as_str() {
            Some("none") => {}
            Some("exposed") => builder = builder.with_cors(CorsPolicy::new().exposing_headers()),
            _ => builder = builder.with_cors(CorsPolicy::new()),
        }
        let emulator = builder.build();
        emulator.set_clock_offset(wanted["clockOffset"].as_i64().unwrap_or(0));
        if let Some(message) = wanted["denied"].as_str() {
            emulator.deny(message);
        }
        emulator.set_subscribed(&region, wanted["subscribed"].as_bool().unwrap_or(true));
        for account in wanted["invite"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            emulator.invite(&region, account.parse()?);
        }
        let faults = wanted["faults"].as_array().into_iter().flatten().map(fault);
        emulator.script_faults(faults.collect::<Result<Vec<_>, _>>()?);

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let host = Endpoint::regional(&region)?.signing_host().to_owned();
        lock(&self.hosts).send_to(&host, &url)?;
        let response = json!({ "id": id, "url": url, "region": region.as_str(), "host": host });
        let wire = Arc::<WireLog>::default();
        let accepting = tokio::spawn(accept(listener, emulator.clone(), Arc::clone(&wire)));
        lock(&self.emulators).insert(id, Running { emulator, region, wire, accepting });
        Ok(response)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Running {
    #[allow(clippy::unnecessary_wraps, reason = "the other responses can fail")]
    fn report(&self) -> Result<Value, BoxError> {
        let counters = self.emulator.counters();
        let received: Vec<_> = self
            .emulator
            .received_requests()
            .iter()
            .map(|received| {
                json!({
                    "status": received.status.as_u16(), "refusal": received.refusal, "faulted": received.faulted,
                    "bytes": received.body.len(),
                })
            })
            .collect();
        let heads: Vec<_> = lock(&self.wire.connections).iter().flat_map(|bytes| heads(&lock(bytes))).collect();
        Ok(json!({
            "requests": counters.requests, "preflights": counters.preflights, "deleted": counters.deleted,
            "left": self.emulator.invitations(&self.region).len(), "received": received, "heads": heads,
            "open": self.wire.open.load(Ordering::SeqCst),
        }))
    }
}

/// The bytes that clients sent on each connection.
#[derive(Default)]
struct WireLog {
    connections: Mutex<Vec<Arc<Mutex<Vec<u8>>>>>,
    open: AtomicUsize,
}

/// Accepts connections. Dropping the future closes all of them.
async fn accept(listener: TcpListener, emulator: Emulator, wire: Arc<WireLog>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let log = Arc::<Mutex<Vec<u8>>>::default();
        lock(&wire.connections).push(Arc::clone(&log));
        wire.open.fetch_add(1, Ordering::SeqCst);
        let logged = Logged { stream, log, wire: Arc::clone(&wire) };
        connections.spawn(serve_connection(emulator.clone(), logged));
    }
}

/// A connection that logs its input.
struct Logged {
    stream: TcpStream,
    log: Arc<Mutex<Vec<u8>>>,
    wire: Arc<WireLog>,
}

impl Drop for Logged {
    fn drop(&mut self) {
        self.wire.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl AsyncRead for Logged {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        lock(&self.log).extend(&buffer.filled()[before..]);
        polled
    }
}

impl AsyncWrite for Logged {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Returns the requests of a connection without their bodies: `{ "line": "POST / HTTP/1.1", "headers": [["host", "…"], …] }`.
fn heads(mut bytes: &[u8]) -> Vec<Value> {
    let mut heads = Vec::new();
    while let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
        let text = String::from_utf8_lossy(&bytes[..end]);
        let mut lines = text.split("\r\n");
        let line = lines.next().unwrap_or_default();
        let headers: Vec<_> =
            lines.filter_map(|line| line.split_once(':')).map(|(name, value)| [name, value.trim()]).collect();
        let length = headers.iter().find(|[name, _]| name.eq_ignore_ascii_case("content-length"));
        let length = length.and_then(|[_, value]| value.parse().ok()).unwrap_or(0);
        heads.push(json!({ "line": line, "headers": headers }));
        bytes = bytes.get(end + 4 + length..).unwrap_or_default();
    }
    heads
}

/// Creates a fault. `is` names its constructor, and other members change it: `{ "is": "throttled", "retryAfterMs": 20 }`.
fn fault(wanted: &Value) -> Result<Fault, BoxError> {
    let number = |name: &str| wanted[name].as_u64();
    let text = |name: &str| wanted[name].as_str().unwrap_or_default();
    let millis = |name: &str| number(name).map(Duration::from_millis);
    let size = |name: &str| number(name).and_then(|number| usize::try_from(number).ok());
    let status = number("status").and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
    let status = StatusCode::from_u16(status)?;
    let mut fault = match text("is") {
        "none" => Fault::none(),
        "throttled" => Fault::throttled(),
        "error" => Fault::error(status, text("code"), text("message")),
        "frontEnd" => Fault::front_end_error(status, text("code"), text("message")),
        "html" => Fault::html(status),
        "empty" => Fault::empty(status),
        "raw" => {
            let body = text("body").to_owned();
            Fault::raw(Response::builder().status(status).header(CONTENT_TYPE, "application/json").body(body.into())?)
        }
        other => return Err(format!("unknown fault {other:?}").into()),
    };
    for (name, value) in wanted["headers"].as_object().into_iter().flatten() {
        let value = HeaderValue::from_str(value.as_str().unwrap_or_default())?;
        fault = fault.header(HeaderName::from_bytes(name.as_bytes())?, value);
    }
    if let Some(wait) = number("retryAfterMs") {
        fault = fault.x_amz_retry_after(&wait.to_string());
    }
    if let Some(length) = size("paddedTo") {
        fault = fault.padded_to(length);
    }
    if let Some(delay) = millis("delayMs") {
        fault = fault.delay(delay);
    }
    if let Some(pause) = millis("dribbleMs") {
        fault = fault.dribble(size("dribbleBytes").unwrap_or(1), pause);
    }
    if let Some(bytes) = size("cutAfter") {
        fault = fault.body_cut_short(bytes);
    }
    let is = |name: &str| wanted[name].as_bool().unwrap_or(false);
    for (name, change) in [
        ("afterProcessing", Fault::after_processing as fn(Fault) -> Fault),
        ("chunked", Fault::chunked),
        ("close", Fault::close),
        ("dropBeforeAnswer", Fault::drop_before_response),
        ("hangUp", Fault::close_without_notice),
        ("withoutDate", Fault::without_date),
    ] {
        if is(name) {
            fault = change(fault);
        }
    }
    Ok(fault)
}

/// Signs with native code and the npm package's options. `date` is in milliseconds.
fn sign(options: &Value) -> Result<Value, BoxError> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let region: Region = text(&options["region"]).parse()?;
    let flag = |name: &str| options[name].as_bool().unwrap_or(false);
    let variant = EndpointVariant { fips: flag("fips"), dual_stack: flag("dualStack") };
    let mut endpoint = match options["endpoint"].as_str() {
        Some(url) => Endpoint::custom(&region, url)?,
        None => Endpoint::resolve(&region, variant)?,
    };
    if let Some(relay) = options["relay"].as_str() {
        endpoint = endpoint.via_relay(relay)?;
    }
    let given = &options["credentials"];
    let mut credentials = Credentials::new(text(&given["accessKeyId"]), text(&given["secretAccessKey"]))?;
    if let Some(token) = given["sessionToken"].as_str() {
        credentials = credentials.with_session_token(token)?;
    }
    let ids: Vec<_> = options["accountIds"].as_array().into_iter().flatten().map(text).collect();
    let input = DeleteInvitations::new(ids)?;
    let now: SystemTime = UNIX_EPOCH + Duration::from_millis(options["date"].as_u64().unwrap_or(0));

    let hub = SecurityHub::new(endpoint, credentials);
    let request = hub.signed_request(&input, now);
    let explanation = hub.explain(&input, now);
    let headers =
        request.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().into()));
    Ok(json!({
        "request": {
            "url": request.uri().to_string(), "method": request.method().as_str(),
            "headers": headers.collect::<serde_json::Map<_, _>>(), "body": String::from_utf8_lossy(request.body()),
        },
        "explanation": {
            "canonicalRequest": explanation.canonical_request, "stringToSign": explanation.string_to_sign,
            "signedHeaders": explanation.signed_headers, "signature": explanation.signature,
        },
    }))
}
