//! Signatures of generated requests, stage by stage: the crate's, the rule's, botocore's and aws-sigv4's.

use std::{
    cell::RefCell,
    fmt::{self, Write as _},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_credential_types::Credentials as TheirCredentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use http::{HeaderName, HeaderValue, Request};
use securityhub_invitations::{Credentials, Region, sigv4::Signer};
use serde_json::{Value, json};
use tracing::{Event, Metadata, field, span};

use crate::{
    Result, Settings,
    differences::{Class, Tally},
    oracle::{self, text},
    random::Random,
};

/// A request to be signed, and the signer's settings.
#[derive(Clone, Debug, Default)]
struct Case {
    method: String,
    scheme: &'static str,
    authority: String,
    path: String,
    query: Option<String>,
    fragment: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    region: String,
    service: String,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    seconds: u64,
    /// Names that the caller adds to the headers that are not signed.
    unsigned_headers: Vec<HeaderName>,
    /// The parts of each reference's canonical request that may differ from the rule, by class.
    known: Vec<(Reference, &'static str, Part)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reference {
    Botocore,
    AwsSigv4,
}

/// A part of the canonical request. The list of signed headers follows from the headers.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Method,
    Path,
    Query,
    Header(String),
    PayloadHash,
}

/// A class, and its change to a request.
struct Injection {
    class: Class,
    apply: fn(&mut Case, &mut Random, &'static str),
    references: &'static [Reference],
}

const BOTH: &[Reference] = &[Reference::Botocore, Reference::AwsSigv4];
const BOTOCORE: &[Reference] = &[Reference::Botocore];
const AWS_SIGV4: &[Reference] = &[Reference::AwsSigv4];

const INJECTIONS: [Injection; 25] = [
    inject("escapes in the query that are lower case or not needed", 29, BOTOCORE, |case, random, class| {
        let pair = random.pick(&["a=%2f", "%c3%a9=1", "%41=1", "a=%7e%7E", "%2d=%5f", "z=%2Fx%2f"]);
        case.add_pair(pair);
        case.know(BOTOCORE, class, &Part::Query);
    }),
    inject("plus in the query", 31, BOTH, |case, random, class| {
        case.add_pair(random.pick(&["q=a+b", "+=1", "a=+", "a+b"]));
        case.know(BOTH, class, &Part::Query);
    }),
    inject("reserved characters in the query", 37, BOTOCORE, |case, random, class| {
        case.add_pair(random.pick(&["a=/", "a=b=c", "a=:@", "t=12:30", "x[]=1", "a=!$'()*,;?", "=="]));
        case.know(BOTOCORE, class, &Part::Query);
    }),
    inject("UTF-8 in the query, not encoded", 41, BOTOCORE, |case, random, class| {
        case.add_pair(random.pick(&["é=1", "a=☃", "n=\u{1f600}x"]));
        case.know(BOTOCORE, class, &Part::Query);
    }),
    inject("percent signs in the query that begin no escape", 43, BOTOCORE, |case, random, class| {
        case.add_pair(random.pick(&["a=100%", "a=%zz", "%4=1", "a=%%41"]));
        case.know(BOTOCORE, class, &Part::Query);
    }),
    inject("escapes in the query that are not UTF-8", 47, AWS_SIGV4, |case, random, class| {
        case.add_pair(random.pick(&["a=%FF", "%C3=1", "a=%80%80"]));
        case.know(AWS_SIGV4, class, &Part::Query);
    }),
    inject("empty pairs in the query", 53, AWS_SIGV4, |case, random, class| {
        case.add_pair(random.pick(&["", "&", "a=1&", "&b=2"]));
        case.know(AWS_SIGV4, class, &Part::Query);
    }),
    inject("path that ends in a dot segment", 59, AWS_SIGV4, |case, random, class| {
        case.path = format!("/a{}/{}", case.path, random.pick(&["b/.", "b/c/..", "."]));
        case.know(AWS_SIGV4, class, &Part::Path);
    }),
    inject("method in lower case", 61, AWS_SIGV4, |case, random, class| {
        case.method = random.pick(&["get", "Post", "deLETE", "x-Purge"]).to_owned();
        case.know(AWS_SIGV4, class, &Part::Method);
    }),
    inject("host in upper case", 67, AWS_SIGV4, |case, random, class| {
        case.authority = random.pick(&["Example.COM", "[2001:DB8::A]:8443", "API.example.com:8080"]).to_owned();
        case.know_host(AWS_SIGV4, class);
    }),
    inject("user information in the URL", 71, AWS_SIGV4, |case, random, class| {
        case.authority = format!("{}@{}", random.pick(&["user", "user:password", "a%40b"]), case.authority);
        case.know_host(AWS_SIGV4, class);
    }),
    inject("colon without a port", 73, AWS_SIGV4, |case, _, class| {
        case.authority = "example.com:".to_owned();
        case.know_host(AWS_SIGV4, class);
    }),
    inject("tabs in a header's value", 79, AWS_SIGV4, |case, random, class| {
        case.headers.push(("X-Tab".to_owned(), random.pick(&["\ta", "a\t", "a\tb", "a \t b", "\t"]).to_owned()));
        case.know(AWS_SIGV4, class, &Part::Header("x-tab".to_owned()));
    }),
    inject("white space of Unicode in a header's value", 83, BOTOCORE, |case, random, class| {
        let value = random.pick(&["\u{a0}a", "a\u{2003}\u{2003}b", "a\u{3000}", "\u{2028}b c"]);
        case.headers.push(("X-Space".to_owned(), value.to_owned()));
        case.know(BOTOCORE, class, &Part::Header("x-space".to_owned()));
    }),
    inject("content-length", 89, BOTH, |case, _, class| {
        case.headers.push(("content-length".to_owned(), case.body.len().to_string()));
        case.know(BOTH, class, &Part::Header("content-length".to_owned()));
    }),
    inject("headers between two hops", 97, AWS_SIGV4, |case, _, class| {
        for name in [
            "baggage",
            "connection",
            "expect",
            "keep-alive",
            "te",
            "traceparent",
            "tracestate",
            "trailer",
            "upgrade",
            "proxy-authenticate",
            "proxy-authorization",
        ] {
            case.headers.push((name.to_owned(), "1".to_owned()));
            case.know(AWS_SIGV4, class, &Part::Header(name.to_owned()));
        }
    }),
    inject("other headers of the proxy- family", 101, BOTH, |case, _, class| {
        for name in ["proxy-connection", "proxy-status", "proxy-x"] {
            case.headers.push((name.to_owned(), "1".to_owned()));
            case.know(BOTH, class, &Part::Header(name.to_owned()));
        }
    }),
    inject("date header", 103, BOTOCORE, |case, _, class| {
        case.headers.push(("Date".to_owned(), "Thu, 01 Jan 1970 00:00:00 GMT".to_owned()));
        case.know(BOTOCORE, class, &Part::Header("date".to_owned()));
        case.know(BOTOCORE, class, &Part::Header("x-amz-date".to_owned()));
    }),
    inject("token of an earlier signature, and none now", 107, BOTH, |case, _, class| {
        case.session_token = None;
        case.headers.push(("X-Amz-Security-Token".to_owned(), "stale".to_owned()));
        case.know(BOTH, class, &Part::Header("x-amz-security-token".to_owned()));
    }),
    inject("blanks around a payload hash that the caller set", 109, BOTOCORE, |case, random, class| {
        case.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-amz-content-sha256"));
        let value = random.pick(&[" UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD  "]);
        case.headers.push(("x-amz-content-sha256".to_owned(), value.to_owned()));
        case.know(BOTOCORE, class, &Part::PayloadHash);
    }),
    inject("three kinds of query at once", 113, BOTH, |case, _, class| {
        case.add_pair("a+b=%2f/é%&%41=%C3%A9");
        case.know(BOTH, class, &Part::Query);
    }),
    inject("names in the query that sort otherwise when encoded", 127, BOTOCORE, |case, _, class| {
        case.add_pair("%62=1&a=2&%7e=3&ab=0");
        case.know(BOTOCORE, class, &Part::Query);
    }),
    inject("header with the scheme's own port and a URL in upper case", 131, AWS_SIGV4, |case, _, class| {
        case.authority = format!("Example.com:{}", if case.scheme == "http" { 80 } else { 443 });
        case.know_host(AWS_SIGV4, class);
    }),
    inject("header that the caller excludes", 137, BOTH, |case, random, class| {
        let name = HeaderName::from_static(random.pick(&["x-forwarded-for", "accept-encoding", "forwarded"]));
        case.headers.push((name.as_str().to_owned(), "127.0.0.1".to_owned()));
        case.know(BOTH, class, &Part::Header(name.as_str().to_owned()));
        case.unsigned_headers.push(name);
    }),
    inject("port with leading zeros", 139, AWS_SIGV4, |case, random, class| {
        case.authority = format!("example.com:{}", random.pick(&["0082", "08443", "00001"]));
        case.know_host(AWS_SIGV4, class);
    }),
];

const fn inject(
    name: &'static str,
    every: usize,
    references: &'static [Reference],
    apply: fn(&mut Case, &mut Random, &'static str),
) -> Injection {
    Injection { class: Class { name, every }, apply, references }
}

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let mut random = settings.random("signing");
    let cases: Vec<Case> = (0..settings.cases).map(|number| generate(number, &mut random)).collect();
    let questions: Vec<Value> = cases.iter().map(Case::question).collect();
    let (mut botocore, mut aws_sigv4) = (Tally::default(), Tally::default());
    let mut bytes = 0;
    oracle::ask(settings, &questions, |number, result| {
        let case = &cases[number];
        bytes += case.body.len();
        compare(case, result, &mut botocore, &mut aws_sigv4)
            .map_err(|error| format!("case {number}: {error}\n{case}").into())
    })?;
    println!("  {} requests, {bytes} bytes of bodies: every stage equals the rule", cases.len());
    botocore.check("botocore", cases.len(), &classes(Reference::Botocore))?;
    aws_sigv4.check("aws-sigv4", cases.len(), &classes(Reference::AwsSigv4))
}

fn classes(reference: Reference) -> Vec<Class> {
    INJECTIONS
        .iter()
        .filter(|injection| injection.references.contains(&reference))
        .map(|injection| injection.class)
        .collect()
}

fn compare(
    case: &Case,
    result: &Value,
    botocore: &mut Tally,
    aws_sigv4: &mut Tally,
) -> std::result::Result<(), String> {
    let (rule, theirs) = (&result["rule"], &result["botocore"]);
    let ours = ours(case)?;
    for stage in ["canonical_request", "string_to_sign", "authorization"] {
        if text(rule, stage) != text(&ours, stage) {
            return Err(format!("the rule's {stage}:\n{}\nours:\n{}", text(rule, stage), text(&ours, stage)));
        }
    }
    let differing = differing_parts(text(rule, "canonical_request"), text(theirs, "canonical_request"))?;
    let same = text(rule, "authorization") == text(theirs, "authorization");
    if differing.is_empty() != same {
        return Err(format!(
            "botocore's authorization differs for the same canonical request: {}",
            text(theirs, "authorization")
        ));
    }
    botocore
        .count(&differing, &case.known_of(Reference::Botocore))
        .map_err(|error| format!("botocore: {error}:\n{}", text(theirs, "canonical_request")))?;

    let (canonical_request, authorization) = aws_sigv4_of(case)?;
    let differing = differing_parts(&redacted(text(rule, "canonical_request")), &canonical_request)?;
    let same = text(rule, "authorization") == authorization;
    if differing.is_empty() != same {
        return Err(format!("aws-sigv4's authorization differs for the same canonical request: {authorization}"));
    }
    aws_sigv4
        .count(&differing, &case.known_of(Reference::AwsSigv4))
        .map_err(|error| format!("aws-sigv4: {error}:\n{canonical_request}"))
}

/// Returns the crate's stages: those that it explains, and the authorization of the signed request.
fn ours(case: &Case) -> std::result::Result<Value, String> {
    let credentials = Credentials::new(&*case.access_key_id, &*case.secret_access_key);
    let credentials = match &case.session_token {
        Some(token) => credentials.and_then(|credentials| credentials.with_session_token(&**token)),
        None => credentials,
    };
    let region: Region = case.region.parse().map_err(|error| format!("{error}"))?;
    let signer = credentials.and_then(|credentials| Signer::new(credentials, &region, &case.service));
    let signer = signer.map_err(|error| error.to_string())?;
    let signer = signer.with_unsigned_headers(case.unsigned_headers.iter().cloned());
    let mut request = case.request()?;
    let explanation = signer.explain(&request, case.time()).map_err(|error| error.to_string())?;
    signer.sign(&mut request, case.time()).map_err(|error| error.to_string())?;
    let authorization = request.headers()["authorization"].to_str().map_err(|error| error.to_string())?;
    if !authorization.ends_with(&format!("Signature={}", explanation.signature)) {
        return Err(format!("explained {explanation}, but signed {authorization}"));
    }
    Ok(json!({
        "canonical_request": explanation.canonical_request,
        "string_to_sign": explanation.string_to_sign,
        "authorization": authorization,
    }))
}

/// Returns the canonical request that aws-sigv4 logs, in which it hides some values, and the authorization.
fn aws_sigv4_of(case: &Case) -> std::result::Result<(String, String), String> {
    let credentials = TheirCredentials::new(
        &case.access_key_id,
        &case.secret_access_key,
        case.session_token.clone(),
        None,
        "conformance",
    );
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&case.region)
        .name(&case.service)
        .time(case.time())
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| error.to_string())?
        .into();
    // Callers of that crate must do this themselves.
    let hash = case.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amz-content-sha256"));
    let body = match hash {
        Some((_, hash)) => SignableBody::Precomputed(hash.trim().to_owned()),
        None => SignableBody::Bytes(&case.body),
    };
    let headers = case.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let request = SignableRequest::new(&case.method, case.url(), headers, body).map_err(|error| error.to_string())?;
    let signed = tracing::subscriber::with_default(Log, || {
        LOGGED.take();
        sign(request, &parameters)
    });
    let (instructions, _) = signed.map_err(|error| error.to_string())?.into_parts();
    let authorization = instructions.headers().find(|(name, _)| *name == "authorization");
    let authorization =
        authorization.map(|(_, value)| value.to_owned()).ok_or("aws-sigv4 returned no authorization")?;
    Ok((LOGGED.take(), authorization))
}

thread_local! {
    static LOGGED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps the canonical request that aws-sigv4 logs.
struct Log;

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("aws_sigv4")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        struct Visitor;
        impl field::Visit for Visitor {
            fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
                if field.name() == "canonical_request" {
                    LOGGED.set(format!("{value:?}"));
                }
            }
        }
        event.record(&mut Visitor);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// Hides the values that aws-sigv4 hides in its log.
fn redacted(canonical_request: &str) -> String {
    let lines = canonical_request.split('\n').map(|line| match line.split_once(':') {
        Some((name @ ("x-amz-security-token" | "cookie"), value)) => {
            format!("{name}:** redacted (length={}) **", value.len())
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the parts in which two canonical requests differ.
fn differing_parts(one: &str, other: &str) -> std::result::Result<Vec<Part>, String> {
    let (one, other) = (parts(one)?, parts(other)?);
    let lacks = |parts: &[(Part, String)], pair: &(Part, String)| !parts.contains(pair);
    let mut differing: Vec<Part> =
        one.iter().filter(|pair| lacks(&other, pair)).map(|(part, _)| part.clone()).collect();
    differing.extend(other.iter().filter(|pair| lacks(&one, pair)).map(|(part, _)| part.clone()));
    differing.dedup();
    Ok(differing)
}

/// Returns the parts with their values. Also checks that the list of signed headers matches the headers.
fn parts(canonical_request: &str) -> std::result::Result<Vec<(Part, String)>, String> {
    let broken = || format!("invalid canonical request: {canonical_request:?}");
    let lines: Vec<&str> = canonical_request.split('\n').collect();
    let [method, path, query, headers @ .., empty, signed_headers, payload_hash] = lines.as_slice() else {
        return Err(broken());
    };
    let mut parts = vec![(Part::Method, (*method).to_owned()), (Part::Path, (*path).to_owned())];
    parts.push((Part::Query, (*query).to_owned()));
    let mut names = Vec::new();
    for header in headers {
        let (name, value) = header.split_once(':').ok_or_else(broken)?;
        names.push(name);
        parts.push((Part::Header(name.to_owned()), value.to_owned()));
    }
    if !empty.is_empty() || names.join(";") != *signed_headers {
        return Err(broken());
    }
    parts.push((Part::PayloadHash, (*payload_hash).to_owned()));
    Ok(parts)
}

impl Case {
    fn url(&self) -> String {
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}://{}{}{query}{}", self.scheme, self.authority, self.path, self.fragment)
    }

    fn time(&self) -> SystemTime {
        // Fractions of a second are cut off.
        UNIX_EPOCH + Duration::new(self.seconds, 999_999_999)
    }

    fn question(&self) -> Value {
        json!({
            "ask": "sign",
            "method": self.method,
            "url": self.url(),
            "headers": self.headers,
            "body": hex::encode(&self.body),
            "region": self.region,
            "service": self.service,
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key,
            "session_token": self.session_token,
            "seconds": self.seconds,
            "unsigned_headers": self.unsigned_headers.iter().map(HeaderName::as_str).collect::<Vec<_>>(),
        })
    }

    fn request(&self) -> std::result::Result<Request<Vec<u8>>, String> {
        let mut request = Request::builder().method(self.method.as_str()).uri(self.url());
        for (name, value) in &self.headers {
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|error| error.to_string())?;
            request = request.header(name, value);
        }
        request.body(self.body.clone()).map_err(|error| error.to_string())
    }

    fn add_pair(&mut self, pair: &str) {
        self.query = Some(match self.query.take() {
            Some(query) if !query.is_empty() => format!("{query}&{pair}"),
            // An empty pair alone would be an empty query.
            _ => format!("k=1&{pair}"),
        });
    }

    fn know(&mut self, references: &[Reference], class: &'static str, part: &Part) {
        self.known.extend(references.iter().map(|reference| (*reference, class, part.clone())));
    }

    /// The URL's host counts only if there is no `Host` header.
    fn know_host(&mut self, references: &[Reference], class: &'static str) {
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
        self.know(references, class, &Part::Header("host".to_owned()));
    }

    fn known_of(&self, reference: Reference) -> Vec<(&'static str, Part)> {
        let known = self.known.iter().filter(|(of, ..)| *of == reference);
        known.map(|(_, class, part)| (*class, part.clone())).collect()
    }
}

/// For the report of a difference.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.method, self.url())?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value:?}")?;
        }
        write!(f, "{} bytes, {} {} at {}", self.body.len(), self.service, self.region, self.seconds)?;
        self.known.iter().try_for_each(|known| write!(f, "\nknown: {known:?}"))
    }
}

fn generate(number: usize, random: &mut Random) -> Case {
    const UNRESERVED: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
    const SECRET: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=";
    let scheme = random.pick(&["https", "https", "http"]);
    let length = random.index(90) + 1;
    let mut case = Case {
        method: random.pick(&["GET", "POST", "POST", "PUT", "DELETE", "PATCH", "HEAD", "PURGE", "X-1"]).to_owned(),
        scheme,
        authority: authority(scheme, random),
        path: path(random),
        query: query(random),
        fragment: if random.one_in(50) { "#part" } else { "" },
        headers: headers(random),
        body: body(number, random),
        region: region(random),
        service: random.pick(&["securityhub", "execute-api", "sts", "service", "a.b_C-1"]).to_owned(),
        access_key_id: random.pick(&["AKIDEXAMPLE", "ASIAIOSFODNN7EXAMPLE", "A_1"]).to_owned(),
        secret_access_key: random.text(length, SECRET),
        session_token: random.one_in(2).then(|| random.text(length * 5, SECRET)),
        seconds: seconds(random),
        unsigned_headers: Vec::new(),
        known: Vec::new(),
    };
    if case.path.is_empty() && case.query.is_none() && random.one_in(2) {
        case.path = format!("/{}", random.text(3, UNRESERVED));
    }
    for injection in INJECTIONS.iter().filter(|injection| injection.class.is_in(number)) {
        (injection.apply)(&mut case, random, injection.class.name);
    }
    case
}

fn authority(scheme: &str, random: &mut Random) -> String {
    let host = random.pick(&[
        "example.com",
        "securityhub.us-east-1.amazonaws.com",
        "localhost",
        "a-b.example.com.",
        "xn--caf-dma.example",
        "127.0.0.1",
        "[::1]",
        "[2001:db8::a]",
    ]);
    let own = if scheme == "http" { ":80" } else { ":443" };
    let of_the_other = if scheme == "http" { ":443" } else { ":80" };
    format!("{host}{}", random.pick(&["", "", "", own, of_the_other, ":8443", ":65535", ":1"]))
}

/// Generates dots, repeated slashes, and octets with and without encoding. The path does not end in a dot segment, because that
/// is a class of its own.
fn path(random: &mut Random) -> String {
    let mut path = String::new();
    for _ in 0..random.index(7) {
        path.push('/');
        match random.below(9) {
            0 => path.push('.'),
            1 => path.push_str(".."),
            2 => {}
            3 => write!(path, "%{:02X}%{:02x}", random.byte(), random.byte()).expect("writing to a string"),
            4 => path.push_str(random.pick(&["+*()", "!$&'", ",;=:@", "%", "%zz", "a%2Fb", "|^~"])),
            5 => path.push_str(random.pick(&["é", "☃", "日本", "\u{1f600}"])),
            6 => path.push_str(random.pick(&["...", "%2e%2e", ".a", "a.", "..b", "%2E"])),
            _ => path.push_str(random.pick(&["invitations", "delete", "a", "Az09-._~", "b1"])),
        }
    }
    if path.ends_with("/.") || path.ends_with("/..") || random.one_in(6) {
        path.push('/');
    }
    path
}

/// Generates no query, or pairs as every reference writes them: encoded where necessary, in upper case. Names repeat, values are
/// empty, or the `=` is missing.
fn query(random: &mut Random) -> Option<String> {
    if random.one_in(3) {
        return random.one_in(4).then(String::new);
    }
    let pairs = (0..=random.index(6)).map(|_| {
        let name = random.pick(&["a", "b", "ab", "Param", "a-b", "~", "a%20b", "%C3%A9", "%E2%98%83", "Action", "0"]);
        let value = random.pick(&["", "1", "2", "10", "value", "%20", "%2B", "a%26b%3Dc", "%00", "%25", "~._-"]);
        match random.below(5) {
            0 => name.to_owned(),
            1 => format!("{name}="),
            _ => format!("{name}={value}"),
        }
    });
    Some(pairs.collect::<Vec<_>>().join("&"))
}

/// Generates runs of spaces, repeated names, mixed case, and headers that are not signed.
fn headers(random: &mut Random) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    for _ in 0..random.index(8) {
        let name = random.pick(&[
            "content-type",
            "Content-Type",
            "ACCEPT",
            "x-a",
            "X-A",
            "x-b",
            "X_B",
            "x.b",
            "x",
            "amz-sdk-request",
            "x-amz-user-agent",
            "via",
            "cache-control",
            "X-Amz-Target",
            "te-x",
            "x!#$%&'*+-.^_`|~1",
        ]);
        let value = random.pick(&[
            "application/json",
            "",
            " ",
            "   ",
            "  a   b  ",
            "\"a   b   c\"",
            "a,  b",
            "café ☃",
            "attempt=1; max=3",
            "a:b",
            ":",
            "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        ]);
        add(name, value);
    }
    for (name, value, one_in) in [
        ("User-Agent", "curl/8.0", 5),
        // At most once, because aws-sigv4 logs the length of several without the commas.
        ("Cookie", "a=b;  c=d", 9),
        ("x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793", 9),
        ("Transfer-Encoding", "chunked", 11),
        ("authorization", "AWS4-HMAC-SHA256 Credential=old", 7),
        ("X-Amz-Date", "20200101T000000Z", 7),
        ("host", " Host.Example:443 ", 8),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD", 17),
    ] {
        if random.one_in(one_in) {
            add(name, value);
        }
    }
    headers
}

/// Generates at most 1 MiB. Most bodies are small, and a few have the full size.
fn body(number: usize, random: &mut Random) -> Vec<u8> {
    let length = match random.below(200) {
        0..60 => 0,
        60..190 => random.index(200),
        190..199 => random.index(10_000),
        _ => random.index(1024 * 1024 + 1),
    };
    let length = if number.is_multiple_of(1000) { 1024 * 1024 } else { length };
    (0..length).map(|_| random.byte()).collect()
}

fn region(random: &mut Random) -> String {
    random.pick(&["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1", "mars-north-1", "a1"]).to_owned()
}

/// Generates any second of the years 1970–9999, often one around midnight, a leap day or the end of a year.
fn seconds(random: &mut Random) -> u64 {
    const DAY: u64 = 24 * 60 * 60;
    // 29 February of 1972, 2000, 2028 and 2096; 28 February and 1 March of 2100; 31 December of 1999, 2026 and 9999.
    const DAYS: [u64; 9] = [789, 11_016, 21_243, 46_080, 47_540, 47_541, 10_956, 20_818, 2_932_896];
    match random.below(4) {
        0 => random.pick(&DAYS) * DAY + random.pick(&[0, 1, DAY / 2, DAY - 2, DAY - 1]),
        1 => random.below(40_000) * DAY + random.pick(&[0, DAY - 1]),
        2 => random.below(253_402_300_800),
        _ => 1_795_379_825 + random.below(100_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::differences::assert_documented;

    #[test]
    fn classes_are_documented() {
        assert_documented("Signing", &INJECTIONS.map(|injection| injection.class));
    }

    #[test]
    fn finds_differing_parts() {
        let one = "GET\n/\n\nhost:a\nx-a:1\n\nhost;x-a\nhash";
        assert_eq!(differing_parts(one, one), Ok(Vec::new()));
        let other = "GET\n/b\n\nhost:a\nx-b:1\n\nhost;x-b\nhash";
        let expected = [Part::Path, Part::Header("x-a".to_owned()), Part::Path, Part::Header("x-b".to_owned())];
        assert_eq!(differing_parts(one, other), Ok(expected.to_vec()));
        assert!(differing_parts(one, "GET\n/\n\nhost:a\nx-a:1\n\nhost\nhash").is_err());
    }
}
