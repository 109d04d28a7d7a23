//! What a socket shows by chance only: who hangs up, and who sends without being asked in.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{StreamExt as _, poll};
use roadbook_core::wire::{Member, MemberPatch, NewMember, NewWorkspace, Role, Workspace};
use tower::ServiceExt as _;

use super::super::sqlite::Sqlite;
use super::*;

async fn relay() -> (tempfile::TempDir, Relay, Secret) {
    let folder = tempfile::tempdir().unwrap();
    let storage = Arc::new(Sqlite::open(folder.path(), Environment::system(), None).await.unwrap());
    let token = Secret::from_bytes([7; 32]);
    let relay = Relay::new(storage, Environment::system(), &token, "http://127.0.0.1".to_owned(), None);
    (folder, relay, token)
}

fn admin(token: &Secret, method: &str, path: &str, body: &impl Serialize) -> Request {
    axum::http::Request::builder()
        .method(method)
        .uri(format!("/v1/admin/{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()))
        .body(Body::from(serde_json::to_vec(body).unwrap()))
        .unwrap()
}

async fn answered<T: DeserializeOwned>(relay: &Relay, request: Request) -> T {
    let response = app(relay.clone()).oneshot(request).await.unwrap();
    serde_json::from_slice(&axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap()
}

#[tokio::test]
async fn who_hangs_up_has_been_heard() {
    let (_folder, relay, token) = relay().await;
    let new = NewWorkspace { name: "华东".to_owned(), id: None, common_book: None };
    let workspace: Workspace = answered(&relay, admin(&token, "POST", "workspaces", &new)).await;
    let new = NewMember {
        workspace: workspace.id,
        name: "王".to_owned(),
        role: Role::Rep,
        reports_to: None,
        id: None,
        book: None,
    };
    let wang: Member = answered(&relay, admin(&token, "POST", "members", &new)).await;
    let active = async || relay.storage().org(workspace.id).await.unwrap().members[&wang.id].active;
    assert!(active().await);
    let leaves = MemberPatch { active: Some(false), ..MemberPatch::default() };
    let request = admin(&token, "PATCH", &format!("members/{}", wang.id), &leaves);
    let mut asking = Box::pin(app(relay.clone()).oneshot(request));
    assert!(poll!(&mut asking).is_pending());
    tokio::task::yield_now().await;
    drop(asking);
    for _ in 0..500 {
        if !active().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the member who left still has their rights");
}

#[tokio::test]
async fn the_bodies_of_strangers_are_not_read() {
    let (_folder, relay, _) = relay().await;
    for (method, path) in [("POST", "/v1/sync"), ("POST", "/v1/token"), ("POST", "/v1/admin/members")] {
        let read = Arc::new(AtomicBool::new(false));
        let seen = read.clone();
        let body = stream::repeat_with(move || {
            seen.store(true, Ordering::Relaxed);
            Ok::<_, std::io::Error>(vec![0_u8; 1024])
        });
        let request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", "0".repeat(64)))
            .body(Body::from_stream(body.take(1 << 10)))
            .unwrap();
        let response = app(relay.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert!(!read.load(Ordering::Relaxed), "{path}: read what a stranger sent");
    }
}
