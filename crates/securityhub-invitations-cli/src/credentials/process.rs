//! Credentials of a `credential_process`, without AWS's library.

use std::process::Stdio;

use securityhub_invitations::Credentials;
use tokio::{io::AsyncReadExt, process::Command};

use super::{Base, credentials_error::Problem, profiles::Profiles, variables::Variables};

/// The longest output of a process in bytes.
const MAX_OUTPUT: u64 = 64 * 1024;

/// Properties that take precedence over `credential_process`.
const UNSUPPORTED: [&str; 7] = [
    "role_arn",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "login_session",
    "aws_access_key_id",
    "credential_source",
];

pub(super) async fn load(base: &Base, variables: &Variables) -> Result<Credentials, Problem> {
    let profile = match base {
        Base::Environment => return Err(Problem::rejected("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")),
        Base::Profile(name) => name.as_str(),
    };
    let rejected = |message: &str| Problem::rejected(message).with_advice("use a build with the feature aws-config");
    let profiles = Profiles::load(variables).map_err(|error| Problem::rejected(&error.to_string()))?;
    if !profiles.contains(profile) {
        return Err(
            Problem::rejected("the profile does not exist").with_advice("check AWS_CONFIG_FILE and ~/.aws/config")
        );
    }
    if let Some(key) = UNSUPPORTED.iter().find(|key| profiles.property(profile, key).is_some()) {
        return Err(rejected(&format!("this build does not support {key}")));
    }
    match profiles.property(profile, "credential_process") {
        Some(command) => run(command).await,
        None => Err(rejected("the profile has no credential_process")),
    }
}

/// Runs the command in a shell, as AWS's libraries do. Its messages go to this command's stderr. It is killed when the future
/// is dropped.
async fn run(command: &str) -> Result<Credentials, Problem> {
    let failed = |message: &str| Problem::rejected(&format!("credential_process: {message}"));
    let mut child =
        shell(command).stdout(Stdio::piped()).kill_on_drop(true).spawn().map_err(|error| failed(&error.to_string()))?;
    let mut output = String::new();
    if let Some(stdout) = child.stdout.take() {
        let read = stdout.take(MAX_OUTPUT).read_to_string(&mut output).await;
        read.map_err(|error| failed(&error.to_string()))?;
    }
    let status = child.wait().await.map_err(|error| failed(&error.to_string()))?;
    if !status.success() {
        return Err(failed(&status.to_string()));
    }
    Credentials::from_process_json(&output).map_err(|error| Problem::rejected(&error.to_string()))
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

/// `cmd` needs the quotes of the command as they are, and removes a pair around it.
#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd.exe");
    shell.arg("/C").raw_arg(format!("\"{command}\""));
    shell
}
