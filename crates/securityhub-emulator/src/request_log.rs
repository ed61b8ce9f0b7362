//! The log of handled requests, bounded in number and bytes.

use std::collections::VecDeque;

use crate::received::Received;

/// The last requests, oldest first.
#[derive(Clone, Default)]
pub(crate) struct RequestLog {
    entries: VecDeque<Received>,
    bytes: usize,
}

impl RequestLog {
    /// The largest total of URIs, headers and bodies.
    pub(crate) const MAX_BYTES: usize = 64 * 1024 * 1024;

    /// Adds a request and drops the oldest ones that exceed a bound.
    pub(crate) fn push(&mut self, received: Received, capacity: usize) {
        self.bytes += received.size();
        self.entries.push_back(received);
        while self.entries.len() > capacity || self.bytes > Self::MAX_BYTES {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.size();
        }
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Received> {
        self.entries.iter()
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use bytes::Bytes;
    use http::{Request, StatusCode};

    use super::*;
    use crate::{clock::Moment, incoming::Incoming, operations::Caller, received::Outcome};

    /// A request with a valid signature.
    fn received(number: u64, length: usize) -> Received {
        let request = Request::new(Bytes::from(vec![b' '; length]));
        let (account, region) = ("111122223333".parse().unwrap(), "us-east-1".parse().unwrap());
        let caller = Some(Caller { account, region, now: Moment::from_seconds(0) });
        let outcome = Outcome { caller, operation: None, status: StatusCode::OK, refusal: None, faulted: false };
        Received::new(&Incoming::new(&request), number, SystemTime::UNIX_EPOCH, outcome)
    }

    #[test]
    fn keeps_the_last_requests_within_both_bounds() {
        let mut log = RequestLog::default();
        let numbers = |log: &RequestLog| log.entries().map(|received| received.number).collect::<Vec<_>>();
        (1..=5).for_each(|number| log.push(received(number, 10), 3));
        assert_eq!(numbers(&log), [3, 4, 5]);
        (6..=15).for_each(|number| log.push(received(number, 15 * 1024 * 1024), 1000));
        assert_eq!(numbers(&log), [12, 13, 14, 15]);
        (16..=18).for_each(|number| log.push(received(number, 10), 1000));
        assert_eq!(numbers(&log), [12, 13, 14, 15, 16, 17, 18]);
        log.push(received(19, RequestLog::MAX_BYTES), 1000);
        assert_eq!((numbers(&log), log.bytes), (vec![], 0));
    }
}
