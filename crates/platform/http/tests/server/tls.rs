//! TLS: which files make a certificate, what a new one does to those who are connecting, who is taken
//! with a certificate of his own, and that the limits of the server hold behind it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use platform_http::settings::HttpSettings;
use platform_http::{Server, Tls, TlsFiles};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedKey, IsCa, Issuer, KeyPair,
    generate_simple_self_signed,
};
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::{LARGE, routes, settings};

const SLOW: &str = "GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const DOCS: &str = "GET /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn own() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn files(folder: &Path, made: &CertifiedKey<KeyPair>) -> TlsFiles {
    let files = TlsFiles {
        certificate: folder.join("tls.crt"),
        key: folder.join("tls.key"),
        client_ca: None,
    };
    fs::write(&files.certificate, made.cert.pem()).unwrap();
    fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    files
}

/// A client that trusts these certificates, with one of its own.
fn client(
    trusted: &[&CertificateDer<'static>],
    own: Option<(CertificateDer<'static>, &KeyPair)>,
) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    for certificate in trusted {
        roots.add((*certificate).clone()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match own {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
            let config = config.with_client_auth_cert(vec![certificate], key);
            config.unwrap()
        }
    };
    // A session that is resumed shows no certificate; clients with one of their own try to.
    if !config.client_auth_cert_resolver.has_certs() {
        config.resumption = Resumption::disabled();
    }
    TlsConnector::from(Arc::new(config))
}

async fn connect(
    client: &TlsConnector,
    server: SocketAddr,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(server).await?;
    let name = ServerName::try_from("localhost").unwrap();
    client.connect(name, stream).await
}

/// What the server answers, and the certificate that it shows.
async fn told(
    client: &TlsConnector,
    server: SocketAddr,
    request: &str,
) -> std::io::Result<(String, CertificateDer<'static>)> {
    let mut stream = connect(client, server).await?;
    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok((answer, shown.into_owned()))
}

fn bind(settings: HttpSettings, files: &TlsFiles, stop: &CancellationToken) -> Server {
    let tls = Some(Tls::load(files.clone()).unwrap());
    let settings = HttpSettings { tls, ..settings };
    Server::bind(&settings, routes(), None, stop.clone()).unwrap()
}

#[actix_web::test]
async fn a_certificate_is_changed_while_clients_connect_and_none_of_them_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (own(), own());
    let files = files(folder.path(), &old);
    let stop = CancellationToken::new();
    let server = bind(settings(0), &files, &stop);
    assert!(server.url().starts_with("https://localhost:"));
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    let client = client(&[old.cert.der(), new.cert.der()], None);

    let (answered, is_over) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (client, answered, is_over) =
                (client.clone(), Arc::clone(&answered), Arc::clone(&is_over));
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    let (answer, _) = told(&client, address, DOCS).await.unwrap();
                    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let shown = async || told(&client, address, DOCS).await.unwrap().1;
    let becomes = async |certificate: &CertificateDer<'static>| {
        let begun = Instant::now();
        while shown().await != *certificate {
            assert!(begun.elapsed() < Duration::from_secs(10), "it is not shown");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert_eq!(shown().await, *old.cert.der());
    // One file after the other, as a careless script does it: meanwhile they do not belong together.
    fs::write(&files.certificate, new.cert.pem()).unwrap();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(shown().await, *old.cert.der());
    fs::write(&files.key, new.signing_key.serialize_pem()).unwrap();
    becomes(new.cert.der()).await;
    // What is no certificate, or gone, changes nothing.
    fs::write(&files.certificate, "not yet").unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    fs::remove_file(&files.certificate).unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(shown().await, *new.cert.der());
    fs::write(&files.certificate, old.cert.pem()).unwrap();
    fs::write(&files.key, old.signing_key.serialize_pem()).unwrap();
    becomes(old.cert.der()).await;
    is_over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    let answered = answered.load(Ordering::Relaxed);
    println!("{answered} connections");
    assert!(answered > 100, "{answered}");
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[test]
fn what_no_certificate_can_be_made_from_is_named_and_shown_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let (made, other) = (own(), own());
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let broken = certificate.replacen("MII", "M!!", 1);
    let cut = &key[..key.len() / 2];
    let secret = key.lines().nth(1).unwrap();
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----";
    for (certificate, key, ca, file, why) in [
        (
            None,
            Some(&*key),
            None,
            "tls.crt",
            "cannot be read: No such file",
        ),
        (
            Some(&*certificate),
            None,
            None,
            "tls.key",
            "cannot be read: No such file",
        ),
        (Some(""), Some(&key), None, "tls.crt", "has no certificate"),
        (
            Some(&key),
            Some(&key),
            None,
            "tls.crt",
            "has no certificate",
        ),
        (
            Some(&broken),
            Some(&key),
            None,
            "tls.crt",
            "or a broken one",
        ),
        (
            Some(&certificate),
            Some(&certificate),
            None,
            "tls.key",
            "has no private key",
        ),
        (
            Some(&certificate),
            Some(cut),
            None,
            "tls.key",
            "has no private key",
        ),
        (
            Some(&certificate),
            Some(locked),
            None,
            "tls.key",
            "openssl pkey",
        ),
        (
            Some(&certificate),
            Some(&other.signing_key.serialize_pem()),
            None,
            "tls.key",
            "is not the key of the certificate in",
        ),
        (
            Some(&certificate),
            Some(&key),
            Some(""),
            "ca.crt",
            "has no certificate",
        ),
        (
            Some(&certificate),
            Some(&key),
            Some(&*broken),
            "ca.crt",
            "or a broken one",
        ),
    ] {
        let write = |name: &str, text: Option<&str>| {
            let path = folder.path().join(name);
            let _ = fs::remove_file(&path);
            if let Some(text) = text {
                fs::write(&path, text).unwrap();
            }
            path
        };
        let files = TlsFiles {
            certificate: write("tls.crt", certificate),
            key: write("tls.key", key),
            client_ca: ca.map(|ca| write("ca.crt", Some(ca))),
        };
        let error = Tls::load(files).unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(
            told.contains(file) && told.contains(why),
            "{file}, {why}: {told}"
        );
        assert!(!told.contains(&secret[..20]), "{told}");
    }
    let tls = Tls::load(files(folder.path(), &made)).unwrap();
    assert!(!format!("{tls:?}").contains(&secret[..20]));
}

/// An authority and a certificate that it has signed.
fn authority() -> (String, CertificateDer<'static>, KeyPair) {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let own = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["client".to_owned()]).unwrap();
    let signed = params.signed_by(&own, &issuer).unwrap();
    (authority.pem(), signed.der().clone(), own)
}

#[actix_web::test]
async fn only_clients_whose_certificate_an_authority_of_now_has_signed_get_a_connection() {
    let folder = tempfile::tempdir().unwrap();
    let made = own();
    let mut files = files(folder.path(), &made);
    let (ca, certificate, key) = authority();
    let (other_ca, other_certificate, other_key) = authority();
    let path = folder.path().join("ca.crt");
    fs::write(&path, &ca).unwrap();
    files.client_ca = Some(path.clone());
    let stop = CancellationToken::new();
    let server = bind(settings(0), &files, &stop);
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    let trusted = &[made.cert.der()];
    let nobody = client(trusted, None);
    let one = client(trusted, Some((certificate, &key)));
    let other = client(trusted, Some((other_certificate, &other_key)));
    let is_taken = async |client: &TlsConnector| {
        let answer = told(client, address, DOCS).await;
        answer.is_ok_and(|(answer, _)| answer.starts_with("HTTP/1.1 200 "))
    };
    assert!(is_taken(&one).await);
    assert!(!is_taken(&other).await);
    assert!(!is_taken(&nobody).await);
    fs::write(&path, &other_ca).unwrap();
    let begun = Instant::now();
    while !is_taken(&other).await {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // This one was connected before, and would resume.
    assert!(!is_taken(&one).await);
    assert!(!is_taken(&nobody).await);
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[actix_web::test]
async fn a_thousand_slow_clients_hold_up_nobody_and_their_connections_end() {
    let folder = tempfile::tempdir().unwrap();
    let made = own();
    let stop = CancellationToken::new();
    let server = bind(settings(0), &files(folder.path(), &made), &stop);
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    let client = client(&[made.cert.der()], None);
    let mut slow = Vec::new();
    for number in 0..1000 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // The first bytes of a greeting, or of a request in clear text, or nothing.
        let begin: &[u8] = [&b"\x16\x03\x01\x02"[..], b"GET / HT", b""][number % 3];
        stream.write_all(begin).await.unwrap();
        slow.push(stream);
    }
    let begun = Instant::now();
    let (answer, _) = told(&client, address, SLOW).await.unwrap();
    let took = begun.elapsed();
    println!("behind 1,000 slow clients: {took:?}");
    assert!(answer.ends_with("done"), "{answer}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    for mut stream in slow {
        let mut answer = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer));
        // A reset is as good an end as a close.
        let _ = end.await.expect("the connection ends");
    }
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[actix_web::test]
async fn clients_that_read_nothing_are_bounded_behind_tls_too() {
    let folder = tempfile::tempdir().unwrap();
    let made = own();
    let stop = CancellationToken::new();
    let mut limited = settings(0);
    limited.limits.write_time = Duration::from_secs(3);
    limited.limits.unread_bytes = 2 * LARGE;
    let server = bind(limited, &files(folder.path(), &made), &stop);
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    let client = client(&[made.cert.der()], None);
    let request = "GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut idle = Vec::new();
    for _ in 0..2 {
        let mut stream = connect(&client, address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        idle.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let ask = async || told(&client, address, request).await.unwrap().0;
    let answer = ask().await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{}", &answer[..100]);
    let begun = Instant::now();
    while !ask().await.starts_with("HTTP/1.1 200 ") {
        let elapsed = begun.elapsed();
        assert!(elapsed < Duration::from_secs(30), "their room is not free");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    drop(idle);
    stop.cancel();
    running.await.unwrap().unwrap();
}
