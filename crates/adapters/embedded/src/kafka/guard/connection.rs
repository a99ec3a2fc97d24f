//! One client and its connection to the broker.

use std::collections::HashMap;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, copy_buf};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

use super::groups::Groups;
use super::request::{self, HEAD, Head, Member, Request};

/// Maximum size of a response that is rewritten.
const CHANGED: usize = 16 << 20;
/// Size of the buffer that a connection keeps for its next request and allocates in advance.
const KEPT: usize = 2 << 20;
/// Maximum number of outstanding responses per connection.
const OPEN: usize = 100_000;
const BUFFER: usize = 64 << 10;
/// The smallest request: ApiVersions.
const SMALLEST: [u8; 14] = *b"\0\0\0\x0a\0\x12\0\0\0\0\0\0\xff\xff";

pub(super) struct Connection {
    address: SocketAddr,
    broker: SocketAddr,
    groups: Groups,
    /// Outstanding responses by correlation id.
    open: Mutex<HashMap<i32, Answer>>,
}

enum Answer {
    /// Contains the broker's address.
    Address,
    /// Contains the broker's supported API versions.
    Versions,
    /// A group member waits for it.
    To(Member),
    /// Is forwarded unchanged.
    Other,
}

impl Connection {
    pub(super) fn new(address: SocketAddr, broker: SocketAddr, groups: Groups) -> Self {
        Self {
            address,
            broker,
            groups,
            open: Mutex::default(),
        }
    }

    /// Runs until either side closes the connection or sends something that must not pass.
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
        let left: Vec<_> = self.open().drain().map(|(_, answer)| answer).collect();
        if left.iter().any(|answer| matches!(answer, Answer::To(_))) {
            // For a waiting member, the broker does not notice an orderly close.
            broker.set_zero_linger()?;
            drop(broker);
            self.settle().await?;
        }
        for answer in left {
            self.close(&answer);
        }
        ended
    }

    /// Waits until the broker has processed what was sent or closed before: it responds in order.
    async fn settle(&self) -> Result<()> {
        let mut broker = TcpStream::connect(self.broker).await?;
        broker.write_all(&SMALLEST).await?;
        broker.read_u8().await.map(drop)
    }

    async fn requests(&self, client: ReadHalf<'_>, mut broker: WriteHalf<'_>) -> Result<()> {
        let mut client = BufReader::with_capacity(BUFFER, client);
        let mut request = Vec::new();
        loop {
            let mut bytes = [0; HEAD];
            client.read_exact(&mut bytes).await?;
            let head =
                Head::parse(bytes).ok_or_else(|| refused(&bytes, "it has no such request"))?;
            request.clear();
            request.extend(bytes);
            request = whole(&mut client, head.rest, request).await?;
            self.expect(head, &request[HEAD..])
                .map_err(|why| refused(&bytes, why))?;
            broker.write_all(&request).await?;
            if request.capacity() > KEPT {
                request = Vec::new();
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
            let answer = answer.ok_or_else(|| Error::other("an answer that nobody waits for"))?;
            let changed = match &answer {
                Answer::Address | Answer::Versions if rest > CHANGED => {
                    return Err(Error::other("an answer is too large to be changed"));
                }
                Answer::Address => {
                    let mut body = whole(&mut broker, rest, Vec::new()).await?;
                    replace(&mut body, self.broker, self.address);
                    Some(body)
                }
                Answer::Versions => {
                    let body = whole(&mut broker, rest, Vec::new()).await?;
                    Some(request::versions(&body).unwrap_or(body))
                }
                Answer::To(_) | Answer::Other => None,
            };
            self.close(&answer);
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

    /// Records the expected response of a request, if the request may pass.
    fn expect(&self, head: Head, body: &[u8]) -> std::result::Result<(), &'static str> {
        let request = Request::parse(head, body).ok_or("it is broken")?;
        let answer = match (head.key, self.groups.enter(request, Instant::now())?) {
            (_, Some(member)) => Answer::To(member),
            (request::METADATA | request::FIND_COORDINATOR, _) => Answer::Address,
            (request::API_VERSIONS, _) => Answer::Versions,
            _ => Answer::Other,
        };
        let mut open = self.open();
        // With a duplicate id, it would be unclear which request the next response answers.
        if open.len() >= OPEN || open.contains_key(&head.correlation) {
            drop(open);
            self.close(&answer);
            return Err("too many requests, or another of its number, wait for an answer");
        }
        open.insert(head.correlation, answer);
        Ok(())
    }

    fn close(&self, answer: &Answer) {
        if let Answer::To(member) = answer {
            self.groups.leave(member);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<i32, Answer>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Replaces the port of one address by the other's where it follows the host. There is only one
/// broker, and it precedes all topic names.
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

/// Reads this many bytes and appends them to `read`.
async fn whole(
    from: &mut (impl AsyncRead + Unpin),
    bytes: usize,
    mut read: Vec<u8>,
) -> Result<Vec<u8>> {
    read.reserve(bytes.min(KEPT));
    let came = from.take(bytes as u64).read_to_end(&mut read).await?;
    match came == bytes {
        true => Ok(read),
        false => Err(ErrorKind::UnexpectedEof.into()),
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
        false => Err(ErrorKind::UnexpectedEof.into()),
    }
}

/// Describes what was refused by numbers only: the bytes are untrusted.
fn refused(head: &[u8; HEAD], why: &str) -> Error {
    let [_, _, _, _, k1, k2, v1, v2, ..] = *head;
    let (key, version) = (i16::from_be_bytes([k1, k2]), i16::from_be_bytes([v1, v2]));
    let text = format!("request {key} in version {version}: {why}");
    Error::new(ErrorKind::InvalidData, text)
}
