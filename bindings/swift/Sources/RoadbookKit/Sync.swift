public import struct Foundation.Date
import RoadbookGenerated

/// What sync is doing.
public enum SyncState: Hashable, Sendable {
    /// Nothing to do, as far as this device knows.
    case idle
    /// A sync is under way.
    case syncing(SyncProgress)
    /// A sync failed, ``RoadbookError/offline(_:)`` without a connection; the next try comes by itself at this time.
    case waiting(until: Date, because: RoadbookError)
    /// Stopped for good.
    case stopped(StopReason)
}

/// How far a sync is.
public struct SyncProgress: Hashable, Sendable {
    /// Changes the relay has taken in this sync.
    public let sent: Int
    /// Changes that are left to send.
    public let toSend: Int
    /// Changes that came in this sync.
    public let received: Int
    /// Log entries that are left to come.
    public let toReceive: Int
}

/// Why sync stopped by itself.
public enum StopReason: Hashable, Sendable {
    /// The token is not accepted any more: enrol again. Unsent work stays on the device.
    case unauthorised
    /// The relay does not speak this version any more: update the app. Unsent work stays on the device.
    case upgradeRequired
    /// The administrator retired this device: its unsent work is on the relay, everything here is erased.
    case retired
    /// The administrator wiped this device: everything here is erased.
    case wiped
}

/// What a bounded sync did.
public struct SyncReport: Hashable, Sendable {
    /// Requests made.
    public let requests: Int
    /// Changes the relay took or settled.
    public let sent: Int
    /// Changes that came.
    public let received: Int
    /// Whether everything was exchanged. If not: the time was up, or the relay asked to wait.
    public let finished: Bool
    /// Why sync will not go on by itself, if so.
    public let stopped: StopReason?
}

/// Where a change is. It never claims more than is true.
public enum LedgerState: Hashable, Sendable {
    /// Durable on this device.
    case saved
    /// On its way.
    case queued
    /// Rejected by the relay for good; see ``Roadbook/quarantined()``.
    case quarantined
    /// In a review tray: the record was handed over.
    case inReview
    /// Refused in review; kept for export.
    case refused
    /// Durable on the relay.
    case accepted
    /// On a colleague's device.
    case delivered
}

/// One change of this device, and where it is.
public struct LedgerEntry: Hashable, Sendable, Identifiable {
    /// The change, 64 hexadecimal digits.
    public let id: String
    /// Where it is.
    public let state: LedgerState
    /// When the relay took it, by this device's clock.
    public let acceptedAt: Date?
    /// Which colleagues hold it, and since when this is known.
    public let deliveredTo: [MemberId: Date]
}

/// A record whose changes the relay rejected for good. Others flow on.
public struct Quarantined: Hashable, Sendable, Identifiable {
    /// The record.
    public let id: RecordId
    /// Its kind's name.
    public let kind: String
    /// The relay's code, e.g. `forbidden`, `purged`, `too_large`.
    public let code: String
    /// Since when.
    public let since: Date
    /// Changes that wait.
    public let changes: Int
}

/// What stands between a record's changes and the relay.
public enum UnsentReason: Hashable, Sendable {
    /// This device belongs to nobody yet: enrol it.
    case notEnrolled
    /// The relay does not accept this device any more: enrol it again.
    case unauthorised
    /// The relay does not speak this version any more: update the app.
    case upgradeRequired
    /// The relay could not be reached.
    case offline
    /// Nothing: it goes with the next sync.
    case nextSync
    /// A request carries it at this moment.
    case queued
    /// The relay rejected it for good, as ``Unsent/code`` says: ``Roadbook/retry(_:)``, or ``Roadbook/export(_:)`` and
    /// ``Roadbook/discard(_:)``.
    case quarantined
    /// It builds on a change that was lost to damage; the whole record is asked for at the next sync.
    case incomplete
    /// The relay was restored from a backup; whether it still has it, its log will tell.
    case unverified
}

/// A record of which this device holds something the relay does not have.
public struct Unsent: Hashable, Sendable, Identifiable {
    /// The record.
    public let id: RecordId
    /// Its kind's name, if it is known here.
    public let kind: String?
    /// Changes that wait.
    public let changes: Int
    /// Decisions of this member on proposals for it that wait.
    public let decisions: Int
    /// When the first change that waits was made, by its device's clock, to the second; nil if only a decision waits.
    public let since: Date?
    /// Why.
    public let because: UnsentReason
    /// The relay's code, for a record that is quarantined.
    public let code: String?
}

/// The store at a glance.
public struct Status: Hashable, Sendable {
    /// Changes the relay does not have yet.
    public let unsent: Int
    /// Records whose changes were rejected for good.
    public let quarantined: Int
    /// Changes of this device in review trays.
    public let inReview: Int
    /// Changes of this device that were refused in review.
    public let refused: Int
    /// Changes that came before one they build on.
    public let waiting: Int
    /// Changes that could not be read; they are kept aside and stop nothing.
    public let aside: Int
    /// Records with a conflict nobody has decided on.
    public let conflicts: Int
    /// Proposals that wait for this member's decision.
    public let proposals: Int
    /// How far this device's clock is behind the relay's.
    public let clockOffset: Duration
    /// The last sync that brought or took anything.
    public let syncedAt: Date?
    /// Entries that are not here yet, as of the last sync.
    public let behind: Int
}

/// Who this device belongs to.
public struct Identity: Hashable, Sendable {
    /// The relay's base address.
    public let relay: String
    /// This device.
    public let device: DeviceId
    /// Its member.
    public let member: MemberId
    /// The workspace's name.
    public let workspace: String
}

extension SyncState {
    init(_ state: FfiSyncState) {
        self =
            switch state {
            case .idle: .idle
            case .syncing(let sent, let toSend, let received, let toReceive):
                .syncing(
                    SyncProgress(
                        sent: Int(sent), toSend: Int(toSend), received: Int(received), toReceive: Int(toReceive)))
            case .waiting(let until, let because):
                .waiting(until: Date(milliseconds: until), because: RoadbookError(because))
            case .stopped(let reason): .stopped(StopReason(reason))
            }
    }
}

extension StopReason {
    init(_ reason: FfiStopReason) {
        self =
            switch reason {
            case .unauthorised: .unauthorised
            case .upgradeRequired: .upgradeRequired
            case .retired: .retired
            case .wiped: .wiped
            }
    }
}

extension SyncReport {
    init(_ report: FfiSyncReport) {
        self.init(
            requests: Int(report.requests), sent: Int(report.sent), received: Int(report.received),
            finished: report.finished, stopped: report.stopped.map(StopReason.init))
    }
}

extension LedgerState {
    init(_ state: FfiLedgerState) {
        self =
            switch state {
            case .saved: .saved
            case .queued: .queued
            case .quarantined: .quarantined
            case .inReview: .inReview
            case .refused: .refused
            case .accepted: .accepted
            case .delivered: .delivered
            }
    }
}

extension LedgerEntry {
    init(_ entry: FfiLedgerEntry) {
        let delivered = entry.delivered.map { (MemberId(rawValue: $0.member), Date(milliseconds: $0.at)) }
        self.init(
            id: entry.change, state: LedgerState(entry.state),
            acceptedAt: entry.acceptedAt.map(Date.init(milliseconds:)),
            deliveredTo: Dictionary(delivered) { first, _ in first })
    }
}

extension Quarantined {
    init(_ lane: FfiQuarantined) {
        self.init(
            id: RecordId(rawValue: lane.record), kind: lane.kind, code: lane.code,
            since: Date(milliseconds: lane.since),
            changes: Int(lane.changes))
    }
}

extension UnsentReason {
    init(_ reason: FfiUnsentReason) {
        self =
            switch reason {
            case .notEnrolled: .notEnrolled
            case .unauthorised: .unauthorised
            case .upgradeRequired: .upgradeRequired
            case .offline: .offline
            case .nextSync: .nextSync
            case .queued: .queued
            case .quarantined: .quarantined
            case .incomplete: .incomplete
            case .unverified: .unverified
            }
    }
}

extension Unsent {
    init(_ unsent: FfiUnsent) {
        self.init(
            id: RecordId(rawValue: unsent.record), kind: unsent.kind, changes: Int(unsent.changes),
            decisions: Int(unsent.decisions), since: unsent.since.map(Date.init(milliseconds:)),
            because: UnsentReason(unsent.because), code: unsent.code)
    }
}

extension Status {
    init(_ status: FfiStatus) {
        self.init(
            unsent: Int(status.unsent), quarantined: Int(status.quarantined), inReview: Int(status.inReview),
            refused: Int(status.refused), waiting: Int(status.waiting), aside: Int(status.aside),
            conflicts: Int(status.clashes), proposals: Int(status.proposals),
            clockOffset: .seconds(Int(status.clockOffset)), syncedAt: status.syncedAt.map(Date.init(milliseconds:)),
            behind: Int(status.behind))
    }
}

extension Identity {
    init(_ identity: FfiIdentity) {
        self.init(
            relay: identity.relay, device: DeviceId(rawValue: identity.device),
            member: MemberId(rawValue: identity.member), workspace: identity.workspaceName)
    }
}
