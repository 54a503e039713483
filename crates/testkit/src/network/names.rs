//! A name server in a room: it knows a few names, and answers for no other (RFC 1035 section 4.1).

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::Context as _;

use super::Room;

/// How often it is looked whether it is to end.
const LOOK: Duration = Duration::from_millis(100);

/// The header's length, before the question.
const HEADER: usize = 12;

/// Answered; recursion was available; no error.
const ANSWERED: [u8; 2] = [0x81, 0x80];

/// The same, and there is no such name.
const NO_SUCH_NAME: [u8; 2] = [0x81, 0x83];

/// A name server at port 53 of a room's own loopback. It ends when it is dropped.
#[derive(Debug)]
pub struct NameServer {
    is_over: Arc<AtomicBool>,
    asked: Arc<AtomicU32>,
}

impl NameServer {
    /// Answers for `names` in `room`, which has to be apart.
    ///
    /// # Errors
    /// When the port is taken, or may not be had.
    pub fn start(room: &Room, names: &[(&str, Ipv4Addr)]) -> anyhow::Result<Self> {
        let socket =
            room.inside(|| UdpSocket::bind((Ipv4Addr::LOCALHOST, 53)).context("be a name server in a room"))?;
        socket.set_read_timeout(Some(LOOK)).context("look up now and then")?;
        let names: Vec<(Vec<u8>, Ipv4Addr)> = names.iter().map(|(name, address)| (encoded(name), *address)).collect();
        let (is_over, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let (ends, counts) = (Arc::clone(&is_over), Arc::clone(&asked));
        thread::spawn(move || {
            let mut question = [0; 512];
            while !ends.load(Ordering::Relaxed) {
                match socket.recv_from(&mut question) {
                    Ok((length, from)) => {
                        counts.fetch_add(1, Ordering::Relaxed);
                        let answer = question.get(..length).and_then(|question| answer(question, &names));
                        // Whoever asks nonsense, or has gone, is owed nothing.
                        let _ = answer.map(|answer| socket.send_to(&answer, from));
                    }
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                    Err(_) => return,
                }
            }
        });
        Ok(Self { is_over, asked })
    }

    /// How often it was asked so far.
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// A name as it stands in a question: each label after its length, and an empty one.
fn encoded(name: &str) -> Vec<u8> {
    let label = |label: &str| {
        let length = u8::try_from(label.len()).expect("a label has at most 63 bytes");
        [&[length], label.as_bytes()].concat()
    };
    name.split('.').map(label).chain([vec![0]]).flatten().collect()
}

/// The answer to `question`, which is one name, its type and its class.
fn answer(question: &[u8], names: &[(Vec<u8>, Ipv4Addr)]) -> Option<Vec<u8>> {
    let id = question.get(..2)?;
    let end = HEADER + question.get(HEADER..)?.iter().position(|byte| *byte == 0)? + 1;
    let (name, kind) = (question.get(HEADER..end)?, question.get(end..end + 2)?);
    let asked = question.get(HEADER..end + 4)?;
    let found = names.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    // Only addresses of IPv4 are known; a name that is there has none of any other kind.
    let record = found.filter(|_| kind == [0, 1]);
    let code = if found.is_some() { ANSWERED } else { NO_SUCH_NAME };
    let count = [0, u8::from(record.is_some())];
    let mut answer = [id, &code, &[0, 1], &count, &[0, 0, 0, 0], asked].concat();
    if let Some((_, address)) = record {
        // The name of the question again, A, IN, good for no time at all, four bytes.
        answer.extend([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        answer.extend(address.octets());
    }
    Some(answer)
}
