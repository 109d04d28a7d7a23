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

/// Where somebody is in the app: a tab, and how far in. On the shelf, so that an app that the system ended begins there
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

    private struct Kept: Codable {
        var tab = Tab.today
        var places: [Tab: [Place]] = [:]
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
