//! Errors at the border: a small set of codes that stays the same, with words in both languages.

use roadbook_core::Error;
use roadbook_core::model::{Problem, Schema};
use roadbook_core::wire::FailureCode;

/// What an app can act on. Codes are never renamed or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FfiErrorCode {
    /// A value is refused.
    Invalid,
    /// The record is not on this device.
    NotFound,
    /// The record is deleted.
    Deleted,
    /// The member may not write there.
    ReadOnly,
    /// A newer version of the app is needed.
    UpdateNeeded,
    /// What was shown is not what there is.
    Outdated,
    /// A rule forbids it.
    Blocked,
    /// Larger than the relay takes.
    TooLarge,
    /// A query that makes no sense.
    BadQuery,
    /// The administrator ended this device; everything on it is erased.
    Ended,
    /// Something was not sent and would be lost.
    Unsent,
    /// The store is paused.
    Paused,
    /// Another process holds the store.
    Locked,
    /// The disk is full.
    DiskFull,
    /// The store's file is damaged: salvage it.
    Damaged,
    /// The file system refused.
    Storage,
    /// The phone has not been unlocked since it was started.
    KeyLocked,
    /// The platform's key store failed, or is not the one the device was enrolled with.
    KeyStore,
    /// Not enrolled yet.
    NotEnrolled,
    /// Enrolled already.
    AlreadyEnrolled,
    /// Not an invitation, or one that is used or expired.
    Invitation,
    /// The relay could not be reached.
    Offline,
    /// The relay's certificate is not valid at this device's time.
    WrongClock,
    /// The relay asks to come back later.
    Busy,
    /// The relay refused.
    Refused,
    /// Cancelled by the caller.
    Cancelled,
    /// A fault of the library.
    Internal,
}

/// One thing wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FfiProblem {
    /// The field.
    pub field: String,
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// What went wrong. One variant: each further one is a class in both languages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum FfiError {
    /// The call failed; unless the code says otherwise, nothing was changed.
    #[error("{en}")]
    Failed {
        /// What it is.
        code: FfiErrorCode,
        /// The record, if it is about one.
        record: Option<String>,
        /// The field, if it is about one.
        field: Option<String>,
        /// English.
        en: String,
        /// Chinese.
        zh: String,
        /// Everything wrong, by field; empty unless the code is `Invalid`.
        problems: Vec<FfiProblem>,
        /// How long to wait, milliseconds, if the relay said so.
        retry_after: Option<u64>,
        /// How many records were not sent, if the code is `Unsent`.
        unsent: Option<u64>,
    },
}

impl FfiError {
    fn new(code: FfiErrorCode, en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::Failed {
            code,
            record: None,
            field: None,
            en: en.into(),
            zh: zh.into(),
            problems: Vec::new(),
            retry_after: None,
            unsent: None,
        }
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(FfiErrorCode::Cancelled, "cancelled", "已取消")
    }

    pub(crate) fn paused() -> Self {
        Error::Paused.into()
    }

    pub(crate) fn internal(detail: &str) -> Self {
        Self::new(FfiErrorCode::Internal, format!("internal fault: {detail}"), "内部错误")
    }

    /// An argument or a field's value that means nothing.
    pub(crate) fn argument(name: &str, en: &str, zh: &str) -> Self {
        let problem =
            FfiProblem { field: name.to_owned(), en: format!("{name} {en}"), zh: format!("{name} {zh}") };
        let mut error = Self::new(FfiErrorCode::Invalid, problem.en.clone(), problem.zh.clone());
        let Self::Failed { field, problems, .. } = &mut error;
        *field = Some(name.to_owned());
        problems.push(problem);
        error
    }

    /// The code of a failed enrolment that has to do with the invitation.
    pub(crate) fn of_enrolment(error: Error) -> Self {
        use FailureCode::{Conflict, Expired, Forbidden, Malformed, NotFound, Unauthorised};
        let words = match &error {
            Error::Refused { code: Conflict, .. } => {
                ("the invitation is used already; ask for a new one", "邀请已被使用，请索取新的邀请")
            }
            Error::Refused { code: Expired, .. } => {
                ("the invitation has expired; ask for a new one", "邀请已过期，请索取新的邀请")
            }
            Error::Refused { code: Malformed | Unauthorised | Forbidden | NotFound, .. } => {
                ("this is not an invitation of this server; ask for a new one", "邀请无效，请索取新的邀请")
            }
            _ => return error.into(),
        };
        Self::new(FfiErrorCode::Invitation, words.0, words.1)
    }
}

impl From<Error> for FfiError {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for FfiError {
    fn from(error: &Error) -> Self {
        use FfiErrorCode as Code;
        let (code, zh) = match error {
            Error::Invalid(_) => (Code::Invalid, "内容无效"),
            Error::UnknownKind { .. } => (Code::BadQuery, "没有这种记录"),
            Error::NotFound { .. } => (Code::NotFound, "本机没有这条记录"),
            Error::Deleted { .. } => (Code::Deleted, "记录已删除，请先恢复"),
            Error::ReadOnly { .. } => (Code::ReadOnly, "该簿在本机只读"),
            Error::NewerSchema { .. } => (Code::UpdateNeeded, "记录由新版应用写入，请更新后再编辑"),
            Error::UnknownVersion { .. } => (Code::Outdated, "表单所依据的版本已不存在，请重新打开"),
            Error::Incomplete { .. } => {
                (Code::Outdated, "该提议所依据的改动不在本机，请先接受那些改动或同步")
            }
            Error::Awaited { .. } => (Code::Blocked, "已接受的改动以此提议为基础，只能接受"),
            Error::NothingToResolve { .. } => (Code::Outdated, "该处没有需要解决的冲突"),
            Error::AnotherBook { .. } => (Code::Blocked, "此改动会把记录移到另一簿，请改用客户移交"),
            Error::TooLarge { .. } => (Code::TooLarge, "改动过大"),
            Error::Blocked { zh, .. } => (Code::Blocked, zh.as_str()),
            Error::BadQuery { .. } => (Code::BadQuery, "不能按该字段列出"),
            Error::Ended => (Code::Ended, "本设备已被管理员停用，请同步一次后重新登记"),
            // Said below, with how many.
            Error::Unsent { .. } => (Code::Unsent, ""),
            Error::WrongClock { .. } => (Code::WrongClock, ""),
            Error::Paused => (Code::Paused, "存储已暂停"),
            Error::Locked => (Code::Locked, "存储正被另一进程使用，请稍后再试"),
            Error::DiskFull => (Code::DiskFull, "磁盘已满，请清理空间；已保存的内容不受影响"),
            Error::Corrupt { .. } => (Code::Damaged, "存储文件已损坏，请抢救：未上传的内容会保留"),
            Error::NewerDatabase { .. } => (Code::UpdateNeeded, "存储由新版应用写入，请更新应用"),
            Error::Io { .. } => (Code::Storage, "存储文件无法读写"),
            Error::NotEnrolled => (Code::NotEnrolled, "本设备尚未登记，请向管理员索取邀请"),
            Error::AlreadyEnrolled => (Code::AlreadyEnrolled, "本设备已登记"),
            Error::KeyLocked => (Code::KeyLocked, "手机解锁后才能同步，内容已保存"),
            Error::KeyStore => (Code::KeyStore, "系统密钥库不可用，内容已保存"),
            Error::Offline { .. } => (Code::Offline, "无法连接服务器，内容不会丢失"),
            Error::Refused { code: FailureCode::UpgradeRequired, .. } => {
                (Code::UpdateNeeded, "服务器不再支持此版本，请更新应用")
            }
            Error::Refused { .. } => (Code::Refused, "服务器拒绝了请求"),
            Error::Busy { .. } => (Code::Busy, "服务器繁忙，请稍后再试"),
            Error::PlainHttp { .. } => (Code::Refused, "服务器地址须以 https:// 开头"),
            Error::BadAnswer { .. } => (Code::Refused, "无法理解服务器的答复"),
            Error::Cancelled => (Code::Cancelled, "已取消"),
            Error::Internal { .. } => (Code::Internal, "内部错误"),
        };
        let en = match code {
            // Whoever reads this in an app knows of a server, not of a relay.
            Code::Offline | Code::WrongClock | Code::Busy | Code::Refused | Code::UpdateNeeded => {
                error.to_string().replace("the relay", "the server")
            }
            _ => error.to_string(),
        };
        let mut made = Self::new(code, en, zh);
        let Self::Failed { record, field, en, zh, problems, retry_after, unsent, .. } = &mut made;
        match error {
            Error::Invalid(invalid) => {
                *record = invalid.record.map(|r| r.to_string());
                *field = invalid.problems.first().map(|p| p.field.clone());
                *problems = invalid.problems.iter().map(|p| in_words(&invalid.kind, p)).collect();
                *en = problems.iter().map(|p| p.en.as_str()).collect::<Vec<_>>().join("; ");
                *zh = problems.iter().map(|p| p.zh.as_str()).collect::<Vec<_>>().join("；");
            }
            Error::NotFound { record: id }
            | Error::Deleted { record: id }
            | Error::NewerSchema { record: id }
            | Error::UnknownVersion { record: id }
            | Error::Incomplete { record: id }
            | Error::Awaited { record: id } => *record = Some(id.to_string()),
            Error::NothingToResolve { record: id, field: name }
            | Error::AnotherBook { record: id, field: name } => {
                (*record, *field) = (Some(id.to_string()), Some(name.clone()));
            }
            Error::Unsent { records } => {
                *unsent = Some(*records);
                *zh = format!("本机还有 {records} 条记录未上传，请先同步，或确认放弃");
            }
            Error::WrongClock { today } => {
                *zh = format!(
                    "本机日期为 {today}，服务器证书在该日期无效：请校准本机时间；若时间无误，请告知管理员"
                );
            }
            Error::BadQuery { field: name, .. } => *field = Some(name.clone()),
            Error::Busy { retry_after: wait, .. } => {
                *retry_after = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
            }
            _ => {}
        }
        made
    }
}

/// A problem in the words of the form that it stands in.
fn in_words(kind: &str, problem: &Problem) -> FfiProblem {
    let field = Schema::default().kind(kind).and_then(|kind| kind.field(&problem.field));
    let plain = problem.field.as_str();
    let (en, zh) = field.map_or((plain, plain), |field| (field.label.en, field.label.zh));
    let of = |label: &str| Problem::new(label, problem.why.clone());
    FfiProblem { field: problem.field.clone(), en: of(en).to_string(), zh: of(zh).zh() }
}
