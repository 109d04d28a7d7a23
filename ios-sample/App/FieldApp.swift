import FieldModel
import FieldViews
import RoadbookKit
import SwiftUI

/// The app around FieldKit. Everything it does is in there, and tested there.
@main
struct FieldApp: App {
    @State private var session = Session(locator: PhoneLocator())
    @Environment(\.scenePhase) private var phase

    var body: some Scene {
        WindowGroup { RootView(session) }
            .onChange(of: phase) { _, new in
                switch new {
                case .background: leave()
                case .active: Task { await session.enterForeground() }
                default: break
                }
            }
            .backgroundTask(.appRefresh(BackgroundRefresh.fieldSync)) {
                await session.refreshInBackground()
                await session.scheduleRefresh()
            }
    }

    /// Asks for a moment to let go of the store's file, and for a refresh later on.
    private func leave() {
        let assertion = BackgroundAssertion("pause")
        Task {
            await session.enterBackground()
            await session.scheduleRefresh()
            assertion.end()
        }
    }
}

extension BackgroundRefresh {
    /// As in Config/Info.plist.
    static let fieldSync = "org.roadbook.field.sync"
}

extension Session {
    /// Asks the system for the next refresh: sooner where work waits.
    fileprivate func scheduleRefresh() async {
        BackgroundRefresh.schedule(BackgroundRefresh.fieldSync, notBefore: BackgroundWish.next(unsent: hasUnsentWork))
    }
}
