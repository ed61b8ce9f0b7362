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

/// Keeps no second copy of the ids.
pub(crate) struct BodyWriter {
    body: Vec<u8>,
    written: WrittenIds,
}

impl BodyWriter {
    pub(crate) fn for_about(count: usize) -> Self {
        /// What an iterator claims beyond this is believed when it comes.
        const RESERVED_AT_MOST: usize = 1 << 16;
        let count = count.min(RESERVED_AT_MOST);
        let mut body = Vec::with_capacity(HEAD.len() + count * ENTRY_LENGTH);
        body.extend_from_slice(HEAD);
        Self { body, written: WrittenIds::for_about(count) }
    }

    #[inline]
    pub(crate) fn push(&mut self, id: AccountId) {
        if !self.written.insert(&self.body, id) {
            return;
        }
        let mut entry = [0; ENTRY_LENGTH];
        entry[..AccountId::LENGTH].copy_from_slice(id.as_bytes());
        entry[AccountId::LENGTH..].copy_from_slice(SEPARATOR);
        self.body.extend_from_slice(&entry);
    }

    /// `None` if there are no ids.
    pub(crate) fn finish(mut self) -> Option<Vec<u8>> {
        if self.body.len() == HEAD.len() {
            return None;
        }
        self.body.truncate(self.body.len() - SEPARATOR.len());
        self.body.extend_from_slice(TAIL);
        Some(self.body)
    }
}

/// Which ids a body has: a hash table of their ordinals there, since the ids themselves stand in the body.
///
/// `std`'s tables ask the system for randomness, take twice as long, and hold the ids once more. This one's hash is known to
/// whoever chooses the ids, so a table that is crowded at one place gives way to an ordered set.
struct WrittenIds {
    /// Counted from 1; 0 is a free slot. The length is a power of two, and at least a third of the slots are free.
    slots: Vec<u32>,
    count: u32,
    ordered: Option<BTreeSet<AccountId>>,
}

/// So many taken slots in a row are no accident.
const PROBES_AT_MOST: usize = 128;

impl WrittenIds {
    fn for_about(count: usize) -> Self {
        Self { slots: vec![0; (count + count / 2).next_power_of_two().max(8)], count: 0, ordered: None }
    }

    /// Whether the id is new: it is then appended to the body.
    #[inline]
    fn insert(&mut self, body: &[u8], id: AccountId) -> bool {
        if self.count as usize >= self.slots.len() / 3 * 2 && self.ordered.is_none() {
            self.grow(body);
        }
        if let Some(ordered) = &mut self.ordered {
            return ordered.insert(id);
        }
        match (self.slot_of(body, id), self.count.checked_add(1)) {
            (Some(slot), Some(ordinal)) => {
                if self.slots[slot] != 0 {
                    return false;
                }
                self.slots[slot] = ordinal;
                self.count = ordinal;
                true
            }
            _ => self.order(body).insert(id),
        }
    }

    /// The slot that has the id, or the free one that it belongs in; `None` if that is too far from where it should be.
    #[inline]
    fn slot_of(&self, body: &[u8], id: AccountId) -> Option<usize> {
        let is_other = |ordinal: u32| {
            let start = HEAD.len() + (ordinal as usize - 1) * ENTRY_LENGTH;
            body[start..start + AccountId::LENGTH] != *id.as_bytes()
        };
        let mask = self.slots.len() - 1;
        let first = hash_of(id) & mask;
        let mut at = first;
        while self.slots[at] != 0 && is_other(self.slots[at]) {
            at = (at + 1) & mask;
            if at.wrapping_sub(first) & mask >= PROBES_AT_MOST {
                return None;
            }
        }
        Some(at)
    }

    #[cold]
    fn grow(&mut self, body: &[u8]) {
        self.slots = vec![0; self.slots.len() * 2];
        for (id, ordinal) in account_ids(body).zip(1..=self.count) {
            match self.slot_of(body, id) {
                Some(slot) => self.slots[slot] = ordinal,
                None => drop(self.order(body)),
            }
        }
    }

    #[cold]
    fn order(&mut self, body: &[u8]) -> &mut BTreeSet<AccountId> {
        self.ordered.get_or_insert_with(|| account_ids(body).collect())
    }
}

#[inline]
fn hash_of(id: AccountId) -> usize {
    let (head, tail) = id.as_bytes().split_first_chunk().expect("12 is more than 8");
    let tail = u32::from_be_bytes(tail.try_into().expect("12 less 8 is 4"));
    // The digits fill every other half byte; turned by 20 bits, those of the tail fall between those of the head.
    let digits = u64::from_be_bytes(*head) ^ u64::from(tail).rotate_left(20);
    // Fibonacci hashing, twice: the multiplier is 2^64 over the golden ratio, and the upper half is the better one. Once is
    // not enough for ids with many zeros.
    let product = digits.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((product ^ (product >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids that all belong in the first of 4096 slots: what somebody would choose who knows the hash.
    fn crowded(count: usize) -> Vec<AccountId> {
        let ids = (0_u64..).map(|number| format!("{number:012}").parse::<AccountId>().unwrap());
        ids.filter(|id| hash_of(*id) & 4095 == 0).take(count).collect()
    }

    fn written(ids: &[AccountId], about: usize) -> (Vec<AccountId>, bool) {
        let mut writer = BodyWriter::for_about(about);
        ids.iter().for_each(|id| writer.push(*id));
        let is_ordered = writer.written.ordered.is_some();
        (account_ids(&writer.finish().unwrap()).collect(), is_ordered)
    }

    #[test]
    fn ids_that_crowd_one_slot_are_kept_in_order_and_once() {
        let ids = crowded(300);
        let twice: Vec<AccountId> = ids.iter().chain(&ids).copied().collect();
        // Whether the table is large enough from the beginning, or grows under them.
        for about in [2_700, 0] {
            let (kept, is_ordered) = written(&twice, about);
            assert!(is_ordered, "{about}");
            assert_eq!(kept, ids, "{about}");
        }
    }

    #[test]
    fn ids_that_come_as_they_come_stay_in_the_table() {
        let sequential = (0..20_000).map(|number: u64| number + 111_111_111_111);
        let scattered = (0..20_000).map(|number: u64| number * 7_919 * 104_729 % 1_000_000_000_000);
        let rounded = (0..20_000).map(|number: u64| number * 10_000_000);
        for numbers in [sequential.collect::<Vec<_>>(), scattered.collect(), rounded.collect()] {
            let ids: Vec<AccountId> = numbers.iter().map(|number| format!("{number:012}").parse().unwrap()).collect();
            for about in [ids.len(), 0] {
                assert_eq!(written(&ids, about), (ids.clone(), false));
            }
        }
    }
}
