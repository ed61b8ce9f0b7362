//! The proxy program tinyproxy.

use std::{
    fs,
    io::ErrorKind,
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// A running tinyproxy. Dropping it ends the program.
pub(crate) struct Tinyproxy {
    program: Child,
    addr: SocketAddr,
    config: PathBuf,
}

impl Tinyproxy {
    /// Starts the program, optionally with a user name and a password. Returns `None` if it is not installed.
    pub(crate) fn start(credentials: Option<(&str, &str)>) -> Option<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let addr = listener.local_addr().expect("bound");
        drop(listener);
        let authentication =
            credentials.map_or_else(String::new, |(user, password)| format!("BasicAuth {user} {password}\n"));
        let config = std::env::temp_dir().join(format!("tinyproxy-{}.conf", addr.port()));
        let port = addr.port();
        fs::write(&config, format!("Port {port}\nListen 127.0.0.1\nTimeout 60\nLogLevel Critical\n{authentication}"))
            .expect("a writable directory");
        let mut command = Command::new("tinyproxy");
        command.arg("-d").arg("-c").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        let program = match command.spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let _ = fs::remove_file(config);
                return None;
            }
            program => program.expect("tinyproxy starts"),
        };
        let tinyproxy = Self { program, addr, config };
        for _ in 0..200 {
            if TcpStream::connect(addr).is_ok() {
                return Some(tinyproxy);
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("tinyproxy does not listen");
    }

    /// Returns its URL, with this user information.
    pub(crate) fn url(&self, user_info: &str) -> String {
        format!("http://{user_info}{}", self.addr)
    }
}

impl Drop for Tinyproxy {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
        let _ = fs::remove_file(&self.config);
    }
}
