//! Clients that read the environment, each in its own process.

use std::{env, ffi::OsString, process::Command};

use securityhub_emulator::AccessKey;

use super::tls::{HANDSHAKE, HTTP_1};
use crate::{
    Adapter, Setup,
    servers::{Authority, TlsServer, Tunnel},
    test_server::{TestServer, emulator, one_id},
};

/// The variable with the URL that this program calls when it starts itself with another environment.
pub(super) const CHILD_URL: &str = "SECURITYHUB_INVITATIONS_TESTS_URL";

/// `HTTPS_PROXY` and `NO_PROXY`. The default root certificates reject the server behind the tunnel.
pub fn default_client_uses_the_environment_proxy<A: Adapter>() {
    const NAME: &str = "default_client_uses_the_environment_proxy";
    if let Ok(url) = env::var(CHILD_URL) {
        println!("{:?}", A::by_default(&Setup { attempts: 2, ..Setup::to(url) }).call(one_id()).result);
        return;
    }
    let server = TlsServer::start(emulator(), Authority::new().server(&["127.0.0.2"]), HTTP_1);
    let proxy = Tunnel::to(server.addr());
    let proxy_url = format!("http://{}", proxy.addr());
    // Nothing listens at this address, which matters if the proxy is bypassed.
    let url = "https://127.0.0.2:9";
    let output = in_a_child(NAME, url, &[("HTTPS_PROXY", proxy_url.as_str()), ("NO_PROXY", "127.0.0.2")]);
    assert!(output.contains("NotSent"), "{output}");
    assert_eq!(proxy.connections(), 0);

    let output = in_a_child(NAME, url, &[("HTTPS_PROXY", proxy_url.as_str())]);
    assert!(output.contains("NotSent") && output.contains("attempts: 1"), "{output}");
    let lines: Vec<String> = proxy.heads().iter().filter_map(|head| head.lines().next()).map(str::to_owned).collect();
    assert_eq!(lines, ["CONNECT 127.0.0.2:9 HTTP/1.1"]);
    assert_eq!(server.log().first_bytes, [HANDSHAKE]);
    assert_eq!(server.emulator().request_count(), 0);
}

/// `from_env` reads the `AWS_*` variables. A variable that is not UTF-8 is an error that names it.
pub fn creates_clients_from_the_environment<A: Adapter>() {
    const NAME: &str = "creates_clients_from_the_environment";
    if env::var_os(CHILD_URL).is_some() {
        match A::from_env() {
            Ok(client) => println!("{:?}", client.call(one_id()).result),
            Err(error) => println!("error: {error}"),
        }
        return;
    }
    let server = TestServer::new();
    let url = server.setup().url;
    let variables = [
        ("AWS_REGION", Setup::REGION),
        ("AWS_ACCESS_KEY_ID", AccessKey::EXAMPLE_ID),
        ("AWS_SECRET_ACCESS_KEY", AccessKey::EXAMPLE_SECRET),
        ("AWS_ENDPOINT_URL", url.as_str()),
    ];
    let output = in_a_child(NAME, &url, &variables);
    assert!(output.contains("Ok("), "{output}");
    assert_eq!(server.requests(), 1);

    let output = in_a_child(NAME, &url, &variables[1..]);
    assert!(output.contains("error: AWS_REGION and AWS_DEFAULT_REGION are not set"), "{output}");

    let variables = variables.map(|(name, value)| (name, OsString::from(value)));
    let output = in_a_child(NAME, &url, &[&variables[..], &[("AWS_SESSION_TOKEN", not_utf8())]].concat());
    assert!(output.contains("error: AWS_SESSION_TOKEN: not valid UTF-8"), "{output}");
    assert_eq!(server.requests(), 1);
}

#[cfg(unix)]
pub(super) fn not_utf8() -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(vec![b'a', 0xff])
}

#[cfg(windows)]
pub(super) fn not_utf8() -> OsString {
    std::os::windows::ffi::OsStringExt::from_wide(&[0xd800])
}

/// Runs one test of this program in another process, and returns its output.
pub(super) fn in_a_child<V: AsRef<std::ffi::OsStr>>(test: &str, url: &str, environment: &[(&str, V)]) -> String {
    let mut child = Command::new(env::current_exe().expect("a path"));
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "REQUEST_METHOD"] {
        child.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        child.env_remove(name);
    }
    let output = child
        .args(["--exact", test, "--nocapture"])
        .env(CHILD_URL, url)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output()
        .expect("a child process");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
