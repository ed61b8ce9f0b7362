//! [`Grouped`]: a number as people read it.

use std::fmt;

/// A number with a comma before each group of three digits, for example `81,600`. Honours the formatter's width.
pub(crate) struct Grouped(pub(crate) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.char_indices() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.pad(&grouped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_three_digits() {
        for (number, expected) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (81_600, "81,600"), (1_234_567, "1,234,567")]
        {
            assert_eq!(Grouped(number).to_string(), expected);
        }
    }
}
