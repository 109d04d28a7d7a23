//! The relay's certificate, read from its files, and read again when they are renewed: nobody has to restart a relay in the
//! night in which its certificate ends.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// PEM files of a certificate chain and its key, which each connection is served from as they are at that moment.
#[derive(Debug)]
pub(super) struct Certificate {
    files: (PathBuf, PathBuf),
    provider: CryptoProvider,
    served: Mutex<Served>,
}

#[derive(Debug)]
struct Served {
    key: Arc<CertifiedKey>,
    /// When the files were written that were read last, of whatever use they were.
    written: Option<Written>,
}

type Written = (SystemTime, SystemTime);

impl Certificate {
    pub(super) fn open(chain: PathBuf, key: PathBuf) -> Result<Self, String> {
        let (files, provider) = ((chain, key), ring::default_provider());
        let written = written(&files);
        let key = Arc::new(read(&files, &provider)?);
        Ok(Self { files, provider, served: Mutex::new(Served { key, written }) })
    }

    fn now(&self) -> Arc<CertifiedKey> {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let written = written(&self.files);
        if written != served.written {
            served.written = written;
            match read(&self.files, &self.provider) {
                Ok(key) => {
                    tracing::info!("the certificate was renewed");
                    served.key = Arc::new(key);
                }
                // Between the two files of a renewal, too: the second is noticed by its own time.
                Err(error) => tracing::warn!(error, "a renewed certificate cannot be used; the old one is"),
            }
        }
        served.key.clone()
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}

fn written((chain, key): &(PathBuf, PathBuf)) -> Option<Written> {
    let of = |file: &PathBuf| std::fs::metadata(file).and_then(|file| file.modified()).ok();
    of(chain).zip(of(key))
}

fn read((chain, key): &(PathBuf, PathBuf), provider: &CryptoProvider) -> Result<CertifiedKey, String> {
    let chain = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect)
        .map_err(|error| format!("{}: {error}", chain.display()))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| format!("{}: {error}", key.display()))?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| error.to_string())
}
