//! An embedded S3 store.

mod store;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use self::store::Store;
use crate::EmbeddedError;

/// A store on 127.0.0.1 for any S3 client with path-style addresses, in any region. It stops when
/// this is dropped, and then deletes its folder if that is a temporary one.
#[derive(Debug)]
pub struct EmbeddedS3 {
    address: SocketAddr,
    server: JoinHandle<()>,
    root: Root,
}

#[derive(Debug)]
enum Root {
    Kept(PathBuf),
    Temporary(TempDir),
}

impl Root {
    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

impl EmbeddedS3 {
    /// What the store keeps and what it does not, for users.
    pub const LIMITS: &str = "The embedded S3 store keeps its objects in a folder, a temporary one unless named. It has no versions, no policies and no tags, and takes keys that are relative paths.";

    /// Starts the store on `port` (0: any free one), on the current tokio runtime. Objects are
    /// stored in the existing folder `root`, or in a temporary one.
    ///
    /// # Errors
    /// If the port is taken or the folder cannot be used.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn start(
        root: Option<PathBuf>,
        port: u16,
        access_key: &str,
        secret_key: &SecretString,
    ) -> Result<Self, EmbeddedError> {
        let root = match root {
            Some(path) => Root::Kept(path),
            None => Root::Temporary(
                tempfile::tempdir()
                    .map_err(|error| failed(format!("no temporary folder: {error}")))?,
            ),
        };
        let files = FileSystem::new(root.path())
            .map_err(|error| failed(format!("folder {}: {error:?}", root.path().display())))?;
        let mut service = S3ServiceBuilder::new(Store {
            files,
            root: root.path().to_owned(),
        });
        service.set_auth(SimpleAuth::from_single(
            access_key,
            secret_key.expose_secret(),
        ));

        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listening = async {
            let listener = TcpListener::bind(wanted).await?;
            let address = listener.local_addr()?;
            Ok::<_, std::io::Error>((listener, address))
        };
        let (listener, address) = listening
            .await
            .map_err(|error| failed(format!("{wanted}: {error}")))?;
        let server = tokio::spawn(serve(listener, service.build()));
        Ok(Self {
            address,
            server,
            root,
        })
    }

    /// `http://127.0.0.1:port`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the objects are, in a folder per bucket.
    pub fn root(&self) -> &Path {
        self.root.path()
    }
}

impl Drop for EmbeddedS3 {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, service: S3Service) {
    // Aborts the connections on drop.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let service = service.clone();
                    connections.spawn(async move {
                        let served = http1::Builder::new()
                            .timer(TokioTimer::new())
                            .serve_connection(TokioIo::new(stream), service)
                            .await;
                        if let Err(error) = served {
                            tracing::debug!(%error, "an S3 connection broke");
                        }
                    });
                }
                Err(error) => {
                    // Probably too many open files; some will be closed.
                    tracing::warn!(%error, "an S3 connection was not accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

fn failed(why: String) -> EmbeddedError {
    EmbeddedError {
        server: "S3 store",
        why,
    }
}
