//! What h2 does not say of the fields that a client sends (RFC 7541): it cuts paths at a fragment, and drops pseudo-header fields
//! of trailers.
//!
//! h2 decodes the blocks. Here their representations are passed over, and of the dynamic table no more is kept than what the
//! entries are. What is broken ends the connection in h2.

use std::collections::VecDeque;

use super::huffman;

/// The size of the dynamic table, which SETTINGS of the server leave as it is (RFC 7541 section 4.2).
const TABLE_BYTES_MAX: usize = 4096;

/// What an entry costs beside its name and value (RFC 7541 section 4.1).
const ENTRY_BYTES: usize = 32;

/// How long the names of the static table are (RFC 7541 appendix A), from its index 1 on.
const STATIC_NAMES: [u8; 61] = [
    10, 7, 7, 5, 5, 7, 7, 7, 7, 7, 7, 7, 7, 7, 14, 15, 15, 13, 6, 27, 3, 5, 13, 13, 19, 16, 16, 14,
    16, 13, 12, 6, 4, 4, 6, 7, 4, 4, 8, 17, 13, 8, 19, 13, 4, 8, 12, 18, 19, 5, 7, 7, 11, 6, 10,
    25, 17, 10, 4, 3, 16,
];

/// What a field is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Path,
    /// Another name that begins with a colon.
    Pseudo,
    Field,
}

#[derive(Clone, Copy, Debug)]
struct Name {
    kind: Kind,
    bytes: usize,
}

/// An entry of the dynamic table.
#[derive(Clone, Copy, Debug)]
struct Entry {
    name: Name,
    bytes: usize,
    has_fragment: bool,
}

/// What was found in a header block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// A path with `#` in it, which is no part of one (RFC 9113 section 8.3.1).
    pub(super) has_fragment: bool,
    /// Any pseudo-header field.
    pub(super) has_pseudo: bool,
}

/// Follows the header blocks of one connection.
#[derive(Debug)]
pub(super) struct Fields {
    /// The newest first.
    entries: VecDeque<Entry>,
    bytes: usize,
    bytes_max: usize,
}

impl Fields {
    pub(super) fn new() -> Self {
        Self {
            entries: VecDeque::new(),
            bytes: 0,
            bytes_max: TABLE_BYTES_MAX,
        }
    }

    /// Looks at a whole header block, each once and in their order.
    pub(super) fn look_at(&mut self, block: &[u8]) -> Seen {
        let mut seen = Seen::default();
        let mut reader = Reader(block);
        // What does not decode is h2's to refuse.
        while self.field(&mut reader, &mut seen).is_some() {}
        seen
    }

    /// The next representation (RFC 7541 section 6); `None` where there is none.
    fn field(&mut self, reader: &mut Reader<'_>, seen: &mut Seen) -> Option<()> {
        let first = *reader.0.first()?;
        let is_kept = first & 0xc0 == 0x40;
        let entry = if first & 0x80 != 0 {
            self.entry(reader.integer(7)?)?
        } else if first & 0xe0 == 0x20 {
            self.resize(reader.integer(5)?);
            return Some(());
        } else {
            let index = reader.integer(if is_kept { 6 } else { 4 })?;
            let name = match index {
                0 => name_of(reader.text()?),
                index => self.entry(index)?.name,
            };
            let value = reader.text()?;
            let is_path = name.kind == Kind::Path;
            let mut bytes = name.bytes + ENTRY_BYTES;
            let mut has_fragment = false;
            if is_kept || is_path {
                value.each(|byte| {
                    bytes += 1;
                    has_fragment |= is_path && byte == b'#';
                });
            }
            Entry {
                name,
                bytes,
                has_fragment,
            }
        };
        seen.has_pseudo |= entry.name.kind != Kind::Field;
        seen.has_fragment |= entry.has_fragment;
        if is_kept {
            self.insert(entry);
        }
        Some(())
    }

    fn entry(&self, index: usize) -> Option<Entry> {
        let index = index.checked_sub(1)?;
        let Some(bytes) = STATIC_NAMES.get(index) else {
            return self.entries.get(index - STATIC_NAMES.len()).copied();
        };
        let name = Name {
            kind: match index {
                3 | 4 => Kind::Path,
                ..14 => Kind::Pseudo,
                _ => Kind::Field,
            },
            bytes: usize::from(*bytes),
        };
        Some(Entry {
            name,
            bytes: 0,
            has_fragment: false,
        })
    }

    fn insert(&mut self, entry: Entry) {
        self.shrink(self.bytes_max.saturating_sub(entry.bytes));
        if entry.bytes <= self.bytes_max {
            self.bytes += entry.bytes;
            self.entries.push_front(entry);
        }
    }

    fn resize(&mut self, bytes_max: usize) {
        self.bytes_max = bytes_max.min(TABLE_BYTES_MAX);
        self.shrink(self.bytes_max);
    }

    fn shrink(&mut self, bytes: usize) {
        while self.bytes > bytes
            && let Some(oldest) = self.entries.pop_back()
        {
            self.bytes -= oldest.bytes;
        }
    }
}

/// What a name is that stands in the block itself.
fn name_of(text: Text<'_>) -> Name {
    const PATH: &[u8] = b":path";
    let (mut bytes, mut is_pseudo, mut is_path) = (0, false, true);
    text.each(|byte| {
        is_pseudo |= bytes == 0 && byte == b':';
        is_path &= PATH.get(bytes) == Some(&byte);
        bytes += 1;
    });
    let kind = match (is_path && bytes == PATH.len(), is_pseudo) {
        (true, _) => Kind::Path,
        (false, true) => Kind::Pseudo,
        (false, false) => Kind::Field,
    };
    Name { kind, bytes }
}

/// A string literal (RFC 7541 section 5.2).
#[derive(Clone, Copy)]
struct Text<'a> {
    bytes: &'a [u8],
    is_coded: bool,
}

impl Text<'_> {
    fn each(self, mut take: impl FnMut(u8)) {
        if self.is_coded {
            huffman::decode(self.bytes, take);
        } else {
            self.bytes.iter().for_each(|byte| take(*byte));
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// An integer in the low `bits` of the first byte, and in those behind (RFC 7541 section 5.1).
    fn integer(&mut self, bits: u8) -> Option<usize> {
        let most = (1 << bits) - 1;
        let mut number = usize::from(*self.0.split_off_first()? & most);
        if number < usize::from(most) {
            return Some(number);
        }
        for shift in (0..28).step_by(7) {
            let byte = *self.0.split_off_first()?;
            number += usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn text(&mut self) -> Option<Text<'a>> {
        let is_coded = self.0.first()? & 0x80 != 0;
        let length = self.integer(7)?;
        let bytes = self.0.split_off(..length)?;
        Some(Text { bytes, is_coded })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(has_pseudo: bool, has_fragment: bool) -> Seen {
        Seen {
            has_fragment,
            has_pseudo,
        }
    }

    /// The size of the table, and how many entries it has, after each block of RFC 7541 appendix C.3 or C.4, which differ in
    /// the coding of strings alone.
    #[test]
    fn the_table_is_that_of_the_examples() {
        let plain: [&[u8]; 3] = [
            b"\x82\x86\x84\x41\x0fwww.example.com",
            b"\x82\x86\x84\xbe\x58\x08no-cache",
            b"\x82\x87\x85\xbf\x40\x0acustom-key\x0ccustom-value",
        ];
        let coded: [&[u8]; 3] = [
            b"\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff",
            b"\x82\x86\x84\xbe\x58\x86\xa8\xeb\x10\x64\x9c\xbf",
            b"\x82\x87\x85\xbf\x40\x88\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f\x89\x25\xa8\x49\xe9\x5b\xb8\xe8\xb4\xbf",
        ];
        for blocks in [plain, coded] {
            let mut fields = Fields::new();
            let sizes = blocks.map(|block| {
                assert_eq!(fields.look_at(block), seen(true, false));
                (fields.bytes, fields.entries.len())
            });
            assert_eq!(sizes, [(57, 1), (110, 2), (164, 3)]);
        }
    }

    #[test]
    fn entries_leave_where_there_is_no_room() {
        let mut fields = Fields::new();
        // 64 bytes each.
        let block = b"\x40\x01x\x1fyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy".repeat(65);
        fields.look_at(&block);
        assert_eq!((fields.bytes, fields.entries.len()), (4096, 64));
        fields.look_at(b"\x3f\x61");
        assert_eq!((fields.bytes, fields.entries.len()), (128, 2));
        let long = [b"\x40\x01x\x7f\x01".as_slice(), &[b'y'; 128]].concat();
        fields.look_at(&long);
        assert_eq!((fields.bytes, fields.entries.len()), (0, 0));
    }

    #[test]
    fn fragments_are_found_in_paths_however_they_are_written() {
        let coded_name: &[u8] = b"\x84\xb9\x58\xd3\x3f";
        let coded_value: &[u8] = b"\x83\x63\xfe\xa5";
        for first in [
            b"\x04".as_slice(),
            b"\x15",
            b"\x44",
            b"\x00\x05:path",
            &[b"\x40", coded_name].concat(),
        ] {
            for value in [b"\x03/#f".as_slice(), coded_value] {
                let block = [b"\x82", first, value, b"\x86"].concat();
                let found = Fields::new().look_at(&block);
                assert_eq!(found, seen(true, true), "{block:x?}");
            }
            let block = [b"\x82", first, b"\x03/x?", b"\x04\x02/#"].concat();
            assert!(
                Fields::new().look_at(&block).has_fragment,
                "the last of two"
            );
        }
        let mut fields = Fields::new();
        assert!(
            !fields
                .look_at(b"\x82\x84\x51\x03/#f\x50\x03/#f")
                .has_fragment,
            "other fields"
        );
        assert!(fields.look_at(b"\x44\x03/#f\x40\x01a\x01b").has_fragment);
        assert!(fields.look_at(b"\xbf").has_fragment, "from the table");
        assert!(
            !fields.look_at(b"\x7f\x00\x02/g").has_fragment,
            "another path"
        );
        assert!(
            fields.look_at(b"\x0f\x2f\x02/#").has_fragment,
            "a name from the table"
        );
    }

    #[test]
    fn fields_are_told_from_pseudo_headers() {
        for block in [
            b"\x00\x01x\x01:".as_slice(),
            b"\x90",
            b"\x00\x01x\x00\x0f\x10\x00",
            b"",
        ] {
            assert!(!Fields::new().look_at(block).has_pseudo, "{block:x?}");
        }
        for block in [b"\x00\x02:x\x00".as_slice(), b"\x8e", b"\x90\x01\x01a"] {
            assert!(Fields::new().look_at(block).has_pseudo, "{block:x?}");
        }
    }

    #[test]
    fn what_does_not_decode_is_left() {
        for block in [
            b"\xff".as_slice(),
            b"\xff\xff\xff\xff\xff\xff\x01",
            b"\x80",
            b"\xbe",
            b"\x04",
            b"\x04\x7f",
            b"\x04\x05/#",
        ] {
            assert_eq!(Fields::new().look_at(block), Seen::default(), "{block:x?}");
        }
    }
}
