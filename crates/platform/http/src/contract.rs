//! The contract of every service's routes, tested against the real server.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a suite says what is wrong by panicking"
)]

use std::net::SocketAddr;

use jiff::Timestamp;
use platform_access::{AccessSettings, Audit, Folder, Permission, Role, Tokens, verify};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::settings::HttpSettings;
use crate::{Endpoint, Routes, Server};

/// Calls every route without a token, with a wrong token and with every role. Callers without
/// permission must get 401 or 403, and others anything else. Actions beyond reading must be in the
/// audit log. Path parameters are `x`, which should not exist.
pub async fn every_route_keeps_to_its_role(routes: Routes) {
    let data = tempfile::tempdir().unwrap();
    let folder = Folder::create(&data.path().join("access"), Audit::begin).unwrap();
    let tokens = Tokens::new(folder.clone());
    let token = |role: Role| tokens.create(role.name(), role, Timestamp::now()).unwrap();
    let roles = Role::ALL.map(|role| (role, token(role)));
    let settings = HttpSettings {
        access: AccessSettings {
            required: true,
            ..AccessSettings::default()
        },
        ..HttpSettings::loopback()
    };
    let stop = CancellationToken::new();
    let server = Server::bind(&settings, routes.clone(), Some(data.path()), stop.clone()).unwrap();
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());

    let nowhere = "GET /nowhere/at/all";
    assert_eq!(status(address, nowhere, None).await, 401, "{nowhere}");
    assert_eq!(
        status(address, nowhere, Some("wrong")).await,
        401,
        "{nowhere}"
    );
    assert_eq!(
        status(address, nowhere, Some(&roles[0].1)).await,
        404,
        "{nowhere}"
    );
    let mut noted = 0;
    for endpoint in routes.endpoints() {
        let request = request(endpoint);
        let needed = match endpoint.permission {
            Permission::Open => None,
            Permission::Metrics => Some(Role::Viewer),
            Permission::Role(role) => Some(role),
            // The thing does not exist, so it belongs to nobody else.
            Permission::Own => Some(Role::Operator),
        };
        let mut callers = vec![(None, None)];
        callers.extend(
            roles
                .iter()
                .map(|(role, token)| (Some(*role), Some(token.as_str()))),
        );
        for (role, token) in callers {
            let status = status(address, &request, token).await;
            let case = format!("{request} as {role:?}: {status}");
            match (needed, role) {
                (Some(_), None) => assert_eq!(status, 401, "{case}"),
                (Some(needed), Some(role)) if role < needed => assert_eq!(status, 403, "{case}"),
                _ => assert!(!matches!(status, 401 | 403), "{case}"),
            }
            let is_refused = status == 403;
            let is_change = needed > Some(Role::Viewer) && role >= needed;
            // One record that it was accepted, and one with its result.
            noted += u64::from(is_refused) + 2 * u64::from(is_change && !is_refused);
        }
    }
    stop.cancel();
    running.await.unwrap().unwrap();
    let findings = verify(&folder, None).unwrap();
    assert_eq!(findings.problems, [""; 0]);
    // Plus the beginning of the log and the wrong token.
    assert_eq!(findings.records, noted + 2, "records in the audit log");
}

fn request(endpoint: &Endpoint) -> String {
    let path = endpoint.documented_path();
    let pieces = path.split('{').enumerate();
    let path: String = pieces
        .map(|(number, piece)| match (number, piece.split_once('}')) {
            (0, _) | (_, None) => piece.to_owned(),
            (_, Some((_, rest))) => format!("x{rest}"),
        })
        .collect();
    format!("{} {path}", endpoint.method)
}

/// The status of a response, whose body may be endless.
async fn status(server: SocketAddr, request: &str, token: Option<&str>) -> u16 {
    let token = token.map_or(String::new(), |token| {
        format!("Authorization: Bearer {token}\r\n")
    });
    let mut stream = TcpStream::connect(server).await.unwrap();
    let text = format!(
        "{request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: 2\r\n{token}\r\n{{}}"
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    let status = std::str::from_utf8(&answer[9..]).unwrap();
    status.parse().unwrap()
}
