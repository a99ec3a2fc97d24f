//! A store whose answers are lies.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use adapter_minio::MinioConfig;
use emulator_ports::ObjectSource;
use emulator_ports::contract::object_store::write;

use crate::server::SECRET;
use crate::store;

/// Bytes that are written of an answer without end, if the client takes them all.
const ENDLESS: usize = 256 << 20;

/// What the store says to every request.
#[derive(Clone, Copy)]
enum Lie {
    /// These bytes.
    Says(&'static str),
    /// These bytes, then more and more.
    SaysWithoutEnd(&'static str),
    /// Go to the other port.
    Redirects(u16),
}

struct Liar {
    address: String,
    requests: Arc<AtomicUsize>,
    written: Arc<AtomicUsize>,
}

impl Liar {
    fn start(lie: Lie) -> Self {
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
    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// How many bytes the client took, its system's buffers included.
    fn written(&self) -> usize {
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

#[derive(Clone, Copy, Debug)]
enum Asked {
    Read,
    List,
    Write,
}

/// Asks the liar, and gives what the adapter says of it.
async fn ask(liar: &Liar, asked: Asked) -> String {
    let config = MinioConfig {
        request_timeout: Duration::from_secs(5),
        retry_for: Duration::from_millis(100),
        ..MinioConfig::new(liar.address.clone(), "minio", SECRET.into())
    };
    let store = store(&config);
    let answered = match asked {
        Asked::Read => store.open("logs", "a.json").await.map(drop),
        Asked::List => ObjectSource::list(&store, "logs", "", &mut |_| {}).await,
        Asked::Write => write(&store, "logs", "a.json", b"[]").await,
    };
    answered.unwrap_err().chain()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_lies_are_refused_in_little_memory_and_time() {
    const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\n\r\n<Error><Code>AccessDenied</Code>\
                           <Message>Because.</Message></Error>";
    const WITHOUT_END: &str = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\n\r\n<ListBucketResult>";
    const PAGE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<ListBucketResult>\
                        <IsTruncated>true</IsTruncated><Contents><Key>a</Key></Contents>\
                        </ListBucketResult>";
    const LONGER: &str = "HTTP/1.1 206 Partial Content\r\nContent-Length: 8388609\r\n\r\n";
    for (what, lie, asked, says) in [
        (
            "a refusal without end",
            Lie::SaysWithoutEnd(REFUSED),
            Asked::Read,
            "AccessDenied",
        ),
        (
            "the same of a list",
            Lie::SaysWithoutEnd(REFUSED),
            Asked::List,
            "AccessDenied",
        ),
        (
            "the same of a write",
            Lie::SaysWithoutEnd(REFUSED),
            Asked::Write,
            "AccessDenied",
        ),
        (
            "an object without end",
            Lie::SaysWithoutEnd(WITHOUT_END),
            Asked::Read,
            "is longer",
        ),
        (
            "a list without end",
            Lie::SaysWithoutEnd(WITHOUT_END),
            Asked::List,
            "is longer",
        ),
        (
            "a success without end",
            Lie::SaysWithoutEnd(WITHOUT_END),
            Asked::Write,
            "is longer",
        ),
        (
            "more than the range",
            Lie::SaysWithoutEnd(LONGER),
            Asked::Read,
            "is longer",
        ),
        (
            "the same page for ever",
            Lie::Says(PAGE),
            Asked::List,
            "repeats itself",
        ),
        (
            "no tag",
            Lie::Says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            Asked::Write,
            "200",
        ),
        (
            "the tag of something else",
            Lie::Says(
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\
                 ETag: \"d41d8cd98f00b204e9800998ecf8427e\"\r\n\r\n",
            ),
            Asked::Write,
            "what was sent has d751713988987e9331980363e24189ce",
        ),
        (
            "an object that is cut off",
            Lie::Says("HTTP/1.1 206 Partial Content\r\nContent-Length: 100\r\n\r\nshort"),
            Asked::Read,
            "check the network",
        ),
        (
            "no time",
            Lie::Says("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
            Asked::Write,
            "503",
        ),
        (
            "no XML",
            Lie::Says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"),
            Asked::List,
            "understood",
        ),
    ] {
        let (liar, begin) = (Liar::start(lie), Instant::now());
        let text = ask(&liar, asked).await;
        assert!(text.contains(says), "{what}: {text}");
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "{what}: {:?}",
            begin.elapsed()
        );
        // Eight MiB are what a range and a page of names may have; the rest are buffers.
        assert!(
            liar.written() < 32 << 20,
            "{what}: {} bytes were taken",
            liar.written()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_redirect_is_followed_with_whatever_method() {
    let other = Liar::start(Lie::Says(
        "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 0\r\n\r\n",
    ));
    let (_, port) = other.address.split_once(':').unwrap();
    let liar = Liar::start(Lie::Redirects(port.parse().unwrap()));
    for asked in [Asked::Read, Asked::List, Asked::Write] {
        let text = ask(&liar, asked).await;
        assert!(text.contains("which answered 307"), "{asked:?}: {text}");
    }
    assert_eq!((liar.requests(), other.requests()), (3, 0));
}
