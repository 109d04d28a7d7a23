//! What was written and not synced, and what a power cut makes of it.

use std::io;

use rand::RngExt;
use rand::rngs::StdRng;

/// Disks write whole sectors: what is torn is torn between two of them.
const SECTOR: u64 = 512;

/// What a power cut did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lost {
    /// Writes that reached the disk although nobody had synced them.
    pub kept: usize,
    /// Writes that did not.
    pub lost: usize,
    /// Writes of which a part did.
    pub torn: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// A sync may still come.
    Open,
    /// Synced, behind one that is not.
    Durable,
    /// Its sync failed: the system has forgotten that it is to be written, and a later sync says nothing of it.
    Forgotten,
}

/// One write or truncation.
#[derive(Debug)]
struct Step {
    at: u64,
    /// The bytes written; a truncation has none.
    new: Option<Vec<u8>>,
    /// What stood there, up to the end of the file.
    old: Vec<u8>,
    old_len: u64,
    fate: Fate,
}

/// The steps of one file since everything in it was durable, in order: enough to go back and come again without some.
#[derive(Debug, Default)]
pub(crate) struct Unsynced {
    steps: Vec<Step>,
}

impl Unsynced {
    pub(crate) fn wrote(&mut self, at: u64, old: Vec<u8>, old_len: u64, new: &[u8]) {
        self.steps.push(Step { at, new: Some(new.to_vec()), old, old_len, fate: Fate::Open });
    }

    pub(crate) fn truncated(&mut self, len: u64, old: Vec<u8>, old_len: u64) {
        self.steps.push(Step { at: len, new: None, old, old_len, fate: Fate::Open });
    }

    pub(crate) fn synced(&mut self) {
        for step in &mut self.steps {
            if step.fate == Fate::Open {
                step.fate = Fate::Durable;
            }
        }
        if self.steps.iter().all(|step| step.fate == Fate::Durable) {
            self.steps.clear();
        }
    }

    pub(crate) fn sync_failed(&mut self) {
        for step in &mut self.steps {
            if step.fate == Fate::Open {
                step.fate = Fate::Forgotten;
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What is left of the file after the power went: everything durable, and of the rest what chance kept.
    /// `keep`: how likely each write is there; below 0, nothing is, and nothing is torn.
    pub(crate) fn lose(
        self,
        file: &mut Vec<u8>,
        keep: f64,
        rng: &mut StdRng,
        lost: &mut Lost,
    ) -> io::Result<()> {
        let size = |len: u64| usize::try_from(len).map_err(io::Error::other);
        for step in self.steps.iter().rev() {
            write(file, step.at, &step.old)?;
            file.resize(size(step.old_len)?, 0);
        }
        for step in self.steps {
            let kept = step.fate == Fate::Durable || rng.random_bool(keep.max(0.0));
            let Some(new) = step.new else {
                if kept {
                    file.resize(size(step.at)?, 0);
                }
                continue;
            };
            if kept {
                lost.kept += usize::from(step.fate != Fate::Durable);
                write(file, step.at, &new)?;
                continue;
            }
            let end = step.at + new.len() as u64;
            let (first, last) = (step.at / SECTOR + 1, (end - 1) / SECTOR);
            if keep < 0.0 || first > last || rng.random_bool(0.7) {
                lost.lost += 1;
                continue;
            }
            lost.torn += 1;
            let middle = rng.random_range(first..=last) * SECTOR;
            let (head, tail) = new.split_at(size(middle - step.at)?);
            match rng.random_bool(0.5) {
                true => write(file, step.at, head)?,
                false => write(file, middle, tail)?,
            }
        }
        Ok(())
    }
}

fn write(file: &mut Vec<u8>, at: u64, bytes: &[u8]) -> io::Result<()> {
    let at = usize::try_from(at).map_err(io::Error::other)?;
    let end = at + bytes.len();
    if !bytes.is_empty() && file.len() < end {
        file.resize(end, 0);
    }
    if !bytes.is_empty() {
        file[at..end].copy_from_slice(bytes);
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// A file that remembers what it does.
    #[derive(Default)]
    struct File {
        bytes: Vec<u8>,
        unsynced: Unsynced,
    }

    impl File {
        fn write(&mut self, at: usize, new: &[u8]) {
            let (len, end) = (self.bytes.len(), (at + new.len()).min(self.bytes.len()));
            let old = self.bytes.get(at..end).unwrap_or_default().to_vec();
            self.unsynced.wrote(at as u64, old, len as u64, new);
            write(&mut self.bytes, at as u64, new).unwrap();
        }

        fn after_a_cut(mut self, seed: u64) -> (Vec<u8>, Lost) {
            let mut lost = Lost::default();
            self.unsynced.lose(&mut self.bytes, 0.5, &mut StdRng::seed_from_u64(seed), &mut lost).unwrap();
            (self.bytes, lost)
        }
    }

    fn file() -> File {
        let mut file = File::default();
        file.write(0, &[1; 2048]);
        file.unsynced.synced();
        file.write(1024, &[2; 2048]);
        file.write(512, &[3; 1024]);
        file
    }

    #[test]
    fn what_was_synced_stays_and_the_rest_is_kept_lost_or_torn() {
        let mut all = Lost::default();
        let mut ends = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let (bytes, lost) = file().after_a_cut(seed);
            assert_eq!(bytes[..512], [1; 512], "seed {seed}");
            assert!(bytes.len() >= 2048, "seed {seed}");
            assert!(bytes.chunks(512).all(|sector| sector.iter().all(|byte| *byte == sector[0])));
            assert_eq!((bytes.clone(), lost), file().after_a_cut(seed), "seed {seed} is not replayed");
            all = Lost { kept: all.kept + lost.kept, lost: all.lost + lost.lost, torn: all.torn + lost.torn };
            ends.insert(bytes);
        }
        assert!(all.kept > 50 && all.lost > 50 && all.torn > 10, "{all:?}");
        assert!(ends.len() > 8, "only {} ends", ends.len());
    }

    #[test]
    fn a_sync_that_failed_is_not_made_good_by_the_next() {
        let after = |seed| {
            let mut file = File::default();
            file.write(0, &[1; 512]);
            file.unsynced.sync_failed();
            file.write(512, &[2; 512]);
            file.unsynced.synced();
            file.after_a_cut(seed).0
        };
        let ends: std::collections::BTreeSet<u8> = (0..50)
            .map(|seed| {
                let bytes = after(seed);
                assert_eq!(bytes[512..], [2; 512]);
                bytes[0]
            })
            .collect();
        assert_eq!(ends, [0, 1].into());
    }
}
