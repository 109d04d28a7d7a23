import Foundation
import Observation
import RoadbookKit

/// What is overdue, due and coming, and what was left half-written.
@MainActor @Observable
public final class Today {
    /// Next actions, most overdue first.
    public let actions: Live<[ActionLine]>
    /// What was left half-written.
    public private(set) var unfinished: [AnyForm] = []
    private let desk: Desk
    /// Actions that are being logged.
    private var underWay: Set<String> = []
    /// Actions that were logged, with the list as it stood then: the next one does without them.
    private var logged: [String: [ActionLine]] = [:]

    /// The actions of the day on which they are followed.
    public init(on desk: Desk) {
        self.desk = desk
        let roadbook = desk.roadbook
        actions = Live(on: desk) {
            let day = Day.today
            return roadbook.watch({ $0.concernsRecords }) { try await roadbook.actionLines(on: day) }
        }
        look()
    }

    /// Those that are this urgent.
    public func actions(_ urgency: Urgency) -> [ActionLine] { actions.values.filter { $0.urgency == urgency } }

    /// Whether an action was tapped, and the list does not show it yet or has gone on: a second tap would log a second visit.
    public func isTaken(_ action: ActionLine) -> Bool {
        guard let list = actions.value else { return underWay.contains(action.id) }
        return underWay.contains(action.id) || !list.contains(action) || logged[action.id] == list
    }

    /// Looks for what was left half-written.
    public func look() { unfinished = desk.shelf.unfinished }

    /// One tap: what was to be done is done, now. A visit is logged as taken place, a task as done.
    /// - Returns: the record that says so; nil, too, for a second tap.
    @discardableResult
    public func done(_ action: ActionLine, now: Date = .now) async -> RecordId? {
        if isTaken(action) { return nil }
        underWay.insert(action.id)
        defer { underWay.remove(action.id) }
        var record: RecordId?
        await desk.attempt {
            switch action.source {
            case .task:
                let task = try await desk.roadbook.get(TaskRecord.self, action.record)
                try await desk.roadbook.edit(task) { $0.status = .done }
                record = task.id
            case .planned:
                let visit = try await desk.roadbook.get(Visit.self, action.record)
                try await desk.roadbook.edit(visit) { $0.checkInAt = now }
                record = visit.id
            case .cadence, .promised:
                guard let account = action.account else { return }
                let visit = VisitDraft(account: account, mode: .phone, checkInAt: now, checkOutAt: now)
                record = try await desk.roadbook.log(visit)
            }
        }
        if record != nil {
            logged[action.id] = actions.values.contains(action) ? actions.values : nil
            desk.tell(.logged(action.title))
        }
        return record
    }

    /// A form for what is to be done: for the task, for the planned visit, or for a new one.
    public func form(for action: ActionLine) async -> AnyForm? {
        switch (action.source, action.account) {
        case (.task, _): await desk.form(of: action.record, kind: TaskRecord.kind.name)
        case (.planned, _): await desk.form(of: action.record, kind: Visit.kind.name)
        case (_, let account?): .visit(OpenForm(new: VisitDraft(account: account)))
        case (_, nil): nil
        }
    }
}

/// A next action as a line of text.
@dynamicMemberLookup
public struct ActionLine: Hashable, Sendable, Identifiable {
    /// What is to be done.
    public let action: NextAction
    /// What a task says; nil for anything else.
    public let subject: String?
    /// Where it comes from and the record.
    public var id: String { action.id }
    /// What the line says: a task's subject, else the account's name; nil if neither is on this device.
    public var title: String? { subject ?? action.accountName }
    /// The account, where the line says something else.
    public var under: String? { subject == nil ? nil : action.accountName }

    /// The action's own.
    public subscript<T>(dynamicMember path: KeyPath<NextAction, T>) -> T { action[keyPath: path] }
}

extension Roadbook {
    /// What is overdue, due or coming on a day, with what tasks say.
    func actionLines(on day: Day) async throws(RoadbookError) -> [ActionLine] {
        var lines: [ActionLine] = []
        for action in try await nextActions(on: day) {
            let task = action.source == .task ? try await find(TaskRecord.self, action.record) : nil
            lines.append(ActionLine(action: action, subject: task?.subject))
        }
        return lines
    }
}

/// Search over everything, as one types.
@MainActor @Observable
public final class Search {
    /// What is typed.
    public var text = ""
    /// What was found for it.
    public private(set) var hits: [Hit] = []
    private let desk: Desk

    /// A search on a desk.
    public init(on desk: Desk) { self.desk = desk }

    /// Searches for ``text`` and keeps what is found current until the task ends; a view begins it anew at each key.
    public func follow() async {
        var text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        text.cut(to: Most.search)
        guard !text.isEmpty else { return hits = [] }
        do {
            for try await found in desk.roadbook.observeSearch(text) { hits = found }
        } catch {
            desk.problem = Problem(error)
        }
    }
}

extension Day {
    /// The middle of the day where the device is.
    public func noon(in calendar: Calendar = .current) -> Date {
        calendar.date(from: DateComponents(year: year, month: month, day: day, hour: 12)) ?? .now
    }
}
