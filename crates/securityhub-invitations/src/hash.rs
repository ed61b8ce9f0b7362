//! SHA-256 in hexadecimal.

use sha2::{Digest, Sha256};

/// The hash of an empty payload.
pub(crate) const EMPTY_SHA256: [u8; 64] = *b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Returns the hash of the bytes as lower-case hexadecimal digits.
pub(crate) fn sha256_hex(bytes: &[u8]) -> [u8; 64] {
    hex(&Sha256::digest(bytes).into())
}

/// Returns a SHA-256 or a signature as lower-case hexadecimal digits.
pub(crate) fn hex(hash: &[u8; 32]) -> [u8; 64] {
    let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
    let mut digits = [0; 64];
    // The compiler turns this loop into vector instructions. A request needs three of these strings.
    for (pair, byte) in digits.chunks_exact_mut(2).zip(hash) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_every_byte() {
        for start in (0..=u8::MAX).step_by(32) {
            let bytes: [u8; 32] = std::array::from_fn(|n| start + u8::try_from(n).unwrap());
            assert_eq!(hex(&bytes).as_slice(), hex::encode(bytes).as_bytes());
        }
    }

    #[test]
    fn hashes_are_in_lower_case() {
        assert_eq!(sha256_hex(b""), EMPTY_SHA256);
        assert_eq!(sha256_hex(b"{}"), *b"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }
}
