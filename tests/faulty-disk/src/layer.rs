//! The layer between SQLite and the file system below: C on both sides.
//!
//! SQLite allocates `szOsFile` bytes for each file. Ours begin with a [`File`]; the file system's own file lies behind
//! it, and every call goes on to that one, once the disk has let it through.

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};

use rusqlite::ffi::{
    SQLITE_CANTOPEN, SQLITE_FULL, SQLITE_IOERR, SQLITE_IOERR_ACCESS, SQLITE_IOERR_DELETE, SQLITE_IOERR_FSYNC,
    SQLITE_IOERR_READ, SQLITE_IOERR_SHMOPEN, SQLITE_IOERR_SHORT_READ, SQLITE_IOERR_TRUNCATE,
    SQLITE_IOERR_WRITE, SQLITE_OK, SQLITE_OPEN_CREATE, SQLITE_OPEN_MAIN_JOURNAL, SQLITE_OPEN_SUPER_JOURNAL,
    SQLITE_OPEN_WAL, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find,
    sqlite3_vfs_register,
};

use super::disk::{self, Refusal, Shared};

/// What an open file of a disk is.
struct Handle {
    disk: Arc<Shared>,
    path: PathBuf,
    /// The first sync of a log or journal that SQLite would have made, were it not there, syncs its folder, too.
    syncs_folder: AtomicBool,
}

/// The beginning of a file's memory. The file below follows.
#[repr(C)]
struct File {
    base: sqlite3_file,
    /// From `Box::into_raw`; null for a file that is on no disk of ours.
    handle: *mut Handle,
}

/// Makes every connection that is opened from now on go through this layer.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: finding the default file system has no condition; the result is null or lives for ever.
        let below = unsafe { sqlite3_vfs_find(std::ptr::null()) };
        assert!(!below.is_null(), "SQLite has no file system");
        // SAFETY: not null, and SQLite never changes one that is registered, but for `pNext`.
        let known = unsafe { *below };
        let ours = sqlite3_vfs {
            iVersion: 2,
            szOsFile: known.szOsFile + size_of::<File>() as c_int,
            mxPathname: known.mxPathname,
            pNext: null_mut(),
            zName: c"faulty-disk".as_ptr(),
            pAppData: below.cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xDlOpen: Some(dl_open),
            xDlError: Some(dl_error),
            xDlSym: Some(dl_sym),
            xDlClose: Some(dl_close),
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: Some(current_time_int64),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        };
        // SAFETY: leaked, so it stays where it is for as long as SQLite may call it.
        let registered = unsafe { sqlite3_vfs_register(Box::leak(Box::new(ours)), 1) };
        assert_eq!(registered, SQLITE_OK, "SQLite refused the layer");
    });
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Without memory mapping (3): what is written through a map could not be lost.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

fn below(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: every file SQLite hands us has `szOsFile` bytes, of which a `File` is the beginning.
    unsafe { file.cast::<File>().add(1).cast() }
}

fn handle<'a>(file: *mut sqlite3_file) -> Option<&'a Handle> {
    // SAFETY: `open` wrote the `File`; its handle is null or lives until `close`, the last call for a file.
    unsafe { (*file.cast::<File>()).handle.as_ref() }
}

/// Calls a method of the file below.
macro_rules! forward {
    ($file:expr, $method:ident $(, $arg:expr)*) => {{
        let real = below($file);
        // SAFETY: `open` succeeded below, so that the file has methods; arguments are SQLite's own, or as valid.
        unsafe { (*(*real).pMethods).$method.map_or(SQLITE_IOERR, |method| method(real $(, $arg)*)) }
    }};
}

/// Calls a function of the file system below.
macro_rules! pass {
    ($name:ident = $method:ident($($arg:ident: $type:ty),*) -> $result:ty, $otherwise:expr) => {
        unsafe extern "C" fn $name(vfs: *mut sqlite3_vfs, $($arg: $type),*) -> $result {
            // SAFETY: `install` put the file system below into `pAppData`; the arguments are SQLite's own.
            unsafe {
                let real: *mut sqlite3_vfs = (*vfs).pAppData.cast();
                match (*real).$method {
                    Some(method) => method(real, $($arg),*),
                    None => $otherwise,
                }
            }
        }
    };
}

type Symbol = unsafe extern "C" fn(*mut sqlite3_vfs, *mut c_void, *const c_char);

pass!(real_open = xOpen(name: *const c_char, file: *mut sqlite3_file, flags: c_int, out: *mut c_int) -> c_int, SQLITE_CANTOPEN);
pass!(real_delete = xDelete(name: *const c_char, durably: c_int) -> c_int, SQLITE_IOERR_DELETE);
pass!(real_access = xAccess(name: *const c_char, flags: c_int, out: *mut c_int) -> c_int, SQLITE_IOERR_ACCESS);
pass!(full_pathname = xFullPathname(name: *const c_char, len: c_int, out: *mut c_char) -> c_int, SQLITE_CANTOPEN);
pass!(dl_open = xDlOpen(name: *const c_char) -> *mut c_void, null_mut());
pass!(dl_error = xDlError(len: c_int, out: *mut c_char) -> (), ());
pass!(dl_sym = xDlSym(library: *mut c_void, name: *const c_char) -> Option<Symbol>, None);
pass!(dl_close = xDlClose(library: *mut c_void) -> (), ());
pass!(randomness = xRandomness(len: c_int, out: *mut c_char) -> c_int, 0);
pass!(sleep = xSleep(micros: c_int) -> c_int, 0);
pass!(current_time = xCurrentTime(out: *mut f64) -> c_int, SQLITE_IOERR);
pass!(last_error = xGetLastError(len: c_int, out: *mut c_char) -> c_int, 0);
pass!(current_time_int64 = xCurrentTimeInt64(out: *mut sqlite3_int64) -> c_int, SQLITE_IOERR);

fn path_of(name: *const c_char) -> Option<PathBuf> {
    if name.is_null() {
        return None;
    }
    // SAFETY: SQLite's file names end with a zero byte.
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())).to_owned())
}

fn code(refusal: Refusal, broken: c_int) -> c_int {
    if refusal == Refusal::Full { SQLITE_FULL } else { broken }
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite allocated `szOsFile` bytes. Without methods it does not call `close` if this fails.
    unsafe {
        file.cast::<File>()
            .write(File { base: sqlite3_file { pMethods: std::ptr::null() }, handle: null_mut() })
    };
    let path = path_of(name);
    let on_disk = path.and_then(|path| Some((disk::of(&path)?, path)));
    if let Some((disk, _)) = &on_disk
        && disk.may_open().is_err()
    {
        return SQLITE_CANTOPEN;
    }
    let is_new = on_disk.as_ref().is_some_and(|(_, path)| !path.exists());
    // SAFETY: the arguments are SQLite's own; the file below has the memory that it asked for.
    let opened = unsafe { real_open(vfs, name, below(file), flags, out) };
    if opened != SQLITE_OK {
        return opened;
    }
    let is_log = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL) != 0;
    let syncs_folder = AtomicBool::new(is_log && flags & SQLITE_OPEN_CREATE != 0);
    let handle = match on_disk {
        Some((disk, path)) => {
            disk.opened(&path, is_new);
            Box::into_raw(Box::new(Handle { disk, path, syncs_folder }))
        }
        None => null_mut(),
    };
    // SAFETY: as above.
    unsafe { file.cast::<File>().write(File { base: sqlite3_file { pMethods: &METHODS }, handle }) };
    SQLITE_OK
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    let closed = forward!(file, xClose);
    // SAFETY: the last call for this file. The handle is null or came from `Box::into_raw` in `open`.
    unsafe {
        let ours = &mut *file.cast::<File>();
        ours.base.pMethods = std::ptr::null();
        if !ours.handle.is_null() {
            let handle = Box::from_raw(ours.handle);
            ours.handle = null_mut();
            handle.disk.closed();
        }
    }
    closed
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, durably: c_int) -> c_int {
    let on_disk = path_of(name).and_then(|path| Some((disk::of(&path)?, path)));
    let mut bytes = Vec::new();
    if let Some((disk, path)) = &on_disk {
        if disk.may_delete().is_err() {
            return SQLITE_IOERR_DELETE;
        }
        // Logs and journals, which nobody locks: a database's locks would end with this reading.
        bytes = std::fs::read(path).unwrap_or_default();
    }
    // SAFETY: the arguments are SQLite's own.
    let deleted = unsafe { real_delete(vfs, name, durably) };
    if let Some((disk, path)) = &on_disk
        && deleted == SQLITE_OK
    {
        disk.deleted(path, bytes, durably != 0);
    }
    deleted
}

unsafe extern "C" fn access(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    if path_of(name).and_then(|path| disk::of(&path)).is_some_and(|disk| disk.has_power().is_err()) {
        return SQLITE_IOERR_ACCESS;
    }
    // SAFETY: the arguments are SQLite's own.
    unsafe { real_access(vfs, name, flags, out) }
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    buffer: *mut c_void,
    len: c_int,
    at: sqlite3_int64,
) -> c_int {
    match handle(file).map_or(Ok(()), |handle| handle.disk.may_read()) {
        Ok(()) => forward!(file, xRead, buffer, len, at),
        Err(refusal) => code(refusal, SQLITE_IOERR_READ),
    }
}

/// The file's size, and what stands in a part of it.
fn before(file: *mut sqlite3_file, at: u64, len: usize) -> Result<(u64, Vec<u8>), c_int> {
    let mut size: sqlite3_int64 = 0;
    let sized = forward!(file, xFileSize, &raw mut size);
    if sized != SQLITE_OK {
        return Err(sized);
    }
    let size = size.unsigned_abs();
    let there = usize::try_from(size.saturating_sub(at)).unwrap_or(usize::MAX).min(len);
    let mut old = vec![0u8; there];
    if there > 0 {
        let (buffer, len) = (old.as_mut_ptr().cast(), there as c_int);
        match forward!(file, xRead, buffer, len, at.cast_signed()) {
            SQLITE_OK | SQLITE_IOERR_SHORT_READ => {}
            failed => return Err(failed),
        }
    }
    Ok((size, old))
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    data: *const c_void,
    len: c_int,
    at: sqlite3_int64,
) -> c_int {
    let Some(Handle { disk, path, .. }) = handle(file) else { return forward!(file, xWrite, data, len, at) };
    let (size, mut old) = match before(file, at.unsigned_abs(), len.unsigned_abs() as usize) {
        Ok(before) => before,
        Err(failed) => return failed,
    };
    let (fits, allowed) = disk.may_write(at.unsigned_abs(), len.unsigned_abs() as usize, size);
    if fits > 0 {
        let written = forward!(file, xWrite, data, fits as c_int, at);
        if written != SQLITE_OK {
            return written;
        }
        // SAFETY: SQLite hands over `len` bytes, and no more than that fit.
        let new = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), fits) };
        old.truncate(fits);
        disk.wrote(path, at.unsigned_abs(), old, size, new);
    }
    allowed.map_or_else(|refusal| code(refusal, SQLITE_IOERR_WRITE), |()| SQLITE_OK)
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, len: sqlite3_int64) -> c_int {
    let Some(Handle { disk, path, .. }) = handle(file) else { return forward!(file, xTruncate, len) };
    let (size, old) = match before(file, len.unsigned_abs(), usize::MAX) {
        Ok(before) => before,
        Err(failed) => return failed,
    };
    if let Err(refusal) = disk.may_truncate() {
        return code(refusal, SQLITE_IOERR_TRUNCATE);
    }
    let truncated = forward!(file, xTruncate, len);
    if truncated == SQLITE_OK {
        disk.truncated(path, len.unsigned_abs(), old, size);
    }
    truncated
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    // Nothing below is asked: what a sync is good for is decided at the cut, and a real one costs milliseconds.
    let Some(Handle { disk, path, syncs_folder }) = handle(file) else {
        return forward!(file, xSync, _flags);
    };
    match disk.may_sync(path) {
        Ok(()) => {
            disk.synced(path, syncs_folder.swap(false, Ordering::Relaxed));
            SQLITE_OK
        }
        Err(refusal) => code(refusal, SQLITE_IOERR_FSYNC),
    }
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut sqlite3_int64) -> c_int {
    forward!(file, xFileSize, size)
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    forward!(file, xLock, level)
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    forward!(file, xUnlock, level)
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    forward!(file, xCheckReservedLock, out)
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, what: c_int, argument: *mut c_void) -> c_int {
    forward!(file, xFileControl, what, argument)
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    forward!(file, xSectorSize)
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    forward!(file, xDeviceCharacteristics)
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    if handle(file).is_some_and(|handle| handle.disk.has_power().is_err()) {
        return SQLITE_IOERR_SHMOPEN;
    }
    forward!(file, xShmMap, region, size, extend, out)
}

unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, offset: c_int, n: c_int, flags: c_int) -> c_int {
    forward!(file, xShmLock, offset, n, flags)
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    let real = below(file);
    // SAFETY: as in `forward!`.
    unsafe {
        if let Some(method) = (*(*real).pMethods).xShmBarrier {
            method(real);
        }
    }
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    forward!(file, xShmUnmap, delete)
}
