//! Sends any bytes on a connection to the emulator's server, which must end the connection without a panic.
#![no_main]

use std::time::SystemTime;

use libfuzzer_sys::fuzz_target;
use securityhub_emulator::{CorsPolicy, Emulator, serve_connection};
use securityhub_invitations_fuzz::{mutation, now};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime,
};

fuzz_target!(|input: &[u8]| mutation::run(input, check_input));

fn check_input(input: &[u8]) {
    let runtime = runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let output = runtime.block_on(async {
        let emulator = Emulator::builder().with_cors(CorsPolicy::new()).build();
        // The seeds' signatures must stay valid.
        emulator.set_clock_offset(seconds_until_now());
        let (mut client, server) = tokio::io::duplex(1 << 20);
        let served = tokio::spawn(serve_connection(emulator, server));
        // The server may have closed the connection.
        client.write_all(input).await.ok();
        client.shutdown().await.ok();
        let mut output = Vec::new();
        client.read_to_end(&mut output).await.unwrap();
        served.await.expect("the server does not panic");
        output
    });
    let is_http_1 = output.starts_with(b"HTTP/1.1 ") || output.starts_with(b"HTTP/1.0 ");
    let is_http_2 = input.starts_with(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(output.is_empty() || is_http_1 || is_http_2, "{:?}", String::from_utf8_lossy(&output));
}

fn seconds_until_now() -> i64 {
    let behind = SystemTime::now().duration_since(now());
    let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap();
    behind.map_or_else(|error| seconds(error.duration()), |behind| -seconds(behind))
}
