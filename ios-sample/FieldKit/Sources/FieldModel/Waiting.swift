import Foundation
import Observation
import RoadbookKit

/// What waits to be sent, and why.
@MainActor @Observable
public final class Waiting {
    /// A record of which work stays on this device: nobody takes it.
    public struct Stuck: Hashable, Sendable, Identifiable {
        /// Who does not take it.
        public enum Why: Hashable, Sendable {
            /// The relay, with its code.
            case rejected(code: String)
            /// A reviewer, with when and the reason.
            case refused(by: MemberId, at: Date?, because: String?)
        }

        /// The record's id.
        public let id: RecordId
        /// Its kind's name, if it is known.
        public let kind: String?
        /// The record; nil if it is in no list any more.
        public let title: Title?
        /// Who does not take it.
        public let why: Why
        /// Changes that are kept here, to be read and exported.
        public let kept: Int
    }

    /// A record of which something waits.
    public struct Item: Hashable, Sendable, Identifiable {
        /// What waits, and why.
        public let unsent: Unsent
        /// The record.
        public let title: Title?
        /// The record's id.
        public var id: RecordId { unsent.id }
    }

    /// The store at a glance.
    public let status: Live<Status>
    /// What waits, record by record, and why; what was rejected has a list of its own.
    public let items: Live<[Item]>
    /// What was rejected or refused.
    public let stuck: Live<[Stuck]>
    private let desk: Desk

    /// What waits on a desk.
    public init(on desk: Desk) {
        self.desk = desk
        let roadbook = desk.roadbook
        status = Live(on: desk) { roadbook.observeStatus() }
        items = Live(on: desk) {
            roadbook.watch({ $0.sync || $0.access || $0.concernsRecords }, withSyncState: true) {
                var items: [Item] = []
                for one in try await roadbook.unsent(limit: Self.most) where one.because != .quarantined {
                    let title = try await roadbook.title(of: one.id, kind: one.kind ?? "")
                    items.append(Item(unsent: one, title: title))
                }
                return items
            }
        }
        stuck = Live(on: desk) {
            roadbook.watch({ $0.sync || $0.access }) {
                var stuck: [Stuck] = []
                for lane in try await roadbook.quarantined() {
                    let title = try await roadbook.title(of: lane.id, kind: lane.kind)
                    let why = Stuck.Why.rejected(code: lane.code)
                    stuck.append(Stuck(id: lane.id, kind: lane.kind, title: title, why: why, kept: lane.changes))
                }
                for verdict in try await roadbook.verdicts() where !verdict.accepted {
                    let (id, kind) = (verdict.record, verdict.kind)
                    if stuck.contains(where: { $0.id == id }) { continue }
                    let title = try await roadbook.title(of: id, kind: kind ?? "")
                    let why = Stuck.Why.refused(by: verdict.by, at: verdict.at, because: verdict.because)
                    stuck.append(Stuck(id: id, kind: kind, title: title, why: why, kept: verdict.kept))
                }
                return stuck
            }
        }
    }

    /// Records that are listed one by one.
    nonisolated static let most = 20

    /// Why what is unsent is unsent.
    public enum Reason: Hashable, Sendable {
        /// This device belongs to nobody yet.
        case notEnrolled
        /// The person stopped sync.
        case paused
        /// No connection; the next try is at this time.
        case offline(nextTry: Date)
        /// Something else went wrong: a clock, a full disk; the next try is at this time.
        case hindered(Wording, nextTry: Date)
        /// It is going out.
        case sending(SyncProgress)
        /// Sync stopped for good.
        case stopped(StopReason)
    }

    /// The reason, if anything waits.
    public func reason(syncPaused: Bool) -> Reason? {
        if desk.identity == nil { return .notEnrolled }
        if syncPaused { return .paused }
        switch desk.sync {
        case .waiting(let until, .offline): return .offline(nextTry: until)
        case .waiting(let until, let because): return .hindered(because.words, nextTry: until)
        case .syncing(let progress): return .sending(progress)
        case .stopped(let reason): return .stopped(reason)
        case .idle, nil: return nil
        }
    }

    /// By how much this device's clock is off, in the unit that people would name.
    public enum ClockError: Hashable, Sendable {
        /// Up to two hours.
        case minutes(Int)
        /// Up to two days.
        case hours(Int)
        /// More.
        case days(Int)

        /// Nil for what nobody would notice on a record: up to five minutes.
        init?(_ offset: Duration) {
            let seconds = abs(offset.components.seconds)
            let minutes = Int(seconds / 60)
            switch minutes {
            case _ where seconds <= 300: return nil
            case 2_880...: self = .days(minutes / 1_440)
            case 120...: self = .hours(minutes / 60)
            default: self = .minutes(minutes)
            }
        }
    }

    /// By how much this device's clock is off, if it is so far off that times on records mislead.
    public var clockError: ClockError? { status.value.flatMap { ClockError($0.clockOffset) } }

    /// Keeps all of it current until the task ends.
    public func follow() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.status.follow() }
            group.addTask { await self.items.follow() }
            group.addTask { await self.stuck.follow() }
        }
    }

    /// Sends what was rejected again.
    public func retry(_ stuck: Stuck) async { await desk.attempt { try await desk.roadbook.retry(stuck.id) } }

    /// What it says as text, to be kept elsewhere before it is dropped; nil if it could not be read.
    public func export(_ stuck: Stuck) async -> String? {
        var text: String?
        await desk.attempt {
            let lines = try await desk.roadbook.export(stuck.id).map { entry in
                "\(entry.at.ISO8601Format()) \(entry.field): \(entry.to?.plain ?? "")"
            }
            text = lines.joined(separator: "\n")
        }
        return text
    }

    /// Drops it, and what a reviewer said of it: the record goes back to what the relay has.
    public func discard(_ stuck: Stuck) async { await desk.attempt { try await desk.roadbook.discard(stuck.id) } }

    /// How many records are not sent: what would be lost with this device.
    public func count() async -> Int {
        var count = 0
        await desk.attempt { count = try await desk.roadbook.unsent(limit: 10_000).count }
        return count
    }

    /// Tries to send now.
    public func sendNow() { desk.roadbook.nudge() }
}
