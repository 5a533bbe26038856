//! TLS for tests: an authority that signs certificates, and the client's side of a connection.

use std::env;
use std::fs;
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::client::{ClientConfig, ClientConnection};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{RootCertStore, StreamOwned};
use tempfile::TempDir;
use tokio_rustls::rustls;

/// Set to test everything over TLS.
const EVERYTHING: &str = "COACHWHIP_TEST_TLS";

/// Whether everything is to be tested over TLS.
pub(super) fn is_for_everything() -> bool {
    env::var_os(EVERYTHING).is_some()
}

/// An authority with a folder of its own for the files that it makes.
#[derive(Debug)]
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// A certificate and its key, in PEM.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Pair {
    /// The options that name it.
    pub(crate) fn options(&self) -> [PathBuf; 4] {
        let [certificate, key] = [self.certificate.clone(), self.key.clone()];
        ["--tls-cert".into(), certificate, "--tls-key".into(), key]
    }
}

impl Authority {
    pub(crate) fn new() -> Arc<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, new_key()).expect("a certificate");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let authority = Self { issuer, folder };
        authority.write("authority.pem", authority.issuer.pem());
        Arc::new(authority)
    }

    pub(crate) fn issuer(&self) -> &CertifiedIssuer<'static, KeyPair> {
        &self.issuer
    }

    /// Its own certificate.
    pub(crate) fn file(&self) -> PathBuf {
        self.path("authority.pem")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into its folder.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("a file in a temporary folder");
        path
    }

    /// A new pair that is good for `names`, as `file.pem` and `file.key`.
    pub(crate) fn issue(&self, file: &str, names: &[&str]) -> Pair {
        self.issue_for(file, &params(names), &new_key())
    }

    /// The pair of a certificate for that key.
    pub(crate) fn issue_for(&self, file: &str, params: &CertificateParams, key: &KeyPair) -> Pair {
        let certificate = params.signed_by(key, &self.issuer).expect("a certificate");
        Pair {
            certificate: self.write(&format!("{file}.pem"), certificate.pem()),
            key: self.write(&format!("{file}.key"), key.serialize_pem()),
        }
    }

    /// What clients trust who trust this authority alone.
    pub(crate) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        let added = roots.add(self.issuer.der().clone());
        added.expect("it signs certificates");
        roots
    }

    /// Clients who trust this authority, and have no certificate.
    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        let config = ClientConfig::builder().with_root_certificates(self.roots());
        Arc::new(config.with_no_client_auth())
    }
}

/// What a certificate for `names` says.
pub(crate) fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().copied().map(str::to_owned).collect();
    CertificateParams::new(names).expect("names of hosts")
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("random numbers")
}

/// A TCP connection, with or without TLS.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// Begins TLS; the handshake is done with the first byte that is read or written.
    pub(crate) fn tls(socket: TcpStream, client: &Arc<ClientConfig>, name: &str) -> Self {
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let connection = ClientConnection::new(Arc::clone(client), name);
        let connection = connection.expect("a client's settings");
        Self::Tls(Box::new(StreamOwned::new(connection, socket)))
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => &stream.sock,
        }
    }

    /// What was agreed on.
    ///
    /// # Panics
    ///
    /// Without TLS.
    pub(crate) fn session(&mut self) -> &mut ClientConnection {
        match self {
            Self::Plain(_) => panic!("the connection is plain"),
            Self::Tls(stream) => &mut stream.conn,
        }
    }

    /// Reads on to the end; whether the server has said that it is one (`close_notify`, RFC 8446 section 6.1).
    ///
    /// # Panics
    ///
    /// Without TLS.
    pub(crate) fn is_end_said(&mut self) -> bool {
        let Self::Tls(stream) = self else {
            panic!("the connection is plain");
        };
        let mut bytes = [0; 1024];
        loop {
            match read(stream, &mut bytes) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }

    /// Does the handshake, where there is one to do.
    pub(crate) fn handshake(&mut self) -> Result<()> {
        if let Self::Tls(stream) = self {
            while stream.conn.is_handshaking() {
                stream.conn.complete_io(&mut stream.sock)?;
            }
        }
        Ok(())
    }
}

/// Reads what the server has sent. rustls's own way would fail where the server takes in nothing more, without looking.
fn read(stream: &mut StreamOwned<ClientConnection, TcpStream>, bytes: &mut [u8]) -> Result<usize> {
    loop {
        match stream.conn.reader().read(bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            read => return read,
        }
        stream.conn.read_tls(&mut stream.sock)?;
        let processed = stream.conn.process_new_packets();
        processed.map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
    }
}

impl Read for Stream {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(bytes),
            Self::Tls(stream) => match read(stream, bytes) {
                // As TCP alone would have it; `is_end_said` tells the difference.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
                read => read,
            },
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

impl Drop for Stream {
    /// Says the end, as well-behaved clients do.
    fn drop(&mut self) {
        if let Self::Tls(stream) = self {
            stream.conn.send_close_notify();
            let _ = stream.conn.write_tls(&mut stream.sock);
        }
    }
}

/// The first certificate of a file in PEM.
pub(crate) fn first_certificate(pem: &[u8]) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem).expect("a certificate")
}
