//! A relay on a socket: its folder, its certificates, its end.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use roadbook_core::Environment;
use roadbook_core::wire::Secret;
use rustls::crypto::ring;
use tokio_util::sync::CancellationToken;

use super::certificate::Certificate;
use super::http::{Relay, app};
use super::sqlite::Sqlite;
use super::storage::StorageError;

/// The file the admin token is kept in, unless it is given.
const ADMIN_TOKEN: &str = "admin.token";
/// Requests in flight have this long to end at shutdown.
const GRACE: Duration = Duration::from_secs(10);
/// A new connection is to ask for something within this time.
const FIRST: Duration = Duration::from_secs(30);
/// A connection that asks for nothing more is closed after this time. Longer than devices keep one that idles, so that it is
/// theirs to close.
const SILENT: Duration = Duration::from_secs(120);
/// How often house is kept.
const MAINTAIN: Duration = Duration::from_secs(60);

/// How a relay runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its folder: the database, the journal of revocations, the admin token unless it is given.
    pub folder: PathBuf,
    /// Where it listens. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// PEM files of a certificate chain and its key, read again when they are renewed. Without them it serves plain HTTP, for
    /// loopback or a proxy.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The token for `/v1/admin`, 64 hexadecimal digits. Without one it is made once and kept in `admin.token`.
    pub admin_token: Option<String>,
    /// The address devices reach it at, for invitation links. By default what it listens on.
    pub public_url: Option<String>,
    /// Requests one device may make in a minute; `None` does not limit.
    pub rate: Option<u32>,
}

/// Why a relay cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of its folder or of its options.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// It cannot listen there.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The certificate or key.
    #[error("the certificate or its key: {0}")]
    Tls(String),
    /// The admin token.
    #[error("the admin token is 64 hexadecimal digits; this one is not")]
    AdminToken,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    |source| Error::File { path, source }
}

/// Runs a relay until `stop` is cancelled and every request in flight is answered. `ready` is told the address it
/// listens on.
pub async fn serve(
    options: Options,
    stop: CancellationToken,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), Error> {
    std::fs::create_dir_all(&options.folder).map_err(file(&options.folder))?;
    let environment = Environment::system();
    let admin_token = admin_token(&options, &environment)?;
    let tls = options.tls.as_ref().map(|(chain, key)| tls(chain, key)).transpose()?;
    let listen = |source| Error::Listen { address: options.listen, source };
    let listener = TcpListener::bind(options.listen).map_err(listen)?;
    listener.set_nonblocking(true).map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let public_url = options.public_url.clone().unwrap_or_else(|| format!("{scheme}://{address}"));
    let storage = Arc::new(Sqlite::open(&options.folder, environment.clone(), None).await?);
    let relay = Relay::new(
        storage,
        environment,
        &admin_token,
        public_url.trim_end_matches('/').to_owned(),
        options.rate,
    );
    let handle = Handle::new();
    let house = tokio::spawn(keep_house(relay.clone(), stop.clone(), handle.clone()));
    tracing::info!(%address, scheme, folder = %options.folder.display(), "relay listens");
    ready(address);
    let service = app(relay.clone()).into_make_service();
    // A wake-up is a few bytes: Nagle's algorithm would hold it back until the one before is acknowledged.
    let at_once = NoDelayAcceptor::new();
    let served = match tls {
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls).acceptor(at_once);
            let server = axum_server::from_tcp(listener).map_err(listen)?.acceptor(acceptor);
            patient(server).handle(handle).serve(service).await
        }
        None => {
            let server = axum_server::from_tcp(listener).map_err(listen)?.acceptor(at_once);
            patient(server).handle(handle).serve(service).await
        }
    };
    stop.cancel();
    let _ = house.await;
    tracing::info!("relay stopped");
    served.map_err(listen)
}

/// Ends connections that say nothing: whoever opens them has no token to be told apart by.
fn patient<A>(mut server: Server<SocketAddr, A>) -> Server<SocketAddr, A> {
    server.http_builder().http1().header_read_timeout(SILENT);
    server.first_request_timeout(FIRST)
}

async fn keep_house(relay: Relay, stop: CancellationToken, handle: Handle<SocketAddr>) {
    let mut every = tokio::time::interval(MAINTAIN);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = every.tick() => {
                if let Err(error) = relay.maintain().await {
                    tracing::error!(%error, "keeping house failed");
                }
            }
        }
    }
    // Live connections would keep the server open for ever.
    relay.end_live();
    handle.graceful_shutdown(Some(GRACE));
}

/// The admin token: as given, or as kept in the folder, made at the first start.
fn admin_token(options: &Options, environment: &Environment) -> Result<Secret, Error> {
    if let Some(token) = &options.admin_token {
        return Secret::parse(token.trim()).ok_or(Error::AdminToken);
    }
    let path = options.folder.join(ADMIN_TOKEN);
    match std::fs::read_to_string(&path) {
        Ok(token) => Secret::parse(token.trim()).ok_or(Error::AdminToken),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let token = Secret::from_bytes(environment.bytes());
            write_private(&path, token.reveal()).map_err(file(&path))?;
            Ok(token)
        }
        Err(error) => Err(file(&path)(error)),
    }
}

/// Writes a file that only its owner reads.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

fn tls(chain: &Path, key: &Path) -> Result<RustlsConfig, Error> {
    let certificate = Certificate::open(chain.to_owned(), key.to_owned()).map_err(Error::Tls)?;
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Tls(error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(certificate));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}
