//! The name that was probably meant by one that does not exist.

/// The candidate that is fewest edits away from `word`, if it is near enough to be a slip of the fingers.
pub(super) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let edits_max = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (edits(word, candidate), candidate))
        .filter(|(edits, _)| *edits <= edits_max)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance: insertions, deletions and replacements of one character.
///
/// Row by row: `row[j]` is the distance of `from`'s first characters to `to`'s first `j`.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_counts_single_characters() {
        for (from, to, count) in [
            ("", "", 0),
            ("", "ab", 2),
            ("kitten", "sitting", 3),
            ("workers", "worker", 1),
            ("bnid", "bind", 2),
        ] {
            assert_eq!(edits(from, to), count, "{from} -> {to}");
        }
    }

    #[test]
    fn nearest_takes_the_closest_and_refuses_the_far() {
        let names = ["workers", "io_threads", "queue_depth"];
        assert_eq!(nearest("wrokers", names), Some("workers"));
        assert_eq!(nearest("io-threads", names), Some("io_threads"));
        assert_eq!(nearest("colour", names), None);
    }
}
