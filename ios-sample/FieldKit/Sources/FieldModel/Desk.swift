import Foundation
import Observation
import RoadbookKit

/// Where the phone is. Nothing waits for it: no fix is an answer.
public protocol Locator: Sendable {
    /// The position with its accuracy; nil if there is none within a few seconds, or the person does not want it.
    func fix() async -> GeoPoint?
}

/// A phone that does not say where it is.
public struct NoLocator: Locator {
    /// A locator without fixes.
    public init() {}
    /// None.
    public func fix() async -> GeoPoint? { nil }
}

/// What was done, said in passing: it covers nothing and goes away by itself.
public struct Notice: Hashable, Sendable, Identifiable {
    /// What is said.
    public enum What: Hashable, Sendable {
        /// A next action was logged as done, with what it was about.
        case logged(String?)
        /// A form was saved, with what people call its kind.
        case saved(Wording)
    }

    /// What is said.
    public let what: What
    /// Each notice is its own: the same may be said twice.
    public let id = UUID()
}

/// What every screen works on: the store, what is half-written, who people are.
@MainActor @Observable
public final class Desk {
    /// The store.
    public let roadbook: Roadbook
    /// What is half-written.
    public let shelf: Shelf
    /// Where somebody is in the app.
    public let trail: Trail
    /// Where the phone is.
    public let locator: any Locator
    /// Who this device belongs to; nil until it is enrolled.
    public private(set) var identity: Identity?
    /// Colleagues by id, this member among them.
    public private(set) var members: [MemberId: Member] = [:]
    /// The books on this device.
    public private(set) var books: [BookId: Book] = [:]
    /// What sync is doing.
    public private(set) var sync: SyncState?
    /// The last thing that did not work outside a form.
    public var problem: Problem? { didSet { hear(of: problem) } }
    /// The last thing that was done and is to be said in passing.
    public private(set) var notice: Notice?

    @ObservationIgnored private let damaged: @MainActor (Problem, Desk) -> Void

    /// A desk; `damaged` hears of it when the store is found damaged while it is used, be it more than once.
    init(
        _ roadbook: Roadbook, shelf: Shelf, locator: any Locator, damaged: @escaping @MainActor (Problem, Desk) -> Void
    ) {
        (self.roadbook, self.shelf, self.locator, self.damaged) = (roadbook, shelf, locator, damaged)
        trail = Trail(on: shelf)
    }

    /// Wherever something did not work: damage is the whole app's problem.
    func hear(of problem: Problem?) { if let problem, problem.canSalvage { damaged(problem, self) } }

    /// Whether there is a connection to a relay that has time, as far as anyone knows. A quiet mark, nothing more.
    public var isOffline: Bool {
        switch sync {
        case .waiting(_, .offline), .waiting(_, .busy): true
        default: false
        }
    }
    /// Whether something other than a missing connection keeps this device from syncing: ``Waiting/reason(syncPaused:)`` says what.
    public var isHindered: Bool { if case .waiting = sync { !isOffline } else { false } }
    /// Whether this member has people to look after.
    public var isManager: Bool {
        guard let me = identity?.member else { return false }
        return members.values.contains { $0.reportsTo == me } || [.manager, .director].contains(members[me]?.role)
    }
    /// A member's name; nil for a device that was not enrolled when it wrote.
    public func name(of member: MemberId?) -> String? { member.map { members[$0]?.name ?? $0.rawValue } }

    /// Keeps people, books and the state of sync current until the task ends.
    public func follow() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followAccess() }
            group.addTask { await self.followSync() }
        }
    }

    /// Exchanges with the relay now: the person pulled the list down. Nobody waits for it.
    public func refresh() { roadbook.nudge() }

    /// Forgets what is half-written, and where somebody was: the store was erased.
    func clear() {
        trail.clear()
        shelf.clear()
    }

    /// Does something and says what did not work.
    @discardableResult
    public func attempt(_ work: () async throws -> Void) async -> Bool {
        do {
            try await work()
            problem = nil
            return true
        } catch {
            problem = Problem(error)
            return false
        }
    }

    /// Says in passing what was done.
    public func tell(_ what: Notice.What) { notice = Notice(what: what) }

    /// Takes back what was said in passing, unless something else was said since.
    public func forget(_ said: Notice?) { if notice == said { notice = nil } }

    func reload() async { await attempt { take(try await Self.access(to: roadbook)) } }

    /// Who this device belongs to, and who and what it shares.
    private struct Access: Hashable, Sendable {
        let identity: Identity?
        let members: [Member]
        let books: [Book]
    }

    private nonisolated static func access(to roadbook: Roadbook) async throws(RoadbookError) -> Access {
        Access(
            identity: try await roadbook.identity(), members: try await roadbook.members(),
            books: try await roadbook.books())
    }

    private func take(_ access: Access) {
        identity = access.identity
        members = Dictionary(access.members.map { ($0.id, $0) }) { first, _ in first }
        books = Dictionary(access.books.map { ($0.id, $0) }) { first, _ in first }
    }

    private func followAccess() async {
        do {
            let read = { @Sendable [roadbook] in try await Self.access(to: roadbook) }
            for try await access in roadbook.watch({ $0.access }, read) { take(access) }
        } catch {
            problem = Problem(error)
        }
    }

    private func followSync() async {
        for await state in roadbook.syncState() { sync = state }
    }
}
