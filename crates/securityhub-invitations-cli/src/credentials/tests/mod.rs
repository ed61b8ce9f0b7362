//! Credentials from the emulator's STS, over loopback.

mod environment;
mod gate;
mod profiles;
mod roles;
mod sts_failures;

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process,
    time::Duration,
};

use securityhub_emulator::{AccessKey, Emulator, Server};
use securityhub_invitations_hyper::DefaultService;

use super::{CredentialStore, CredentialsError, Source};

/// Must not be in any output.
const SECRETS: [&str; 3] = [AccessKey::EXAMPLE_SECRET, "canary", "FwoGZXIvYXdz"];

fn source(source: &str) -> Source {
    source.parse().unwrap()
}

/// Returns the source of a role from the environment.
fn role(account: &str) -> Source {
    source(&format!("role service/Cleanup in {account} from environment"))
}

fn roles(emulator: &Emulator, accounts: &[String]) {
    for account in accounts {
        emulator.set_role(securityhub_emulator::Role::new(account.parse().unwrap(), "service/Cleanup").unwrap());
    }
}

/// A store with the example key in its environment.
fn store(sts: &str, variables: &[(&'static str, &str)]) -> CredentialStore {
    store_with_timeout(sts, variables, Duration::from_secs(30))
}

fn store_with_timeout(sts: &str, variables: &[(&'static str, &str)], attempt_timeout: Duration) -> CredentialStore {
    let mut all: Vec<(&str, OsString)> = vec![
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".into()),
        ("AWS_SECRET_ACCESS_KEY", AccessKey::EXAMPLE_SECRET.into()),
        ("AWS_ENDPOINT_URL_STS", sts.into()),
        ("AWS_CONFIG_FILE", "/nowhere/config".into()),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials".into()),
    ];
    all.splice(0..0, variables.iter().map(|(name, value)| (*name, OsString::from(value))));
    let var = move |name: &str| all.iter().find(|(given, _)| *given == name).map(|(_, value)| value.clone());
    let service = DefaultService::new().without_proxy();
    CredentialStore::new(service, &"eu-central-1".parse().unwrap(), attempt_timeout, var).unwrap()
}

fn server() -> Server {
    Server::start(Emulator::new()).unwrap()
}

fn accounts(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("{number:012}")).collect()
}

fn checked(error: &CredentialsError) -> String {
    let shown = format!("{error} {error:?} {error:#?}");
    assert!(!SECRETS.iter().any(|secret| shown.contains(secret)), "{shown}");
    error.to_string()
}

/// A directory that is removed.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("securityhub-invitations-{}-{name}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }
}

impl AsRef<Path> for Directory {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A panic in drop would hide the test's own.
        let _ = fs::remove_dir_all(&self.0);
    }
}
