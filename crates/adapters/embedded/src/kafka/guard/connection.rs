//! One client and its connection to the broker.

use std::collections::HashMap;
use std::io::{Error, Result};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, copy_buf};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

use super::request::{self, Head, Member};
use super::{ENDING, Waiting};

/// Bytes of what is read whole: requests of members, answers that are changed.
const WHOLE: usize = 16 << 20;
/// Answers that are waited for.
const OPEN: usize = 1_000;
const BUFFER: usize = 64 << 10;

pub(super) struct Connection {
    address: SocketAddr,
    broker: SocketAddr,
    waiting: Waiting,
    /// By correlation id, the answers that matter.
    open: Mutex<HashMap<i32, Answer>>,
}

enum Answer {
    /// Has the broker's address.
    Address,
    /// Has the requests that the broker understands.
    Versions,
    /// A member waits for it.
    To(Member),
}

impl Connection {
    pub(super) fn new(address: SocketAddr, broker: SocketAddr, waiting: Waiting) -> Self {
        Self {
            address,
            broker,
            waiting,
            open: Mutex::default(),
        }
    }

    /// Until one of them ends the connection, or sends what must not pass.
    pub(super) async fn serve(&self, mut client: TcpStream) -> Result<()> {
        client.set_nodelay(true)?;
        let mut broker = TcpStream::connect(self.broker).await?;
        broker.set_nodelay(true)?;
        let ended = {
            let (from_client, to_client) = client.split();
            let (from_broker, to_broker) = broker.split();
            tokio::select! {
                ended = self.requests(from_client, to_broker) => ended,
                ended = self.answers(from_broker, to_client) => ended,
            }
        };
        drop((client, broker));
        let left: Vec<_> = self.open().drain().collect();
        if left
            .iter()
            .any(|(_, answer)| matches!(answer, Answer::To(_)))
        {
            tokio::time::sleep(ENDING).await;
        }
        for (_, answer) in left {
            self.close(&answer);
        }
        ended
    }

    async fn requests(&self, client: ReadHalf<'_>, mut broker: WriteHalf<'_>) -> Result<()> {
        let mut client = BufReader::with_capacity(BUFFER, client);
        loop {
            let mut bytes = [0; request::HEAD];
            client.read_exact(&mut bytes).await?;
            let head = Head::parse(bytes).ok_or_else(|| Error::other("no such request passes"))?;
            let (member, body) = match head.key {
                request::JOIN_GROUP | request::SYNC_GROUP => {
                    let body = whole(&mut client, head.rest).await?;
                    let member = request::member(head, &body)
                        .ok_or_else(|| Error::other("a broken request of a member"))?;
                    (Some(member), Some(body))
                }
                _ => (None, None),
            };
            self.expect(head, member)?;
            broker.write_all(&bytes).await?;
            match body {
                Some(body) => broker.write_all(&body).await?,
                None => pass(&mut client, &mut broker, head.rest).await?,
            }
        }
    }

    async fn answers(&self, broker: ReadHalf<'_>, mut client: WriteHalf<'_>) -> Result<()> {
        let mut broker = BufReader::with_capacity(BUFFER, broker);
        loop {
            let (size, correlation) = (broker.read_i32().await?, broker.read_i32().await?);
            let rest = usize::try_from(size).map_err(Error::other)?;
            let rest = rest.saturating_sub(4);
            let answer = self.open().remove(&correlation);
            let changed = match &answer {
                Some(Answer::Address) => {
                    let mut body = whole(&mut broker, rest).await?;
                    replace(&mut body, self.broker, self.address);
                    Some(body)
                }
                Some(Answer::Versions) => {
                    let body = whole(&mut broker, rest).await?;
                    Some(request::versions(&body).unwrap_or(body))
                }
                Some(Answer::To(_)) | None => None,
            };
            if let Some(answer) = answer {
                self.close(&answer);
            }
            let rest = changed.as_ref().map_or(rest, Vec::len);
            let size = i32::try_from(rest + 4).map_err(Error::other)?;
            let mut head = [0; 8];
            head[..4].copy_from_slice(&size.to_be_bytes());
            head[4..].copy_from_slice(&correlation.to_be_bytes());
            client.write_all(&head).await?;
            match changed {
                Some(body) => client.write_all(&body).await?,
                None => pass(&mut broker, &mut client, rest).await?,
            }
        }
    }

    /// Notes what the answer to a request will be.
    fn expect(&self, head: Head, member: Option<Member>) -> Result<()> {
        let answer = match (head.key, member) {
            (request::METADATA | request::FIND_COORDINATOR, _) => Answer::Address,
            (request::API_VERSIONS, _) => Answer::Versions,
            // Who has no name yet is given one.
            (_, Some(member)) if !member.1.is_empty() => {
                if !self.waiting.enter(&member) {
                    return Err(Error::other("the member waits for an answer already"));
                }
                Answer::To(member)
            }
            _ => return Ok(()),
        };
        let mut open = self.open();
        if open.len() >= OPEN || open.contains_key(&head.correlation) {
            drop(open);
            self.close(&answer);
            return Err(Error::other("too many requests wait for an answer"));
        }
        open.insert(head.correlation, answer);
        Ok(())
    }

    fn close(&self, answer: &Answer) {
        if let Answer::To(member) = answer {
            self.waiting.leave(member);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<i32, Answer>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the port of one address in place of the other's, where it follows the host. There is one
/// broker, which stands before all names of topics.
fn replace(body: &mut [u8], old: SocketAddr, new: SocketAddr) {
    let host = old.ip().to_string();
    let port = |address: SocketAddr| i32::from(address.port()).to_be_bytes();
    let pattern = [host.as_bytes(), &port(old)].concat();
    let found = body
        .windows(pattern.len())
        .position(|window| window == pattern);
    if let Some(at) = found {
        body[at + host.len()..][..4].copy_from_slice(&port(new));
    }
}

async fn whole(from: &mut (impl AsyncRead + Unpin), bytes: usize) -> Result<Vec<u8>> {
    if bytes > WHOLE {
        return Err(Error::other("it is larger than what is read whole"));
    }
    let mut read = Vec::new();
    from.take(bytes as u64).read_to_end(&mut read).await?;
    match read.len() == bytes {
        true => Ok(read),
        false => Err(std::io::ErrorKind::UnexpectedEof.into()),
    }
}

async fn pass<R: AsyncRead + Unpin>(
    from: &mut BufReader<R>,
    to: &mut (impl AsyncWrite + Unpin),
    bytes: usize,
) -> Result<()> {
    let passed = copy_buf(&mut from.take(bytes as u64), to).await?;
    match passed == bytes as u64 {
        true => Ok(()),
        false => Err(std::io::ErrorKind::UnexpectedEof.into()),
    }
}
