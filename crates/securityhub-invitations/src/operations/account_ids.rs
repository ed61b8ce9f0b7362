//! The input of operations on a list of account ids: the JSON body `{"AccountIds":["111122223333"]}` and its hash.

use std::{fmt, num::NonZeroUsize};

use bytes::Bytes;

use crate::{
    account_id::AccountId, account_id_error::AccountIdError, hash::sha256_hex, invalid_account_ids::InvalidAccountIds,
};

const HEAD: &[u8] = br#"{"AccountIds":[""#;
const SEPARATOR: &[u8] = br#"",""#;
const TAIL: &[u8] = br#""]}"#;
/// The length of an id and of what follows it: the separator and the tail have the same length.
const ENTRY_LENGTH: usize = AccountId::LENGTH + SEPARATOR.len();
const _: () = assert!(SEPARATOR.len() == TAIL.len());

/// One or more distinct account ids as the body of a request. Clones share it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct AccountIds {
    body: Bytes,
    payload_hash: [u8; 64],
}

impl AccountIds {
    pub(super) fn parse<I>(account_ids: I) -> Result<Self, InvalidAccountIds>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let mut invalid: Vec<(usize, AccountIdError)> = Vec::new();
        let ids = account_ids.into_iter();
        let mut body = empty_body(ids.size_hint().0);
        for (index, id) in ids.enumerate() {
            let id = id.as_ref();
            match AccountId::from_bytes(id.as_bytes()) {
                Some(id) => push(&mut body, id),
                None => invalid.push((index, AccountIdError::new(id))),
            }
        }
        if invalid.is_empty() { Self::finish(body) } else { Err(InvalidAccountIds::new(invalid)) }
    }

    pub(super) fn new(account_ids: impl IntoIterator<Item = AccountId>) -> Result<Self, InvalidAccountIds> {
        let ids = account_ids.into_iter();
        let mut body = empty_body(ids.size_hint().0);
        ids.for_each(|id| push(&mut body, id));
        Self::finish(body)
    }

    /// Splits a list into inputs of at most `length` ids. Each id appears once in all of them.
    pub(super) fn chunks(
        account_ids: impl IntoIterator<Item = AccountId>,
        length: NonZeroUsize,
    ) -> impl ExactSizeIterator<Item = Self> {
        let distinct = Self::new(account_ids).map(|all| all.iter().collect::<Vec<_>>()).unwrap_or_default();
        let count = distinct.len().div_ceil(length.get());
        (0..count).map(move |chunk| {
            let start = chunk * length.get();
            let end = start.saturating_add(length.get()).min(distinct.len());
            Self::new(distinct[start..end].iter().copied()).expect("a chunk has at least one id")
        })
    }

    fn finish(mut body: Vec<u8>) -> Result<Self, InvalidAccountIds> {
        if body.len() == HEAD.len() {
            return Err(InvalidAccountIds::empty_list());
        }
        remove_duplicates(&mut body);
        let separator = body.last_chunk_mut::<{ TAIL.len() }>().expect("an entry ends with a separator");
        separator.copy_from_slice(TAIL);
        let payload_hash = sha256_hex(&body);
        Ok(Self { body: body.into(), payload_hash })
    }

    pub(super) fn body(&self) -> &Bytes {
        &self.body
    }

    pub(super) fn payload_hash(&self) -> &[u8; 64] {
        &self.payload_hash
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = AccountId> {
        self.body[HEAD.len()..].chunks_exact(ENTRY_LENGTH).map(id_of_entry)
    }
}

/// Shows the number of ids instead of the ids: there can be thousands.
impl fmt::Debug for AccountIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} account ids]", self.iter().len())
    }
}

fn id_of_entry(entry: &[u8]) -> AccountId {
    AccountId::from_bytes(&entry[..AccountId::LENGTH]).expect("the body consists of account ids")
}

fn empty_body(count: usize) -> Vec<u8> {
    /// An iterator's claim beyond this is believed when the ids arrive.
    const MOST_RESERVED: usize = 1 << 16;
    let mut body = Vec::with_capacity(HEAD.len() + count.min(MOST_RESERVED) * ENTRY_LENGTH);
    body.extend_from_slice(HEAD);
    body
}

#[inline]
fn push(body: &mut Vec<u8>, id: AccountId) {
    body.extend_from_slice(id.as_bytes());
    body.extend_from_slice(SEPARATOR);
}

/// Removes every entry whose id occurs earlier in the body.
fn remove_duplicates(body: &mut Vec<u8>) {
    let entries = body[HEAD.len()..].chunks_exact(ENTRY_LENGTH);
    // Most lists are sorted, and then nothing has to be compared.
    if entries.clone().is_sorted_by(|entry, next| halves(entry) < halves(next)) {
        return;
    }
    let repeated = repeated_entries(entries);
    if repeated.is_empty() {
        return;
    }
    let count = (body.len() - HEAD.len()) / ENTRY_LENGTH;
    let mut repeated = repeated.into_iter().peekable();
    let mut end = HEAD.len();
    for index in 0..count {
        if repeated.next_if_eq(&index).is_none() {
            let start = HEAD.len() + index * ENTRY_LENGTH;
            body.copy_within(start..start + ENTRY_LENGTH, end);
            end += ENTRY_LENGTH;
        }
    }
    body.truncate(end);
    body.shrink_to_fit();
}

/// Returns the indices of all entries whose id occurs earlier, in ascending order.
///
/// A bitmap finds the few ids that can be equal, and sorting compares those. In the worst case, all ids are sorted.
fn repeated_entries<'b>(entries: impl ExactSizeIterator<Item = &'b [u8]> + Clone) -> Vec<usize> {
    /// Bits of the map for each entry. About one entry in 64 shares its bit with another by chance.
    const BITS_PER_ENTRY: usize = 32;
    /// 2^64 divided by the golden ratio, which spreads neighbouring numbers.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let words = (entries.len() * BITS_PER_ENTRY / 64).next_power_of_two().max(2);
    // Not of a usize, which can have 32 bits.
    let unused_bits = (words as u64 * 64).leading_zeros() + 1;
    let place = |entry: &[u8]| {
        let (first, last) = halves(entry);
        let hash = first.wrapping_mul(SPREAD) ^ u64::from(last).wrapping_mul(SPREAD.rotate_left(32));
        let bit = hash >> unused_bits;
        ((bit / 64) as usize, 1_u64 << (bit % 64))
    };
    let (mut taken, mut shared) = (vec![0_u64; words], vec![0_u64; words]);
    let mut collisions = 0;
    for entry in entries.clone() {
        let (word, bit) = place(entry);
        if taken[word] & bit != 0 {
            shared[word] |= bit;
            collisions += 1;
        }
        taken[word] |= bit;
    }
    if collisions == 0 {
        return Vec::new();
    }
    let candidates = entries.zip(0..).filter(|(entry, _)| {
        let (word, bit) = place(entry);
        shared[word] & bit != 0
    });
    let candidates = candidates.map(|(entry, index)| (halves(entry), index));
    // Each collision adds at most two candidates: itself, and the first entry of its bit.
    let mut sorted: Vec<((u64, u32), usize)> = Vec::with_capacity(2 * collisions);
    sorted.extend(candidates);
    sorted.sort_unstable();
    let equal = sorted.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    let mut repeated: Vec<usize> = equal.map(|pair| pair[1].1).collect();
    repeated.sort_unstable();
    repeated
}

/// The digits of an entry's id as two numbers that order like the id.
#[inline]
fn halves(entry: &[u8]) -> (u64, u32) {
    let first = *entry.first_chunk().expect("an entry starts with 12 digits");
    let last = *entry[8..].first_chunk().expect("an entry starts with 12 digits");
    (u64::from_be_bytes(first), u32::from_be_bytes(last))
}
