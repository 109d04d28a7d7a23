import Foundation
import Observation
import RoadbookKit

/// What is overdue, due and coming, and what was left half-written.
@MainActor @Observable
public final class Today {
    /// Next actions, most overdue first.
    public let actions: Live<[NextAction]>
    /// What was left half-written.
    public private(set) var unfinished: [Unfinished] = []
    private let desk: Desk

    /// The actions of the day on which they are followed.
    public init(on desk: Desk) {
        self.desk = desk
        actions = Live(on: desk) { [roadbook = desk.roadbook] in roadbook.observeNextActions(on: .today) }
        look()
    }

    /// Those that are this urgent.
    public func actions(_ urgency: Urgency) -> [NextAction] { actions.values.filter { $0.urgency == urgency } }

    /// Looks for what was left half-written.
    public func look() { unfinished = desk.shelf.unfinished }

    /// One tap: what was to be done is done, now. A visit is logged as taken place, a task as done.
    /// - Returns: the record that says so.
    @discardableResult
    public func done(_ action: NextAction, now: Date = .now) async -> RecordId? {
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
                record = try await desk.roadbook.log(VisitDraft(account: account, mode: .phone, checkInAt: now))
            }
        }
        return record
    }

    /// A form for what is to be done: for the planned visit, or for a new one.
    public func form(for action: NextAction) async -> Form<Visit>? {
        var form: Form<Visit>?
        await desk.attempt {
            if action.source == .planned {
                form = Form(on: desk, editing: try await desk.roadbook.get(Visit.self, action.record))
            } else if let account = action.account {
                form = Form(on: desk, new: VisitDraft(account: account))
            }
        }
        return form
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
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { return hits = [] }
        do {
            for try await found in desk.roadbook.observeSearch(text) { hits = found }
        } catch {
            desk.problem = Problem(error)
        }
    }

    /// The account a hit leads to.
    public func account(of hit: Hit) async -> RecordId? {
        var account: RecordId?
        await desk.attempt { account = try await desk.roadbook.title(of: hit.id, kind: hit.kind)?.account }
        return account
    }
}

extension Day {
    /// The middle of the day where the device is.
    public func noon(in calendar: Calendar = .current) -> Date {
        calendar.date(from: DateComponents(year: year, month: month, day: day, hour: 12)) ?? .now
    }
}
