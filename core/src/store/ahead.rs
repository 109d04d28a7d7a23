//! Work that needs no database, done on another core a little ahead of the writer: understanding what came, encoding what
//! is new. It takes about as long as writing.

use std::sync::mpsc;
use std::thread;

/// Fewer are not worth a thread.
const WORTH_A_THREAD: usize = 64;
/// How far ahead, at most: bounds the memory.
const AHEAD: usize = 256;

/// Calls `write` with what `prepare` makes of `items`, in order.
pub(super) fn ahead<I: Send, P: Send, T>(
    items: impl ExactSizeIterator<Item = I> + Send,
    prepare: impl Fn(I) -> P + Send,
    write: impl FnOnce(&mut dyn Iterator<Item = P>) -> T,
) -> T {
    if items.len() < WORTH_A_THREAD {
        return write(&mut items.map(prepare));
    }
    thread::scope(|scope| {
        let (send, prepared) = mpsc::sync_channel(AHEAD);
        scope.spawn(move || {
            // Ends early when the writer does.
            items.map(prepare).all(|item| send.send(item).is_ok())
        });
        write(&mut prepared.into_iter())
    })
}
