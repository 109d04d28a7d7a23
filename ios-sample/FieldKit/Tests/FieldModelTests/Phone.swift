import FieldModel
import Foundation
import RoadbookKit

/// A phone with the app on it. A test does on it what a person would.
@MainActor
final class Phone {
    let folder: URL
    let locator: any Locator
    private(set) var session: Session

    init(_ folder: URL = .temporaryDirectory.appendingPathComponent(UUID().uuidString), locator: any Locator = NoLocator()) {
        (self.folder, self.locator) = (folder, locator)
        session = Session(folder: folder, locator: locator)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The desk of an app that is open.
    var desk: Desk {
        guard let desk = session.desk else { preconditionFailure("not open: \(session.state)") }
        return desk
    }

    func start() async throws { await session.open() }
}
