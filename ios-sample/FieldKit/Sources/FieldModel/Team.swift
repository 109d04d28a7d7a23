import Foundation
import Observation
import RoadbookKit

/// The manager's view of a day: what her people did, and what waits for her.
@MainActor @Observable
public final class Team {
    /// One person's day.
    public struct Row: Hashable, Sendable, Identifiable {
        /// Who.
        public let member: Member
        /// Visits checked in that day, earliest first.
        public let visits: [Visit]
        /// Visits planned for that day that have not taken place.
        public let planned: [Visit]
        /// Who.
        public var id: MemberId { member.id }
    }

    /// A gift that asks for her word.
    public struct Gift: Hashable, Sendable, Identifiable {
        /// The note.
        public let note: GiftNote
        /// What rules it breaks.
        public let findings: [Finding]
        /// The note's id.
        public var id: RecordId { note.id }
    }

    /// Her people's day.
    public private(set) var rows: Live<[Row]>
    /// Gifts that wait for her.
    public let gifts: Live<[Gift]>
    /// What of all accounts she reads is overdue.
    public let overdue: Live<[ActionLine]>
    /// The day that is shown; a view follows anew when it is another.
    public var day: Day { didSet { if day != oldValue { rows = Self.rows(of: day, on: desk, in: calendar) } } }
    private let desk: Desk
    private let calendar: Calendar

    /// The team's day: today, until another is picked.
    public init(on desk: Desk, in calendar: Calendar = .current) {
        (self.desk, self.calendar) = (desk, calendar)
        let (roadbook, shelf, today) = (desk.roadbook, desk.shelf, Day.today)
        day = today
        rows = Self.rows(of: today, on: desk, in: calendar)
        gifts = Live(on: desk) {
            roadbook.watch({ $0.concernsRecords }) {
                let findings = try await roadbook.findings().filter { $0.severity != .warn }
                var gifts: [Gift] = []
                for id in Set(findings.flatMap(\.notes)).sorted(by: { $0.rawValue < $1.rawValue }) {
                    guard let note = try await roadbook.find(GiftNote.self, id) else { continue }
                    let broken = findings.filter { $0.notes.contains(id) }
                    if note.draft.approval(under: broken) == .needed {
                        gifts.append(Gift(note: note, findings: broken))
                    }
                }
                // Decided on another device.
                await shelf.forgetTexts(Desk.remarks, except: Set(gifts.map { Desk.remarks + $0.note.id.rawValue }))
                return gifts
            }
        }
        overdue = Live(on: desk) {
            roadbook.watch({ $0.concernsRecords }) {
                try await roadbook.actionLines(on: .today).filter { $0.urgency == .overdue }
            }
        }
    }

    private static func rows(of day: Day, on desk: Desk, in calendar: Calendar) -> Live<[Row]> {
        let roadbook = desk.roadbook
        let start = calendar.startOfDay(for: day.noon(in: calendar))
        let end = calendar.date(byAdding: .day, value: 1, to: start) ?? start
        return Live(on: desk) {
            roadbook.watch({ $0.concerns(Visit.kind) || $0.access }) {
                let visits = try await roadbook.all(Visit.Fields.checkInAt, from: start, until: end)
                let planned = try await roadbook.all(Visit.Fields.plannedAt, from: start, until: end)
                return try await roadbook.members().map { member in
                    Row(
                        member: member, visits: visits.filter { $0.info.createdBy == member.id },
                        planned: planned.filter { $0.info.createdBy == member.id && $0.checkInAt == nil })
                }
            }
        }
    }

    /// Whether nobody visited or planned anything that day, as far as this device knows.
    public var isEmpty: Bool { rows.value.map { $0.allSatisfy { $0.visits.isEmpty && $0.planned.isEmpty } } ?? false }

    /// Shows an earlier or a later day.
    public func turn(by days: Int) {
        day = calendar.date(byAdding: .day, value: days, to: day.noon(in: calendar)).map { Day($0) } ?? day
    }

    /// Keeps all of it current until the task ends.
    public func follow() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.rows.follow() }
            group.addTask { await self.gifts.follow() }
            group.addTask { await self.overdue.follow() }
        }
    }
}

extension Roadbook {
    /// Visits with a time within a day: a team has hundreds, not thousands.
    fileprivate func all(
        _ time: Field<Visit, Date>, from start: Date, until end: Date
    ) async throws(RoadbookError) -> [Visit] {
        let query = Query<Visit>().where(time, .atLeast, start).where(time, .below, end)
        return try await list(query.ascending(time).page(limit: 1000))
    }
}
