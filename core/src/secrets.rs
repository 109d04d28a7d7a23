//! The platform's key store, which keeps what protects this device's token.
//!
//! The token itself stays in the store's file, so that it changes in the same transaction as everything an enrolment or a
//! rotation changes; with a key store it is sealed there, under a key that only the key store has. A copy of the file,
//! or a backup of it on another phone, then holds no token that works.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::wire::Secret;
use crate::{Environment, Error, Result};

/// Why a key store did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The phone has not been unlocked since it was started.
    #[error("the phone is locked")]
    Locked,
    /// Anything else.
    #[error("the key store failed")]
    Failed,
}

/// Keeps one secret of the app: the Android Keystore, the iOS Keychain, or anything like them. Asked for the first time
/// when the device is enrolled or first syncs, never to save or to read a record.
pub trait SecretStore: Send + Sync {
    /// The secret; `None` if there is none, or none any more.
    fn read(&self) -> Result<Option<String>, SecretError>;
    /// Keeps this secret, in the place of any other: 64 hexadecimal digits.
    fn write(&self, secret: &str) -> Result<(), SecretError>;
    /// Forgets it: the device was wiped.
    fn erase(&self) -> Result<(), SecretError>;
}

/// A key store and the key it gave, kept until the store is paused.
#[derive(Clone, Default)]
pub(crate) struct Keys {
    secrets: Option<Arc<dyn SecretStore>>,
    key: Arc<Mutex<Option<Secret>>>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    pub(crate) fn new(secrets: Option<Arc<dyn SecretStore>>) -> Self {
        Self { secrets, key: Arc::default() }
    }

    /// Whether tokens are to be sealed.
    pub(crate) fn seals(&self) -> bool {
        self.secrets.is_some()
    }

    /// A text sealed under the key; the key is made at the first call.
    pub(crate) fn seal(&self, text: &str, environment: &Environment) -> Result<Vec<u8>> {
        let key = match self.key()? {
            Some(key) => key,
            None => {
                let key = Secret::from_bytes(environment.bytes());
                self.secrets()?.write(key.reveal())?;
                self.keep(Some(key.clone()));
                key
            }
        };
        let nonce: [u8; NONCE_LEN] = environment.bytes();
        let mut sealed = text.as_bytes().to_vec();
        cipher(&key)?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
            .map_err(|_| Error::internal("the token could not be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// What [`Self::seal`] sealed; `None` if the key it was sealed under is gone.
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Option<String>> {
        let Some(key) = self.key()? else { return Ok(None) };
        let Some((nonce, sealed)) = sealed.split_first_chunk::<NONCE_LEN>() else { return Ok(None) };
        let mut text = sealed.to_vec();
        let opened =
            cipher(&key)?.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut text);
        Ok(opened.ok().and_then(|text| String::from_utf8(text.to_vec()).ok()))
    }

    /// Forgets the key here; the key store is asked for it again.
    pub(crate) fn lock(&self) {
        self.keep(None);
    }

    /// Forgets the key for good.
    pub(crate) fn erase(&self) -> Result<()> {
        self.lock();
        match &self.secrets {
            Some(secrets) => Ok(secrets.erase()?),
            None => Ok(()),
        }
    }

    fn key(&self) -> Result<Option<Secret>> {
        let kept = self.key.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if kept.is_some() {
            return Ok(kept);
        }
        let read = self.secrets()?.read()?.as_deref().and_then(Secret::parse);
        self.keep(read.clone());
        Ok(read)
    }

    fn keep(&self, key: Option<Secret>) {
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = key;
    }

    fn secrets(&self) -> Result<&dyn SecretStore> {
        // An app that gave a key store once has to give it always.
        self.secrets.as_deref().ok_or(Error::KeyStore)
    }
}

fn cipher(key: &Secret) -> Result<LessSafeKey> {
    let bytes = key.to_bytes();
    let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| Error::internal("a key's length"))?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    use std::panic::AssertUnwindSafe;

    use roadbook_spoilt::{Spoil, bytes};

    use super::*;

    #[derive(Default)]
    struct Phone {
        secret: Mutex<Option<String>>,
        locked: Mutex<bool>,
    }

    impl SecretStore for Phone {
        fn read(&self) -> Result<Option<String>, SecretError> {
            if *self.locked.lock().unwrap() {
                Err(SecretError::Locked)
            } else {
                Ok(self.secret.lock().unwrap().clone())
            }
        }
        fn write(&self, secret: &str) -> Result<(), SecretError> {
            *self.secret.lock().unwrap() = Some(secret.to_owned());
            Ok(())
        }
        fn erase(&self) -> Result<(), SecretError> {
            *self.secret.lock().unwrap() = None;
            Ok(())
        }
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_only() {
        let (phone, environment) = (Arc::new(Phone::default()), Environment::system());
        let keys = Keys::new(Some(phone.clone()));
        assert_eq!(keys.open(&[0; 92]).unwrap(), None, "no key was made yet");
        let (once, twice) =
            (keys.seal("token", &environment).unwrap(), keys.seal("token", &environment).unwrap());
        assert_ne!(once, twice);
        assert!(!once.windows(5).any(|part| part == b"token"));
        for sealed in [&once, &twice] {
            assert_eq!(keys.open(sealed).unwrap().as_deref(), Some("token"));
            assert_eq!(Keys::new(Some(phone.clone())).open(sealed).unwrap().as_deref(), Some("token"));
        }
        let mut spoilt = once.clone();
        spoilt[20] ^= 1;
        assert_eq!(keys.open(&spoilt).unwrap(), None);
        assert_eq!(keys.open(&once[..5]).unwrap(), None);

        *phone.locked.lock().unwrap() = true;
        keys.lock();
        assert!(matches!(keys.open(&once), Err(Error::KeyLocked)));
        *phone.locked.lock().unwrap() = false;
        keys.erase().unwrap();
        assert_eq!(keys.open(&once).unwrap(), None, "gone for good");
        assert!(matches!(Keys::new(None).open(&once), Err(Error::KeyStore)));
    }
    /// Whatever stands where a sealed token stood, it opens to that token or to nothing.
    #[test]
    fn whatever_is_not_what_was_sealed_opens_to_nothing() {
        let keys = Keys::new(Some(Arc::new(Phone::default())));
        let sealed = keys.seal("token", &Environment::system()).unwrap();
        let keys = AssertUnwindSafe(keys);
        bolero::check!().with_type::<(Vec<Spoil>, Vec<u8>)>().for_each(|(spoils, noise)| {
            for other in [bytes(&sealed, spoils), noise.clone()] {
                let opened = keys.open(&other).unwrap();
                assert_eq!(opened.as_deref(), (other == sealed).then_some("token"));
            }
        });
    }
}
