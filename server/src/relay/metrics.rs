//! Counters for `/metrics`, in the text format that Prometheus reads. No label holds anything of a customer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use roadbook_core::wire::{Ack, SyncAnswer};

/// Upper bounds of the latency buckets, in seconds.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0];

#[derive(Debug, Default)]
struct Counts {
    requests: BTreeMap<(&'static str, u16), u64>,
    latency: BTreeMap<&'static str, ([u64; 8], u64, f64)>,
    pushes: BTreeMap<String, u64>,
    pulled: u64,
}

/// What a relay has done since it started.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    counts: Mutex<Counts>,
}

impl Metrics {
    /// Counts a request.
    pub(super) fn request(&self, path: &'static str, status: u16, took: Duration) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.requests.entry((path, status)).or_default() += 1;
        let (buckets, total, sum) = counts.latency.entry(path).or_default();
        let seconds = took.as_secs_f64();
        for (bucket, most) in buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(seconds <= most);
        }
        *total += 1;
        *sum += seconds;
    }

    /// Counts what a sync did.
    pub(super) fn sync(&self, answer: &SyncAnswer) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for ack in &answer.acks {
            let name = match ack {
                Ack::Accepted(..) => "accepted".to_owned(),
                Ack::Gone(_) => "gone".to_owned(),
                Ack::Tray(_) => "tray".to_owned(),
                Ack::Rejected(rejection) => format!("{:?}", rejection.code).to_lowercase(),
            };
            *counts.pushes.entry(name).or_default() += 1;
        }
        counts.pulled += answer.pages.iter().map(|page| page.changes.len() as u64).sum::<u64>();
    }

    /// The text, with what only the caller knows.
    pub(super) fn text(&self, live: usize) -> String {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::new();
        let _ = writeln!(out, "# TYPE roadbook_requests_total counter");
        for ((path, status), count) in &counts.requests {
            let _ = writeln!(out, "roadbook_requests_total{{path=\"{path}\",status=\"{status}\"}} {count}");
        }
        let _ = writeln!(out, "# TYPE roadbook_request_seconds histogram");
        for (path, (buckets, total, sum)) in &counts.latency {
            for (count, most) in buckets.iter().zip(BUCKETS) {
                let _ =
                    writeln!(out, "roadbook_request_seconds_bucket{{path=\"{path}\",le=\"{most}\"}} {count}");
            }
            let _ = writeln!(out, "roadbook_request_seconds_bucket{{path=\"{path}\",le=\"+Inf\"}} {total}");
            let _ = writeln!(out, "roadbook_request_seconds_sum{{path=\"{path}\"}} {sum}");
            let _ = writeln!(out, "roadbook_request_seconds_count{{path=\"{path}\"}} {total}");
        }
        let _ = writeln!(out, "# TYPE roadbook_pushes_total counter");
        for (outcome, count) in &counts.pushes {
            let _ = writeln!(out, "roadbook_pushes_total{{outcome=\"{outcome}\"}} {count}");
        }
        let _ = writeln!(out, "# TYPE roadbook_pulled_changes_total counter");
        let _ = writeln!(out, "roadbook_pulled_changes_total {}", counts.pulled);
        let _ = writeln!(out, "# TYPE roadbook_live_connections gauge");
        let _ = writeln!(out, "roadbook_live_connections {live}");
        out
    }
}
