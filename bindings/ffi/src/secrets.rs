//! The platform's key store, implemented by the app.

use std::sync::Arc;

use roadbook_core::{SecretError, SecretStore};

/// Why a key store did not answer.
#[derive(Debug, Clone, thiserror::Error, uniffi::Error)]
pub enum FfiSecretError {
    /// The phone has not been unlocked since it was started.
    #[error("the phone is locked")]
    Locked,
    /// Anything else.
    #[error("the key store failed")]
    Failed,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for FfiSecretError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

/// Keeps one secret of the app.
#[uniffi::export(with_foreign)]
pub trait FfiSecretStore: Send + Sync {
    /// The secret; none if there is none, or none any more.
    fn read(&self) -> Result<Option<String>, FfiSecretError>;
    /// Keeps this secret, in the place of any other.
    fn write(&self, secret: String) -> Result<(), FfiSecretError>;
    /// Forgets it.
    fn erase(&self) -> Result<(), FfiSecretError>;
}

/// The app's key store, as the core sees it.
pub(crate) struct Foreign(pub(crate) Arc<dyn FfiSecretStore>);

impl SecretStore for Foreign {
    fn read(&self) -> Result<Option<String>, SecretError> {
        Ok(self.0.read()?)
    }
    fn write(&self, secret: &str) -> Result<(), SecretError> {
        Ok(self.0.write(secret.to_owned())?)
    }
    fn erase(&self) -> Result<(), SecretError> {
        Ok(self.0.erase()?)
    }
}

impl From<FfiSecretError> for SecretError {
    fn from(error: FfiSecretError) -> Self {
        match error {
            FfiSecretError::Locked => Self::Locked,
            FfiSecretError::Failed => Self::Failed,
        }
    }
}
