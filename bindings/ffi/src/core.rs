//! The object an app holds: a store and what syncs it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use roadbook_core::model::Defaults;
use roadbook_core::sync::{Client, ClientOptions, Trust};
use roadbook_core::{Options, Store};
use tokio_util::sync::CancellationToken;

use crate::secrets::Foreign;
use crate::{FfiError, FfiSecretStore, runtime};

/// How a store is opened.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiOptions {
    /// IANA zone assumed where a text names none.
    pub zone: String,
    /// ISO 4217 code assumed where a text names none.
    pub currency: String,
    /// PEM certificates of a company's own authority, besides the public ones.
    pub extra_roots: Option<String>,
}

/// A store and what syncs it.
#[derive(Debug, uniffi::Object)]
pub struct RoadbookCore {
    pub(crate) client: Client,
    /// Stops live sync, while it runs.
    pub(crate) live: Mutex<Option<CancellationToken>>,
}

#[uniffi::export]
impl RoadbookCore {
    /// Opens the store in a folder, and makes both if they are not there. With a key store, the device's token is sealed
    /// under a key of it.
    #[uniffi::constructor]
    pub async fn open(
        folder: String,
        options: FfiOptions,
        secrets: Option<Arc<dyn FfiSecretStore>>,
    ) -> Result<Arc<Self>, FfiError> {
        let currency = options.currency.parse().map_err(|()| {
            FfiError::argument(
                "currency",
                "should be three upper-case letters, e.g. CNY",
                "应为三个大写字母，如 CNY",
            )
        })?;
        let defaults = Defaults { zone: options.zone, currency };
        runtime::blocking(move || {
            let options = (
                Options {
                    defaults,
                    secrets: secrets.map(|s| Arc::new(Foreign(s)) as _),
                    ..Options::default()
                },
                ClientOptions { trust: Trust { extra_roots: options.extra_roots } },
            );
            let store = roadbook_core::open(&PathBuf::from(folder), options.0, &mut |_, _| {})?;
            Ok(Arc::new(Self { client: Client::new(store, &options.1)?, live: Mutex::default() }))
        })
        .await
    }

    /// Looks for damage in the store's file, everywhere. Fails with `Damaged` if there is any.
    pub async fn verify(&self) -> Result<(), FfiError> {
        self.on_store(|store| Ok(store.verify()?)).await
    }

    /// Lets go of the store's file: returns once every transaction has ended and every lock is given up.
    pub async fn pause(&self) -> Result<(), FfiError> {
        let client = self.client.clone();
        runtime::run(async move { Ok(client.pause().await?) }).await
    }

    /// Opens the file again. Live sync goes on by itself.
    pub async fn resume(&self) -> Result<(), FfiError> {
        let client = self.client.clone();
        runtime::run(async move { Ok(client.resume().await?) }).await
    }

    /// Whether the store is paused.
    pub fn is_paused(&self) -> bool {
        self.store().is_paused()
    }
}

/// What a salvage kept, and what it could not.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiSalvaged {
    /// Where the damaged file is now.
    pub damaged: String,
    /// Whether the device is still enrolled.
    pub enrolled: bool,
    /// Records that can be read at once.
    pub records: u64,
    /// Changes the relay does not have yet, and that are kept.
    pub unsent: u64,
    /// The record of each unsent change that is lost; none where it is not known any more.
    pub lost: Vec<Option<String>>,
}

/// Carries what a damaged store still holds over into a fresh one in its place. Nobody may have it open.
#[uniffi::export]
pub async fn salvage(folder: String) -> Result<FfiSalvaged, FfiError> {
    runtime::blocking(move || {
        let salvaged = roadbook_core::salvage(&PathBuf::from(folder), Options::default(), &mut |_, _| {})?;
        Ok(FfiSalvaged {
            damaged: salvaged.damaged.display().to_string(),
            enrolled: salvaged.enrolled,
            records: salvaged.records,
            unsent: salvaged.unsent,
            lost: salvaged.lost.iter().map(|lost| lost.record.map(|id| id.to_string())).collect(),
        })
    })
    .await
}

impl RoadbookCore {
    pub(crate) fn store(&self) -> &Store {
        self.client.store()
    }

    /// Runs work on the store where blocking is allowed.
    pub(crate) async fn on_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, FfiError> + Send + 'static,
    ) -> Result<T, FfiError> {
        let store = self.store().clone();
        runtime::blocking(move || work(&store)).await
    }
}
