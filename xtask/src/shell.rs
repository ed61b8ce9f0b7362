//! Programs that run in the workspace's root and are shown as shell commands.

use std::{
    env,
    ffi::OsStr,
    fmt,
    io::{self, BufRead, BufReader, Write},
    process::{Command, ExitStatus, Stdio},
};

use crate::Result;

/// A program and its arguments.
#[derive(Debug)]
pub(crate) struct Shell {
    command: Command,
    variables: Vec<String>,
}

/// The output of a program.
#[derive(Debug)]
pub(crate) struct Captured {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Shell {
    /// Selects a program by its name or path. It gets no input, and prints neither colours nor progress in CI.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        if is_ci() {
            command.env("CARGO_TERM_COLOR", "never").env("CARGO_TERM_PROGRESS_WHEN", "never").env("NO_COLOR", "1");
        }
        Self { command, variables: Vec::new() }
    }

    /// `cargo` of the current toolchain, with arguments that spaces separate.
    pub(crate) fn cargo(arguments: &str) -> Self {
        Self::new("cargo").args(arguments.split_whitespace())
    }

    /// `cargo` of another toolchain, through rustup.
    pub(crate) fn cargo_of(toolchain: &str, arguments: &str) -> Self {
        let mut shell = Self::new("cargo").arg(format!("+{toolchain}")).args(arguments.split_whitespace());
        shell.command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC");
        shell
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self.variables.push(if value.contains(' ') { format!("{name}='{value}'") } else { format!("{name}={value}") });
        self
    }

    /// Runs it and shows its output.
    pub(crate) fn run(mut self) -> Result<()> {
        println!("$ {self}");
        let status = self.command.status();
        self.check(status)
    }

    /// Runs it, shows its output, and passes each line of its standard output to `read`.
    pub(crate) fn run_reading(mut self, mut read: impl FnMut(&str)) -> Result<()> {
        println!("$ {self}");
        let status = self.command.stdout(Stdio::piped()).spawn().and_then(|mut child| {
            let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line)? > 0 {
                io::stdout().write_all(&line)?;
                read(&String::from_utf8_lossy(&line));
                line.clear();
            }
            child.wait()
        });
        self.check(status)
    }

    /// Runs it, shows its standard error, and returns its standard output.
    pub(crate) fn run_for_output(mut self) -> Result<String> {
        eprintln!("$ {self}");
        let output = self.command.stdout(Stdio::piped()).stderr(Stdio::inherit()).output();
        let (status, output) = match output {
            Ok(output) => (Ok(output.status), output.stdout),
            Err(error) => (Err(error), Vec::new()),
        };
        self.check(status)?;
        Ok(String::from_utf8_lossy(&output).into_owned())
    }

    /// Runs it and returns its output, even if it fails.
    pub(crate) fn capture(mut self) -> Result<Captured> {
        println!("$ {self}");
        self.output()
    }

    /// Whether it runs and succeeds. The command is not shown.
    pub(crate) fn succeeds(mut self) -> bool {
        self.output().is_ok_and(|captured| captured.status.success())
    }

    /// Returns its output if it succeeds. The command is not shown.
    pub(crate) fn read(mut self) -> Result<String> {
        let captured = self.output()?;
        if captured.status.success() {
            return Ok(captured.stdout);
        }
        Err(format!("`{self}` failed, {}: {}", captured.status, captured.stderr.trim()).into())
    }

    fn output(&mut self) -> Result<Captured> {
        let output = self.command.output().map_err(|error| format!("`{self}` could not be run: {error}"))?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Captured { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) })
    }

    fn check(&self, status: io::Result<ExitStatus>) -> Result<()> {
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("`{self}` failed, {status}").into()),
            Err(error) => Err(format!("`{self}` could not be run: {error}").into()),
        }
    }
}

/// Formats the command for a shell.
impl fmt::Display for Shell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.variables.iter().map(String::as_str);
        let program = self.command.get_program().to_string_lossy();
        let arguments = self.command.get_args().map(OsStr::to_string_lossy);
        f.write_str(&words.chain([&*program]).collect::<Vec<_>>().join(" "))?;
        for argument in arguments {
            if argument.contains(' ') { write!(f, " '{argument}'") } else { write!(f, " {argument}") }?;
        }
        Ok(())
    }
}

/// Whether `CI` is set, as the common services do.
pub(crate) fn is_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}
