//! The program, started as people start it.

mod common;

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    process::{Child, Command, Output, Stdio},
};

use common::{Call, Connection, current_date};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_securityhub-emulator"))
}

/// A program that runs until the test is over.
struct Running {
    child: Child,
    addr: SocketAddr,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = program()
            .args(["--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on http://").expect("it prints its URL");
        Self { addr: url.parse().unwrap(), child }
    }

    fn call(&self, change: impl FnOnce(&mut Call)) -> (String, String) {
        let mut call = Call { host: self.addr.to_string(), ..Call::in_region("us-east-1") }.dated(&current_date());
        change(&mut call);
        let mut connection = Connection::open(self.addr);
        connection.send(&call.sign());
        let answer = connection.answer();
        (answer.head, String::from_utf8(answer.body).unwrap())
    }

    fn stop(mut self) -> String {
        self.child.kill().unwrap();
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_serves_what_it_is_told_to() {
    let running = Running::start(&[
        "--invite",
        "us-east-1:111122223333,444455556666",
        "--invite",
        "us-east-1:777788889999",
        "--invite",
        "eu-west-1:222233334444",
        "--throttle-first",
        "1",
    ]);
    let body = r#"{"AccountIds":["111122223333","444455556666","777788889999","222233334444"]}"#;
    let (head, answer) = running.call(|call| call.body = body.to_owned());
    assert!(head.starts_with("http/1.1 429 ") && answer.contains("Rate exceeded"), "{head}{answer}");
    let (head, answer) = running.call(|call| call.body = body.to_owned());
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    assert_eq!(
        answer,
        r#"{"UnprocessedAccounts":[{"AccountId":"222233334444","ProcessingResult":"The account has no invitation in this Region"}]}"#
    );
    let log = running.stop();
    assert_eq!(log, "POST /invitations/delete 429 (fault)\nPOST /invitations/delete 200\n");
}

#[test]
fn keys_regions_subscriptions_and_browsers() {
    let running = Running::start(&[
        "--access-key",
        "AKIDONE:one/secret",
        "--access-key",
        "ASIATWO:two:token:with:colons",
        "--region",
        "us-east-1",
        "--not-subscribed",
        "--account",
        "000011112222",
        "--cors",
    ]);
    let (head, _) = running.call(|_| {});
    assert!(head.contains("unrecognizedclientexception"), "the example key is not known: {head}");
    let one = |call: &mut Call| (call.key_id, call.secret) = ("AKIDONE".to_owned(), "one/secret".to_owned());
    let (head, answer) = running.call(one);
    assert!(head.starts_with("http/1.1 401 ") && head.contains("access-control-allow-origin: *"), "{head}");
    assert!(answer.contains("Account 000011112222 is not subscribed"), "{answer}");
    let (head, _) = running.call(|call| {
        (call.key_id, call.secret) = ("ASIATWO".to_owned(), "two".to_owned());
        call.token = Some("token:with:colons".to_owned());
    });
    assert!(head.contains("invalidaccessexception"), "{head}");
    let (_, answer) = running.call(|call| {
        one(call);
        call.scope = call.scope.replace("us-east-1", "eu-west-1");
    });
    assert!(answer.contains("valid region, not 'eu-west-1'"), "{answer}");
}

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = program().args(arguments).output().unwrap();
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[test]
fn mistakes_are_explained() {
    for (arguments, code, explanation) in [
        (&["--port", "x"][..], 2, "invalid value 'x' for '--port"),
        (&["--port", "70000"], 2, "70000 is not in 0..=65535"),
        (&["--host", "0.0.0.0"], 2, "it is no loopback address"),
        (&["--invite", "us-east-1"], 2, "there is no colon after the region"),
        (&["--invite", "us-east-1:12345"], 2, "an account id is exactly 12 ASCII digits"),
        (&["--invite", "US:111122223333"], 2, "a region is made of a-z"),
        (&["--access-key", "ID"], 2, "there is no colon after the id"),
        (&["--access-key", "ID:"], 2, "id and secret must not be empty"),
        (&["--region", ""], 2, "--region"),
        (&["--account", "1"], 2, "it has 1 digit"),
        (&["--unknown"], 2, "unexpected argument '--unknown'"),
        (&["stray"], 2, "unexpected argument 'stray'"),
        (&["--help"], 0, "--throttle-first"),
        (&["--version"], 0, env!("CARGO_PKG_VERSION")),
    ] {
        let (status, output) = run(arguments);
        assert_eq!(status, Some(code), "{arguments:?} {output}");
        assert!(output.contains(explanation), "{arguments:?} {output}");
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let running = Running::start(&[]);
    let (status, output) = run(&["--port", &running.addr.port().to_string()]);
    assert_eq!(status, Some(1));
    assert!(output.starts_with(&format!("securityhub-emulator: cannot listen on {}: ", running.addr)), "{output}");
}
