//! s3s-fs behind a service that disturbs requests by their number.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) const SECRET: &str = "minio123";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disturbance {
    None,
    /// 503 without reading the body.
    Unavailable,
    /// 404 without reading the body.
    NoBucket,
    /// The connection ends before the request is done.
    Cut,
    /// The request is done, and the connection ends before the answer.
    AnswerLost,
    /// A bit of the body is turned over before the request is done.
    Flipped,
    /// No answer at all. Requests with a large body are spared: they have too much time.
    Stall,
}

/// Key and id of the uploads that were begun. s3s-fs does not list them.
type Begun = Arc<Mutex<Vec<(String, String)>>>;

pub(crate) struct Server {
    folder: TempDir,
    address: String,
    disturbed: Arc<AtomicUsize>,
}

impl Server {
    /// `disturb` is asked for each request, which it gets the number of.
    pub(crate) async fn start(
        disturb: impl Fn(usize) -> Disturbance + Send + Sync + 'static,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single("minio", SECRET));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let disturbed = Arc::new(AtomicUsize::new(0));
        let (count, requests) = (Arc::clone(&disturbed), AtomicUsize::new(0));
        let choose = Arc::new(move |request: &Request<Incoming>| {
            let large = request
                .headers()
                .get("content-length")
                .is_some_and(|len| len.to_str().unwrap().parse::<u64>().unwrap() > 1 << 20);
            let disturbance = match disturb(requests.fetch_add(1, Ordering::SeqCst)) {
                Disturbance::Stall if large => Disturbance::None,
                disturbance => disturbance,
            };
            count.fetch_add(
                usize::from(disturbance != Disturbance::None),
                Ordering::SeqCst,
            );
            disturbance
        });
        let begun = Begun::default();
        let root = folder.path().to_owned();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (service, choose) = (service.clone(), Arc::clone(&choose));
                let (begun, root) = (Arc::clone(&begun), root.clone());
                let answer = service_fn(move |request: Request<Incoming>| {
                    // s3s-fs would create the bucket.
                    let disturbance = match request.uri().path().split('/').nth(1) {
                        Some(bucket) if is_write(&request) && !root.join(bucket).exists() => {
                            Disturbance::NoBucket
                        }
                        _ => choose(&request),
                    };
                    answer(service.clone(), disturbance, Arc::clone(&begun), request)
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        Self {
            folder,
            address,
            disturbed,
        }
    }

    /// A bucket that somebody else has created.
    pub(crate) fn create_bucket(&self, name: &str) {
        fs::create_dir(self.folder.path().join(name)).unwrap();
    }

    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    pub(crate) fn disturbed(&self) -> usize {
        self.disturbed.load(Ordering::SeqCst)
    }

    /// The object as it lies on the server's disk.
    pub(crate) fn object(&self, bucket: &str, name: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.path().join(bucket).join(name)).ok()
    }

    /// How many files there are of uploads that were neither completed nor aborted.
    pub(crate) fn open_uploads(&self) -> usize {
        self.files("upload")
    }

    fn files(&self, named: &str) -> usize {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        entries
            .filter(|entry| {
                let name = entry.as_ref().unwrap().file_name();
                name.to_string_lossy().contains(named)
            })
            .count()
    }

    /// Waits until so many parts of uploads are stored.
    pub(crate) async fn has_parts(&self, count: usize) {
        for _ in 0..600 {
            if self.files(".part-") == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} parts of {count} are stored", self.files(".part-"));
    }

    /// Waits for uploads that were dropped to be aborted.
    pub(crate) async fn has_no_open_upload(&self) {
        for _ in 0..100 {
            if self.open_uploads() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} files of uploads are left", self.open_uploads());
    }
}

/// Whether an object is to be written.
fn is_write(request: &Request<Incoming>) -> bool {
    let has_key = request.uri().path().splitn(3, '/').nth(2);
    matches!(*request.method(), Method::PUT | Method::POST)
        && has_key.is_some_and(|key| !key.is_empty())
}

async fn answer(
    service: S3Service,
    disturbance: Disturbance,
    begun: Begun,
    request: Request<Incoming>,
) -> Result<Response<s3s::Body>, String> {
    match disturbance {
        Disturbance::Unavailable => {
            let body =
                "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>";
            let mut response = Response::new(s3s::Body::from(body.to_owned()));
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            Ok(response)
        }
        Disturbance::NoBucket => {
            let body = "<Error><Code>NoSuchBucket</Code></Error>".to_owned();
            let mut response = Response::new(s3s::Body::from(body));
            *response.status_mut() = StatusCode::NOT_FOUND;
            Ok(response)
        }
        Disturbance::Cut => Err("cut".to_owned()),
        Disturbance::Stall => std::future::pending().await,
        Disturbance::None | Disturbance::AnswerLost | Disturbance::Flipped => {
            let (method, uri) = (request.method().clone(), request.uri().clone());
            let query = |name: &str| {
                let mut pairs = uri.query().unwrap_or_default().split('&');
                pairs.find_map(|pair| {
                    Some(pair.strip_prefix(name)?.trim_start_matches('=').to_owned())
                })
            };
            let key = uri.path().splitn(3, '/').nth(2).unwrap_or_default();
            let response = if method == Method::GET && query("uploads").is_some() {
                listed(
                    &begun,
                    &query("prefix").unwrap_or_default().replace("%2F", "/"),
                )
            } else {
                let mut request = request.map(s3s::Body::from);
                if disturbance == Disturbance::Flipped && method == Method::PUT {
                    let body = request.body_mut().store_all_limited(64 << 20).await;
                    let mut body = body.unwrap().to_vec();
                    if let Some(byte) = body.last_mut() {
                        *byte ^= 1;
                    }
                    *request.body_mut() = s3s::Body::from(body);
                }
                let answered = service.call(request).await;
                let response = answered.map_err(|error| format!("{error:?}"))?;
                if method == Method::POST && query("uploads").is_some() {
                    noted(&begun, key, response).await
                } else {
                    if let (Method::POST | Method::DELETE, Some(id)) = (method, query("uploadId"))
                        && response.status().is_success()
                    {
                        begun.lock().unwrap().retain(|(_, open)| *open != id);
                    }
                    response
                }
            };
            match disturbance {
                Disturbance::AnswerLost => Err("answer lost".to_owned()),
                _ => Ok(response),
            }
        }
    }
}

/// Notes an upload that was begun.
async fn noted(begun: &Begun, key: &str, response: Response<s3s::Body>) -> Response<s3s::Body> {
    let (head, mut body) = response.into_parts();
    let body = body.store_all_limited(1 << 20).await.unwrap();
    let text = String::from_utf8_lossy(&body);
    let id = text.split("<UploadId>").nth(1).unwrap();
    let id = id.split('<').next().unwrap().to_owned();
    begun.lock().unwrap().push((key.to_owned(), id));
    Response::from_parts(head, s3s::Body::from(body))
}

/// The open uploads of exactly that key, as MinIO lists them.
fn listed(begun: &Begun, key: &str) -> Response<s3s::Body> {
    let uploads: String = begun
        .lock()
        .unwrap()
        .iter()
        .filter(|(open, _)| open == key)
        .map(|(key, id)| {
            format!(
                "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><StorageClass>STANDARD\
                 </StorageClass><Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload>"
            )
        })
        .collect();
    let list = format!(
        "<ListMultipartUploadsResult><Bucket>any</Bucket><IsTruncated>false</IsTruncated>{uploads}\
         </ListMultipartUploadsResult>"
    );
    Response::new(s3s::Body::from(list))
}
