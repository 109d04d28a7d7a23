//! A TCP proxy that counts every byte, both ways, and may take its time over them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A running proxy.
#[derive(Debug)]
pub struct Counting {
    /// Where it listens, as a URL.
    pub address: String,
    bytes: Arc<AtomicUsize>,
}

impl Counting {
    /// Bytes so far, both ways.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// Starts a proxy in front of an `http://` address.
pub async fn proxy(to: &str) -> Counting {
    slow_proxy(to, Duration::ZERO).await
}

/// One through which every byte travels for so long, in either direction.
pub async fn slow_proxy(to: &str, delay: Duration) -> Counting {
    let to = to.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let bytes = Arc::new(AtomicUsize::new(0));
    let counted = bytes.clone();
    tokio::spawn(async move {
        while let Ok((inner, _)) = listener.accept().await {
            let Ok(outer) = TcpStream::connect(&to).await else { continue };
            let _ = (inner.set_nodelay(true), outer.set_nodelay(true));
            let ((a, b), (c, d)) = (inner.into_split(), outer.into_split());
            tokio::spawn(copy(a, d, delay, counted.clone()));
            tokio::spawn(copy(c, b, delay, counted.clone()));
        }
    });
    Counting { address, bytes }
}

async fn copy(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    delay: Duration,
    counted: Arc<AtomicUsize>,
) {
    let (send, mut travelling) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((due, bytes)) = travelling.recv().await {
            tokio::time::sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                break;
            }
        }
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        counted.fetch_add(read, Ordering::Relaxed);
        if send.send((Instant::now() + delay, buffer[..read].to_vec())).is_err() {
            break;
        }
    }
}
