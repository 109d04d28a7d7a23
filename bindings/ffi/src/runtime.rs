//! The threads behind the border: two for what waits, and as many as needed for what blocks.

use std::future::Future;
use std::sync::{LazyLock, PoisonError, RwLock};

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinError, JoinHandle};

use crate::FfiError;

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

/// Runs work that blocks. It ends even if the returned future is dropped; a panic in it is an error of the call.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FfiError> + Send + 'static,
) -> Result<T, FfiError> {
    on_runtime(|runtime| runtime.spawn_blocking(work))?.await.map_err(|e| ended(&e))?
}

/// Runs a future on the runtime. Dropping the returned future drops it at its next point of rest.
pub(crate) async fn run<T: Send + 'static>(
    future: impl Future<Output = Result<T, FfiError>> + Send + 'static,
) -> Result<T, FfiError> {
    let mut task = AbortOnDrop(on_runtime(|runtime| runtime.spawn(future))?);
    (&mut task.0).await.map_err(|e| ended(&e))?
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn ended(error: &JoinError) -> FfiError {
    if error.is_cancelled() { FfiError::cancelled() } else { FfiError::internal("a panic") }
}
