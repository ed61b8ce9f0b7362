//! TCP connections to the first of several addresses that accepts one.

use std::{collections::VecDeque, io, net::SocketAddr, time::Duration};

use tokio::{net::TcpStream, task::JoinSet, time};

/// The wait for an address before the next one is tried as well (RFC 8305, section 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to the address that accepts first. Each address has a head start, so that a silent one costs little time.
///
/// All addresses are tried within the first half of `limit`, even if there are many.
pub(crate) async fn connect_to_any(addrs: Vec<SocketAddr>, limit: Duration) -> io::Result<TcpStream> {
    let count = u32::try_from(addrs.len()).unwrap_or(u32::MAX);
    let delay = ATTEMPT_DELAY.min(limit / count.saturating_mul(2).max(1));
    let mut waiting = by_alternating_family(addrs);
    // Dropping it ends the attempts.
    let mut attempts = JoinSet::new();
    let mut first_error = None;
    loop {
        if let Some(addr) = waiting.pop_front() {
            attempts.spawn(TcpStream::connect(addr));
        }
        let finished = if waiting.is_empty() {
            attempts.join_next().await
        } else {
            let Ok(finished) = time::timeout(delay, attempts.join_next()).await else { continue };
            finished
        };
        match finished {
            Some(Ok(Ok(stream))) => return Ok(stream),
            Some(Ok(Err(error))) => _ = first_error.get_or_insert(error),
            // The runtime is shutting down.
            Some(Err(error)) => return Err(error.into()),
            None => return Err(first_error.unwrap_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no addresses"))),
        }
    }
}

/// Sorts the addresses so that families alternate, beginning with that of the first address (RFC 8305, section 4).
fn by_alternating_family(addrs: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let begins_with_v6 = addrs.first().is_some_and(SocketAddr::is_ipv6);
    let (preferred, others): (Vec<_>, Vec<_>) = addrs.into_iter().partition(|addr| addr.is_ipv6() == begins_with_v6);
    let mut others = others.into_iter();
    let mut sorted = VecDeque::new();
    for addr in preferred {
        sorted.push_back(addr);
        sorted.extend(others.next());
    }
    sorted.extend(others);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternates_between_families() {
        for (addrs, expected) in [
            (vec![], vec![]),
            (vec!["1.1.1.1:1", "1.1.1.2:1"], vec!["1.1.1.1:1", "1.1.1.2:1"]),
            (vec!["[::1]:1", "[::2]:1", "1.1.1.1:1"], vec!["[::1]:1", "1.1.1.1:1", "[::2]:1"]),
            (vec!["1.1.1.1:1", "[::1]:1", "[::2]:1"], vec!["1.1.1.1:1", "[::1]:1", "[::2]:1"]),
        ] {
            let parse = |addrs: Vec<&str>| addrs.into_iter().map(|addr| addr.parse().unwrap()).collect::<Vec<_>>();
            assert_eq!(by_alternating_family(parse(addrs)), parse(expected));
        }
    }
}
