//! Runs the example against the emulator: natively, or as a component if `WASI_RUNNER` and `WASI_COMPONENT` name a runtime's
//! program and the component.

use std::{env, process::Command};

use securityhub_emulator::{AccessKey, Emulator, Server};
use securityhub_invitations::Region;

fn program() -> Command {
    match (env::var("WASI_RUNNER"), env::var("WASI_COMPONENT")) {
        (Ok(runner), Ok(component)) => {
            let mut command = Command::new(runner);
            command.args(["run", &component]);
            command
        }
        _ => Command::new(env!("CARGO_BIN_EXE_securityhub-invitations-examples-wasi")),
    }
}

#[test]
fn lists_invitations() {
    let region: Region = "us-east-1".parse().unwrap();
    let server = Server::start(Emulator::new()).unwrap();
    server.emulator().invite(&region, "111122223333".parse().unwrap());
    let output = program()
        .env("AWS_REGION", region.as_str())
        .env("AWS_ACCESS_KEY_ID", AccessKey::EXAMPLE_ID)
        .env("AWS_SECRET_ACCESS_KEY", AccessKey::EXAMPLE_SECRET)
        .env("AWS_ENDPOINT_URL", server.url())
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(stdout.contains("111122223333: Invited"), "{stdout}{stderr}");
}
