//! Runs the examples and checks their output.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::Region;
use securityhub_invitations_examples::{assert_in_order, example, printed_by, text};

#[test]
fn quickstart_ends_in_a_table() {
    let printed = printed_by(example("quickstart"));
    assert_in_order(
        &printed,
        &[
            "emulated Security Hub: http://127.0.0.1:",
            ": attempt 1 of ListInvitations failed: ThrottlingException: Rate exceeded (HTTP 429, request id ",
            "\n\ndeleting 6 invitations in 3 accounts and regions\n\n",
            ": attempt 1 of DeleteInvitations failed: ",
            "\n\naccount       region          inviter       result\n",
            "111122223333  eu-central-1    777777777777  done\n111122223333  eu-central-1    888888888888  done\n",
            "111122223333  eu-central-1    999999999999  kept\n",
            "\n444455556666  us-east-1                     not subscribed: InvalidAccessException: ",
        ],
    );
    let table = printed.split("result\n").nth(1).unwrap_or_default();
    assert_eq!((table.matches(" done\n").count(), table.matches(" kept\n").count()), (6, 3), "{printed}");
}

#[test]
fn blocking_distinguishes_the_results() {
    assert_in_order(
        &printed_by(example("blocking")),
        &[
            "us-east-1: deleted\n",
            "eu-central-1: not all accounts were processed\n  444455556666: ",
            "\nap-south-1: no Security Hub\n",
            "sa-east-1: uncertain: the connection broke before the response was complete: ",
            "(after 3 attempts)\n",
        ],
    );
}

#[test]
fn own_stack_retries_after_broken_connection_and_503() {
    assert_in_order(
        &printed_by(example("own_stack")),
        &[
            "attempt 1 of DeleteInvitations failed: the connection broke before the response was complete: ",
            " (next attempt in ",
            "\nattempt 2 of DeleteInvitations failed: ",
            "(HTTP 503, ",
            "\nattempt 3 of DeleteInvitations succeeded\ndeleted: 111122223333\n",
        ],
    );
}

#[test]
fn event_loop_prints_the_same_timeline_without_waiting() {
    let started = Instant::now();
    let printed = printed_by(example("event_loop"));
    assert_in_order(
        &printed,
        &[
            "   0 ms  A  attempt 1 sent\n   0 ms  B  attempt 1 sent\n   0 ms  C  attempt 1 sent\n",
            "  40 ms  A  attempt 1 of DeleteInvitations failed: ThrottlingException: ",
            "  40 ms  B  attempt 1 of DeleteInvitations failed: the connection broke before the response was complete: ",
            " ms  B  attempt 2 of DeleteInvitations succeeded\n            444455556666: deleted\n",
            " ms  A  attempt 2 of DeleteInvitations succeeded\n            111122223333: deleted\n",
            "2000 ms  C  attempt 1 of DeleteInvitations failed: no response arrived in time: timeout (next attempt in ",
            " ms  C  attempt 2 of DeleteInvitations succeeded\n            777788889999: uncertain, ",
            "\ninvitations left: 0, retry quota: 500\n",
        ],
    );
    assert_eq!(printed_by(example("event_loop")), printed);
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[test]
fn rotate_credentials_is_rejected_only_once() {
    assert_in_order(
        &printed_by(example("rotate_credentials")),
        &[
            "After a rejection\n  attempt 1 signed with ASIAEXAMPLE1\n  ExpiredTokenException: ",
            "\n  attempt 1 signed with ASIAEXAMPLE2\n  deleted: true\n",
            "Between two attempts\n  attempt 1 signed with ASIAEXAMPLE3\n  ThrottlingException: ",
            "; next in 3s\n  attempt 2 signed with ASIAEXAMPLE4\n  deleted: true\n",
            "Before they expire\n  attempt 1 signed with ASIAEXAMPLE5\n  attempt 1 signed with ASIAEXAMPLE5\n",
            "  less than 5 minutes left\n  attempt 1 signed with ASIAEXAMPLE6\n",
            "rejected: 1 of 7 requests\n",
        ],
    );
}

/// The example `delete_invitations`, and the server that its environment names.
struct DeleteInvitations {
    server: Server,
    program: Command,
}

impl DeleteInvitations {
    /// Starts a server with two invitations in us-east-1.
    fn new() -> Self {
        let emulator = Emulator::new();
        for id in ["111122223333", "444455556666"] {
            emulator.invite(&region("us-east-1"), id.parse().unwrap());
        }
        let server = Server::start(emulator).unwrap();
        let mut program = example("delete_invitations");
        program
            .env("NO_PROXY", "*")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL", server.url())
            .env("AWS_ACCESS_KEY_ID", AccessKey::EXAMPLE_ID)
            .env("AWS_SECRET_ACCESS_KEY", AccessKey::EXAMPLE_SECRET);
        Self { server, program }
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.program.env(name, value);
        self
    }

    fn args<const N: usize>(mut self, args: [&str; N]) -> Self {
        self.program.args(args);
        self
    }

    fn run(&mut self) -> Ran {
        Ran::of(&self.program.output().unwrap())
    }

    fn run_with_input(&mut self, input: &str) -> Ran {
        let mut child =
            self.program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ran::of(&child.wait_with_output().unwrap())
    }

    fn emulator(&self) -> &Emulator {
        self.server.emulator()
    }
}

#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Returns the first line of a failure. Only advice may follow, in one line.
    fn error(&self) -> &str {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{self:?}");
        let lines: Vec<&str> = self.stderr.lines().collect();
        match lines[..] {
            [error] | [error, _] => error.strip_prefix("error: ").unwrap_or_else(|| panic!("no error: {self:?}")),
            _ => panic!("more than an error and advice: {self:?}"),
        }
    }
}

fn region(name: &str) -> Region {
    name.parse().unwrap()
}

#[test]
fn complete_success_exits_with_0() {
    let mut it = DeleteInvitations::new().args(["111122223333", "444455556666"]);
    let ran = it.run();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    assert_in_order(&ran.stderr, &["2 of 2 accounts processed (request id 0"]);
    assert!(it.emulator().invitations(&region("us-east-1")).is_empty());
}

#[test]
fn partial_success_exits_with_1() {
    let mut it = DeleteInvitations::new().args(["111122223333", "000000000000", "444455556666"]);
    let ran = it.run();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.starts_with("000000000000: "), "{ran:?}");
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
    assert_in_order(&ran.stderr, &["2 of 3 accounts processed (request id 0"]);
}

#[test]
fn reads_ids_from_standard_input() {
    let mut it = DeleteInvitations::new();
    let ran = it.run_with_input("111122223333,\n\t444455556666\r\n\n");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_in_order(&ran.stderr, &["2 of 2 accounts processed"]);

    let mut it = DeleteInvitations::new();
    let ran = it.run_with_input("\n");
    assert_in_order(ran.error(), &["no account ids"]);
    assert_eq!(it.emulator().request_count(), 0);
}

#[test]
fn reports_retries_on_standard_error() {
    let mut it = DeleteInvitations::new().args(["111122223333"]);
    it.emulator().script_faults([Fault::none().drop_before_response()]);
    let ran = it.run();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    assert_in_order(
        &ran.stderr,
        &["attempt 1 of DeleteInvitations failed: the connection broke", "\n1 of 1 accounts processed (request id 0"],
    );
}

#[test]
fn lost_response_makes_the_account_uncertain() {
    let mut it = DeleteInvitations::new().args(["111122223333"]);
    it.emulator().script_faults([Fault::none().drop_before_response().after_processing()]);
    let ran = it.run();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.starts_with("111122223333: uncertain ("), "{ran:?}");
    assert_in_order(&ran.stderr, &["0 of 1 accounts processed"]);
}

#[test]
fn wrong_secret_fails_without_a_retry() {
    let mut it = DeleteInvitations::new().env("AWS_SECRET_ACCESS_KEY", "wrongwrongwrong").args(["111122223333"]);
    let ran = it.run();
    let line = ran.error();
    assert_in_order(line, &["InvalidSignatureException: ", "does not match the signature you provided", "(HTTP 403"]);
    assert_in_order(&ran.stderr, &["\nCheck the access key, its secret and the session token."]);
    assert!(!ran.stderr.contains("wrongwrongwrong"), "{ran:?}");
    assert_eq!(it.emulator().request_count(), 1);
}

#[test]
fn names_a_missing_variable() {
    for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        let mut it = DeleteInvitations::new().args(["111122223333"]);
        it.program.env_remove(name);
        let ran = it.run();
        assert!(ran.error().starts_with(&format!("{name} ")), "{ran:?}");
        assert_eq!(it.emulator().request_count(), 0);
    }
}

#[test]
fn lists_invalid_ids_by_index() {
    let mut it = DeleteInvitations::new().args(["111122223333", "12345", "444455556666", "1111-2222-3333"]);
    let ran = it.run();
    assert_in_order(ran.error(), &["1", "\"12345\"", "3", "\"1111-2222-3333\""]);
    assert_eq!(it.emulator().request_count(), 0);
}

#[test]
fn region_option_has_precedence() {
    let frankfurt = region("eu-central-1");
    let mut it = DeleteInvitations::new().args(["--region", "eu-central-1", "111122223333"]);
    it.emulator().invite(&frankfurt, "111122223333".parse().unwrap());
    let ran = it.run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(it.emulator().invitations(&frankfurt).is_empty());
    assert_eq!(it.emulator().invitations(&region("us-east-1")).len(), 2);
}

#[test]
fn dry_run_prints_the_request_without_secrets() {
    let mut it =
        DeleteInvitations::new().env("AWS_SESSION_TOKEN", "hunter2hunter2").args(["--dry-run", "111122223333"]);
    let ran = it.run();
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let url = it.server.url();
    assert_in_order(
        &ran.stdout,
        &[
            &format!("POST {url}/invitations/delete\nhost: {}\n", url.trim_start_matches("http://")),
            "content-type: application/json\n",
            "x-amz-date: 2",
            "x-amz-security-token: [redacted]\n",
            "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/",
            ", SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=[redacted]\n",
            "\n{\"AccountIds\":[\"111122223333\"]}\n",
        ],
    );
    assert!(!ran.stdout.contains("hunter2"), "{ran:?}");
    assert_eq!((it.emulator().request_count(), it.server.connections()), (0, 0));
}

#[test]
fn deadline_prevents_a_long_wait() {
    let mut it = DeleteInvitations::new().args(["--deadline", "3", "111122223333"]);
    it.emulator().script_faults([Fault::throttled().retry_after("4")]);
    let started = Instant::now();
    let ran = it.run();
    assert_in_order(
        ran.error(),
        &["deadline of 3s leaves no time for a retry in ", "after 1 attempt: ThrottlingException: "],
    );
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert_eq!(it.emulator().request_count(), 1);
}

#[test]
fn help_lists_the_exit_statuses() {
    let mut it = DeleteInvitations::new().args(["--help"]);
    let ran = it.run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_in_order(&ran.stdout, &["ACCOUNT_ID", "--region", "--dry-run", "--deadline", "Exit status: 0 "]);
}
