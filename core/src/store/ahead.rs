//! Work that needs no database, done on another core a little ahead of the writer: understanding what came, encoding what
//! is new. It takes about as long as writing.

use std::sync::mpsc;
use std::thread;

/// Fewer are not worth a thread.
const WORTH_A_THREAD: usize = 64;
/// Handed over together: one by one, waking each other would cost more than the work.
const PART: usize = 64;
/// Parts ahead, at most: bounds the memory.
const AHEAD: usize = 4;

/// Calls `write` with what `prepare` makes of `items`, in order.
pub(super) fn ahead<I: Send, P: Send, T>(
    mut items: impl ExactSizeIterator<Item = I> + Send,
    prepare: impl Fn(I) -> P + Send,
    write: impl FnOnce(&mut dyn Iterator<Item = P>) -> T,
) -> T {
    if items.len() < WORTH_A_THREAD {
        return write(&mut items.map(prepare));
    }
    thread::scope(|scope| {
        let (send, prepared) = mpsc::sync_channel(AHEAD);
        scope.spawn(move || {
            loop {
                let part: Vec<P> = items.by_ref().take(PART).map(&prepare).collect();
                // Ends early when the writer does.
                if part.is_empty() || send.send(part).is_err() {
                    return;
                }
            }
        });
        write(&mut prepared.into_iter().flatten())
    })
}
