//! An I/O runtime, and the two ways to drive it.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::runtime::{self, Handle, Runtime};

use super::desk::{self, Desk};
use super::helm::Helm;

/// The most threads of one reactor that wait for the file system, each for one file; more wait for them. They come when they
/// are needed, and go when they were idle for some seconds.
const FILE_THREADS_MAX: usize = 8;

/// A single-threaded runtime: the connections of one I/O thread, and what serves them.
///
/// # Threads
///
/// One at a time drives it, as its [`Helm`] says: its I/O thread, or a worker. Whoever drives has the desk; whoever stops
/// puts it back.
pub(super) struct Reactor {
    runtime: Runtime,
    desk: Mutex<Option<Box<Desk>>>,
    pub(super) helm: Helm,
}

impl fmt::Debug for Reactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Reactor");
        shown.field("helm", &self.helm).finish_non_exhaustive()
    }
}

/// Why a worker stopped driving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Requests wait for it.
    Requests,
    /// It is needed elsewhere, or there is nothing left to drive.
    StepDown,
}

impl Reactor {
    /// # Errors
    ///
    /// When the descriptors that the runtime needs can't be had.
    pub(super) fn new() -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(FILE_THREADS_MAX)
            .thread_name("file")
            .on_thread_park(desk::before_sleep)
            .on_thread_unpark(desk::after_sleep)
            .build()?;
        Ok(Self {
            runtime,
            desk: Mutex::new(None),
            helm: Helm::new(),
        })
    }

    /// Where tasks for this reactor are spawned.
    pub(super) fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    /// Says that its last task has ended: whoever drives stops.
    pub(super) fn finish(&self) {
        self.helm.finish();
    }

    /// Drives on the I/O thread, but while a worker does, until the reactor is finished.
    pub(super) fn run(&self, desk: Desk) {
        *self.lock_desk() = Some(Box::new(desk));
        self.helm.open();
        while !self.helm.is_finished() {
            self.drive(false, |_| {
                if self.helm.is_finished() || self.helm.is_wanted() {
                    return Poll::Ready(());
                }
                desk::look();
                Poll::Pending
            });
            if self.helm.is_wanted() {
                self.helm.hand_over();
                self.helm.guard();
            }
        }
        self.helm.close();
        // It holds the exchange, which holds this reactor.
        drop(self.lock_desk().take());
    }

    /// Drives on a worker that is at the helm, until requests wait for it, or it is to step down, as it is when it is
    /// `awaited` elsewhere.
    pub(super) fn drive_until_requests(&self, awaited: impl Fn() -> bool) -> Stop {
        let mut has_looked = false;
        self.drive(true, |context| {
            let waits = desk::look_near();
            if self.helm.must_step_down() || awaited() {
                return Poll::Ready(Stop::StepDown);
            }
            if waits && has_looked {
                return Poll::Ready(Stop::Requests);
            }
            if waits {
                // What was left from the last turn has to wait until I/O had one.
                context.waker().wake_by_ref();
            }
            has_looked = true;
            Poll::Pending
        })
    }

    /// Runs tasks until `until` is ready, which is asked at first, and whenever the helm's driver was called.
    fn drive<R>(&self, is_near: bool, mut until: impl FnMut(&mut Context<'_>) -> Poll<R>) -> R {
        let desk = self.lock_desk().take();
        desk::sit_down(desk.expect("whoever drove has put it back"), is_near);
        let ready = self.runtime.block_on(poll_fn(|context| {
            self.helm.listen(context.waker());
            until(context)
        }));
        *self.lock_desk() = desk::stand_up();
        ready
    }

    fn lock_desk(&self) -> std::sync::MutexGuard<'_, Option<Box<Desk>>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
