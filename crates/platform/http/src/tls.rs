//! TLS from PEM files, reloaded when they change.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use platform_runtime::bounded_file;
use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error as RustlsError, RootCertStore, ServerConfig,
    SignatureScheme,
};
use tokio_util::sync::CancellationToken;

/// The maximum size of a file in bytes; the authorities of a whole operating system take a quarter.
const LIMIT: u64 = 1 << 20;
/// How long a change may go unnoticed.
const LOOK: Duration = Duration::from_secs(1);

const CERTIFICATE: &str = "http.tls_certificate";
const KEY: &str = "http.tls_key";
const CLIENT_CA: &str = "http.tls_client_ca";

/// The settings of TLS.
pub const TLS: [Setting; 3] = [
    Setting::new(
        CERTIFICATE,
        None,
        Shape::Text("the path of a PEM file"),
        "Certificate chain of the server: its own certificate first, then those of the authorities \
         that signed it. With it the service speaks HTTPS only. The three TLS files are reloaded \
         within a second of a change.",
    ),
    Setting::new(
        KEY,
        None,
        Shape::Text("the path of a PEM file"),
        "Private key of that certificate, not protected by a password.",
    ),
    Setting::new(
        CLIENT_CA,
        None,
        Shape::Text("the path of a PEM file"),
        "Certificate authorities for client certificates (mutual TLS). With it, clients without a \
         certificate signed by one of them cannot connect, health probes included.",
    ),
];

/// A file that cannot be used for TLS.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct TlsError {
    setting: &'static str,
    path: PathBuf,
    why: String,
}

/// The TLS files of a server.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The server's certificate, followed by its chain.
    pub certificate: PathBuf,
    /// The private key of the certificate.
    pub key: PathBuf,
    /// Authorities, one of which must have signed a client's certificate; without them clients need
    /// none.
    pub client_ca: Option<PathBuf>,
}

/// The current TLS configuration from the files. All clones share it.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    files: TlsFiles,
    current: RwLock<Current>,
}

#[derive(Clone)]
struct Current {
    content: Vec<Vec<u8>>,
    shown: Arc<CertifiedKey>,
    clients: Option<Arc<dyn ClientCertVerifier>>,
}

impl Tls {
    /// The TLS configuration of the settings, whose table must contain [`TLS`]; `None` if the
    /// service uses plain HTTP.
    ///
    /// # Errors
    /// If a file is missing or invalid.
    pub fn from(settings: &Settings) -> Result<Option<Self>, SettingsError> {
        let path = |key| settings.text(key).map(PathBuf::from);
        let alone = |key, other| {
            let why = format!("{other} is set, and one is of no use without the other");
            Err(SettingsError::combination(key, why))
        };
        let files = match (path(CERTIFICATE), path(KEY), path(CLIENT_CA)) {
            (Some(certificate), Some(key), client_ca) => TlsFiles {
                certificate,
                key,
                client_ca,
            },
            (None, Some(_), _) => return alone(CERTIFICATE, KEY),
            (Some(_), None, _) => return alone(KEY, CERTIFICATE),
            (None, None, Some(_)) => return alone(CERTIFICATE, CLIENT_CA),
            (None, None, None) => return Ok(None),
        };
        let loaded = Self::load(files);
        loaded.map(Some).map_err(|error| {
            let setting = error.setting;
            SettingsError::combination(setting, error.to_string())
        })
    }

    /// Reads the files.
    ///
    /// # Errors
    /// If one is missing or invalid.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let current = files.parse(files.read()?)?;
        let current = RwLock::new(current);
        Ok(Self(Arc::new(Inner { files, current })))
    }

    /// The configuration of a listener. HTTP/1.1 only: with HTTP/2, a connection that reads nothing
    /// could not be limited.
    pub(crate) fn server_config(&self) -> ServerConfig {
        let provider = Arc::new(default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has what the versions need");
        let own = Arc::new(self.clone());
        if self.0.files.client_ca.is_none() {
            return config.with_no_client_auth().with_cert_resolver(own);
        }
        let mut config = config
            .with_client_cert_verifier(own.clone())
            .with_cert_resolver(own);
        // A resumed session would not be asked for its certificate again, although its authority
        // may have been removed.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config
    }

    /// Checks for changes until `stop` is cancelled.
    pub(crate) async fn watch(self, stop: CancellationToken) {
        let mut told = String::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            let own = self.clone();
            let read = tokio::task::spawn_blocking(move || own.reload()).await;
            match read {
                Ok(Ok(false)) => told.clear(),
                Ok(Ok(true)) => {
                    told.clear();
                    let file = self.0.files.certificate.display();
                    tracing::info!(%file, "the certificate was reloaded; new connections use it");
                }
                Ok(Err(error)) if error.to_string() != told => {
                    told = error.to_string();
                    tracing::error!(%error, "the new certificate cannot be used; the old one is kept");
                }
                Ok(Err(_)) | Err(_) => {}
            }
        }
    }

    /// Reloads the files. Returns whether anything has changed.
    fn reload(&self) -> Result<bool, TlsError> {
        let content = self.0.files.read()?;
        if content == self.current().content {
            return Ok(false);
        }
        let current = self.0.files.parse(content)?;
        *self
            .0
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner) = current;
        Ok(true)
    }

    fn current(&self) -> Current {
        let current = self.0.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn clients(&self) -> Result<Arc<dyn ClientCertVerifier>, RustlsError> {
        let clients = self.current().clients;
        clients.ok_or_else(|| RustlsError::General("no client is asked for".to_owned()))
    }
}

/// Shows neither key nor certificate.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.0.files).finish()
    }
}

impl TlsFiles {
    /// The content of each file.
    fn read(&self) -> Result<Vec<Vec<u8>>, TlsError> {
        let own = [(CERTIFICATE, &self.certificate), (KEY, &self.key)];
        let clients = self.client_ca.iter().map(|path| (CLIENT_CA, path));
        let files = own.into_iter().chain(clients);
        let read = files.map(|(setting, path)| {
            let content = bounded_file::read(path, LIMIT);
            content.map_err(|error| failed(setting, path, format!("cannot be read: {error}")))
        });
        read.collect()
    }

    fn parse(&self, content: Vec<Vec<u8>>) -> Result<Current, TlsError> {
        let provider = Arc::new(default_provider());
        let chain = certificates(CERTIFICATE, &self.certificate, &content[0])?;
        let wrong_key = |why: &str| failed(KEY, &self.key, why.to_owned());
        let is_locked = content[1].windows(9).any(|word| word == b"ENCRYPTED");
        let key = PrivateKeyDer::from_pem_slice(&content[1]).map_err(|error| match error {
            PemError::NoItemsFound if is_locked => wrong_key(
                "the key has a password; write it without one: openssl pkey -in FILE -out NEW",
            ),
            // Does not show the content, because it may be a key.
            _ => wrong_key("has no private key; expected PEM that begins with PRIVATE KEY"),
        })?;
        let shown = CertifiedKey::from_der(chain, key, &provider).map_err(|error| match error {
            RustlsError::InconsistentKeys(_) => wrong_key(&format!(
                "is not the key of the certificate in {}; the two are made together",
                self.certificate.display()
            )),
            RustlsError::InvalidCertificate(error) => failed(
                CERTIFICATE,
                &self.certificate,
                format!("the first certificate is broken: {error:?}"),
            ),
            _ => wrong_key("the key cannot be used; expected RSA, ECDSA (P-256, P-384) or Ed25519"),
        })?;
        let clients = self.client_ca.as_ref().zip(content.get(2));
        let clients = clients.map(|(path, pem)| authorities(path, pem, provider));
        Ok(Current {
            shown: Arc::new(shown),
            clients: clients.transpose()?,
            content,
        })
    }
}

fn failed(setting: &'static str, path: &Path, why: String) -> TlsError {
    let path = path.to_owned();
    TlsError { setting, path, why }
}

fn certificates(
    setting: &'static str,
    path: &Path,
    pem: &[u8],
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| {
        let why = "has no certificate, or a broken one; expected PEM that begins with CERTIFICATE";
        failed(setting, path, why.to_owned())
    })
}

fn authorities(
    path: &Path,
    pem: &[u8],
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(CLIENT_CA, path, pem)? {
        let added = roots.add(certificate);
        added.map_err(|error| {
            failed(
                CLIENT_CA,
                path,
                format!("a certificate in it cannot be used: {error}"),
            )
        })?;
    }
    let built = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
    built.map_err(|error| failed(CLIENT_CA, path, format!("cannot be used: {error}")))
}

impl ResolvesServerCert for Tls {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current().shown)
    }
}

/// Delegates to the verifier of the current files.
impl ClientCertVerifier for Tls {
    /// No hints: a client with a certificate knows which one to present, and the hints would be
    /// those from the start.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, RustlsError> {
        let clients = self.clients()?;
        clients.verify_client_cert(end_entity, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, RustlsError> {
        let clients = self.clients()?;
        clients.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, RustlsError> {
        let clients = self.clients()?;
        clients.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
