//! A line to PostgreSQL that listens: which statements a server asks for, in their order.
//!
//! It reads the messages of the client's side only (PostgreSQL's documentation, "Message Formats").

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// The line, and what was asked over it.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    /// A line to the database at `url`, as the test server's addresses are written.
    pub(super) async fn to(url: &str) -> Self {
        let (sign_in, rest) = url.split_once('@').expect("the address has a user");
        let (server, name) = rest.split_once('/').expect("the address has a database");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let here = listener.local_addr().expect("a bound listener has an address");
        let wire = Self { url: format!("{sign_in}@{here}/{name}?sslmode=disable"), asked: Arc::default() };
        tokio::spawn(wire.clone().serve(listener, server.to_owned()));
        wire
    }

    /// The database, by way of this line.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The statements since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        mem::take(&mut *self.asked.lock().unwrap())
    }

    async fn serve(self, listener: TcpListener, server: String) {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.expect("the database is there");
            let ((from_client, mut to_client), (mut from_server, to_server)) =
                (client.into_split(), server.into_split());
            tokio::spawn(listen(from_client, to_server, Arc::clone(&self.asked)));
            tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
        }
    }
}

async fn listen(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, asked: Arc<Mutex<Vec<String>>>) {
    let (mut buffer, mut ear) = (vec![0; 65_536], Ear::default());
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        ear.hear(&buffer[..length]);
        // Before it is passed on: whoever has the answer finds the question here.
        asked.lock().unwrap().append(&mut ear.asked);
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// What one connection said so far.
#[derive(Default)]
struct Ear {
    unread: Vec<u8>,
    has_begun: bool,
    prepared: HashMap<String, String>,
    bound: String,
    asked: Vec<String>,
}

impl Ear {
    fn hear(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
        loop {
            // The first message has no kind.
            let kind = usize::from(self.has_begun);
            let Some(length) = self.unread.get(kind..kind + 4) else { return };
            let end = kind + usize::try_from(u32::from_be_bytes(length.try_into().unwrap())).unwrap();
            if self.unread.len() < end {
                return;
            }
            let rest = self.unread.split_off(end);
            let message = mem::replace(&mut self.unread, rest);
            if mem::replace(&mut self.has_begun, true) {
                self.understand(message[0], &message[5..]);
            }
        }
    }

    fn understand(&mut self, kind: u8, content: &[u8]) {
        let mut texts = content.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
        let (first, second) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
        match kind {
            // Parse: a name, and the statement it stands for.
            b'P' => _ = self.prepared.insert(first, second),
            // Bind: a portal, and the name of its statement.
            b'B' => self.bound = self.prepared.get(&second).cloned().unwrap_or_default(),
            // Execute.
            b'E' => self.asked.push(self.bound.clone()),
            // A simple query.
            b'Q' => self.asked.push(first),
            _ => {}
        }
    }
}
