//! Proving that nothing was changed, removed or moved within a record.

use std::io::{self, BufRead};

use super::{Line, hash, nothing};

/// The first word of each process.
pub(super) const BEGIN: &str = "begin";

/// What a record proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Its lines.
    pub lines: u64,
    /// How often a process began. In a file, each goes on with the chain of the one before; from stdout, each begins a chain.
    pub begun: u64,
    /// Chains that begin with nothing before them: one in a file.
    pub chains: u64,
    /// Numbers of lines that were cut off when a process died, and count as they are.
    pub torn: Vec<u64>,
    /// Hash of the last line: whoever kept it elsewhere knows that nothing is missing at the end.
    pub head: String,
}

/// Why a record proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// It cannot be read.
    #[error("it cannot be read")]
    Unreadable(#[from] io::Error),
    /// A line is none of ours.
    #[error("line {line} cannot be understood: {why}")]
    Odd {
        /// Its number, from 1.
        line: u64,
        /// Why.
        why: String,
    },
    /// A line does not follow the one before it.
    #[error("line {line} does not follow line {}: something was changed, removed or put in there", line - 1)]
    Unlinked {
        /// Its number.
        line: u64,
    },
    /// The last line is not whole, and no process began after it.
    #[error("line {line} is not whole: the process died while it wrote it, and none began after that")]
    Torn {
        /// Its number.
        line: u64,
    },
    /// There is nothing.
    #[error("it is empty")]
    Empty,
}

/// Reads a record from its first line.
pub fn verify(record: impl BufRead) -> Result<Proven, Broken> {
    let mut proven = Proven { lines: 0, begun: 0, chains: 0, torn: Vec::new(), head: nothing() };
    let mut odd: Option<String> = None;
    for line in record.split(b'\n') {
        let line = line?;
        proven.lines += 1;
        let number = proven.lines;
        let read = serde_json::from_slice::<Line>(&line);
        if let (Some(why), Ok(next)) = (odd.take(), &read)
            && (next.operation != BEGIN || next.previous != proven.head)
        {
            return Err(Broken::Odd { line: number - 1, why });
        }
        match read {
            Ok(read) => {
                let is_begin = read.operation == BEGIN;
                let is_first = is_begin && read.previous == nothing();
                if read.previous != proven.head && !is_first {
                    return Err(Broken::Unlinked { line: number });
                }
                proven.begun += u64::from(is_begin);
                proven.chains += u64::from(is_first);
            }
            // Cut off by a crash, if a process begins right after it.
            Err(error) => {
                if let Some(before) = proven.torn.last()
                    && *before == number - 1
                {
                    return Err(Broken::Odd { line: number - 1, why: error.to_string() });
                }
                proven.torn.push(number);
                odd = Some(error.to_string());
            }
        }
        proven.head = hash(&line);
    }
    match (proven.lines, odd) {
        (0, _) => Err(Broken::Empty),
        (line, Some(_)) => Err(Broken::Torn { line }),
        (_, None) => Ok(proven),
    }
}
