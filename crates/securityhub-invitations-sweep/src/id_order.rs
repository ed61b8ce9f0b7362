//! [`IdOrder`]: finds entries by their id, in four bytes for each.

use securityhub_invitations::AccountId;

use crate::ledger::EntryCells;

/// The numbers of entries, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdOrder(Vec<u32>);

impl IdOrder {
    pub(crate) fn new(entries: &[EntryCells]) -> Self {
        let mut order: Vec<u32> = (0..).zip(entries).map(|(number, _)| number).collect();
        order.sort_unstable_by_key(|number| entries[*number as usize].id);
        Self(order)
    }

    /// Returns the number of the entry with this id.
    pub(crate) fn find(&self, entries: &[EntryCells], id: AccountId) -> Option<u32> {
        let position = self.0.binary_search_by_key(&id, |number| entries[*number as usize].id);
        position.ok().map(|position| self.0[position])
    }

    /// Adds entries that are not part of the order. `numbers` is sorted by their ids.
    pub(crate) fn insert(&mut self, entries: &[EntryCells], numbers: &[u32]) {
        let mut old_end = self.0.len();
        self.0.resize(old_end + numbers.len(), 0);
        let mut end = self.0.len();
        // From the back, so that everything moves once.
        for &number in numbers.iter().rev() {
            let id = entries[number as usize].id;
            let start = self.0[..old_end].partition_point(|old| entries[*old as usize].id < id);
            end -= old_end - start;
            self.0.copy_within(start..old_end, end);
            old_end = start;
            end -= 1;
            self.0[end] = number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;

    #[test]
    fn finds_entries_inserted_in_any_order() {
        let mut entries: Vec<EntryCells> = Vec::new();
        let mut order = IdOrder::new(&entries);
        for page in 0..40_u64 {
            let mut numbers = Vec::new();
            for n in 0..7 {
                // 283 is prime, so no id repeats.
                let id = format!("{:012}", (page * 7 + n) * 101 % 283).parse().expect("12 digits");
                numbers.push(u32::try_from(entries.len()).expect("it is small"));
                entries.push(EntryCells { id, decline: Cell::PENDING, delete: Cell::PENDING });
            }
            numbers.sort_by_key(|number| entries[*number as usize].id);
            order.insert(&entries, &numbers);
        }
        assert!(order.0.is_sorted_by_key(|number| entries[*number as usize].id));
        for (number, entry) in (0..).zip(&entries) {
            assert_eq!(order.find(&entries, entry.id), Some(number));
        }
        assert_eq!(order.find(&entries, "000000000999".parse().expect("12 digits")), None);
    }
}
