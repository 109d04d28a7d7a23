import Foundation
import Observation
import RoadbookKit

/// One line of what happened with a customer.
public struct TimelineEntry: Hashable, Sendable, Identifiable {
    /// The record.
    public let title: Title
    /// When it happened or is planned.
    public let at: Date
    /// The record's id.
    public var id: RecordId { title.id }

    init(_ record: some Titled, at: Date?) { (title, self.at) = (record.line, at ?? record.info.createdAt) }
}

/// A customer with people, what happened, and who changed what.
@MainActor @Observable
public final class AccountCard {
    /// The customer; nil while it is not on this device.
    public let account: Live<Account?>
    /// The people there.
    public let contacts: Live<[Contact]>
    /// Visits, gifts, deals and tasks, newest first.
    public let timeline: Live<[TimelineEntry]>
    /// The next contact that is due, if one is: a task is none.
    public let next: Live<NextAction?>
    /// Who changed what.
    public let history: Live<[HistoryEntry]>
    /// Fields in which two people clashed.
    public let conflicts: Live<[Conflict]>
    /// Which account.
    public let id: RecordId
    private let desk: Desk

    /// The timeline shows the newest of each kind.
    nonisolated static let timelineLengthOfAKind = 30

    /// The card of an account.
    public init(on desk: Desk, _ id: RecordId) {
        (self.desk, self.id) = (desk, id)
        let roadbook = desk.roadbook
        account = Live(on: desk) { roadbook.observe(Account.self, id) }
        contacts = desk.contacts(at: id)
        timeline = Live(on: desk) { roadbook.watch({ $0.concernsRecords }, { try await roadbook.timeline(of: id) }) }
        next = Live(on: desk) {
            roadbook.watch({ $0.concernsRecords }) {
                try await roadbook.nextActions(account: id).first { $0.source != .task }
            }
        }
        history = desk.history(of: id)
        conflicts = Live(on: desk) { roadbook.observeConflicts(in: id) }
    }

    /// Keeps everything current until the task ends.
    public func follow() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.account.follow() }
            group.addTask { await self.contacts.follow() }
            group.addTask { await self.timeline.follow() }
            group.addTask { await self.next.follow() }
            group.addTask { await self.history.follow() }
            group.addTask { await self.conflicts.follow() }
        }
    }

    /// Why the account is to be deleted, as far as it is written.
    public var reason: HalfWritten { desk.shelf.text("reason-\(id)") }

    /// Deletes the account, for the reason that was written; it can be restored for a month.
    public func delete() async {
        let reason = reason
        if await desk.attempt({ try await desk.roadbook.delete(id, reason: reason.text) }) { reason.forget() }
    }

    /// Takes the deletion back.
    public func restore() async { await desk.attempt { try await desk.roadbook.restore(id) } }
}

extension Roadbook {
    fileprivate func timeline(of account: RecordId) async throws(RoadbookError) -> [TimelineEntry] {
        let length = AccountCard.timelineLengthOfAKind
        let visits = Query<Visit>().where(Visit.Fields.account, .equals, account)
        let gifts = Query<GiftNote>().where(GiftNote.Fields.account, .equals, account)
        let deals = Query<Opportunity>().where(Opportunity.Fields.account, .equals, account)
        let tasks = Query<TaskRecord>().where(TaskRecord.Fields.account, .equals, account)
        var entries = try await list(visits.page(limit: length))
            .map { TimelineEntry($0, at: $0.checkInAt ?? $0.plannedAt) }
        entries += try await list(gifts.page(limit: length)).map { TimelineEntry($0, at: $0.givenAt ?? $0.plannedAt) }
        entries += try await list(deals.page(limit: length)).map { TimelineEntry($0, at: nil) }
        entries += try await list(tasks.page(limit: length)).map { TimelineEntry($0, at: $0.startsAt) }
        return entries.sorted { ($0.at, $0.id.rawValue) > ($1.at, $1.id.rawValue) }
    }
}
