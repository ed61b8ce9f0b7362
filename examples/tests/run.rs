//! Runs the examples as people do, and reads what they print.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use securityhub_emulator::{AccessKey, Emulator, Fault, Server};
use securityhub_invitations::Region;
use securityhub_invitations_examples::{assert_in_order, example, printed_by, text};

#[test]
fn quickstart_throttled_once_with_an_unknown_id() {
    let printed = printed_by(example("quickstart"));
    assert_in_order(
        &printed,
        &[
            "Security Hub, emulated: http://127.0.0.1:",
            "invited: 111122223333, 444455556666, 777788889999\n",
            "\nattempt 1: ThrottlingException: Rate exceeded (HTTP 429, request id ",
            "; next in ",
            "\nattempt 2: answered\n",
            "\ndeleted: 111122223333, 444455556666, 777788889999\n",
            "not processed:\n  000000000000: ",
            "\nrequest id: 0",
            "\nleft at the server: none\n",
        ],
    );
    assert!(!printed.contains("canonical request"), "{printed}");
}

#[test]
fn quickstart_explains_the_signature() {
    let mut quickstart = example("quickstart");
    quickstart.arg("--explain");
    assert_in_order(
        &printed_by(quickstart),
        &[
            "canonical request:\nPOST\n/invitations/delete\n\ncontent-type:application/json\nhost:127.0.0.1:",
            "\nx-amz-date:",
            "\n\ncontent-type;host;x-amz-date\n",
            "\n\nstring to sign:\nAWS4-HMAC-SHA256\n",
            "/us-east-1/securityhub/aws4_request\n",
            "\n\nsignature:\n",
            "\nattempt 2: answered\n",
        ],
    );
}

#[test]
fn blocking_tells_the_regions_apart() {
    assert_in_order(
        &printed_by(example("blocking")),
        &[
            "us-east-1: deleted\n",
            "eu-central-1: answered, but not processed:\n  444455556666: ",
            "\nap-south-1: has no Security Hub\n",
            "sa-east-1: unclear: the connection broke before the answer was whole: ",
            "(after 3 attempts)\n",
        ],
    );
}

#[test]
fn own_stack_survives_a_broken_connection_and_a_503() {
    assert_in_order(
        &printed_by(example("own_stack")),
        &[
            "attempt 1: the connection broke before the answer was whole; next in ",
            "\nattempt 2: Unavailable without an error code (HTTP 503, ",
            "\nattempt 3: answered\ndeleted: 111122223333\n",
        ],
    );
}

#[test]
fn event_loop_prints_the_same_timeline_every_time_and_waits_for_nothing() {
    let started = Instant::now();
    let printed = printed_by(example("event_loop"));
    assert_in_order(
        &printed,
        &[
            "   0 ms  A  attempt 1 sent\n   0 ms  B  attempt 1 sent\n   0 ms  C  attempt 1 sent\n",
            "  40 ms  A  ThrottlingException: ",
            "  40 ms  B  the connection broke before the answer was whole; next in ",
            " ms  B  done after 2 attempts; deleted\n",
            " ms  A  done after 2 attempts; deleted\n",
            "2000 ms  C  no answer came in time; next in ",
            " ms  C  done after 2 attempts; 1 account was not processed: 777788889999: ",
            "\nleft at the server: 0; retry quota: 500\n",
        ],
    );
    assert_eq!(printed_by(example("event_loop")), printed);
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[test]
fn rotate_credentials_is_refused_once_and_never_again() {
    assert_in_order(
        &printed_by(example("rotate_credentials")),
        &[
            "After a refusal\n  attempt 1 signed with ASIAEXAMPLE1\n  ExpiredTokenException: ",
            "\n  attempt 1 signed with ASIAEXAMPLE2\n  deleted: true\n",
            "Between two attempts\n  attempt 1 signed with ASIAEXAMPLE3\n  ThrottlingException: ",
            "; next in 3s\n  attempt 2 signed with ASIAEXAMPLE4\n  deleted: true\n",
            "Ahead of time\n  attempt 1 signed with ASIAEXAMPLE5\n  attempt 1 signed with ASIAEXAMPLE5\n",
            "  less than 5 minutes left\n  attempt 1 signed with ASIAEXAMPLE6\n",
            "refused: 1 of 7 requests\n",
        ],
    );
}

/// `delete_invitations`, and the service that its environment names.
struct DeleteInvitations {
    server: Server,
    program: Command,
}

impl DeleteInvitations {
    /// Two invitations in us-east-1.
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

    /// The one line of a failure.
    fn error(&self) -> &str {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{self:?}");
        let line = self.stderr.strip_prefix("error: ").and_then(|line| line.strip_suffix('\n'));
        line.filter(|line| !line.contains('\n')).unwrap_or_else(|| panic!("not one line: {self:?}"))
    }
}

fn region(name: &str) -> Region {
    name.parse().unwrap()
}

#[test]
fn all_processed_is_status_0_and_prints_no_ids() {
    let mut it = DeleteInvitations::new().args(["111122223333", "444455556666"]);
    let ran = it.run();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    assert_in_order(&ran.stderr, &["2 of 2 accounts processed (request id 0"]);
    assert!(it.emulator().invitations(&region("us-east-1")).is_empty());
}

#[test]
fn some_not_processed_is_status_1_and_prints_those() {
    let mut it = DeleteInvitations::new().args(["111122223333", "000000000000", "444455556666"]);
    let ran = it.run();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.starts_with("000000000000: "), "{ran:?}");
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
    assert_in_order(&ran.stderr, &["2 of 3 accounts processed (request id 0"]);
}

#[test]
fn ids_come_from_standard_input_where_there_are_no_arguments() {
    let mut it = DeleteInvitations::new();
    let ran = it.run_with_input("111122223333,\n\t444455556666\r\n\n");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_in_order(&ran.stderr, &["2 of 2 accounts processed"]);

    let mut it = DeleteInvitations::new();
    let ran = it.run_with_input("\n");
    assert_in_order(ran.error(), &["the list of account ids is empty"]);
    assert_eq!(it.emulator().requests(), 0);
}

#[test]
fn retries_are_told_on_standard_error() {
    let mut it = DeleteInvitations::new().args(["111122223333"]);
    it.emulator().script([Fault::none().drop_before_answer()]);
    let ran = it.run();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    assert_in_order(
        &ran.stderr,
        &["attempt 1: the connection broke", "; next in ", "\n1 of 1 accounts processed (request id 0"],
    );
}

#[test]
fn a_wrong_secret_is_one_line_and_is_not_tried_again() {
    let mut it = DeleteInvitations::new().env("AWS_SECRET_ACCESS_KEY", "wrongwrongwrong").args(["111122223333"]);
    let ran = it.run();
    let line = ran.error();
    assert_in_order(line, &["InvalidSignatureException: ", "does not match the signature you provided", "(HTTP 403"]);
    assert!(!line.contains("wrongwrongwrong"), "{line}");
    assert_eq!(it.emulator().requests(), 1);
}

#[test]
fn a_missing_variable_is_named_and_nothing_is_sent() {
    for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        let mut it = DeleteInvitations::new().args(["111122223333"]);
        it.program.env_remove(name);
        let ran = it.run();
        assert!(ran.error().starts_with(&format!("{name}: ")), "{ran:?}");
        assert_eq!(it.emulator().requests(), 0);
    }
}

#[test]
fn bad_ids_are_listed_by_index_and_nothing_is_sent() {
    let mut it = DeleteInvitations::new().args(["111122223333", "12345", "444455556666", "1111-2222-3333"]);
    let ran = it.run();
    assert_in_order(ran.error(), &["1", "\"12345\"", "3", "\"1111-2222-3333\""]);
    assert_eq!(it.emulator().requests(), 0);
}

#[test]
fn the_region_of_the_command_line_wins() {
    let frankfurt = region("eu-central-1");
    let mut it = DeleteInvitations::new().args(["--region", "eu-central-1", "111122223333"]);
    it.emulator().invite(&frankfurt, "111122223333".parse().unwrap());
    let ran = it.run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(it.emulator().invitations(&frankfurt).is_empty());
    assert_eq!(it.emulator().invitations(&region("us-east-1")).len(), 2);
}

#[test]
fn a_dry_run_shows_the_request_without_its_secrets_and_sends_nothing() {
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
    assert_eq!((it.emulator().requests(), it.server.connections()), (0, 0));
}

#[test]
fn a_deadline_ends_the_call_before_a_wait_that_would_pass_it() {
    let mut it = DeleteInvitations::new().args(["--deadline", "3", "111122223333"]);
    it.emulator().script([Fault::throttled().retry_after("4")]);
    let started = Instant::now();
    let ran = it.run();
    assert_in_order(ran.error(), &["the deadline passed; the latest failed: ThrottlingException: "]);
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert_eq!(it.emulator().requests(), 1);
}

#[test]
fn help_tells_the_exit_statuses() {
    let mut it = DeleteInvitations::new().args(["--help"]);
    let ran = it.run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_in_order(&ran.stdout, &["ACCOUNT_ID", "--region", "--dry-run", "--deadline", "Exit status: 0 "]);
}
