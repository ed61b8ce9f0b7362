//! An address that never completes a connection.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use socket2::{Domain, Socket, Type};

/// A listener with a full queue. The system drops further connection requests, so clients wait.
pub(crate) struct Silent {
    listener: Socket,
    queued: Vec<TcpStream>,
}

impl Silent {
    pub(crate) fn start() -> Self {
        Self::start_on(Ipv4Addr::LOCALHOST.into()).expect("a free port")
    }

    /// Starts a listener on this address, if the machine has it.
    pub(crate) fn start_on(address: IpAddr) -> io::Result<Self> {
        let address = SocketAddr::from((address, 0));
        let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        listener.bind(&address.into())?;
        listener.listen(0)?;
        let mut silent = Self { listener, queued: Vec::new() };
        while let Ok(stream) = TcpStream::connect_timeout(&silent.addr(), Duration::from_millis(200)) {
            silent.queued.push(stream);
            assert!(silent.queued.len() < 100, "the queue is never full");
        }
        Ok(silent)
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.listener.local_addr().ok().and_then(|addr| addr.as_socket()).expect("bound")
    }
}
