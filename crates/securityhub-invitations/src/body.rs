//! The body of a request, `{"AccountIds":["111122223333"]}`: written in one pass, each id once.

use std::collections::BTreeSet;

use crate::account_id::AccountId;

const HEAD: &[u8] = br#"{"AccountIds":[""#;
const SEPARATOR: &[u8] = br#"",""#;
const TAIL: &[u8] = br#""]}"#;
/// An id and what follows it: the separator and the tail are of one length.
const ENTRY_LENGTH: usize = AccountId::LENGTH + SEPARATOR.len();
const _: () = assert!(SEPARATOR.len() == TAIL.len());

/// The ids of a body, in their order.
pub(crate) fn account_ids(body: &[u8]) -> impl ExactSizeIterator<Item = AccountId> {
    body[HEAD.len()..].chunks_exact(ENTRY_LENGTH).map(id_of_entry)
}

fn id_of_entry(entry: &[u8]) -> AccountId {
    AccountId::from_bytes(&entry[..AccountId::LENGTH]).expect("the body is made of account ids")
}

/// Writes the ids as they come, and takes out at the end which were there before: no second copy of them is kept.
pub(crate) struct BodyWriter {
    body: Vec<u8>,
}

impl BodyWriter {
    pub(crate) fn for_about(count: usize) -> Self {
        /// What an iterator claims beyond this is believed when it comes.
        const RESERVED_AT_MOST: usize = 1 << 16;
        let mut body = Vec::with_capacity(HEAD.len() + count.min(RESERVED_AT_MOST) * ENTRY_LENGTH);
        body.extend_from_slice(HEAD);
        Self { body }
    }

    #[inline]
    pub(crate) fn push(&mut self, id: AccountId) {
        // One after the other: an entry that is put together first is read again before its pieces have arrived in memory.
        self.body.extend_from_slice(id.as_bytes());
        self.body.extend_from_slice(SEPARATOR);
    }

    /// `None` if there are no ids.
    pub(crate) fn finish(mut self) -> Option<Vec<u8>> {
        if self.body.len() == HEAD.len() {
            return None;
        }
        let length = HEAD.len() + without_duplicates(&mut self.body[HEAD.len()..]).len();
        if length < self.body.len() {
            self.body.truncate(length);
            self.body.shrink_to_fit();
        }
        let separator = self.body.last_chunk_mut::<{ TAIL.len() }>().expect("an entry ends with it");
        separator.copy_from_slice(TAIL);
        Some(self.body)
    }
}

/// Moves the entries together that have an id for the first time, and returns them.
fn without_duplicates(entries: &mut [u8]) -> &mut [u8] {
    if is_ascending(entries) || !may_have_duplicates(entries) {
        return entries;
    }
    let mut seen = BTreeSet::new();
    let mut length = 0;
    for start in (0..entries.len()).step_by(ENTRY_LENGTH) {
        let entry = start..start + ENTRY_LENGTH;
        if seen.insert(number_of(&entries[entry.clone()])) {
            entries.copy_within(entry, length);
            length += ENTRY_LENGTH;
        }
    }
    &mut entries[..length]
}

/// Lists are often kept in order, and then nothing comes twice.
fn is_ascending(entries: &[u8]) -> bool {
    entries.chunks_exact(ENTRY_LENGTH).map(number_of).is_sorted_by(|id, next| id < next)
}

/// Whether an id comes twice, or that would take long to find out.
///
/// The table is a hash table of the entries' ordinals, since the ids themselves stand in the entries. `std`'s tables ask the
/// system for randomness, take twice as long, and hold the ids once more. This one's hash is known to whoever chooses the
/// ids, so that it gives up where they crowd.
fn may_have_duplicates(entries: &[u8]) -> bool {
    /// Of four slots three stay free, so that an id rarely meets another's.
    const SLOTS_PER_ID: usize = 4;
    let count = entries.len() / ENTRY_LENGTH;
    let Ok(count_and_one) = u32::try_from(count + 1) else { return true };
    // Ordinals are counted from 1; 0 is a free slot.
    let mut slots = vec![0; count * SLOTS_PER_ID];
    // Where ids come by accident, every seventh meets another's slot.
    let mut others = 0;
    for (entry, ordinal) in entries.chunks_exact(ENTRY_LENGTH).zip(1..count_and_one) {
        let id = number_of(entry);
        // The hash as a fraction of the table.
        let mut at = ((u64::from(hash_of(id)) * slots.len() as u64) >> 32) as usize;
        while slots[at] != 0 {
            let other = (slots[at] as usize - 1) * ENTRY_LENGTH;
            if number_of(&entries[other..]) == id || others == count {
                return true;
            }
            others += 1;
            at = if at + 1 < slots.len() { at + 1 } else { 0 };
        }
        slots[at] = ordinal;
    }
    false
}

/// An entry's id as a number: its first 8 digits, and the other 4, as they stand there.
#[inline]
fn number_of(entry: &[u8]) -> (u64, u32) {
    let (head, rest) = entry.split_first_chunk().expect("an entry is longer than 8 bytes");
    let tail = rest.first_chunk().expect("an entry is longer than 12 bytes");
    (u64::from_be_bytes(*head), u32::from_be_bytes(*tail))
}

/// The two halves of a product folded: every digit reaches every bit.
#[inline]
#[allow(clippy::cast_possible_truncation)] // it is halves that are wanted
fn hash_of((head, tail): (u64, u32)) -> u32 {
    // Digits of pi, without the first; the golden ratio.
    let head = head ^ 0x243f_6a88_85a3_08d3;
    let tail = u64::from(tail) ^ 0x9e37_79b9_7f4a_7c15;
    let product = u128::from(head) * u128::from(tail);
    ((product >> 64) as u64 ^ product as u64) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(ids: impl IntoIterator<Item = u64>) -> Vec<u8> {
        ids.into_iter().flat_map(|id| format!("{id:012}\",\"").into_bytes()).collect()
    }

    fn kept(mut entries: Vec<u8>) -> Vec<u8> {
        without_duplicates(&mut entries).to_vec()
    }

    /// There are enough among these.
    const CANDIDATES: u64 = 200_000;

    /// Ids that all belong in one slot of so many: what somebody would choose who knows the hash.
    fn crowded(count: usize, slots: u64) -> Vec<u64> {
        let belongs_there = |id: &u64| (u64::from(hash_of(number_of(&entries([*id])))) * slots) >> 32 == 7;
        (0..CANDIDATES).filter(belongs_there).take(count).collect()
    }

    #[test]
    fn ids_are_kept_once_where_they_stand_first() {
        for (ids, once) in [
            (vec![1], vec![1]),
            (vec![1, 1], vec![1]),
            (vec![2, 1], vec![2, 1]),
            (vec![1, 2, 3, 2], vec![1, 2, 3]),
            (vec![3, 1, 3, 2, 2, 1, 3], vec![3, 1, 2]),
            // Alike in the first eight digits, alike in the last four.
            (vec![11_112, 11_111, 21_111, 11_111], vec![11_112, 11_111, 21_111]),
        ] {
            assert_eq!(kept(entries(ids.clone())), entries(once), "{ids:?}");
        }
    }

    #[test]
    fn ids_that_crowd_one_slot_are_kept_in_order_and_once() {
        const COUNT: usize = 100;
        let mut ids = crowded(COUNT, 4 * COUNT as u64);
        ids.reverse();
        assert!(may_have_duplicates(&entries(ids.clone())), "it does not give up");
        assert_eq!(kept(entries(ids.clone())), entries(ids.clone()));
        // So few that it does not give up, and the table's end among them.
        for slot in [0, 39] {
            let few = (0..CANDIDATES)
                .filter(|id| (u64::from(hash_of(number_of(&entries([*id])))) * 40) >> 32 == slot)
                .take(4);
            let few: Vec<u64> = few.chain((0..6).map(|n| 999_999_999_999 - n)).collect();
            assert!(!may_have_duplicates(&entries(few.clone())), "{slot}");
        }
    }

    #[test]
    fn ids_that_come_as_they_come_do_not_crowd() {
        let falling = (0..20_000).map(|number: u64| 111_111_131_111 - number);
        let scattered = (0..20_000).map(|number: u64| number * 7_919 * 104_729 % 1_000_000_000_000);
        let rounded = (0..20_000).map(|number: u64| (20_000 - number) * 10_000_000);
        let stepped = (0..20_000).map(|number: u64| (20_000 - number) * 10_000);
        for ids in [falling.collect::<Vec<_>>(), scattered.collect(), rounded.collect(), stepped.collect()] {
            for count in [2, 50, 1000, 20_000] {
                assert!(!may_have_duplicates(&entries(ids[..count].iter().copied())), "{count} from {}", ids[0]);
            }
        }
    }

    #[test]
    fn room_is_made_once_for_as_many_as_an_iterator_is_trusted_with() {
        assert_eq!(BodyWriter::for_about(1000).body.capacity(), HEAD.len() + 1000 * ENTRY_LENGTH);
        assert_eq!(BodyWriter::for_about(usize::MAX).body.capacity(), HEAD.len() + (1 << 16) * ENTRY_LENGTH);
    }

    #[test]
    fn duplicates_go_and_their_memory_with_them() {
        let id = "111122223333".parse().unwrap();
        let mut writer = BodyWriter::for_about(1000);
        (0..1000).for_each(|_| writer.push(id));
        let body = writer.finish().unwrap();
        assert_eq!(account_ids(&body).collect::<Vec<_>>(), [id]);
        assert!(body.capacity() < 2 * body.len(), "{}", body.capacity());
    }
}
