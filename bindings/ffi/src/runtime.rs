//! The threads behind the border: two for what waits, and as many as needed for what blocks.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::{LazyLock, PoisonError, RwLock};

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinError, JoinHandle};
use tokio_util::task::AbortOnDropHandle;

use crate::{FfiCallbackError, FfiError};

/// None only if the system gives no thread: then every call answers with an error instead of taking the app down.
static RUNTIME: LazyLock<RwLock<Option<Runtime>>> = LazyLock::new(|| {
    let built = Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(16)
        .thread_name("roadbook")
        .enable_all()
        .build();
    RwLock::new(built.ok())
});

fn on_runtime<T>(work: impl FnOnce(&Runtime) -> T) -> Result<T, FfiError> {
    let runtime = RUNTIME.read().unwrap_or_else(PoisonError::into_inner);
    runtime.as_ref().map(work).ok_or_else(|| FfiError::internal("no thread could be started"))
}

/// Starts a future that nobody waits for.
pub(crate) fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Result<JoinHandle<()>, FfiError> {
    on_runtime(|runtime| runtime.spawn(future))
}

/// Calls the app from a task. It may be slow, or never return: another thread takes over what else waits on this one.
pub(crate) fn call_app(call: impl FnOnce() -> Result<(), FfiCallbackError>) -> Result<(), FfiCallbackError> {
    tokio::task::block_in_place(call)
}

/// What a task answers, whatever that is. Compiled anew for each type of task, tokio and what waits here would take 0.2 MB
/// of what an app carries: so all are of one type.
type Answer = Box<dyn Any + Send>;

/// Runs work that blocks. It ends even if the returned future is dropped; a panic in it is an error of the call.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FfiError> + Send + 'static,
) -> Result<T, FfiError> {
    answer(blocked(Box::new(|| Box::new(work()))).await?)
}

async fn blocked(work: Box<dyn FnOnce() -> Answer + Send>) -> Result<Answer, FfiError> {
    on_runtime(|runtime| runtime.spawn_blocking(work))?.await.map_err(|e| ended(&e))
}

/// Runs a future on the runtime. Dropping the returned future drops it at its next point of rest.
pub(crate) async fn run<T: Send + 'static>(
    future: impl Future<Output = Result<T, FfiError>> + Send + 'static,
) -> Result<T, FfiError> {
    answer(spawned(Box::pin(async { Box::new(future.await) as Answer })).await?)
}

async fn spawned(future: Pin<Box<dyn Future<Output = Answer> + Send>>) -> Result<Answer, FfiError> {
    AbortOnDropHandle::new(on_runtime(|runtime| runtime.spawn(future))?).await.map_err(|e| ended(&e))
}

fn answer<T: 'static>(answer: Answer) -> Result<T, FfiError> {
    *answer.downcast().map_err(|_| FfiError::internal("the answer of another task"))?
}

fn ended(error: &JoinError) -> FfiError {
    if error.is_cancelled() { FfiError::cancelled() } else { FfiError::internal("a panic") }
}
