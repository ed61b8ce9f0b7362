//! The program, started for a test.
#![allow(dead_code, reason = "every test program uses a part")]

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use crate::common::{Call, Connection, current_date};

pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_securityhub-emulator"))
}

/// A program that runs until the end of the test.
pub(crate) struct Running {
    child: Child,
    pub(crate) addr: SocketAddr,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
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

    pub(crate) fn call(&self, change: impl FnOnce(&mut Call)) -> (String, String) {
        let mut call = Call { host: self.addr.to_string(), ..Call::in_region("us-east-1") }.dated(&current_date());
        change(&mut call);
        let mut connection = Connection::open(self.addr);
        connection.send(&call.sign());
        let answer = connection.answer();
        (answer.head, String::from_utf8(answer.body).unwrap())
    }

    /// Returns a number of KiB from the kernel's report on the process, such as `VmHWM`.
    pub(crate) fn memory(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Returns the log.
    pub(crate) fn stop(mut self) -> String {
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
