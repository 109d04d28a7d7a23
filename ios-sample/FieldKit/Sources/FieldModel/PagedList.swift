import Foundation
import Observation
import RoadbookKit

/// A long list of which only what is near the screen is held: ten thousand visits scroll, a few pages are read.
@MainActor @Observable
public final class PagedList<R: Record> {
    /// How many records there are.
    public private(set) var count = 0
    /// Whether there are none, once that is known.
    public private(set) var isEmpty = false

    /// Records a page.
    public static var pageSize: Int { 50 }
    /// Pages held at most.
    public static var pagesHeld: Int { 5 }

    private let query: Query<R>
    private let desk: Desk
    private let read: (Query<R>) async throws -> [R]
    private var pages: [Int: [R]] = [:]
    @ObservationIgnored private var wanted: [Int] = []

    /// A list of what a query asks for. Why it is not kept current is the desk's problem. `read` is how a page is read, if
    /// not from the store.
    public init(on desk: Desk, _ query: Query<R>, read: ((Query<R>) async throws -> [R])? = nil) {
        (self.query, self.desk) = (query, desk)
        self.read = read ?? { [roadbook = desk.roadbook] in try await roadbook.list($0) }
    }

    /// The record in a place; nil until its page has come, see ``want(_:)``.
    public subscript(index: Int) -> R? {
        let page = pages[index / Self.pageSize] ?? []
        return page.indices.contains(index % Self.pageSize) ? page[index % Self.pageSize] : nil
    }

    /// The row in this place came on the screen: its page is read unless it is there, and what was wanted longest ago
    /// is let go of.
    public func want(_ index: Int) async {
        let page = index / Self.pageSize
        wanted.removeAll { $0 == page }
        wanted.append(page)
        if pages[page] == nil { await load(page) }
        while pages.count > Self.pagesHeld, let oldest = wanted.first {
            wanted.removeFirst()
            pages[oldest] = nil
        }
    }

    /// Keeps the count and the pages that are held current until the task ends.
    public func follow() async {
        do {
            let readings = desk.roadbook.watch({ $0.concerns(R.kind) }) { [roadbook = desk.roadbook, query] in
                Reading(count: try await roadbook.count(query))
            }
            for try await reading in readings {
                (count, isEmpty) = (reading.count, reading.count == 0)
                for page in pages.keys { await load(page) }
            }
        } catch {
            desk.problem = Problem(error)
        }
    }

    private func load(_ page: Int) async {
        do {
            pages[page] = try await read(query.page(limit: Self.pageSize, offset: page * Self.pageSize))
        } catch {
            desk.problem = Problem(error)
        }
    }

    /// Never equal to the one before it: a record may change while their number stays.
    private struct Reading: Equatable, Sendable {
        let count: Int
        private let stamp = UUID()
        init(count: Int) { self.count = count }
    }
}
