//! What is left of the keys in a process once the hub that had them is dropped: nothing.
//!
//! The process looks through all the memory that it can write to, which Linux shows as a file; reading a file is safe,
//! whatever stands in it. A thread of its own works with the keys, so that its stack stays as the work has left it.

#![cfg(all(target_os = "linux", not(miri)))]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the core has no I/O and no threads; its tests may"
)]

use std::{
    fs::{self, File},
    hint::black_box,
    os::unix::fs::FileExt as _,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, UNIX_EPOCH},
};

use http::Response;
use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, Outcome, SecurityHub, sigv4::Signer};
use zeroize::Zeroizing;

/// The program keeps no text that it searches for: its own constants would be found.
const SECRET: [u8; 48] = masked(b"hunter2/SECRETmarker+KLMzyxwv9875QRSTUVsecretWXY");
const TOKEN: [u8; 68] = masked(b"IQoJb3JpZ2luTOKENmarker/EXAMPLE+aqswdefrgthyJukilo2143558709POIUtoke");
const MASK: u8 = 0xa5;
/// So many bytes are no chance.
const PIECE: usize = 12;
const PAGE: usize = 4096;

const fn masked<const N: usize>(text: &[u8; N]) -> [u8; N] {
    let mut masked = *text;
    let mut at = 0;
    while at < N {
        masked[at] ^= MASK;
        at += 1;
    }
    masked
}

fn unmasked(masked: &[u8]) -> String {
    // With room for a character that makes it wrong: a text that grows leaves a copy behind.
    let mut text = String::with_capacity(masked.len() + 1);
    masked.iter().for_each(|byte| text.push((byte ^ black_box(MASK)).into()));
    text
}

/// Pieces of a text, since a copy that was overwritten in part is a copy: as they are, as HMAC mixes them into its key
/// blocks, and both with the words the other way round, as SHA-256 reads them. All of them masked.
fn pieces(masked: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    for piece in masked.windows(PIECE).step_by(4) {
        for mask in [0, 0x36, 0x5c, 0x36 ^ 0x5c] {
            let mixed: Vec<u8> = piece.iter().map(|byte| byte ^ mask).collect();
            let turned = mixed.chunks(4).flat_map(|word| word.iter().rev().copied()).collect();
            pieces.extend([mixed, turned]);
        }
    }
    pieces
}

/// How many pieces of the secret and of the token stand in this process's memory.
fn remains() -> [usize; 2] {
    let mut by_first_byte = vec![Vec::new(); 256];
    for (n, masked) in [&SECRET[..], &TOKEN].into_iter().enumerate() {
        for piece in pieces(masked) {
            by_first_byte[usize::from(piece[0] ^ MASK)].push((n, piece));
        }
    }
    assert!(by_first_byte[0].is_empty(), "zeros are passed over");
    let memory = File::open("/proc/self/mem").unwrap();
    let mut buffer = vec![0; 1 << 16];
    let (mut counts, mut searched) = ([0, 0], 0);
    for (mut from, to) in writable_memory() {
        while from < to {
            let wanted = usize::try_from(to - from).unwrap().min(buffer.len());
            // What the kernel maps for itself cannot be read.
            let Ok(length @ 1..) = memory.read_at(&mut buffer[..wanted], from) else { break };
            searched += length;
            for page in (0..length).step_by(PAGE) {
                let end = length.min(page + PAGE);
                // Most of it, and where something begins there is no zero.
                if buffer[page..end] == [0; PAGE][..end - page] {
                    continue;
                }
                for at in page..end {
                    for (n, piece) in &by_first_byte[usize::from(buffer[at])] {
                        let bytes = buffer[..length].iter().skip(at).take(PIECE);
                        counts[*n] += usize::from(bytes.map(|byte| byte ^ MASK).eq(piece.iter().copied()));
                    }
                }
            }
            // A piece may begin at the end of what was read.
            let overlap = if length == buffer.len() { PIECE - 1 } else { 0 };
            from += (length - overlap) as u64;
        }
    }
    // What was read lies there still.
    buffer.fill(0);
    assert!(searched > 1 << 20, "only {searched} bytes could be read");
    counts
}

fn writable_memory() -> Vec<(u64, u64)> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let writable = maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|flags| flags.starts_with("rw")));
    let ranges = writable.map(|line| {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        [from, to].map(|address| u64::from_str_radix(address, 16).unwrap()).into()
    });
    ranges.collect()
}

/// All that a program does with keys: a call with a retry, the signer alone, refusals; and then nothing any more.
fn work(at: &Sender<&str>, go_on: &Receiver<()>) {
    let rest = |name| {
        at.send(name).unwrap();
        go_on.recv().unwrap();
    };
    rest("before");
    let region = "us-east-1".parse().unwrap();
    let credentials = || {
        let credentials = Credentials::new("AKIDEXAMPLE", unmasked(&SECRET)).unwrap();
        credentials.with_session_token(unmasked(&TOKEN)).unwrap()
    };
    let hub = || SecurityHub::new(Endpoint::regional(&region).unwrap(), credentials());
    // Nothing runs after the keys are mixed in that could overwrite by chance what that leaves.
    let signer = || Signer::new(credentials(), &region, "securityhub").unwrap();
    drop(signer());
    rest("after a signer");
    drop(hub());
    rest("after a hub");
    {
        let hub = hub();
        let input = DeleteInvitations::new(["111122223333"]).unwrap();
        let mut now = UNIX_EPOCH + Duration::from_secs(1_795_379_825);
        let mut call = hub.delete_invitations(input.clone());
        for status in [503, 403] {
            let (request, in_flight) = call.sign(now);
            drop(request);
            let response = Response::builder().status(status).body("{}").unwrap();
            now += Duration::from_secs(86_400);
            match in_flight.handle_response(&response, now) {
                Outcome::Retry(retry) => call = retry.call,
                Outcome::Done(result) => {
                    drop(result.unwrap_err());
                    break;
                }
            }
        }
        let mut request = hub.unsigned_request(&input);
        signer().sign(&mut request, now).unwrap();
        rest("during calls");
    }
    rest("after calls");
    let mut json = Zeroizing::new(String::with_capacity(512));
    json.push_str(r#"{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":""#);
    json.push_str(&Zeroizing::new(unmasked(&SECRET)));
    json.push_str(r#"","SessionToken":""#);
    json.push_str(&Zeroizing::new(unmasked(&TOKEN)));
    // Not one that is no JSON: in a debug build, what looks for its line leaves text on the stack.
    for end in [r#""}"#, r#"","Expiration":"soon"}"#, r#"","Version":2}"#] {
        let length = json.len();
        json.push_str(end);
        drop(Credentials::from_process_json(&json));
        json.truncate(length);
    }
    drop(json);
    rest("after a process's output");
    Credentials::new(unmasked(&SECRET), "x").unwrap_err();
    Credentials::new("", unmasked(&SECRET)).unwrap_err();
    let pair = Credentials::new("AKIDEXAMPLE", unmasked(&SECRET)).unwrap();
    pair.with_session_token(unmasked(&TOKEN) + " ").unwrap_err();
    for missing in ["AWS_REGION", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_ACCESS_KEY_ID"] {
        let var = |name: &str| match name {
            _ if name == missing => (name == "AWS_CREDENTIAL_EXPIRATION").then(|| "soon".to_owned()),
            "AWS_REGION" => Some("us-east-1".to_owned()),
            "AWS_ACCESS_KEY_ID" => Some("AKIDEXAMPLE".to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some(unmasked(&SECRET)),
            "AWS_SESSION_TOKEN" => Some(unmasked(&TOKEN)),
            _ => None,
        };
        drop(SecurityHub::from_vars(var));
    }
    rest("after refusals");
}

#[test]
fn what_is_left_of_the_keys_is_nothing() {
    let (at, arrived) = channel();
    let (go_on, may_go_on) = channel();
    let worker = thread::spawn(move || work(&at, &may_go_on));
    let mut found = Vec::new();
    for name in arrived {
        found.push((name, remains()));
        go_on.send(()).unwrap();
    }
    worker.join().unwrap();
    assert_eq!(found.len(), 7);
    for (name, counts) in &found {
        if *name == "during calls" {
            assert!(counts.iter().all(|count| *count > 0), "a search that finds nothing proves nothing: {found:?}");
        } else {
            assert_eq!(*counts, [0, 0], "{name}: {found:?}");
        }
    }
}
