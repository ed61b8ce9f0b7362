//! [`Command`]: the command `securityhub-invitations` as a child process.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::io::AsyncWriteExt;

use crate::failure::Failure;

/// The command `securityhub-invitations`.
#[derive(Debug)]
pub(crate) struct Command {
    path: PathBuf,
}

/// The result of the command.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    /// For people, and for the log. The command prints no secrets.
    pub(crate) stderr: String,
}

impl Command {
    /// The command in the directory of another program.
    pub(crate) fn beside(program: &Path) -> Self {
        Self { path: program.with_file_name(format!("securityhub-invitations{}", std::env::consts::EXE_SUFFIX)) }
    }

    /// Runs the command to its end. It is killed if the future is dropped.
    ///
    /// # Errors
    /// [`Failure::Command`] if it does not run, or ends because of a signal or a panic.
    pub(crate) async fn run(&self, arguments: &[&str], input: &[u8]) -> Result<Finished, Failure> {
        /// The exit status of a panic.
        const PANIC: i32 = 101;
        let crashed =
            |problem: String| Failure::Command(format!("securityhub-invitations {}: {problem}", arguments[0]));
        let mut child = tokio::process::Command::new(&self.path)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| crashed(error.to_string()))?;
        let mut stdin = child.stdin.take().expect("it is piped");
        let write = async move {
            // The command may end before it has read everything.
            let _ = stdin.write_all(input).await;
        };
        let ((), output) = tokio::join!(write, child.wait_with_output());
        let output = output.map_err(|error| crashed(error.to_string()))?;
        match output.status.code() {
            Some(status) if status != PANIC => {
                let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                Ok(Finished { status, stdout: output.stdout, stderr })
            }
            _ => Err(crashed(output.status.to_string())),
        }
    }
}
