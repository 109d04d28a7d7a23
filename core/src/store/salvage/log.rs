//! The write-ahead log, read without SQLite. SQLite takes the first frame that does not add up for the log's end, which
//! is right after a power cut and wrong after a flipped byte: every save behind it would be gone without a word.

use std::fs::File;
use std::io::Read;
use std::path::Path;

const HEADER: usize = 32;
const FRAME: usize = 24;
/// The two beginnings of a log; the last bit says in which byte order its checksums are taken.
const MAGIC: u32 = 0x377f_0682;

/// One page as a transaction wrote it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) page: u32,
    /// Where its content begins in the log.
    pub(super) content: usize,
    /// Whether its checksum follows from the frame before it.
    pub(super) sound: bool,
    /// Whether it follows from what the checksum of the frame before it should be.
    restored: bool,
    commit: bool,
}

/// The frames of every transaction that was committed.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) bytes: Vec<u8>,
    pub(super) frames: Vec<Frame>,
    damaged: bool,
}

impl Log {
    pub(super) fn read(path: &Path, page_size: usize) -> std::io::Result<Self> {
        let mut bytes = Vec::new();
        match File::open(path) {
            Ok(mut file) => file.read_to_end(&mut bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        Ok(Self::of(bytes, page_size))
    }

    fn of(bytes: Vec<u8>, page_size: usize) -> Self {
        let step = FRAME + page_size;
        if bytes.len() < HEADER + step {
            return Self { bytes, ..Self::default() };
        }
        let big = word(&bytes, 0) == MAGIC + 1;
        let header_sound =
            word(&bytes, 0) & !1 == MAGIC && sum(big, [0, 0], &bytes[..24]) == pair(&bytes, 24);
        // A log begun anew keeps what was in it behind its end; only the salts tell.
        let salts = pair(&bytes, if header_sound { 16 } else { HEADER + 8 });
        let mut before = header_sound.then(|| pair(&bytes, 24));
        let mut right = None;
        let mut frames = Vec::new();
        let mut last_ours = 0;
        for at in (HEADER..=bytes.len() - step).step_by(step) {
            let stored = pair(&bytes, at + 16);
            let ours = pair(&bytes, at + 8) == salts;
            let content = at + FRAME;
            let on = |before: [u32; 2]| {
                let head = sum(big, before, &bytes[at..at + 8]);
                sum(big, head, &bytes[content..content + page_size])
            };
            let from_before = before.map(on);
            let sound = ours && from_before == Some(stored);
            let restored = ours && !sound && right.map(on) == Some(stored);
            (before, right) = (Some(stored), from_before);
            let commit = word(&bytes, at + 4) != 0;
            frames.push(Frame { page: word(&bytes, at), content, sound, restored, commit });
            if ours {
                last_ours = frames.len();
            }
        }
        frames.truncate(last_ours);
        let on = |before: [u32; 2], head: [u8; 8], content: usize| {
            sum(big, sum(big, before, &head), &bytes[content..content + page_size])
        };
        let damaged = damaged(header_sound, &frames) && !is_overwritten(&bytes, page_size, &frames, on);
        let committed = frames.iter().rposition(|frame| frame.commit).map_or(0, |last| last + 1);
        frames.truncate(committed);
        Self { bytes, frames, damaged }
    }
}

/// Whether more is wrong with a log than a transaction at its end that was cut off. Each transaction is on the disk before
/// the next one is begun, so what does not add up and has a sound transaction behind it was whole once.
fn damaged(header_sound: bool, frames: &[Frame]) -> bool {
    if !header_sound {
        return frames.iter().any(|frame| frame.sound);
    }
    let Some(first) = frames.iter().position(|frame| !frame.sound) else { return false };
    let Some(ended) = frames[first..].iter().position(|frame| frame.commit).map(|more| first + more) else {
        return false;
    };
    // A disk that fails a commit leaves its frames behind those of the next, one over the other if it fails more often, and mixed
    // with them once the power goes: what begins there follows from nothing. If the end's own checksum was spoilt, the next
    // transaction follows from the right one.
    let follows = frames[ended..].windows(2).any(|two| two[0].commit && two[1].sound);
    follows || frames.get(ended + 1).is_some_and(|next| next.restored)
}

/// Whether what does not add up was never committed: a failing disk left the frames of one transaction, and of the next, which is
/// written over it, no more than the beginning of a header, before its checksum. With the page that stood there, and no end of a
/// transaction, the first frame adds up again; unless the disk lost that page, so that nothing was ever written in its place. What is
/// erased leaves pages of zeros as well, but if one of those was committed and its header spoilt, it adds up with another number
/// there. `on` carries a checksum on over a frame of which these are the first bytes.
fn is_overwritten(
    bytes: &[u8],
    page_size: usize,
    frames: &[Frame],
    on: impl Fn([u32; 2], [u8; 8], usize) -> [u32; 2],
) -> bool {
    let Some(at) = frames.iter().position(|frame| !frame.sound) else { return false };
    let (frame, behind) = (&frames[at], &frames[at + 1..]);
    if !frame.commit || behind.iter().any(|next| next.commit) {
        return false;
    }
    let before = pair(bytes, at.checked_sub(1).map_or(24, |before| frames[before].content - 8));
    let stored = pair(bytes, frame.content - 8);
    let known = frames.iter().filter(|frame| frame.sound);
    let pages =
        known.map(|frame| frame.page.max(word(bytes, frame.content - FRAME + 4))).max().unwrap_or_default();
    let mut numbers = 1..=pages.saturating_add(1);
    let adds_up = |page: u32, end: u32| {
        let mut head = [0; 8];
        head[..4].copy_from_slice(&page.to_be_bytes());
        head[4..].copy_from_slice(&end.to_be_bytes());
        on(before, head, frame.content) == stored
    };
    if numbers.clone().any(|page| adds_up(page, 0)) {
        return true;
    }
    let (page, end) = (frame.page, word(bytes, frame.content - FRAME + 4));
    let never_written = bytes[frame.content..][..page_size].iter().all(|byte| *byte == 0);
    never_written && !numbers.any(|other| adds_up(other, end) || adds_up(page, other))
}

/// Whether a log is damaged. One that another process is writing at this moment is not looked at.
pub(super) fn is_damaged(path: &Path, page_size: usize) -> std::io::Result<bool> {
    let log = Log::read(path, page_size)?;
    if !log.damaged {
        return Ok(false);
    }
    let mut header = [0; HEADER];
    File::open(path)?.read_exact(&mut header)?;
    Ok(log.bytes.starts_with(&header))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
}

fn pair(bytes: &[u8], at: usize) -> [u32; 2] {
    [word(bytes, at), word(bytes, at + 4)]
}

/// The checksum of a log, carried on over whole pairs of words.
fn sum(big: bool, [mut a, mut b]: [u32; 2], bytes: &[u8]) -> [u32; 2] {
    let read = |four: &[u8]| {
        let four = [four[0], four[1], four[2], four[3]];
        if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
    };
    for eight in bytes.chunks_exact(8) {
        a = a.wrapping_add(read(&eight[..4])).wrapping_add(b);
        b = b.wrapping_add(read(&eight[4..])).wrapping_add(a);
    }
    [a, b]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames as they stand in the log: `s` sound, `u` not, `r` behind a spoilt checksum; a capital letter ends its transaction.
    fn log(frames: &str) -> bool {
        let frame = |c: char| Frame {
            page: 1,
            content: 0,
            sound: c.eq_ignore_ascii_case(&'s'),
            restored: c.eq_ignore_ascii_case(&'r'),
            commit: c.is_uppercase(),
        };
        damaged(true, &frames.chars().map(frame).collect::<Vec<_>>())
    }

    #[test]
    fn what_was_whole_once_is_told_from_what_never_was() {
        for whole in ["sSsS", "sSuu", "sSus", "sSusS"] {
            assert!(!log(whole), "{whole}: the last transaction was cut off");
        }
        for failed in ["sSusSussS", "sUuS", "sSUusS"] {
            assert!(
                !log(failed),
                "{failed}: commits that failed, one over the other, or mixed by a power cut"
            );
        }
        for spoilt in ["sSuSsS", "sSusSsS", "sSusSs", "suSsS", "sSUrsS", "sUR", "sUsS"] {
            assert!(log(spoilt), "{spoilt}: a whole transaction stands behind");
        }
    }

    const PAGE: usize = 64;

    /// A log of pages, each the last of its transaction or not.
    fn written(frames: &[(u32, bool)]) -> Vec<u8> {
        let mut bytes: Vec<u8> =
            [MAGIC, 0, PAGE as u32, 0, 1, 2].iter().flat_map(|w| w.to_be_bytes()).collect();
        let mut last = sum(false, [0, 0], &bytes);
        bytes.extend(last.iter().flat_map(|w| w.to_be_bytes()));
        for (page, commit) in frames {
            let head: Vec<u8> =
                [*page, u32::from(*commit) * 9].iter().flat_map(|w| w.to_be_bytes()).collect();
            let content = [*page as u8; PAGE];
            last = sum(false, sum(false, last, &head), &content);
            bytes.extend(head);
            bytes.extend([1, 2].into_iter().chain(last).flat_map(u32::to_be_bytes));
            bytes.extend(content);
        }
        bytes
    }

    #[test]
    fn a_header_that_was_begun_over_a_frame_of_a_failed_commit_is_no_damage() {
        let failed = [(1, false), (2, true), (3, false), (4, false), (6, false), (7, false)];
        let head = HEADER + 2 * (FRAME + PAGE);
        for torn in 0..FRAME {
            // Page 5, the last of its transaction: what the first bytes of the next commit's header say.
            let other = written(&[(1, false), (2, true), (5, true)]);
            let mut bytes = written(&failed);
            bytes[head..head + torn].copy_from_slice(&other[head..head + torn]);
            // Of what the failed commit wrote behind it, one page may be missing.
            let (from, to) = (head + 2 * (FRAME + PAGE), head + 3 * (FRAME + PAGE));
            let mut gap = bytes.clone();
            gap[from..to].fill(0);
            // Or the very page.
            let mut lost = bytes.clone();
            lost[head + FRAME..head + FRAME + PAGE].fill(0);
            for bytes in [bytes, gap, lost] {
                assert!(!Log::of(bytes, PAGE).damaged, "{torn} bytes of it");
            }
        }
        for at in [HEADER + FRAME + PAGE, head - 1] {
            let mut bytes = written(&failed);
            bytes[at] ^= 1;
            assert!(Log::of(bytes, PAGE).damaged, "{at}: the one before it was committed");
        }
    }

    #[test]
    fn a_page_of_zeros_that_was_committed_is_known_by_its_checksum() {
        // `written` fills page 256 with zeros.
        let begun = written(&[(1, false), (255, true), (256, true), (3, false)]);
        let head = HEADER + 2 * (FRAME + PAGE);
        assert!(!Log::of(begun.clone(), PAGE).damaged);
        for at in head..head + 8 {
            let mut bytes = begun.clone();
            bytes[at] ^= 4;
            assert!(Log::of(bytes, PAGE).damaged, "{at}");
        }
    }
}
