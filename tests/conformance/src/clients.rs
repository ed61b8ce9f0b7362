//! AWS's clients against the emulator, which must behave like the service from their point of view.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use http::StatusCode;
use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use serde_json::{Value, json};

use crate::{Result, Settings, oracle::text, sides};

/// The paths of the clients.
pub(crate) struct Programs {
    pub(crate) python: PathBuf,
    pub(crate) aws: Option<PathBuf>,
    pub(crate) node_folder: Option<PathBuf>,
    pub(crate) rust_sdk: Option<PathBuf>,
}

pub(crate) const REGION: &str = "eu-central-1";
const INVITED: &str = "111122223333";
const NOT_INVITED: &str = "444455556666";
const KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ==";

/// A call, the emulator's behaviour, and the expected result.
struct Scenario {
    name: &'static str,
    faults: fn() -> Vec<Fault>,
    emulator: fn() -> Emulator,
    secret: &'static str,
    token: Option<&'static str>,
    account_ids: &'static [&'static str],
    expected: Expected,
    /// The number of requests. All clients are configured for at most two attempts.
    requests: u64,
}

#[derive(Clone, Copy)]
enum Expected {
    Unprocessed(&'static [&'static str]),
    /// An error of the operation's model. The client has a type for it.
    Typed(&'static str),
    /// An error by its code alone, because only some clients have a type for it.
    Code(&'static str),
}

const SUCCESS: Scenario = Scenario {
    name: "success",
    faults: Vec::new,
    emulator: Emulator::new,
    secret: SECRET,
    token: None,
    account_ids: &[INVITED],
    expected: Expected::Unprocessed(&[]),
    requests: 1,
};

const fn modelled(name: &'static str, faults: fn() -> Vec<Fault>, requests: u64) -> Scenario {
    Scenario { name, faults, expected: Expected::Typed(name), requests, ..SUCCESS }
}

fn twice(fault: &Fault) -> Vec<Fault> {
    vec![fault.clone(), fault.clone()]
}

const SCENARIOS: [Scenario; 15] = [
    SUCCESS,
    Scenario {
        name: "partial success",
        account_ids: &[INVITED, NOT_INVITED],
        expected: Expected::Unprocessed(&[NOT_INVITED]),
        ..SUCCESS
    },
    Scenario {
        name: "success with a session token",
        emulator: || {
            Emulator::builder().with_access_key(AccessKey::new(KEY_ID, SECRET).with_session_token(TOKEN)).build()
        },
        token: Some(TOKEN),
        ..SUCCESS
    },
    modelled(
        "InternalException",
        || twice(&Fault::error(StatusCode::INTERNAL_SERVER_ERROR, "InternalException", "sorry")),
        2,
    ),
    modelled(
        "InvalidInputException",
        || vec![Fault::error(StatusCode::BAD_REQUEST, "InvalidInputException", "it is empty")],
        1,
    ),
    modelled(
        "LimitExceededException",
        || twice(&Fault::error(StatusCode::TOO_MANY_REQUESTS, "LimitExceededException", "too many")),
        2,
    ),
    modelled(
        "ResourceNotFoundException",
        || vec![Fault::error(StatusCode::NOT_FOUND, "ResourceNotFoundException", "no such thing")],
        1,
    ),
    modelled(
        "InvalidAccessException",
        || vec![Fault::error(StatusCode::UNAUTHORIZED, "InvalidAccessException", "not the administrator")],
        1,
    ),
    Scenario {
        name: "not subscribed",
        emulator: || Emulator::builder().with_subscription(false).build(),
        expected: Expected::Typed("InvalidAccessException"),
        ..SUCCESS
    },
    Scenario {
        name: "denied",
        emulator: || {
            let emulator = Emulator::new();
            emulator.deny("with an explicit deny");
            emulator
        },
        expected: Expected::Code("AccessDeniedException"),
        ..SUCCESS
    },
    Scenario { name: "throttled once", faults: || vec![Fault::throttled()], requests: 2, ..SUCCESS },
    Scenario {
        name: "503 once",
        faults: || vec![Fault::empty(StatusCode::SERVICE_UNAVAILABLE)],
        requests: 2,
        ..SUCCESS
    },
    Scenario {
        name: "connection lost once",
        faults: || vec![Fault::none().reset_before_response()],
        requests: 2,
        ..SUCCESS
    },
    Scenario {
        name: "bad signature",
        secret: "another",
        expected: Expected::Code("InvalidSignatureException"),
        ..SUCCESS
    },
    Scenario {
        name: "unknown key",
        emulator: || {
            Emulator::builder().without_access_keys().with_access_key(AccessKey::new("AKIDOTHER", SECRET)).build()
        },
        expected: Expected::Code("UnrecognizedClientException"),
        ..SUCCESS
    },
];

/// Runs a client over the calls, and returns its name and the results.
type Client = fn(&Path, &[Value]) -> Result<(String, Vec<Value>)>;

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let programs = &settings.clients;
    let clients: [(&str, Option<&PathBuf>, Client); 4] = [
        ("boto3", Some(&programs.python), boto3),
        ("the AWS CLI", programs.aws.as_ref(), aws_cli),
        ("the JavaScript SDK", programs.node_folder.as_ref(), javascript),
        ("the Rust SDK", programs.rust_sdk.as_ref(), |path, calls| batch(&mut Command::new(path), calls)),
    ];
    let mut wrong = Vec::new();
    for (name, program, client) in clients {
        match program {
            Some(program) => wrong.extend(try_client(program, client)?),
            None => println!("  {name}: not tried"),
        }
    }
    wrong.extend(sides::run(&programs.python, programs.aws.as_deref())?);
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Returns the differences from the expected results.
fn try_client(program: &Path, client: Client) -> Result<Vec<String>> {
    let servers = SCENARIOS.iter().map(start).collect::<Result<Vec<_>>>()?;
    let calls: Vec<Value> = SCENARIOS.iter().zip(&servers).map(|(scenario, server)| scenario.call(server)).collect();
    let (name, results) = client(program, &calls)?;
    if results.len() != SCENARIOS.len() {
        return Err(format!("{name} returned {} results (expected {})", results.len(), SCENARIOS.len()).into());
    }
    let mut wrong = Vec::new();
    for ((scenario, server), result) in SCENARIOS.iter().zip(&servers).zip(&results) {
        let expected = match scenario.expected {
            Expected::Unprocessed(ids) => result["unprocessed"] == json!(ids),
            Expected::Typed(code) => result["code"] == code && result["typed"] == code,
            Expected::Code(code) => result["code"] == code,
        };
        let requests = server.emulator().request_count();
        if !expected || requests != scenario.requests {
            wrong.push(format!("{name}, {}: {result} after {requests} requests", scenario.name));
        }
    }
    println!("  {name}: {} of {} calls as expected", SCENARIOS.len() - wrong.len(), SCENARIOS.len());
    Ok(wrong)
}

fn start(scenario: &Scenario) -> Result<Server> {
    let emulator = (scenario.emulator)();
    emulator.invite(&REGION.parse()?, INVITED.parse()?);
    emulator.script_faults((scenario.faults)());
    Ok(Server::start(emulator)?)
}

impl Scenario {
    fn call(&self, server: &Server) -> Value {
        json!({
            "url": server.url(),
            "region": REGION,
            "access_key_id": KEY_ID,
            "secret_access_key": self.secret,
            "session_token": self.token,
            "account_ids": self.account_ids,
        })
    }
}

pub(crate) fn boto3(python: &Path, calls: &[Value]) -> Result<(String, Vec<Value>)> {
    batch(Command::new(python).arg(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/boto3_client.py")), calls)
}

fn javascript(folder: &Path, calls: &[Value]) -> Result<(String, Vec<Value>)> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/sdk_client.mjs");
    batch(Command::new("node").arg(program).arg(folder), calls)
}

/// Runs a program that makes all calls.
fn batch(command: &mut Command, calls: &[Value]) -> Result<(String, Vec<Value>)> {
    let mut child = alone(command).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = child.stdin.take().expect("it is piped");
    write!(input, "{}", json!(calls))?;
    drop(input);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed, {}", output.status).into());
    }
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    let results = answer["results"].as_array().cloned().unwrap_or_default();
    Ok((text(&answer, "client").to_owned(), results))
}

/// The AWS CLI makes one call in each run, and writes its errors for human readers.
fn aws_cli(program: &Path, calls: &[Value]) -> Result<(String, Vec<Value>)> {
    let version = alone(Command::new(program).arg("--version")).output()?;
    let version = String::from_utf8_lossy(&version.stdout).split(' ').next().unwrap_or_default().to_owned();
    let results = calls.iter().map(|call| {
        let mut command = Command::new(program);
        alone(&mut command)
            .args(["securityhub", "delete-invitations", "--output", "json", "--account-ids"])
            .args(call["account_ids"].as_array().into_iter().flatten().filter_map(Value::as_str))
            .args(["--region", text(call, "region"), "--endpoint-url", text(call, "url")])
            .env("AWS_ACCESS_KEY_ID", text(call, "access_key_id"))
            .env("AWS_SECRET_ACCESS_KEY", text(call, "secret_access_key"));
        if let Some(token) = call["session_token"].as_str() {
            command.env("AWS_SESSION_TOKEN", token);
        }
        let output = command.output()?;
        if output.status.success() {
            let answer: Value = serde_json::from_slice(&output.stdout)?;
            let accounts = answer["UnprocessedAccounts"].as_array().into_iter().flatten();
            return Ok(json!({ "unprocessed": accounts.map(|account| &account["AccountId"]).collect::<Vec<_>>() }));
        }
        // An error occurred (InvalidAccessException) when calling the DeleteInvitations operation: …
        let error = String::from_utf8_lossy(&output.stderr);
        let code = error.split_once("An error occurred (").and_then(|(_, rest)| rest.split_once(')'));
        let code = code.map(|(code, _)| code);
        // The CLI has no type other than the code.
        Ok(json!({ "code": code, "typed": code, "message": error.trim() }))
    });
    Ok((version, results.collect::<Result<_>>()?))
}

/// Removes the user's files, profiles and variables, and allows two attempts.
pub(crate) fn alone(command: &mut Command) -> &mut Command {
    let of_aws = std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("AWS_"));
    for name in of_aws {
        command.env_remove(name);
    }
    let nowhere = if cfg!(windows) { "NUL" } else { "/dev/null" };
    command
        .env("AWS_CONFIG_FILE", nowhere)
        .env("AWS_SHARED_CREDENTIALS_FILE", nowhere)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_MAX_ATTEMPTS", "2")
        .env("AWS_RETRY_MODE", "standard")
        .env("NO_PROXY", "127.0.0.1")
}
