//! SHA-256 in hexadecimal.

/// A SHA-256 or a signature in hexadecimal.
///
/// Three of them make a signature. In this form the compiler turns many bytes at once; `hex` goes byte by byte, and took a
/// tenth of the time of a signed request.
pub(crate) fn hex_of(hash: &[u8; 32]) -> [u8; 64] {
    let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(hash) {
        pair[0] = digit(byte >> 4);
        pair[1] = digit(byte & 15);
    }
    digits
}
