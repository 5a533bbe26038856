//! Keys of objects, kept as strings: documents have the same few again and again, and a string that is there already has
//! its hash, too.

use crate::capi::{Attached, Owned, PyResult, RefSlot, convert};

/// How many keys are kept: a power of two. With their strings some 50 KB for each interpreter.
const PLACES: usize = 256;

/// The longest key that is kept, in bytes.
const BYTES_MAX: usize = 39;

/// A table of kept keys. Each has one place, by its text; one that finds another there takes its place.
///
/// What clients send decides what is kept, never how much.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// Empty at first, then [`PLACES`]; stays empty where no key is to be kept.
    places: Vec<Place>,
    keeps_none: bool,
}

#[derive(Debug)]
struct Place {
    string: RefSlot,
    length: u8,
    text: [u8; BYTES_MAX],
}

impl Place {
    const fn empty() -> Self {
        Self {
            string: RefSlot::empty(),
            length: 0,
            text: [0; BYTES_MAX],
        }
    }
}

impl Keys {
    /// A table that keeps nothing, and costs nothing.
    pub(super) const fn none() -> Self {
        Self {
            places: Vec::new(),
            keeps_none: true,
        }
    }

    /// The key as a `str`, which others may have too.
    pub(super) fn string<'py>(&mut self, key: &str, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let bytes = key.as_bytes();
        if self.keeps_none || bytes.len() < 2 || bytes.len() > BYTES_MAX {
            return convert::new_str(key, py);
        }
        if self.places.is_empty() {
            self.places.resize_with(PLACES, Place::empty);
        }
        let place = &mut self.places[place_of(bytes)];
        if place.text[..usize::from(place.length)] == *bytes
            && let Some(string) = place.string.get(py)
        {
            return Ok(string.own(py));
        }
        let string = convert::new_str(key, py)?;
        place.length = u8::try_from(bytes.len()).expect("at most BYTES_MAX");
        place.text[..bytes.len()].copy_from_slice(bytes);
        drop(place.string.clear(py));
        place.string.fill(string.own(py), py);
        Ok(string)
    }
}

/// The place of a key of two bytes and more.
fn place_of(key: &[u8]) -> usize {
    let word = |part: &[u8]| {
        part.iter()
            .fold(0, |word: u64, &byte| word << 8 | u64::from(byte))
    };
    let (first, last) = match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => (word(key), 0),
    };
    let mixed =
        (first ^ last.rotate_left(29) ^ key.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(mixed >> (u64::BITS - PLACES.ilog2())).expect("below PLACES")
}
