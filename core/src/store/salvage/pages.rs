//! The pages of a SQLite file and its log, read without SQLite: one page that cannot be read hides no other. The form is
//! that of sqlite.org/fileformat2.html; SQLite's own `.recover` does the same, and is in no library an app carries.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::log::Log;

/// What SQLite gives a new file, and every file of ours has.
pub(super) const PAGE: usize = 4096;

/// What the first page begins with in every file of ours; pairs of offset and bytes. What else is there counts.
const HEADER: &[(usize, &[u8])] = &[
    (0, b"SQLite format 3\0"),
    (16, &[0x10, 0x00]),
    (20, &[0, 64, 32, 32]),
    (44, &[0, 0, 0]),
    (52, &[0, 0, 0, 0, 0, 0, 0]),
    (64, &[0, 0, 0, 0]),
    (72, &[0; 20]),
];

/// What is wrong with the first hundred bytes of a file. SQLite takes some of it for a file it may only read, or one of
/// a later version.
pub(super) fn wrong_header(path: &Path) -> std::io::Result<Option<&'static str>> {
    let mut header = [0; 100];
    match File::open(path) {
        Ok(file) if file.metadata()?.len() == 0 => return Ok(None),
        Ok(mut file) => {
            if let Err(error) = file.read_exact(&mut header) {
                return match error.kind() {
                    std::io::ErrorKind::UnexpectedEof => Ok(Some("the file is cut off")),
                    _ => Err(error),
                };
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let versions = header[18..20].iter().all(|version| [1, 2].contains(version));
    // Zero until the first transaction is folded into the file.
    let form = [0, 4].contains(&header[47]) && [0, 1].contains(&header[59]);
    let right = versions && form && HEADER.iter().all(|(at, bytes)| header[*at..].starts_with(bytes));
    Ok((!right).then_some("its first page"))
}

/// Every page, as the last transaction left it.
#[derive(Debug)]
pub(super) struct Pages {
    file: File,
    pub(super) count: u32,
    log: Log,
    /// Places in the log by page, the newest last.
    logged: HashMap<u32, Vec<usize>>,
}

impl Pages {
    pub(super) fn open(file: &Path, log: &Path) -> std::io::Result<Self> {
        let log = Log::read(log, PAGE)?;
        let file = File::open(file)?;
        let mut logged: HashMap<u32, Vec<usize>> = HashMap::new();
        for (place, frame) in log.frames.iter().enumerate() {
            logged.entry(frame.page).or_default().push(place);
        }
        let in_file = file.metadata()?.len().div_ceil(PAGE as u64);
        let in_log = u64::from(logged.keys().copied().max().unwrap_or_default());
        // A page number out of a damaged frame must not make this read for ever.
        let most = in_file + log.frames.len() as u64;
        let count = u32::try_from(in_file.max(in_log.min(most))).unwrap_or(u32::MAX);
        Ok(Self { file, count, log, logged })
    }

    /// A page as it is, and, where that is known to be damaged, as it was before.
    pub(super) fn images(&self, number: u32) -> Vec<Vec<u8>> {
        let mut images = Vec::new();
        for place in self.logged.get(&number).into_iter().flatten().rev() {
            let frame = self.log.frames[*place];
            images.extend(self.log.bytes.get(frame.content..frame.content + PAGE).map(<[u8]>::to_vec));
            if frame.sound {
                return images;
            }
        }
        images.extend(self.in_file(number));
        images
    }

    /// A page as it is, or as it was some images before.
    pub(super) fn image(&self, number: u32, before: usize) -> Option<Vec<u8>> {
        let mut images = self.images(number);
        let at = before.min(images.len().checked_sub(1)?);
        Some(images.swap_remove(at))
    }

    fn in_file(&self, number: u32) -> Option<Vec<u8>> {
        let mut page = vec![0; PAGE];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(u64::from(number.checked_sub(1)?) * PAGE as u64)).ok()?;
        let mut read = 0;
        // What is behind a cut is zeroes; a page in a bad sector is no page.
        while read < PAGE {
            match file.read(&mut page[read..]).ok()? {
                0 => break,
                more => read += more,
            }
        }
        (read > 0).then_some(page)
    }
}
