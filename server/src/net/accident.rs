//! A panic while a connection is served: a bug, of which the log tells. It ends that connection and no other.

use std::net::SocketAddr;
use std::thread;

/// Kept while a connection is served. The runtime catches a panic of a connection's task, which drops this as it unwinds.
#[derive(Debug)]
pub(super) struct Accident {
    /// Whose connection it is; `None` on a unix socket.
    pub(super) client: Option<SocketAddr>,
}

impl Drop for Accident {
    fn drop(&mut self) {
        if thread::panicking() {
            tracing::error!(client = ?self.client, "a connection was cut off by a panic: please report this");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Debug, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn panic_of_a_task_is_told_and_no_other_end() {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone());
        let _told = tracing::subscriber::set_default(subscriber.finish());
        let accident = || Accident {
            client: "127.0.0.1:1".parse().ok(),
        };
        let (first, second) = (accident(), accident());
        let panicked = tokio::spawn(async move {
            let _kept = first;
            tokio::task::yield_now().await;
            panic!("on purpose");
        });
        let ended = tokio::spawn(async move { drop(second) });
        assert!(panicked.await.unwrap_err().is_panic());
        assert!(ended.await.is_ok());
        let told = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(
            told.contains("cut off by a panic") && told.contains("127.0.0.1:1"),
            "{told}"
        );
    }
}
