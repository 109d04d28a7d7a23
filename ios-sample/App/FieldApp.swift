import FieldModel
import FieldViews
import SwiftUI

/// The app around FieldKit. Everything it does is in there, and tested there.
@main
struct FieldApp: App {
    @State private var session = Session.onThisPhone()
    @Environment(\.scenePhase) private var phase

    var body: some Scene {
        WindowGroup { RootView(session) }
            // Also at the start: a process that the system starts for a refresh begins behind the screen.
            .onChange(of: phase, initial: true) { old, new in
                switch new {
                case .background where old != new: leave()
                case .active: Task { await session.enterForeground() }
                case .inactive where !session.isInFront: Task { await session.enterForeground() }
                default: break
                }
            }
            .backgroundTask(.appRefresh(Session.refreshIdentifier)) {
                await session.refreshInBackground()
                await session.scheduleRefresh()
            }
    }

    /// Asks for a moment to let go of the store's file, and for a refresh later on.
    private func leave() {
        let assertion = BackgroundAssertion("pause")
        Task {
            await session.enterBackground()
            session.scheduleRefresh()
            assertion.end()
        }
    }
}
