//! What tungstenite makes of any frames, cut anywhere, with and without the judge before it.

use std::collections::VecDeque;

use futures_util::StreamExt as _;
use proptest::prelude::*;
use proptest::{collection, sample};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::super::code_for;
use super::super::frames::tests::{masked, texts};
use super::*;

/// Bytes that come in pieces, then the end.
#[derive(Clone)]
struct Pieces(VecDeque<Vec<u8>>);

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(mut piece) = self.0.pop_front() {
            let rest = piece.split_off(piece.len().min(buffer.remaining()));
            buffer.put_slice(&piece);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// The messages that a server makes of bytes, and how it ends.
fn made_of(connection: impl AsyncRead + Unpin) -> (Vec<Message>, Option<Error>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(async {
        let config = WebSocketConfig::default()
            .max_message_size(Some(2000))
            .max_frame_size(Some(2000));
        let io = tokio::io::join(connection, tokio::io::sink());
        let mut stream = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        let mut messages = Vec::new();
        while let Some(next) = stream.next().await {
            match next {
                Ok(message) => messages.push(message),
                Err(error) => return (messages, Some(error)),
            }
        }
        (messages, None)
    })
}

/// A frame, mostly one that may come.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let heads = sample::select(vec![
        0x81, 0x81, 0x01, 0x80, 0x80, 0x00, 0x82, 0x02, 0x89, 0x8a, 0x88, 0x83, 0xc1, 0x09,
    ]);
    let payloads = prop_oneof![
        8 => texts(),
        1 => Just(vec![0x03, 0xf6]),
        1 => Just(vec![0x03, 0xe8, b'x']),
        1 => collection::vec(any::<u8>(), 0..200),
    ];
    (heads, any::<[u8; 4]>(), payloads)
        .prop_map(|(head, mask, payload)| masked(head, mask, &payload))
}

proptest! {
    #[test]
    fn nothing_else_is_changed(
        frames in collection::vec(frames(), 0..8),
        cuts in collection::vec(any::<sample::Index>(), 0..12),
    ) {
        let mut bytes = frames.concat();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len().max(1))).collect();
        cuts.sort_unstable();
        let mut pieces = VecDeque::new();
        for cut in cuts.into_iter().rev() {
            pieces.push_front(bytes.split_off(cut));
        }
        pieces.push_front(bytes);
        pieces.retain(|piece| !piece.is_empty());
        let pieces = Pieces(pieces);
        let (messages, end) = made_of(pieces.clone());
        let (judged_messages, judged_end) = made_of(Judged::new(pieces));
        let finding = match &judged_end {
            Some(Error::Io(error)) => found(error).cloned(),
            _ => None,
        };
        match finding {
            None => {
                prop_assert_eq!(judged_messages, messages);
                prop_assert_eq!(judged_end.as_ref().map(code_for), end.as_ref().map(code_for));
            }
            Some(Finding::BadText) => {
                // Only control frames came after it, before tungstenite saw that it is bad.
                prop_assert!(messages.starts_with(&judged_messages));
                let rest = &messages[judged_messages.len()..];
                prop_assert!(!rest.iter().any(|rest| rest.is_text() || rest.is_binary()));
            }
            Some(Finding::Closed(_)) => {
                let (last, before) = messages.split_last().expect("a close frame");
                prop_assert!(last.is_close());
                prop_assert_eq!(judged_messages, before);
            }
        }
    }
}
