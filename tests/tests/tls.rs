//! A relay with a certificate of its own, and how it ends.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use roadbook_core::Error;
use roadbook_core::sync::{SyncState, Trust};
use roadbook_core::wire::Role;
use roadbook_tests::{Device, Office};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A relay with these certificates in turn, each from when it is renewed, and those who trust them all.
struct Certified {
    folder: TempDir,
    next: std::vec::IntoIter<(String, String)>,
}

impl Certified {
    /// By the years from and to which each is valid.
    async fn office(years: &[(i32, i32)]) -> (Self, Office) {
        let made = years.iter().map(|&(from, to)| {
            let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
            (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
            let key = KeyPair::generate().unwrap();
            (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
        });
        let made: Vec<_> = made.collect();
        let trust =
            Trust { extra_roots: Some(made.iter().map(|(certificate, _)| certificate.as_str()).collect()) };
        let mut certified = Self { folder: TempDir::new().unwrap(), next: made.into_iter() };
        let files = certified.renew();
        (certified, Office::open_with(trust, |options| options.tls = Some(files)).await)
    }

    fn files(&self) -> (PathBuf, PathBuf) {
        (self.folder.path().join("certificate.pem"), self.folder.path().join("key.pem"))
    }

    /// Puts the next one in its place.
    fn renew(&mut self) -> (PathBuf, PathBuf) {
        let files = self.files();
        let (certificate, key) = self.next.next().unwrap();
        std::fs::write(&files.0, certificate).unwrap();
        std::fs::write(&files.1, key).unwrap();
        files
    }
}

fn go_live(phone: &Device) -> (CancellationToken, JoinHandle<roadbook_core::Result<()>>) {
    let (client, stop) = (phone.client.clone(), CancellationToken::new());
    let until = stop.clone();
    (stop, tokio::spawn(async move { client.run(until).await }))
}

async fn all_sent(phone: &Device) {
    let sent = async {
        while phone.store.has_unsent_work().unwrap() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), sent).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_syncs_over_tls_with_the_relay_it_trusts_and_with_no_other() {
    let (_certified, office) = Certified::office(&[(2020, 4000)]).await;
    let wang = office.member("王", Role::Rep, None).await;
    let [phone, tablet] = [office.device(wang.id).await, office.device(wang.id).await];
    let account = phone.log("account", &[("name", "百草堂")]);
    phone.sync().await;
    tablet.sync().await;
    assert_eq!(tablet.get(account).fields.text("name"), Some("百草堂"));

    let stranger = Device::new();
    let link = office.invite(wang.id).await;
    let refused = stranger.client.enrol(&link, "phone").await.unwrap_err();
    assert!(matches!(refused, Error::Offline { .. }), "{refused:?}");
    assert!(refused.to_string().contains("certificate"), "{refused}");
    // The invitation was not spent.
    let known = Device::trusting(office.trust.clone());
    known.client.enrol(&link, "phone").await.unwrap();
    // Plain HTTP at a TLS port.
    let plain = link.replace("https://", "http://");
    let refused = Device::new().client.enrol(&plain, "phone").await.unwrap_err();
    assert!(matches!(refused, Error::Offline { .. }), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_served_without_a_restart() {
    let (mut certified, office) = Certified::office(&[(2020, 4000), (2020, 4000)]).await;
    let wang = office.member("王", Role::Rep, None).await;
    let phone = office.device(wang.id).await;
    let link = office.invite(wang.id).await;
    let (new, _) = certified.next.as_slice()[0].clone();
    let knows_the_new = Device::trusting(Trust { extra_roots: Some(new.clone()) });
    // In the middle of a renewal the key is of the other: the old one is served.
    std::fs::write(certified.files().0, new).unwrap();
    let refused = knows_the_new.client.enrol(&link, "phone").await.unwrap_err();
    assert!(matches!(refused, Error::Offline { .. }), "{refused:?}");
    let tablet = office.device(wang.id).await;
    certified.renew();
    knows_the_new.client.enrol(&link, "phone").await.unwrap();
    for device in [&phone, &tablet] {
        device.log("account", &[("name", "百草堂")]);
        device.sync().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_told_to_stop_ends_live_connections_and_keeps_everything() {
    let (_certified, mut office) = Certified::office(&[(2020, 4000)]).await;
    let wang = office.member("王", Role::Rep, None).await;
    let phone = office.device(wang.id).await;
    let (stop, live) = go_live(&phone);
    let account = phone.log("account", &[("name", "百草堂")]);
    all_sent(&phone).await;
    tokio::time::timeout(Duration::from_secs(5), office.stop()).await.expect("live connections hold it up");
    stop.cancel();
    live.await.unwrap().unwrap();
    assert!(matches!(phone.client.sync_once(Duration::from_secs(5)).await, Err(Error::Offline { .. })));
    office.start().await;
    let tablet = office.device(wang.id).await;
    assert_eq!(tablet.get(account).fields.text("name"), Some("百草堂"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_whose_clock_is_before_or_after_the_relays_certificate_is_told_and_loses_nothing() {
    let (mut certified, mut office) =
        Certified::office(&[(2020, 4000), (2019, 2020), (3000, 4000), (2020, 4000)]).await;
    let wang = office.member("王", Role::Rep, None).await;
    let phone = office.device(wang.id).await;
    let (stop, live) = go_live(&phone);
    for clock in ["ahead", "behind"] {
        office.stop().await;
        certified.renew();
        office.start().await;
        let refused = phone.client.sync_once(Duration::from_secs(5)).await.unwrap_err();
        assert!(matches!(refused, Error::WrongClock { .. }), "{refused:?}");
        phone.client.nudge();
        let told = async {
            let mut state = phone.client.state();
            let is_told = |state: &SyncState| matches!(state, SyncState::Waiting { because, .. } if matches!(**because, Error::WrongClock { .. }));
            state.wait_for(is_told).await.unwrap();
        };
        tokio::time::timeout(Duration::from_secs(20), told).await.unwrap();
        phone.log("account", &[("name", clock)]);
    }
    office.stop().await;
    certified.renew();
    office.start().await;
    phone.client.nudge();
    all_sent(&phone).await;
    stop.cancel();
    live.await.unwrap().unwrap();
}
