//! Whether a client speaks HTTP/2 without being asked: its first bytes say so (RFC 9113 section 3.3).

use std::future::poll_fn;
use std::io;
use std::os::fd::AsFd;
use std::pin::pin;
use std::task::Poll;

use rustix::net::{RecvFlags, recv};
use tokio::io::{Interest, Ready};
use tokio::net::{TcpStream, UnixStream};

use crate::net::activity::{Activity, Order};

/// What a client's side of an HTTP/2 connection begins with (RFC 9113 section 3.4). No request of HTTP/1 does.
pub(super) const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A socket whose first bytes can be looked at before they are read.
pub(in crate::net) trait Preview {
    /// Whether the first bytes are the [`PREFACE`]. They are left where they are.
    fn has_preface(&self, activity: &Activity) -> impl Future<Output = io::Result<bool>> + Send;
}

impl Preview for TcpStream {
    async fn has_preface(&self, activity: &Activity) -> io::Result<bool> {
        loop {
            let ready = self.ready(Interest::READABLE).await?;
            let looked = self.try_io(Interest::READABLE, || look(self, ready, activity));
            if !is_to_be_continued(&looked) {
                return looked;
            }
        }
    }
}

impl Preview for UnixStream {
    async fn has_preface(&self, activity: &Activity) -> io::Result<bool> {
        loop {
            let ready = self.ready(Interest::READABLE).await?;
            let looked = self.try_io(Interest::READABLE, || look(self, ready, activity));
            if !is_to_be_continued(&looked) {
                return looked;
            }
        }
    }
}

/// Looks at the first bytes; [`io::ErrorKind::WouldBlock`] while they may become the preface, so that the runtime waits for
/// more.
fn look(socket: impl AsFd, ready: Ready, activity: &Activity) -> io::Result<bool> {
    let mut start = [0; PREFACE.len()];
    let (_, count) = recv(socket, &mut start, RecvFlags::PEEK)?;
    if start == *PREFACE {
        return Ok(true);
    }
    let may_become = count > 0 && PREFACE.starts_with(&start[..count]) && !ready.is_read_closed();
    if may_become {
        activity.read();
        return Err(io::ErrorKind::WouldBlock.into());
    }
    Ok(false)
}

fn is_to_be_continued(looked: &io::Result<bool>) -> bool {
    looked
        .as_ref()
        .is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

/// Whether HTTP/2 is spoken on a connection; `None` where it ended before that was known, or is told to end.
pub(in crate::net) async fn is_spoken(socket: &impl Preview, activity: &Activity) -> Option<bool> {
    let mut looking = pin!(socket.has_preface(activity));
    poll_fn(|context| {
        if let Poll::Ready(looked) = looking.as_mut().poll(context) {
            return Poll::Ready(looked.ok());
        }
        activity.listen(context.waker());
        if activity.order() == Order::Serve {
            return Poll::Pending;
        }
        Poll::Ready(None)
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt as _;
    use tokio::time::timeout;

    use super::*;

    /// What is found out when these pieces are sent, and the connection is then closed or not.
    async fn found(pieces: &[&[u8]], is_closed: bool) -> Option<bool> {
        let (near, mut far) = UnixStream::pair().unwrap();
        let activity = Activity::new();
        let sending = async {
            for piece in pieces {
                far.write_all(piece).await.unwrap();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            if is_closed {
                far.shutdown().await.unwrap();
            }
        };
        let patience = Duration::from_secs(if is_closed { 20 } else { 1 });
        let finding = timeout(patience, is_spoken(&near, &activity));
        let (found, ()) = tokio::join!(finding, sending);
        found.ok().flatten()
    }

    #[tokio::test]
    async fn the_preface_is_told_from_requests_however_it_is_cut() {
        let whole = PREFACE.as_slice();
        assert_eq!(found(&[whole], false).await, Some(true));
        assert_eq!(
            found(&[&whole[..1], &whole[1..23], &whole[23..]], false).await,
            Some(true)
        );
        assert_eq!(found(&[b"G"], false).await, Some(false));
        assert_eq!(
            found(&[b"PRI * HTTP/2.0\r\n\r\nSM", b"X"], false).await,
            Some(false)
        );
        assert_eq!(
            found(&[b"P", b"OST / HTTP/1.1\r\n"], false).await,
            Some(false)
        );
        assert_eq!(found(&[&whole[..23]], true).await, Some(false), "cut off");
        assert_eq!(found(&[], true).await, Some(false), "nothing was sent");
        assert_eq!(found(&[&whole[..23]], false).await, None, "more may come");
    }

    #[tokio::test]
    async fn a_connection_that_is_told_to_end_is_not_waited_for() {
        let (near, _far) = UnixStream::pair().unwrap();
        let activity = Activity::new();
        activity.tell(Order::Finish);
        assert_eq!(is_spoken(&near, &activity).await, None);
    }
}
