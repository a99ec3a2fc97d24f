//! URLs that must always be refused, even if the list allows all public hosts (`*`).

use std::net::TcpListener;

/// URLs of this machine, of private networks and of metadata services, in every notation, and URLs
/// that seem to lead elsewhere than they do. They must be refused before any connection is made.
pub const REFUSED: [&str; 76] = [
    // This machine, in usual notation.
    "http://127.0.0.1/",
    "http://127.0.0.1:6379/",
    "https://127.255.255.254/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://127.0.0.1./",
    // Decimal, octal, hexadecimal, and mixed notation.
    "http://2130706433/",
    "http://017700000001/",
    "http://0x7f000001/",
    "http://0x7F.1/",
    "http://0177.0.0.1/",
    "http://0177.0.0.0x1/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://127.0x0.1/",
    "http://00000177.0.0.1/",
    // Obfuscated notation.
    "http://%31%32%37.0.0.1/",
    "http://127%2e0%2e0%2e1/",
    "http://\u{2460}\u{2461}\u{2466}.0.0.1/",
    "http://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
    "http://127\u{3002}0\u{3002}0\u{3002}1/",
    "http://127.0.0.\t1/",
    "http://127.0.0.1\n/",
    " http://127.0.0.1/ ",
    "HTTP://127.0.0.1/",
    "http:127.0.0.1/",
    "http:/127.0.0.1/",
    "http:///127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    // IPv6, and IPv4 embedded in it.
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    // Private networks, carrier networks and special-purpose ranges.
    "http://10.0.0.1/",
    "http://10.1/",
    "http://172.16.0.1/",
    "http://172.31.255.254/",
    "http://192.168.1.1/",
    "http://3232235777/",
    "http://100.64.0.1/",
    "http://192.0.0.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    // Metadata services.
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://[::ffff:169.254.169.254]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://100.100.100.200/",
    // A user name that looks like the host, and vice versa.
    "http://public.example@127.0.0.1/",
    "http://public.example:80@127.0.0.1/",
    "http://user:password@public.example/",
    "http://127.0.0.1:80@public.example/",
    // Other schemes, and text that is not a URL.
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "//127.0.0.1/",
    "",
];

/// Names that refer to the machine itself: this shows only when they are resolved.
pub const NAMES: [&str; 2] = ["localhost", "LOCALHOST"];

/// A listener that must never receive a connection from a client that was told to call [`NAMES`].
#[derive(Debug)]
pub struct ForbiddenListener(TcpListener);

impl ForbiddenListener {
    /// Listens on a free port of this machine.
    ///
    /// # Panics
    /// If there is none.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        listener
            .set_nonblocking(true)
            .expect("a listener may be asked without waiting");
        Self(listener)
    }

    /// URLs of the listener, by name.
    ///
    /// # Panics
    /// If the port is gone.
    pub fn urls(&self) -> [String; 2] {
        let port = self.0.local_addr().expect("it listens").port();
        NAMES.map(|name| format!("http://{name}:{port}/"))
    }

    /// Whether there was no connection.
    pub fn has_no_connection(&self) -> bool {
        self.0.accept().is_err()
    }
}

impl Default for ForbiddenListener {
    fn default() -> Self {
        Self::new()
    }
}
