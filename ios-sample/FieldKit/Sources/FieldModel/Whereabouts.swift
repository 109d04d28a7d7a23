import Foundation
import RoadbookKit

/// Where a record of this device is, as one mark: it never claims more than its slowest change.
public struct Whereabouts: Hashable, Sendable {
    /// Where its slowest change is; nil for a record that a colleague wrote.
    public let state: LedgerState?
    /// Who holds all of it, by name, the first to get it first.
    public let holders: [MemberId]

    /// Sums up a record's ledger.
    public init(_ ledger: [LedgerEntry]) {
        state = ledger.map(\.state).min { Self.rank($0) < Self.rank($1) }
        let everyone = ledger.map { Set($0.deliveredTo.keys) }
        let all = everyone.dropFirst().reduce(everyone.first ?? []) { $0.intersection($1) }
        let since = Dictionary(
            all.map { member in (member, ledger.compactMap { $0.deliveredTo[member] }.max() ?? .now) }
        ) { a, _ in a }
        holders = all.sorted { (since[$0]!, $0.rawValue) < (since[$1]!, $1.rawValue) }
    }

    private static func rank(_ state: LedgerState) -> Int {
        switch state {
        case .quarantined: 0
        case .refused: 1
        case .saved: 2
        case .queued: 3
        case .inReview: 4
        case .accepted: 5
        case .delivered: 6
        }
    }
}

extension Desk {
    /// Where a record is, kept current.
    public func whereabouts(of record: RecordId) -> Live<[LedgerEntry]> {
        Live(on: self) { [roadbook] in roadbook.observeLedger(of: record) }
    }

    /// Who changed what in a record, newest first.
    public func history(of record: RecordId) -> Live<[HistoryEntry]> {
        Live(on: self) { [roadbook] in
            roadbook.watch({ $0.records[record] != nil || !$0.kinds.isEmpty }) {
                try await roadbook.history(of: record).reversed()
            }
        }
    }

    /// The people at an account.
    public func contacts(at account: RecordId) -> Live<[Contact]> {
        Live(on: self) { [roadbook] in
            roadbook.observe(Query<Contact>().where(Contact.Fields.account, .equals, account))
        }
    }
}
