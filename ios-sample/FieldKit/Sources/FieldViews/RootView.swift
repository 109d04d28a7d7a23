import FieldModel
import RoadbookKit
import SwiftUI

/// The app.
public struct RootView: View {
    @State private var session: Session
    /// The app of a session.
    public init(_ session: Session) { _session = State(initialValue: session) }
    public var body: some View {
        switch session.state {
        case .opening: ProgressView().task { await session.open() }
        case .open: Text("today.title")
        case .failed(let problem): Text(problem.words.words())
        }
    }
}
