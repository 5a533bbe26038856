//! SIGTERM and SIGINT, which end the server, and SIGHUP, at which it reads anew what may have changed.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that the server listens to.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// To end; by which signal.
    End(&'static str),
    /// To read anew what may have changed.
    Renew,
}

impl Signals {
    /// Listens for them from now on: they no longer kill the process. Inside a runtime.
    ///
    /// # Errors
    ///
    /// When the runtime can't listen.
    pub(super) fn listen() -> io::Result<Self> {
        // A log that grows up to `ulimit -f` must end no server: writing fails then, as on a full disk.
        drop(signal(SignalKind::from_raw(libc::SIGXFSZ))?);
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::End("SIGTERM"),
            _ = self.interrupt.recv() => Asked::End("SIGINT"),
            _ = self.hang_up.recv() => Asked::Renew,
        }
    }

    /// Waits for the next one that asks for the end; its name.
    pub(super) async fn end(&mut self) -> &'static str {
        loop {
            if let Asked::End(name) = self.next().await {
                return name;
            }
        }
    }
}
