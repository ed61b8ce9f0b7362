//! Each row of the table in `docs/PROXIES.md`, with this project and with curl.

use std::{
    io::Read as _,
    net::TcpListener,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use http::Uri;
use securityhub_invitations::ProxyEnvironment;

/// The version of curl whose results are in the table.
const CURL: &str = "curl 7.88.1 ";

const VARIABLES: [&str; 9] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "REQUEST_METHOD",
];

struct Row {
    line: &'static str,
    variables: Vec<(&'static str, String)>,
    url: &'static str,
    expected: &'static str,
    /// The beginning of the result.
    expected_of_curl: &'static str,
}

impl Row {
    fn all() -> Vec<Self> {
        let rows = include_str!("../../docs/PROXIES.md").lines().filter(|line| line.starts_with('|')).skip(2);
        let rows: Vec<Self> = rows.map(Self::parse).collect();
        assert!(rows.len() > 50, "the table was not found");
        rows
    }

    fn parse(line: &'static str) -> Self {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", variables, url, expected, of_curl, ""] = cells[..] else { panic!("expected four cells: {line}") };
        let variables = variables.split('`').skip(1).step_by(2).map(|variable| {
            let (name, value) = variable.split_once('=').expect("NAME=value");
            assert!(VARIABLES.contains(&name), "{name}");
            (name, value.trim_matches('"').replace("\\n", "\n").replace("\\t", "\t"))
        });
        let expected_of_curl = if of_curl.is_empty() { expected } else { of_curl };
        let expected_of_curl = expected_of_curl.split(':').next().expect("not empty");
        Self { line, variables: variables.collect(), url: url.trim_matches('`'), expected, expected_of_curl }
    }

    /// Returns the variables with the address of a proxy.
    fn variables_for(&self, proxy: &str) -> impl Iterator<Item = (&str, String)> {
        self.variables.iter().map(move |(name, value)| (*name, value.replace("{proxy}", proxy)))
    }
}

#[test]
fn environment_matches_the_table() {
    for row in Row::all() {
        let variables: Vec<_> = row.variables_for("127.0.0.1:3128").collect();
        let var = |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| value.into());
        let result = match ProxyEnvironment::from_vars(var).proxy_for(&row.url.parse::<Uri>().expect("a URL")) {
            Ok(Some(proxy)) => {
                assert_eq!(proxy.to_string(), "http://127.0.0.1:3128", "{}", row.line);
                "proxy".to_owned()
            }
            Ok(None) => "direct".to_owned(),
            Err(error) => format!("error: `{}`", error.setting()),
        };
        assert_eq!(result, row.expected, "{}", row.line);
    }
}

/// curl connects to one of two listeners, or to neither if it reports an error.
#[test]
fn curl_matches_the_table() {
    let version = Command::new("curl").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    if !version.starts_with(CURL.as_bytes()) {
        println!("skipped: the table has the results of {CURL}and this machine has another version, or none");
        return;
    }
    let (connected, connections) = mpsc::channel();
    let [proxy, direct] = ["proxy", "direct"].map(|name| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let addr = listener.local_addr().expect("bound").to_string();
        let connected = connected.clone();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let _ = connection.and_then(|mut connection| connection.read(&mut [0; 512]));
                let _ = connected.send(name);
            }
        });
        addr
    });
    for row in Row::all() {
        let mut curl = Command::new("curl");
        for name in VARIABLES {
            curl.env_remove(name);
        }
        let connect_to = format!("::{direct}");
        curl.args(["-q", "--proxytunnel", "--max-time", "5", "--connect-to", &connect_to, row.url]);
        curl.envs(row.variables_for(&proxy)).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(!curl.status().expect("curl starts").success(), "the listeners send no responses");
        let wait = if row.expected_of_curl == "error" { Duration::from_millis(20) } else { Duration::from_secs(5) };
        let result = connections.recv_timeout(wait).unwrap_or("error");
        assert_eq!(result, row.expected_of_curl, "{}", row.line);
    }
}
