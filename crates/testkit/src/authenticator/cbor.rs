//! Writing CBOR (RFC 8949), as authenticators do: the other half of what the product only reads.

/// A head: what kind of thing, and how long it is or which number.
pub fn head(kind: u8, number: u64) -> Vec<u8> {
    let kind = kind << 5;
    let bytes = number.to_be_bytes();
    let (short, length) = match number {
        0..24 => return vec![kind | bytes[7]],
        24..0x100 => (24, 1),
        0x100..0x1_0000 => (25, 2),
        0x1_0000..0x1_0000_0000 => (26, 4),
        _ => (27, 8),
    };
    let tail = bytes.into_iter().skip(bytes.len() - length);
    std::iter::once(kind | short).chain(tail).collect()
}

/// A whole number.
pub fn integer(number: i64) -> Vec<u8> {
    let magnitude = if number < 0 { -1 - number } else { number };
    head(u8::from(number < 0), magnitude.unsigned_abs())
}

/// Bytes.
pub fn bytes(bytes: &[u8]) -> Vec<u8> {
    [head(2, length(bytes.len())).as_slice(), bytes].concat()
}

/// Text.
pub fn text(text: &str) -> Vec<u8> {
    [head(3, length(text.len())).as_slice(), text.as_bytes()].concat()
}

/// A list of what was written already.
pub fn list(entries: &[Vec<u8>]) -> Vec<u8> {
    [head(4, length(entries.len())), entries.concat()].concat()
}

/// A map of what was written already.
pub fn map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let written = entries.iter().flat_map(|(key, value)| [key.as_slice(), value.as_slice()].concat());
    head(5, length(entries.len())).into_iter().chain(written).collect()
}

fn length(length: usize) -> u64 {
    u64::try_from(length).expect("a length fits into 64 bits")
}
