//! The resets of streams that h2 sends, and what they cost.
//!
//! A request beyond the limit is refused by one reset. h2 forgets its stream then, and resets it again for each frame of the
//! body that was on its way: these go no further.

use std::collections::VecDeque;

use super::frames::{COST, HEAD_BYTES, HIGH_COST, kind};

/// A frame that resets a stream: its head and an error code (RFC 9113 section 6.4).
const RESET_BYTES: usize = HEAD_BYTES + 4;

/// Error codes (RFC 9113 section 7).
const NO_ERROR: u32 = 0;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;

/// How many of the streams that were refused last are known.
const REFUSED_MAX: usize = 4096;

/// Follows the frames that are sent on one connection.
#[derive(Debug, Default)]
pub(super) struct Resets {
    /// The head of the frame that is sent, as far as it was; a reset's is all of the frame.
    head: [u8; RESET_BYTES],
    head_length: usize,
    /// How much of its content is still to be sent.
    left: usize,
    /// In their order.
    refused: VecDeque<u32>,
}

/// What may be done with some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// So many of them may be sent.
    Send(usize),
    /// So many of them are passed over.
    Drop(usize),
}

impl Resets {
    /// What may be done with the bytes that would be sent next.
    pub(super) fn next(&self, bytes: &[u8]) -> Next {
        // Those that are refused by these bytes.
        let mut refused = Vec::new();
        let mut at = self.rest_of_frame(bytes).min(bytes.len());
        while let Some(head) = bytes[at..].first_chunk::<HEAD_BYTES>() {
            if head[3] == kind::RST_STREAM
                && let Some(reset) = bytes[at..].first_chunk::<RESET_BYTES>()
            {
                let stream = stream_of(reset);
                match code_of(reset) {
                    REFUSED_STREAM => refused.push(stream),
                    _ if self.is_refused(stream) || refused.binary_search(&stream).is_ok() => {
                        return if at == 0 {
                            Next::Drop(RESET_BYTES)
                        } else {
                            Next::Send(at)
                        };
                    }
                    _ => {}
                }
            }
            at = (at + HEAD_BYTES + length_of(head)).min(bytes.len());
        }
        Next::Send(bytes.len())
    }

    /// How much of the bytes is left of a frame that is sent in part, or more.
    fn rest_of_frame(&self, bytes: &[u8]) -> usize {
        if self.head_length == 0 {
            return self.left;
        }
        let mut head = self.head;
        let count = HEAD_BYTES.saturating_sub(self.head_length);
        let Some(missing) = bytes.get(..count) else {
            return bytes.len();
        };
        head[self.head_length..][..count].copy_from_slice(missing);
        HEAD_BYTES + length_of(&head) - self.head_length
    }

    /// These bytes were sent; what the resets among them cost.
    pub(super) fn sent(&mut self, mut bytes: &[u8]) -> u32 {
        let mut cost = 0;
        while !bytes.is_empty() {
            if self.left > 0 {
                let count = self.left.min(bytes.len());
                self.left -= count;
                bytes = &bytes[count..];
                continue;
            }
            let count = (self.head_bytes() - self.head_length).min(bytes.len());
            self.head[self.head_length..][..count].copy_from_slice(&bytes[..count]);
            self.head_length += count;
            bytes = &bytes[count..];
            if self.head_length < self.head_bytes() {
                continue;
            }
            if self.head_length == RESET_BYTES {
                cost += self.has_reset();
            } else {
                self.left = length_of(&self.head);
            }
            self.head_length = 0;
        }
        cost
    }

    /// How long the head is that is sent, as far as that is known.
    fn head_bytes(&self) -> usize {
        if self.head_length >= HEAD_BYTES && self.head[3] == kind::RST_STREAM {
            RESET_BYTES
        } else {
            HEAD_BYTES
        }
    }

    fn has_reset(&mut self) -> u32 {
        match code_of(&self.head) {
            REFUSED_STREAM => {
                if self.refused.len() == REFUSED_MAX {
                    self.refused.pop_front();
                }
                self.refused.push_back(stream_of(&self.head));
                COST
            }
            // The server's own doing, or the client's wish.
            NO_ERROR | INTERNAL_ERROR | CANCEL => 0,
            _ => HIGH_COST,
        }
    }

    fn is_refused(&self, stream: u32) -> bool {
        self.refused.binary_search(&stream).is_ok()
    }
}

fn code_of(reset: &[u8; RESET_BYTES]) -> u32 {
    let [.., first, second, third, fourth] = *reset;
    u32::from_be_bytes([first, second, third, fourth])
}

fn length_of(head: &[u8]) -> usize {
    usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2])
}

fn stream_of(head: &[u8]) -> u32 {
    u32::from_be_bytes([head[5], head[6], head[7], head[8]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reset(stream: u32, code: u32) -> Vec<u8> {
        [
            &[0, 0, 4, kind::RST_STREAM, 0],
            stream.to_be_bytes().as_slice(),
            &code.to_be_bytes(),
        ]
        .concat()
    }

    fn data(length: u8) -> Vec<u8> {
        // Looks like a reset of stream 1.
        let content = reset(1, 5).into_iter().cycle().take(length.into());
        [0, 0, length, kind::DATA, 0, 0, 0, 0, 3]
            .into_iter()
            .chain(content)
            .collect()
    }

    /// What comes of these bytes where so many are taken at once, and what they cost.
    fn pass(resets: &mut Resets, mut bytes: &[u8], at_once: usize) -> (Vec<u8>, u32) {
        let (mut sent, mut cost) = (Vec::new(), 0);
        while !bytes.is_empty() {
            match resets.next(bytes) {
                Next::Send(count) => {
                    let (now, later) = bytes.split_at(count.min(at_once));
                    cost += resets.sent(now);
                    sent.extend_from_slice(now);
                    bytes = later;
                }
                Next::Drop(count) => bytes = &bytes[count..],
            }
        }
        (sent, cost)
    }

    #[test]
    fn refused_streams_are_reset_once() {
        let first = [
            data(30),
            reset(1, REFUSED_STREAM),
            reset(7, REFUSED_STREAM),
            data(0),
        ]
        .concat();
        let second = [data(13), reset(1, 5), reset(3, 5), reset(7, 5), data(14)].concat();
        let kept = [data(13), reset(3, 5), data(14)].concat();
        for at_once in [1, 2, 8, 9, 10, 12, 13, 14, 1000] {
            let mut resets = Resets::default();
            assert_eq!(
                pass(&mut resets, &first, at_once),
                (first.clone(), 2 * COST),
                "{at_once}"
            );
            assert_eq!(
                pass(&mut resets, &second, at_once),
                (kept.clone(), HIGH_COST),
                "{at_once}"
            );
            let mut together = Resets::default();
            let (sent, expected) = ([&*first, &second].concat(), [&*first, &kept].concat());
            assert_eq!(pass(&mut together, &sent, at_once).0, expected, "{at_once}");
        }
    }

    #[test]
    fn what_the_server_does_by_itself_costs_nothing() {
        let mut resets = Resets::default();
        let own = [
            reset(1, NO_ERROR),
            reset(3, INTERNAL_ERROR),
            reset(5, CANCEL),
        ]
        .concat();
        assert_eq!(resets.sent(&own), 0);
    }

    #[test]
    fn the_last_ones_are_known() {
        let mut resets = Resets::default();
        for stream in 0..=4096 {
            resets.sent(&reset(2 * stream + 1, REFUSED_STREAM));
        }
        assert!(!resets.is_refused(1) && resets.is_refused(3) && resets.is_refused(8193));
    }
}
