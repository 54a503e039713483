//! A mail server on loopback that keeps what it is sent, and can be away.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
};

/// A mail that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Whom it is for.
    pub to: String,
    /// Its head and text, with lines that were broken for the way put together (RFC 2045, section 6.7).
    pub text: String,
}

/// The mail server. It speaks as much of SMTP (RFC 5321) as sending needs.
#[derive(Debug)]
pub struct MailBox {
    address: SocketAddr,
    is_away: Arc<AtomicBool>,
    came: mpsc::UnboundedReceiver<Mail>,
    serving: JoinHandle<()>,
}

impl MailBox {
    /// Starts one on a free port.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let (address, is_away) = (listener.local_addr()?, Arc::new(AtomicBool::new(false)));
        let (put, came) = mpsc::unbounded_channel();
        let away = Arc::clone(&is_away);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Whoever hangs up in the middle has sent nothing.
                tokio::spawn(serve(stream, Arc::clone(&away), put.clone()));
            }
        });
        Ok(Self { address, is_away, came, serving })
    }

    /// What the setting for the mail server has to say.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Whether it takes no mail for now.
    pub fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::SeqCst);
    }

    /// What came since the last call, in order. What was answered as sent has come.
    pub fn take(&mut self) -> Vec<Mail> {
        std::iter::from_fn(|| self.came.try_recv().ok()).collect()
    }
}

impl Drop for MailBox {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(stream: TcpStream, is_away: Arc<AtomicBool>, put: mpsc::UnboundedSender<Mail>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 ready\r\n").await?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await? {
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-mailbox\r\n250 8BITMIME\r\n",
            "MAIL" if is_away.load(Ordering::SeqCst) => b"451 try again later\r\n",
            "RCPT" => {
                line.split(['<', '>']).nth(1).unwrap_or_default().clone_into(&mut to);
                b"250 fine\r\n"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push('\n');
                }
                // Nobody looks any more when the test is over.
                let _ = put.send(Mail { to: std::mem::take(&mut to), text: text.replace("=\n", "") });
                b"250 kept\r\n"
            }
            "QUIT" => return write.write_all(b"221 bye\r\n").await,
            _ => b"250 fine\r\n",
        };
        write.write_all(answer).await?;
    }
    Ok(())
}
