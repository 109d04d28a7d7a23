public import Foundation
import RoadbookGenerated

/// What can go wrong, in kinds an app can act on. Unless a kind says otherwise, nothing was changed.
public enum RoadbookError: Error, Hashable, Sendable {
    /// Values are refused; correct them and save again.
    case invalid(Details, problems: [String: Wording])
    /// The record is not on this device: it never was, or it is not shared with this member.
    case notFound(Details)
    /// The record is deleted; restore it first.
    case deleted(Details)
    /// The member may read there, not write.
    case readOnly(Details)
    /// A newer version of the app wrote it, or the relay speaks no older one; update the app. Nothing is lost.
    case updateNeeded(Details)
    /// What was shown is not what there is any more; read it again.
    case outdated(Details)
    /// A rule forbids it; the words say which.
    case blocked(Details)
    /// The change is larger than the relay takes.
    case tooLarge(Details)
    /// The query names a field that cannot be listed by.
    case badQuery(Details)
    /// An administrator ended this device and what was on it is erased; enrol again.
    case ended(Details)
    /// Something was not sent, and would be lost: sync first, or say that it is given up. ``Roadbook/unsent(limit:offset:)``
    /// lists these records.
    case unsent(Details, records: Int)
    /// The store is paused; call ``Roadbook/resume()``.
    case paused(Details)
    /// Another process holds the store; try again.
    case locked(Details)
    /// The disk is full. What was saved before is safe.
    case diskFull(Details)
    /// The store's file is damaged: let go of it and call ``Roadbook/salvage(in:)``. What is unsent is kept.
    case damaged(Details)
    /// The store's file could not be read or written.
    case storage(Details)
    /// The phone has not been unlocked since it was started, so that its token cannot be read. Saving works; sync later.
    case keyLocked(Details)
    /// The ``SecretStore`` failed, or is not the one this device was enrolled with. Saving works.
    case keyStore(Details)
    /// This device is not enrolled.
    case notEnrolled(Details)
    /// This device is enrolled already.
    case alreadyEnrolled(Details)
    /// The text is no invitation, or it is used or expired; ask for a new one.
    case invitation(Details)
    /// The relay could not be reached, or its answer did not arrive whole. Nothing is lost.
    case offline(Details)
    /// At this device's time the relay's certificate is not valid: the clock is wrong, or if it is right, the certificate is to be
    /// renewed. Nothing is lost; sync goes on once it is mended.
    case wrongClock(Details)
    /// The relay asks to come back later. Nothing is lost.
    case busy(Details, retryAfter: Duration)
    /// The relay refused, or its answer makes no sense.
    case refused(Details)
    /// The surrounding task was cancelled. What was committed stays.
    case cancelled(Details)
    /// A fault of this library.
    case `internal`(Details)

    /// What every error says. Neither language's words hold customer data except values that the call itself gave.
    public struct Details: Hashable, Sendable {
        /// What happened, in both languages.
        public let words: Wording
        /// The record it is about, if it is about one.
        public let record: RecordId?
        /// The name of the field it is about, if it is about one.
        public let field: String?
    }

    /// What happened, in both languages.
    public var words: Wording { details.words }

    /// What every error says.
    public var details: Details {
        switch self {
        case .invalid(let details, _), .busy(let details, _), .unsent(let details, _): details
        case .notFound(let details), .deleted(let details), .readOnly(let details), .updateNeeded(let details),
            .outdated(let details), .blocked(let details), .tooLarge(let details), .badQuery(let details),
            .ended(let details), .paused(let details), .locked(let details), .diskFull(let details),
            .damaged(let details), .storage(let details), .keyLocked(let details), .keyStore(let details),
            .notEnrolled(let details), .alreadyEnrolled(let details),
            .invitation(let details), .offline(let details), .wrongClock(let details), .refused(let details),
            .cancelled(let details), .internal(let details):
            details
        }
    }

    init(_ error: any Error) {
        switch error {
        case let error as RoadbookError: self = error
        case FfiError.Failed(let code, let record, let field, let en, let zh, let problems, let retryAfter, let unsent):
            let details = Details(words: Wording(en, zh), record: record.map(RecordId.init), field: field)
            let labels = problems.map { ($0.field, Wording($0.en, $0.zh)) }
            let wait = Duration.milliseconds(Int64(clamping: retryAfter ?? 0))
            self = .init(code, details, Dictionary(labels) { first, _ in first }, wait, Int(unsent ?? 0))
        case is CancellationError:
            self = .cancelled(Details(words: Wording("cancelled", "已取消"), record: nil, field: nil))
        // What it says may be anything.
        default: self = .internal(Details(words: Wording("internal fault", "内部错误"), record: nil, field: nil))
        }
    }

    private init(
        _ code: FfiErrorCode, _ details: Details, _ problems: [String: Wording], _ wait: Duration, _ unsent: Int
    ) {
        self =
            switch code {
            case .invalid: .invalid(details, problems: problems)
            case .notFound: .notFound(details)
            case .deleted: .deleted(details)
            case .readOnly: .readOnly(details)
            case .updateNeeded: .updateNeeded(details)
            case .outdated: .outdated(details)
            case .blocked: .blocked(details)
            case .tooLarge: .tooLarge(details)
            case .badQuery: .badQuery(details)
            case .ended: .ended(details)
            case .unsent: .unsent(details, records: unsent)
            case .paused: .paused(details)
            case .locked: .locked(details)
            case .diskFull: .diskFull(details)
            case .damaged: .damaged(details)
            case .storage: .storage(details)
            case .keyLocked: .keyLocked(details)
            case .keyStore: .keyStore(details)
            case .notEnrolled: .notEnrolled(details)
            case .alreadyEnrolled: .alreadyEnrolled(details)
            case .invitation: .invitation(details)
            case .offline: .offline(details)
            case .wrongClock: .wrongClock(details)
            case .busy: .busy(details, retryAfter: wait)
            case .refused: .refused(details)
            case .cancelled: .cancelled(details)
            case .internal: .internal(details)
            }
    }
}

extension RoadbookError: LocalizedError {
    /// The words in the device's language: Chinese where it is Chinese, else English.
    public var errorDescription: String? {
        Locale.current.identifier.hasPrefix("zh") ? words.zh : words.en
    }
}

/// Calls the core; whatever it throws becomes one of ours.
func bridged<T: Sendable>(_ body: @Sendable () async throws -> T) async throws(RoadbookError) -> T {
    do { return try await body() } catch { throw RoadbookError(error) }
}
