import Observation
import RoadbookKit

/// Where a list leads.
public enum Place: Hashable, Sendable, Codable {
    /// To a customer.
    case account(RecordId)
    /// To what was changed in a record of a kind.
    case history(RecordId, String)
    /// To all visits.
    case visits
    /// To the conflicts of a record, or to all.
    case conflicts(RecordId?)
    /// To what waits for a review.
    case tray
}

/// Where somebody is in the app: a tab, how far in, and in which form. On the shelf, so that an app that the system ended begins there
/// again.
@MainActor @Observable
public final class Trail {
    /// The ways in.
    public enum Tab: String, Hashable, Sendable, Codable {
        /// What is due.
        case today
        /// Search over everything.
        case search
        /// Deals by stage.
        case board
        /// The manager's view of the day.
        case team
        /// What waits, and the ways out.
        case settings
    }

    /// A form that is on the screen.
    public struct Opened: Hashable, Sendable, Codable {
        let record: RecordId
        let kind: String
    }

    private struct Kept: Codable {
        var tab = Tab.today
        var places: [Tab: [Place]] = [:]
        var form: Opened?
    }

    private var kept: Kept { didSet { keep() } }
    @ObservationIgnored private let shelf: Shelf
    private static let name = "trail"

    init(on shelf: Shelf) {
        self.shelf = shelf
        kept = shelf.take(Kept.self, Self.name) ?? Kept()
    }

    /// The tab that is shown.
    public var tab: Tab {
        get { kept.tab }
        set { kept.tab = newValue }
    }

    /// The form that lies on top, if one does.
    public var form: Opened? {
        get { kept.form }
        set { kept.form = newValue }
    }

    /// What was opened from a tab, the visible one last.
    public subscript(tab: Tab) -> [Place] {
        get { kept.places[tab] ?? [] }
        set { kept.places[tab] = newValue }
    }

    /// Begins anew.
    func clear() { kept = Kept() }

    // On a full disk it begins elsewhere: nothing is lost.
    private func keep() { try? shelf.put(kept, Self.name) }
}

/// A form of whichever kind, on the screen.
@MainActor public protocol FormOnScreen: AnyObject {
    /// What it is of, to open it again.
    var opened: Trail.Opened { get }
}

extension Form: FormOnScreen {
    /// What it is of, to open it again.
    public var opened: Trail.Opened { Trail.Opened(record: record, kind: R.kind.name) }
}

extension Desk {
    /// The form that was on the screen when the app ended; nil if there was none, or nothing is left of it.
    public func formThatWasOpen() async -> AnyForm? {
        guard let form = trail.form else { return nil }
        if let left = shelf.unfinished.first(where: { $0.id == form.record }) { return left }
        // Nobody asked for it now: that it is gone is no problem to be told.
        guard let there = try? await roadbook.title(of: form.record, kind: form.kind) else { return nil }
        return await self.form(of: there.id, kind: there.kind)
    }
}
