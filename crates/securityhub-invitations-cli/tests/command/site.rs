//! [`Site`]: an emulated AWS, and the command with nothing else in its environment.

use std::{
    collections::BTreeMap,
    env,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use securityhub_emulator::{AccessKey, Emulator, EmulatorBuilder, Role, Server};
use securityhub_invitations::{AccountId, Region};
use serde_json::Value;
use tempfile::TempDir;

/// The role in every account.
pub(crate) const ROLE: &str = "Cleanup";

/// An emulated AWS, and a directory for the files of one test.
pub(crate) struct Site {
    pub(crate) server: Server,
    directory: TempDir,
}

impl Site {
    pub(crate) fn new(emulator: Emulator) -> Self {
        let server = Server::start(emulator).expect("loopback is available");
        Self { server, directory: tempfile::tempdir().expect("there is room for a directory") }
    }

    pub(crate) fn emulator(&self) -> &Emulator {
        self.server.emulator()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file, and returns its path as an argument.
    pub(crate) fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, contents).expect("the directory is writable");
        path.to_str().expect("the path is UTF-8").to_owned()
    }

    /// Returns the command with an environment of its own.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_securityhub-invitations"));
        command.args(arguments).stdin(Stdio::null()).env_clear();
        for name in ["SystemRoot", "LLVM_PROFILE_FILE", "PATH"] {
            command.envs(env::var_os(name).map(|value| (name, value)));
        }
        command
            .env("HOME", self.directory.path())
            .env("XDG_STATE_HOME", self.path("state"))
            .env("AWS_ENDPOINT_URL", self.server.url())
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", AccessKey::EXAMPLE_ID)
            .env("AWS_SECRET_ACCESS_KEY", AccessKey::EXAMPLE_SECRET)
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    /// Runs the command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        Finished::new(self.command(arguments).output().expect("the command starts"))
    }

    /// Returns the invitations of an account that the emulator still has.
    pub(crate) fn invitations(&self, account: AccountId, region: &Region) -> Vec<AccountId> {
        let invitations = self.emulator().account(account).invitations(region);
        invitations.into_iter().map(|invitation| invitation.account).collect()
    }
}

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    pub(crate) fn new(output: Output) -> Self {
        let string = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
        Self { status: output.status.code(), stdout: string(output.stdout), stderr: string(output.stderr) }
    }

    /// Returns itself if the exit status is the expected one.
    #[track_caller]
    pub(crate) fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Returns the lines of the JSON output with this type.
    pub(crate) fn lines(&self, name: &str) -> Vec<Value> {
        let lines = self.stdout.lines().map(|line| serde_json::from_str(line).expect("a line is JSON"));
        lines.filter(|line: &Value| line["type"] == name).collect()
    }

    /// Returns the state of every entry: `done`, or `uncertain done`.
    pub(crate) fn states(&self) -> BTreeMap<(String, String, String), String> {
        let string = |line: &Value, name: &str| line[name].as_str().expect("it is a string").to_owned();
        let entry = |line: &Value| {
            let key = (string(line, "account"), string(line, "region"), string(line, "id"));
            let certainty = if line["certain"] == true { "" } else { "uncertain " };
            (key, format!("{certainty}{}", string(line, "state")))
        };
        self.lines("entry").iter().map(entry).collect()
    }
}

pub(crate) fn id(number: u64) -> AccountId {
    format!("{number:012}").parse().expect("it has twelve digits")
}

pub(crate) fn region(name: &str) -> Region {
    name.parse().expect("the region is valid")
}

/// Adds the role to each of the accounts.
pub(crate) fn with_roles(builder: EmulatorBuilder, accounts: &[AccountId]) -> EmulatorBuilder {
    accounts
        .iter()
        .fold(builder, |builder, account| builder.with_role(Role::new(*account, ROLE).expect("the name is valid")))
}

/// Joins accounts for an argument.
pub(crate) fn joined(accounts: &[AccountId]) -> String {
    accounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
