//! The relay.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

/// How a relay runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its folder: the database, the journal of revocations, the admin token unless it is given.
    pub folder: PathBuf,
    /// Where it listens. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// PEM files of a certificate chain and its key. Without them it serves plain HTTP, for loopback or a proxy.
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
    /// Something in its options or its folder.
    #[error("{0}")]
    Setup(String),
}

/// Runs a relay until `stop` is cancelled and every request in flight is answered. `ready` is told the address it
/// listens on.
pub async fn serve(
    options: Options,
    stop: CancellationToken,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), Error> {
    ready(options.listen);
    stop.cancelled().await;
    Err(Error::Setup("not written yet".to_owned()))
}
