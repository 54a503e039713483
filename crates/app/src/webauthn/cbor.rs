//! CBOR (RFC 8949) as authenticators write it: CTAP2's canonical form, which has only definite lengths, each number in its
//! shortest form, no tags and no fractions. The order of a map's keys is not looked at: some write it otherwise.

use std::fmt;

/// Maps and lists inside each other, at most: CTAP 2.2 section 8.
const DEEPEST: u8 = 4;

/// The bytes are no such CBOR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no canonical CBOR")]
pub struct InvalidCbor;

/// A value, borrowed from the bytes that it was read from.
#[derive(Clone, PartialEq, Eq)]
pub enum Cbor<'bytes> {
    /// A whole number.
    Integer(i64),
    /// Bytes.
    Bytes(&'bytes [u8]),
    /// Text.
    Text(&'bytes str),
    /// A list.
    List(Vec<Self>),
    /// A map, in the order it was written; each key is there once.
    Map(Vec<(Self, Self)>),
    /// True or false.
    Boolean(bool),
    /// Nothing.
    Null,
}

/// Shows the kind only: keys and signatures are long, and ids of credentials tell who somebody is.
impl fmt::Debug for Cbor<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Integer(_) => "integer",
            Self::Bytes(_) => "bytes",
            Self::Text(_) => "text",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Boolean(_) => "boolean",
            Self::Null => "null",
        })
    }
}

impl<'bytes> Cbor<'bytes> {
    /// Reads bytes that are one value and nothing after it.
    pub fn read(bytes: &'bytes [u8]) -> Result<Self, InvalidCbor> {
        match Self::read_first(bytes)? {
            (value, []) => Ok(value),
            _ => Err(InvalidCbor),
        }
    }

    /// Reads the value that the bytes begin with; gives what is left, too.
    pub fn read_first(bytes: &'bytes [u8]) -> Result<(Self, &'bytes [u8]), InvalidCbor> {
        let mut reader = Reader(bytes);
        let value = reader.value(0)?;
        Ok((value, reader.0))
    }

    /// The value of a map for a number.
    pub fn numbered(&self, key: i64) -> Option<&Self> {
        self.entry(&Self::Integer(key))
    }

    /// The value of a map for a name.
    pub fn named(&self, key: &str) -> Option<&Self> {
        self.entry(&Cbor::Text(key))
    }

    fn entry(&self, wanted: &Cbor<'_>) -> Option<&Self> {
        self.entries()?.iter().find(|(key, _)| key == wanted).map(|(_, value)| value)
    }

    /// The entries of a map.
    pub fn entries(&self) -> Option<&[(Self, Self)]> {
        if let Self::Map(entries) = self { Some(entries) } else { None }
    }

    /// The number.
    pub const fn integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }

    /// The bytes.
    pub const fn bytes(&self) -> Option<&'bytes [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    /// The text.
    pub const fn text(&self) -> Option<&'bytes str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

struct Reader<'bytes>(&'bytes [u8]);

impl<'bytes> Reader<'bytes> {
    /// A value inside `depth` maps and lists.
    fn value(&mut self, depth: u8) -> Result<Cbor<'bytes>, InvalidCbor> {
        let first = self.byte()?;
        let (kind, short) = (first >> 5, first & 0x1f);
        if kind == 7 {
            return match short {
                20 => Ok(Cbor::Boolean(false)),
                21 => Ok(Cbor::Boolean(true)),
                22 => Ok(Cbor::Null),
                _ => Err(InvalidCbor),
            };
        }
        let number = self.number(short)?;
        match kind {
            0 => i64::try_from(number).map(Cbor::Integer).map_err(|_| InvalidCbor),
            1 => i64::try_from(number).map(|number| Cbor::Integer(-1 - number)).map_err(|_| InvalidCbor),
            2 => self.take(number).map(Cbor::Bytes),
            3 => str::from_utf8(self.take(number)?).map(Cbor::Text).map_err(|_| InvalidCbor),
            4 if depth < DEEPEST => self.list(number, depth + 1),
            5 if depth < DEEPEST => self.map(number, depth + 1),
            _ => Err(InvalidCbor),
        }
    }

    /// The number of a head, in no more bytes than it needs.
    fn number(&mut self, short: u8) -> Result<u64, InvalidCbor> {
        let (length, least) = match short {
            0..=23 => return Ok(u64::from(short)),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return Err(InvalidCbor),
        };
        let bytes = self.take(length)?.iter();
        let number = bytes.fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        if number < least { Err(InvalidCbor) } else { Ok(number) }
    }

    fn list(&mut self, length: u64, depth: u8) -> Result<Cbor<'bytes>, InvalidCbor> {
        // Nothing is set aside for what is only announced: each entry takes a byte that has to be there.
        let mut entries = Vec::new();
        for _ in 0..length {
            entries.push(self.value(depth)?);
        }
        Ok(Cbor::List(entries))
    }

    fn map(&mut self, length: u64, depth: u8) -> Result<Cbor<'bytes>, InvalidCbor> {
        let mut entries: Vec<(Cbor<'bytes>, Cbor<'bytes>)> = Vec::new();
        for _ in 0..length {
            let key @ (Cbor::Integer(_) | Cbor::Text(_)) = self.value(depth)? else { return Err(InvalidCbor) };
            if entries.iter().any(|(known, _)| *known == key) || entries.len() == MOST_ENTRIES {
                return Err(InvalidCbor);
            }
            entries.push((key, self.value(depth)?));
        }
        Ok(Cbor::Map(entries))
    }

    fn byte(&mut self) -> Result<u8, InvalidCbor> {
        let (first, rest) = self.0.split_first().ok_or(InvalidCbor)?;
        self.0 = rest;
        Ok(*first)
    }

    fn take(&mut self, length: u64) -> Result<&'bytes [u8], InvalidCbor> {
        let length = usize::try_from(length).map_err(|_| InvalidCbor)?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(InvalidCbor)?;
        self.0 = rest;
        Ok(taken)
    }
}

/// Entries of one map: keys and statements have ten at most, and each is held against those before it.
const MOST_ENTRIES: usize = 64;
