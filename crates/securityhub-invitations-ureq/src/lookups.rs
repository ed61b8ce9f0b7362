//! [`Lookups`]: name lookups with a time limit, at most one at a time for each name.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt, io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Instant,
};

/// Looks up the addresses of a host, and adds the port.
type Resolver = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// A lookup that fails with the message of an [`io::Error`], which cannot be cloned for all waiting calls.
type Addresses = Result<Arc<[SocketAddr]>, (io::ErrorKind, Arc<str>)>;

/// Name lookups in threads, because the system's lookup has no time limit.
///
/// Calls that need the same name at the same time share a thread. A lookup that hangs therefore leaves one thread behind,
/// regardless of the number of calls. The thread ends when the resolver returns.
#[derive(Clone, Default)]
pub(crate) struct Lookups {
    /// `None` for the system's.
    resolver: Option<Arc<Resolver>>,
    in_flight: Arc<InFlight>,
}

/// The lookups that have not ended, by host and port.
type InFlight = Mutex<HashMap<(Box<str>, u16), Arc<Lookup>>>;

#[derive(Default)]
struct Lookup {
    addresses: Mutex<Option<Addresses>>,
    is_done: Condvar,
}

impl Lookups {
    pub(crate) fn with(resolver: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static) -> Self {
        Self { resolver: Some(Arc::new(resolver)), in_flight: Arc::default() }
    }

    /// Returns the addresses of a host. `None` if the deadline passed.
    pub(crate) fn addresses(&self, host: &str, port: u16, deadline: Instant) -> io::Result<Option<Arc<[SocketAddr]>>> {
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let (None, Ok(ip)) = (&self.resolver, host.parse::<IpAddr>()) {
            return Ok(Some(Arc::new([SocketAddr::new(ip, port)])));
        }
        let lookup = self.join(host, port)?;
        let mut addresses = lock(&lookup.addresses);
        loop {
            match &*addresses {
                Some(Ok(addresses)) => return Ok(Some(Arc::clone(addresses))),
                Some(Err((kind, message))) => return Err(io::Error::new(*kind, &**message)),
                None => {}
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            addresses = lookup.is_done.wait_timeout(addresses, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Returns the lookup of this name that is in flight, or starts one.
    fn join(&self, host: &str, port: u16) -> io::Result<Arc<Lookup>> {
        let key = (Box::from(host), port);
        let lookup = match lock(&self.in_flight).entry(key.clone()) {
            Entry::Occupied(entry) => return Ok(Arc::clone(entry.get())),
            Entry::Vacant(entry) => Arc::clone(entry.insert(Arc::default())),
        };
        let finish = Finish { in_flight: Arc::clone(&self.in_flight), key, lookup: Arc::clone(&lookup) };
        let resolver = self.resolver.clone();
        thread::Builder::new().name("name lookup".to_owned()).spawn(move || {
            let (host, port) = &finish.key;
            let addresses = match resolver {
                Some(resolver) => resolver(host, *port),
                None => (&**host, *port).to_socket_addrs().map(Iterator::collect),
            };
            let addresses = addresses.map(Arc::from).map_err(|error| (error.kind(), error.to_string().into()));
            *lock(&finish.lookup.addresses) = Some(addresses);
        })?;
        Ok(lookup)
    }
}

/// Ends a lookup when its thread ends, even if the resolver panics or the thread does not start.
struct Finish {
    in_flight: Arc<InFlight>,
    key: (Box<str>, u16),
    lookup: Arc<Lookup>,
}

impl Drop for Finish {
    fn drop(&mut self) {
        let no_result = || Err((io::ErrorKind::Other, Arc::from("the name lookup ended without a result")));
        lock(&self.lookup.addresses).get_or_insert_with(no_result);
        lock(&self.in_flight).remove(&self.key);
        self.lookup.is_done.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookups").field("has_resolver", &self.resolver.is_some()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            atomic::{AtomicUsize, Ordering},
            mpsc,
        },
        time::Duration,
    };

    use super::*;

    fn in_ms(ms: u64) -> Instant {
        Instant::now() + Duration::from_millis(ms)
    }

    #[test]
    fn addresses_need_no_lookup() {
        let lookups = Lookups::default();
        for (host, expected) in [("127.0.0.1", "127.0.0.1:9"), ("[::1]", "[::1]:9")] {
            let addresses = lookups.addresses(host, 9, Instant::now()).unwrap().expect("no wait");
            assert_eq!(*addresses, [expected.parse().unwrap()]);
        }
    }

    #[test]
    fn hanging_lookups_share_one_thread() {
        let started = Arc::new(AtomicUsize::new(0));
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let lookups = Lookups::with({
            let started = Arc::clone(&started);
            move |_, port| {
                started.fetch_add(1, Ordering::SeqCst);
                let _ = lock(&released).recv();
                Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
            }
        });
        for _ in 0..5 {
            assert_eq!(lookups.addresses("hub.example", 9, in_ms(10)).unwrap(), None);
        }
        drop(release);
        assert!(lookups.addresses("hub.example", 9, in_ms(5000)).unwrap().is_some());
        assert_eq!(started.load(Ordering::SeqCst), 1);
        while !lock(&lookups.in_flight).is_empty() {
            thread::yield_now();
        }
        assert!(lookups.addresses("hub.example", 9, in_ms(5000)).unwrap().is_some());
        assert_eq!(started.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn reports_panics_and_errors_of_the_resolver() {
        let lookups = Lookups::with(|host, _| match host {
            "panics.example" => panic!("a test panics here"),
            _ => Err(io::Error::new(io::ErrorKind::NotFound, "no such host")),
        });
        let message = |host| lookups.addresses(host, 9, in_ms(5000)).unwrap_err().to_string();
        assert_eq!(message("panics.example"), "the name lookup ended without a result");
        assert_eq!(message("unknown.example"), "no such host");
    }
}
