//! The Python process with botocore and the rules.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
    thread,
};

use serde_json::Value;

use crate::{Result, Settings};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/botocore_oracle.py");

/// Asks all questions in one run, and passes each result on with its number.
pub(crate) fn ask(
    settings: &Settings,
    questions: &[Value],
    mut handle: impl FnMut(usize, &Value) -> Result<()>,
) -> Result<()> {
    let mut child = Command::new(&settings.python)
        .arg(PROGRAM)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", settings.python.display()))?;
    let mut input = child.stdin.take().expect("it is piped");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut read = || {
        let hello: Value = match lines.next() {
            Some(hello) => serde_json::from_str(&hello?)?,
            None => return Err("Python did not start (expected one with botocore)".into()),
        };
        println!("  botocore {}, Python {}", text(&hello, "botocore"), text(&hello, "python"));
        for number in 0..questions.len() {
            let line = lines.next().ok_or_else(|| format!("Python ended at question {number}"))??;
            handle(number, &serde_json::from_str(&line)?)?;
        }
        Ok(())
    };
    let outcome = thread::scope(|scope| {
        // If the child dies, its output ends, which is an error above.
        scope.spawn(move || questions.iter().try_for_each(|question| writeln!(input, "{question}")).ok());
        let outcome = read();
        if outcome.is_err() {
            // Otherwise the thread would wait forever.
            child.kill().ok();
        }
        outcome
    });
    child.wait()?;
    outcome
}

/// Returns the string of a member, or an empty one.
pub(crate) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn program_exists() {
        assert!(std::path::Path::new(super::PROGRAM).exists());
    }
}
