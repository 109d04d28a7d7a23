//! A relay with a certificate of its own, and how it ends.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use roadbook_core::Error;
use roadbook_core::sync::Trust;
use roadbook_core::wire::Role;
use roadbook_tests::{Device, Office};
use tempfile::TempDir;

async fn office(folder: &TempDir) -> Office {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let trust = Trust { extra_roots: Some(made.cert.pem()) };
    Office::open_with(trust, |options| options.tls = Some((certificate, key))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_syncs_over_tls_with_the_relay_it_trusts_and_with_no_other() {
    let folder = TempDir::new().unwrap();
    let office = office(&folder).await;
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
async fn a_relay_that_is_told_to_stop_ends_live_connections_and_keeps_everything() {
    let folder = TempDir::new().unwrap();
    let mut office = office(&folder).await;
    let wang = office.member("王", Role::Rep, None).await;
    let phone = office.device(wang.id).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let live = tokio::spawn({
        let (client, stop) = (phone.client.clone(), stop.clone());
        async move { client.run(stop).await }
    });
    let account = phone.log("account", &[("name", "百草堂")]);
    let sent = async {
        while phone.store.has_unsent_work().unwrap() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), sent).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), office.stop()).await.expect("live connections hold it up");
    stop.cancel();
    live.await.unwrap().unwrap();
    assert!(matches!(phone.client.sync_once(Duration::from_secs(5)).await, Err(Error::Offline { .. })));
    office.start().await;
    let tablet = office.device(wang.id).await;
    assert_eq!(tablet.get(account).fields.text("name"), Some("百草堂"));
}
