//! The relay as a process.
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, ChildStderr, Command, Stdio},
    time::Duration,
};

const RELAY: &str = env!("CARGO_BIN_EXE_relay");

struct Process {
    child: Child,
    log: BufReader<ChildStderr>,
    address: SocketAddr,
}

impl Process {
    /// Starts the relay with a limit of open files.
    fn start(files: u32, arguments: &str) -> Self {
        let script = format!("ulimit -n {files}; exec '{RELAY}' --port 0 {arguments}");
        let mut child = Command::new("sh").args(["-c", &script]).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let line = line(&mut log);
        let address = line.strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line}"));
        Self { address: address.parse().unwrap(), child, log }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    fn send(&self, head: &str) -> String {
        let mut stream = self.connect();
        write!(stream, "{head}host: {}\r\nconnection: close\r\n\r\n", self.address).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    fn line(&mut self) -> String {
        line(&mut self.log)
    }

    fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line(log: &mut impl BufRead) -> String {
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn survives_a_lack_of_file_descriptors() {
    let mut process = Process::start(24, "");
    // The relay recovers completely, so the same can happen twice.
    for _ in 0..2 {
        let many: Vec<_> = (0..64).map(|_| process.connect()).collect();
        let line = process.line();
        assert!(line.starts_with("cannot accept a connection, trying again: "), "{line}");
        assert!(line.ends_with("(os error 24)"), "{line}");
        drop(many);
        assert!(process.send("GET / HTTP/1.1\r\n").starts_with("HTTP/1.1 404 "));
        // The waiting connections can exhaust the descriptors again until all of them are gone.
        while process.line() != "GET / 404" {}
    }
}

#[test]
fn reports_files_that_cannot_be_read_at_present() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../browser/page");
    let mut process = Process::start(24, &format!("--serve '{page}'"));
    // The first connection is accepted before the descriptors run out.
    let mut first = process.connect();
    let many: Vec<_> = (0..64).map(|_| process.connect()).collect();
    assert!(process.line().starts_with("cannot accept a connection"));
    write!(first, "GET / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", process.address).unwrap();
    let mut response = String::new();
    first.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
    drop(many);
    assert!(process.send("GET / HTTP/1.1\r\n").starts_with("HTTP/1.1 200 "));
}

#[test]
fn logs_no_secrets() {
    let mut process = Process::start(256, "");
    let path = format!("/relay/example.com/invitations/delete?secret={}", "x".repeat(300));
    let head = format!(
        "POST {path} HTTP/1.1\r\nauthorization: secret\r\nx-amz-security-token: secret\r\ncontent-length: 0\r\n"
    );
    assert!(process.send(&head).starts_with("HTTP/1.1 404 "));
    assert_eq!(process.line(), "POST /relay/example.com/invitations/delete 404");
    process.send(&format!("GET /{} HTTP/1.1\r\n", "x".repeat(5000)));
    assert_eq!(process.line(), format!("GET /{} 404", "x".repeat(199)));
}

#[test]
fn sigterm_ends_it_cleanly() {
    let mut process = Process::start(256, "");
    let idle = process.connect();
    assert!(process.send("GET / HTTP/1.1\r\n").starts_with("HTTP/1.1 404 "));
    process.terminate();
    assert!(process.child.wait().unwrap().success());
    let mut log = String::new();
    process.log.read_to_string(&mut log).unwrap();
    assert_eq!(log, "GET / 404\nstopping\nstopped\n");
    drop(idle);
}

#[test]
fn help_names_options_and_limits() {
    let help = Command::new(RELAY).arg("--help").output().unwrap();
    let text = String::from_utf8(help.stdout).unwrap();
    for part in ["--host <ADDRESS>", "--max-connections <NUMBER>", "1 MiB", "SIGTERM", "forward Host, Origin"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn rejects_invalid_arguments() {
    for arguments in [
        &["--max-connections", "0"][..],
        &["--port", "65536"],
        &["--host", "localhost"],
        &["--allow", "https://example.com"],
        &["--allow-http", "example.com"],
        &["--upstream", "example.com"],
    ] {
        let output = Command::new(RELAY).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains(arguments[1]), "{arguments:?}: {text}");
    }
}
