//! A store whose answers are lies.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Bytes that are written of an answer without end, if the client takes them all.
const ENDLESS: usize = 256 << 20;

/// What the store says to every request.
#[derive(Clone, Copy)]
pub(crate) enum Lie {
    /// These bytes.
    Says(&'static str),
    /// These bytes, then more and more.
    SaysWithoutEnd(&'static str),
    /// Go to the other port.
    Redirects(u16),
}

pub(crate) struct Liar {
    pub(crate) address: String,
    requests: Arc<AtomicUsize>,
    written: Arc<AtomicUsize>,
}

impl Liar {
    pub(crate) fn start(lie: Lie) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (requests, written) = (Arc::default(), Arc::default());
        let liar = Self {
            address,
            requests: Arc::clone(&requests),
            written: Arc::clone(&written),
        };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (requests, written) = (Arc::clone(&requests), Arc::clone(&written));
                thread::spawn(move || {
                    requests.fetch_add(1, Ordering::SeqCst);
                    // The client may end the connection whenever it wants.
                    let _ = answer(stream, lie, &written);
                });
            }
        });
        liar
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// How many bytes the client took, its system's buffers included.
    pub(crate) fn written(&self) -> usize {
        self.written.load(Ordering::SeqCst)
    }
}

fn answer(mut stream: TcpStream, lie: Lie, written: &AtomicUsize) -> std::io::Result<()> {
    let mut head = BufReader::new(stream.try_clone()?).lines();
    while head
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let mut write = |bytes: &[u8]| {
        stream.write_all(bytes)?;
        written.fetch_add(bytes.len(), Ordering::SeqCst);
        Ok(())
    };
    match lie {
        Lie::Says(text) => write(text.as_bytes()),
        Lie::SaysWithoutEnd(text) => {
            write(text.as_bytes())?;
            let more = [b'x'; 1 << 16];
            for _ in 0..ENDLESS / more.len() {
                write(&more)?;
            }
            Ok(())
        }
        Lie::Redirects(port) => write(
            format!(
                "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:{port}/a/b\r\n\
                 Content-Length: 0\r\nConnection: close\r\n\r\n"
            )
            .as_bytes(),
        ),
    }
}
