//! A bounded way for pieces from one thread to another: what streams between a worker and an I/O thread.
//!
//! Whoever writes waits until there is room, whoever reads until there is a piece; both wait by [`Waker`], so that an I/O
//! thread's task, a thread that blocks and a coroutine of a worker can each be at either end.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// How a pipe's other end was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Left {
    /// Nobody reads any more: the client has left, or the end of the reading handler has come. No fault of the writer's.
    #[error("nobody reads any more")]
    Reader,
    /// The writer has left before it came to its end.
    #[error("the stream broke off")]
    Writer,
}

/// The end that writes. Dropped before [`Self::finish`], it breaks the pipe off.
#[derive(Debug)]
pub struct Writer<T>(Arc<Pipe<T>>);

/// The end that reads.
#[derive(Debug)]
pub struct Reader<T>(Arc<Pipe<T>>);

/// # Data
///
/// The lock is held to move one piece, never while a waker is called.
#[derive(Debug)]
struct Pipe<T>(Mutex<Inner<T>>);

#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about one of the two ends"
)]
struct Inner<T> {
    pieces: VecDeque<(T, usize)>,
    /// How much the pieces weigh together.
    weight: usize,
    /// At this weight there is no room.
    capacity: usize,
    is_finished: bool,
    has_writer: bool,
    has_reader: bool,
    /// Who waits for room.
    writer: Option<Waker>,
    /// Who waits for a piece.
    reader: Option<Waker>,
    /// Who waits for the reader to leave.
    departure: Option<Waker>,
    /// Whether the reader has ever waited for a piece.
    is_asked: bool,
}

/// A pipe with room for pieces until they weigh `capacity` (bytes, where pieces are bytes) or more.
///
/// # Panics
///
/// Never; a capacity of 0 means 1, so that there is room for one piece.
pub fn pipe<T>(capacity: usize) -> (Writer<T>, Reader<T>) {
    let inner = Inner {
        pieces: VecDeque::new(),
        weight: 0,
        capacity: capacity.max(1),
        is_finished: false,
        has_writer: true,
        has_reader: true,
        writer: None,
        reader: None,
        departure: None,
        is_asked: false,
    };
    let pipe = Arc::new(Pipe(Mutex::new(inner)));
    (Writer(Arc::clone(&pipe)), Reader(pipe))
}

impl<T> Pipe<T> {
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn wait_with(place: &mut Option<Waker>, context: &Context<'_>) -> Option<Waker> {
    // What stood there is dropped, and may do something when it is: outside of the lock.
    place.replace(context.waker().clone())
}

impl<T> Writer<T> {
    /// Ready when there is room for a piece.
    ///
    /// # Errors
    ///
    /// [`Left::Reader`].
    pub fn poll_room(&self, context: &Context<'_>) -> Poll<Result<(), Left>> {
        let mut inner = self.0.lock();
        if !inner.has_reader {
            return Poll::Ready(Err(Left::Reader));
        }
        if inner.weight < inner.capacity {
            return Poll::Ready(Ok(()));
        }
        let former = wait_with(&mut inner.writer, context);
        drop(inner);
        drop(former);
        Poll::Pending
    }

    /// Ready when the reader has begun to wait for a piece, now or earlier.
    ///
    /// # Errors
    ///
    /// [`Left::Reader`].
    pub fn poll_asked(&self, context: &Context<'_>) -> Poll<Result<(), Left>> {
        let mut inner = self.0.lock();
        if !inner.has_reader {
            return Poll::Ready(Err(Left::Reader));
        }
        if inner.is_asked {
            return Poll::Ready(Ok(()));
        }
        let former = wait_with(&mut inner.writer, context);
        drop(inner);
        drop(former);
        Poll::Pending
    }

    /// Whether the reader has left.
    pub fn has_left(&self) -> bool {
        !self.0.lock().has_reader
    }

    /// Ready when the reader has left. It may be waited for beside [`Self::poll_room`], by another waker.
    pub fn poll_departure(&self, context: &Context<'_>) -> Poll<()> {
        let mut inner = self.0.lock();
        if !inner.has_reader {
            return Poll::Ready(());
        }
        let former = wait_with(&mut inner.departure, context);
        drop(inner);
        drop(former);
        Poll::Pending
    }

    /// Writes a piece of some weight, whether or not there is room: who asks [`Self::poll_room`] before each piece exceeds
    /// the capacity by less than one piece.
    ///
    /// # Errors
    ///
    /// [`Left::Reader`]; the piece is dropped.
    pub fn write(&self, piece: T, weight: usize) -> Result<(), Left> {
        let mut inner = self.0.lock();
        if !inner.has_reader {
            return Err(Left::Reader);
        }
        inner.weight += weight;
        inner.pieces.push_back((piece, weight));
        let waiting = inner.reader.take();
        drop(inner);
        wake(waiting);
        Ok(())
    }

    /// Says that all pieces were written.
    pub fn finish(self) {
        self.0.lock().is_finished = true;
    }
}

impl<T> Drop for Writer<T> {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.has_writer = false;
        let waiting = inner.reader.take();
        drop(inner);
        wake(waiting);
    }
}

impl<T> Reader<T> {
    /// Ready with the next piece, or with `None` after the last one.
    ///
    /// # Errors
    ///
    /// [`Left::Writer`], after what it has written.
    pub fn poll_piece(&self, context: &Context<'_>) -> Poll<Result<Option<T>, Left>> {
        let mut inner = self.0.lock();
        if let Some((piece, weight)) = inner.pieces.pop_front() {
            inner.weight -= weight;
            let waiting = (inner.weight < inner.capacity)
                .then(|| inner.writer.take())
                .flatten();
            drop(inner);
            wake(waiting);
            return Poll::Ready(Ok(Some(piece)));
        }
        if inner.is_finished {
            return Poll::Ready(Ok(None));
        }
        if !inner.has_writer {
            return Poll::Ready(Err(Left::Writer));
        }
        let former = wait_with(&mut inner.reader, context);
        let is_first = !std::mem::replace(&mut inner.is_asked, true);
        let waiting = is_first.then(|| inner.writer.take()).flatten();
        drop(inner);
        drop(former);
        wake(waiting);
        Poll::Pending
    }
}

impl<T> Drop for Reader<T> {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.has_reader = false;
        let unread = std::mem::take(&mut inner.pieces);
        inner.weight = 0;
        let waiting = [inner.writer.take(), inner.departure.take()];
        drop(inner);
        drop(unread);
        waiting.into_iter().for_each(wake);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Wake;

    use super::*;

    #[derive(Debug, Default)]
    struct Count(Mutex<usize>);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            *self.0.lock().unwrap() += 1;
        }
    }

    impl Count {
        fn woken(&self) -> usize {
            std::mem::take(&mut *self.0.lock().unwrap())
        }
    }

    fn counted() -> (Arc<Count>, Waker) {
        let count = Arc::new(Count::default());
        (Arc::clone(&count), Waker::from(count))
    }

    #[test]
    fn a_reader_gets_pieces_in_order_and_then_the_end() {
        let (writer, reader) = pipe(10);
        let (count, waker) = counted();
        let context = Context::from_waker(&waker);
        assert_eq!(reader.poll_piece(&context), Poll::Pending);
        writer.write("a", 1).unwrap();
        assert_eq!(count.woken(), 1);
        writer.write("b", 1).unwrap();
        assert_eq!(count.woken(), 0, "nobody waits");
        assert_eq!(reader.poll_piece(&context), Poll::Ready(Ok(Some("a"))));
        writer.finish();
        assert_eq!(reader.poll_piece(&context), Poll::Ready(Ok(Some("b"))));
        assert_eq!(reader.poll_piece(&context), Poll::Ready(Ok(None)));
    }

    #[test]
    fn a_writer_waits_for_room() {
        let (writer, reader) = pipe(2);
        let (count, waker) = counted();
        let context = Context::from_waker(&waker);
        assert_eq!(writer.poll_room(&context), Poll::Ready(Ok(())));
        writer.write('a', 2).unwrap();
        writer.write('b', 2).unwrap();
        assert_eq!(writer.poll_room(&context), Poll::Pending);
        assert_eq!(reader.poll_piece(&context), Poll::Ready(Ok(Some('a'))));
        assert_eq!(count.woken(), 0, "no room yet");
        assert_eq!(reader.poll_piece(&context), Poll::Ready(Ok(Some('b'))));
        assert_eq!(count.woken(), 1);
        assert_eq!(writer.poll_room(&context), Poll::Ready(Ok(())));
    }

    #[test]
    fn each_end_learns_that_the_other_has_left() {
        let (writer, reader) = pipe(1);
        let (count, waker) = counted();
        let context = Context::from_waker(&waker);
        writer.write((), 1).unwrap();
        assert_eq!(writer.poll_room(&context), Poll::Pending);
        drop(reader);
        assert_eq!(count.woken(), 1);
        assert_eq!(writer.poll_room(&context), Poll::Ready(Err(Left::Reader)));
        assert_eq!(writer.write((), 1), Err(Left::Reader));

        let (writer, reader) = pipe::<()>(1);
        assert_eq!(writer.poll_departure(&context), Poll::Pending);
        drop(reader);
        assert_eq!(count.woken(), 1);
        assert_eq!(writer.poll_departure(&context), Poll::Ready(()));

        let (writer, reader) = pipe(1);
        writer.write((), 1).unwrap();
        assert!(reader.poll_piece(&context).is_ready());
        assert!(reader.poll_piece(&context).is_pending());
        drop(writer);
        assert_eq!(count.woken(), 1);
        assert_eq!(
            reader.poll_piece(&context),
            Poll::Ready(Err(Left::Writer)),
            "it broke off"
        );
    }
    #[test]
    fn a_writer_can_wait_until_it_is_asked() {
        let (writer, reader) = pipe(1);
        let (count, waker) = counted();
        let context = Context::from_waker(&waker);
        assert_eq!(writer.poll_asked(&context), Poll::Pending);
        assert_eq!(reader.poll_piece(&context), Poll::Pending);
        assert_eq!(count.woken(), 1);
        assert_eq!(writer.poll_asked(&context), Poll::Ready(Ok(())));
        writer.write((), 1).unwrap();
        drop(reader);
        assert_eq!(writer.poll_asked(&context), Poll::Ready(Err(Left::Reader)));
    }
}
