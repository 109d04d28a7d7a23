//! The threads behind the border: two for what waits, and as many as needed for what blocks.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::{LazyLock, PoisonError, RwLock};

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinError, JoinHandle};
use tokio_util::task::AbortOnDropHandle;

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

/// What a task answers, whatever that is. Tokio compiles some ten functions for each type of task: so all are of one.
type Answer = Box<dyn Any + Send>;

/// Runs work that blocks. It ends even if the returned future is dropped; a panic in it is an error of the call.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FfiError> + Send + 'static,
) -> Result<T, FfiError> {
    let work: Box<dyn FnOnce() -> Answer + Send> = Box::new(|| Box::new(work()));
    answer(on_runtime(|runtime| runtime.spawn_blocking(work))?.await)
}

/// Runs a future on the runtime. Dropping the returned future drops it at its next point of rest.
pub(crate) async fn run<T: Send + 'static>(
    future: impl Future<Output = Result<T, FfiError>> + Send + 'static,
) -> Result<T, FfiError> {
    let future: Pin<Box<dyn Future<Output = Answer> + Send>> =
        Box::pin(async { Box::new(future.await) as Answer });
    answer(AbortOnDropHandle::new(on_runtime(|runtime| runtime.spawn(future))?).await)
}

fn answer<T: 'static>(ended: Result<Answer, JoinError>) -> Result<T, FfiError> {
    let answer = ended
        .map_err(|e| if e.is_cancelled() { FfiError::cancelled() } else { FfiError::internal("a panic") })?;
    *answer.downcast().map_err(|_| FfiError::internal("the answer of another task"))?
}
