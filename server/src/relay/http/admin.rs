//! Administration: JSON for people and their scripts.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{delete, get, patch, post, put};
use roadbook_core::model::{BookId, DeviceId, MemberId, WorkspaceId};
use roadbook_core::wire::{
    FailureCode, Grant, Invitation, InvitationCreated, NewBook, NewInvitation, NewMember, NewMove, NewOrder,
    NewWorkspace, Secret,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::storage::{AdminCall, AdminDone};
use super::{Administrator, Failed, Form, Relay, bytes, fail, respond};

type Body = Result<Bytes, BytesRejection>;

/// Carries an administrator's call out.
async fn administer(relay: &Relay, call: Result<AdminCall, Failed>) -> Response {
    let answered = async {
        let call = call?;
        let name = call.name();
        let (done, wakes) = relay.storage().admin(call, relay.now()).await?;
        tracing::info!(action = name, "admin");
        relay.inner.live.wake(&wakes, None, None, relay.now());
        Ok(done)
    };
    match answered.await {
        Ok::<AdminDone, Failed>(done) => respond(Form::Json, StatusCode::OK, &done),
        Err(failed) => fail(Form::Json, failed),
    }
}

fn json<T: DeserializeOwned>(body: Body) -> Result<T, Failed> {
    serde_json::from_slice(&bytes(body)?).map_err(|e| Failed::new(FailureCode::Malformed, e.to_string()))
}

async fn invite(State(relay): State<Relay>, _: Administrator, body: Body) -> Response {
    let answered = async {
        let new: NewInvitation = json(body)?;
        let code = Secret::from_bytes(relay.inner.environment.bytes());
        let expires_at = relay.storage().invite(new, code.hash(), relay.now()).await?;
        let link = Invitation { relay: relay.inner.public_url.clone(), code }.to_string();
        Ok::<_, Failed>(InvitationCreated { link, expires_at })
    };
    match answered.await {
        Ok(created) => respond(Form::Json, StatusCode::OK, &created),
        Err(failed) => fail(Form::Json, failed),
    }
}

fn id<T>(path: Result<Path<T>, PathRejection>) -> Result<T, Failed> {
    path.map(|Path(id)| id).map_err(|e| Failed::new(FailureCode::Malformed, e.body_text()))
}

#[derive(Deserialize)]
struct Of {
    workspace: WorkspaceId,
}

/// The routes of `/v1/admin`: each reads one call and carries it out.
pub(super) fn routes() -> Router<Relay> {
    /// A route whose body is one JSON value.
    macro_rules! with_body {
        ($method:ident, $call:expr) => {
            $method(|State(relay): State<Relay>, _: Administrator, body: Body| async move {
                administer(&relay, json(body).map($call)).await
            })
        };
        ($method:ident, $id:ty, $call:expr) => {
            $method(
                |State(relay): State<Relay>,
                 _: Administrator,
                 path: Result<Path<$id>, PathRejection>,
                 body: Body| async move {
                    let call = id(path).and_then(|id| Ok($call(id, json(body)?)));
                    administer(&relay, call).await
                },
            )
        };
    }
    /// A route that lists something of a workspace.
    macro_rules! listing {
        ($call:expr) => {
            |State(relay): State<Relay>,
             _: Administrator,
             query: Result<Query<Of>, QueryRejection>| async move {
                let of = query.map_err(|e| Failed::new(FailureCode::Malformed, e.body_text()));
                administer(&relay, of.map(|of| $call(of.workspace))).await
            }
        };
    }
    Router::new()
        .route(
            "/workspaces",
            with_body!(post, |new: NewWorkspace| AdminCall::NewWorkspace(new)).get(
                |State(relay): State<Relay>, _: Administrator| async move {
                    administer(&relay, Ok(AdminCall::Workspaces)).await
                },
            ),
        )
        .route(
            "/members",
            with_body!(post, |new: NewMember| AdminCall::NewMember(new)).get(listing!(AdminCall::Members)),
        )
        .route("/members/{id}", with_body!(patch, MemberId, AdminCall::PatchMember))
        .route(
            "/books",
            with_body!(post, |new: NewBook| AdminCall::NewBook(new)).get(listing!(AdminCall::Books)),
        )
        .route("/books/{id}", with_body!(patch, BookId, AdminCall::PatchBook))
        .route(
            "/books/{id}/grants",
            with_body!(put, BookId, |id, grant: Grant| AdminCall::PutGrant(id, grant)),
        )
        .route(
            "/books/{id}/grants/{member}",
            delete(
                |State(relay): State<Relay>,
                 _: Administrator,
                 path: Result<Path<(BookId, MemberId)>, PathRejection>| async move {
                    let call = id(path).map(|(book, member)| AdminCall::DeleteGrant(book, member));
                    administer(&relay, call).await
                },
            ),
        )
        .route("/invitations", post(invite))
        .route("/devices", get(listing!(AdminCall::Devices)))
        .route(
            "/devices/{id}/order",
            with_body!(post, DeviceId, |id, new: NewOrder| AdminCall::Order(id, new)),
        )
        .route("/moves", with_body!(post, |new: NewMove| AdminCall::Move(new)))
        .route("/audit", get(listing!(AdminCall::Audit)))
}
