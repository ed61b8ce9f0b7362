//! [`Interrupt`]: Ctrl-C and the signal to terminate.

use std::{future::Future, io, process};

use tokio::sync::watch;

use crate::exit_status::ExitStatus;

/// The first signal stops a run in order. The second one ends the process.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens to signals. `notify` runs at the first one.
    pub(crate) fn listen(notify: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let mut signals = Signals::new()?;
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            signals.next().await;
            notify();
            sender.send_replace(true);
            signals.next().await;
            // The journal is valid at every byte, and entries in flight are uncertain.
            process::exit(ExitStatus::Interrupted as i32);
        });
        Ok(Self(receiver))
    }

    /// Returns whether there was a signal.
    pub(crate) fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for the first signal.
    pub(crate) fn wait(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut receiver = self.0.clone();
        async move {
            // It fails if the listener has ended, and the process with it.
            let _ = receiver.wait_for(|is_set| *is_set).await;
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "other systems can fail")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
