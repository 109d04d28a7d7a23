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
        case .opening: ProgressView("root.opening").task { await session.open() }
        case .failed(let problem): ClosedView(session: session, problem: problem)
        case .open where session.isErased: EndedView(session: session)
        case .open(let desk): TabsView(session: session, desk: desk).id(ObjectIdentifier(desk))
        }
    }
}

/// The store cannot be opened, or is damaged. What is in it stays there.
private struct ClosedView: View {
    let session: Session
    let problem: Problem

    var body: some View {
        List {
            ProblemLine(problem: problem)
            Button("root.retry") { Task { await session.open() } }
            if problem.canSalvage {
                Button("root.salvage") { Task { await session.salvage() } }.accessibilityHint("root.salvage.hint")
            }
        }
    }
}

/// An administrator ended this device; what was on it is erased already.
private struct EndedView: View {
    let session: Session

    var body: some View {
        List {
            if let ended = session.ended { Text(ended.words) }
            Button("root.again") { Task { await session.wipe() } }.accessibilityHint("root.again.hint")
        }
        .task { await session.follow() }
    }
}

/// What can be on the screen besides the tabs.
enum Sheet: Identifiable {
    case account(Form<Account>), contact(Form<Contact>), visit(Form<Visit>), gift(Form<GiftNote>)
    case deal(Form<Opportunity>), task(Form<TaskRecord>), enrol

    /// A form of whichever kind.
    @MainActor init(_ left: AnyForm, on desk: Desk) {
        switch left {
        case .account(let form): self = .account(Form(on: desk, form))
        case .contact(let form): self = .contact(Form(on: desk, form))
        case .visit(let form): self = .visit(Form(on: desk, form))
        case .gift(let form): self = .gift(Form(on: desk, form))
        case .deal(let form): self = .deal(Form(on: desk, form))
        case .task(let form): self = .task(Form(on: desk, form))
        }
    }

    /// The form; nil for the one sheet that is none.
    var form: (any FormOnScreen)? {
        switch self {
        case .account(let form): form
        case .contact(let form): form
        case .visit(let form): form
        case .gift(let form): form
        case .deal(let form): form
        case .task(let form): form
        case .enrol: nil
        }
    }

    var id: ObjectIdentifier? { form.map { ObjectIdentifier($0) } }
}

/// Which sheet is up: any view may put one up.
@MainActor @Observable
final class Navigator {
    var sheet: Sheet?

    /// Puts up the form of a record of whichever kind.
    func open(_ record: RecordId, kind: String, on desk: Desk) async {
        if let form = await desk.form(of: record, kind: kind) { sheet = Sheet(form, on: desk) }
    }
}

private struct TabsView: View {
    let session: Session
    let desk: Desk
    @State private var navigator = Navigator()
    @State private var waiting: Waiting
    @Environment(\.locale) private var locale

    init(session: Session, desk: Desk) {
        (self.session, self.desk) = (session, desk)
        _waiting = State(initialValue: Waiting(on: desk))
    }

    var body: some View {
        @Bindable var trail = desk.trail
        TabView(selection: $trail.tab) {
            Screen(desk, .today) { TodayView(on: desk, waiting, ended: session.ended) }
                .tabItem { Label("tab.today", .today) }
                .tag(Trail.Tab.today)
            Screen(desk, .search) { SearchView(on: desk) }
                .tabItem { Label("tab.search", .search) }
                .tag(Trail.Tab.search)
            Screen(desk, .board) { BoardView(on: desk) }
                .tabItem { Label("tab.board", .board) }
                .tag(Trail.Tab.board)
            if desk.isManager {
                Screen(desk, .team) { TeamView(on: desk) }
                    .tabItem { Label("tab.team", .team) }
                    .tag(Trail.Tab.team)
            }
            Screen(desk, .settings) { SettingsView(session: session, desk: desk, waiting: waiting) }
                .tabItem { Label("tab.settings", .settings) }
                .badge(waiting.stuck.values.count)
                .tag(Trail.Tab.settings)
        }
        // Who manages nobody any more has no such tab.
        .onChange(of: desk.isManager, initial: true) {
            if !desk.isManager && trail.tab == .team { trail.tab = .today }
        }
        .environment(navigator)
        .sheet(item: $navigator.sheet) { sheet in
            switch sheet {
            case .account(let form): AccountFormView(form: form)
            case .contact(let form): ContactFormView(form: form)
            case .visit(let form): VisitFormView(form)
            case .gift(let form): GiftFormView(form)
            case .deal(let form): DealFormView(form: form)
            case .task(let form): TaskFormView(form: form)
            case .enrol: EnrolView(session: session)
            }
        }
        .onChange(of: navigator.sheet?.id) { trail.form = navigator.sheet?.form?.opened }
        .task {
            let form = await desk.formThatWasOpen()
            if let form, navigator.sheet == nil { navigator.sheet = Sheet(form, on: desk) }
        }
        .task { await session.follow() }
        .task { await waiting.follow() }
        .task(id: desk.notice?.id) {
            guard let notice = desk.notice else { return }
            announce(notice.spoken(in: locale))
            try? await Task.sleep(for: .seconds(4))
            if !Task.isCancelled { desk.forget(notice) }
        }
    }
}

/// A tab: its own way in and back, the quiet mark of a missing connection, and what did not work.
private struct Screen<Content: View>: View {
    let desk: Desk
    let tab: Trail.Tab
    @ViewBuilder let content: Content

    init(_ desk: Desk, _ tab: Trail.Tab, @ViewBuilder content: () -> Content) {
        (self.desk, self.tab, self.content) = (desk, tab, content())
    }

    var body: some View {
        @Bindable var trail = desk.trail
        NavigationStack(path: $trail[tab]) {
            content
                .toolbar {
                    if desk.isOffline {
                        ToolbarItem(placement: .topBarLeading) {
                            Image(.offline).foregroundStyle(.secondary).accessibilityLabel("root.offline")
                        }
                    }
                    if desk.isHindered {
                        ToolbarItem(placement: .topBarLeading) {
                            Image(.hindered).foregroundStyle(.orange).accessibilityLabel("root.hindered")
                        }
                    }
                }
                .refreshable { await desk.refresh() }
                .safeAreaInset(edge: .bottom) {
                    VStack {
                        NoticeLine(desk: desk)
                        ProblemLine(problem: desk.problem)
                    }
                }
                .navigationDestination(for: Place.self) { place in
                    switch place {
                    case .account(let id): AccountView(on: desk, id)
                    case .history(let id, let kind): HistoryView(on: desk, id, kind)
                    case .visits: VisitsView(on: desk)
                    case .conflicts(let record): ConflictsView(on: desk, in: record)
                    case .tray: TrayView(on: desk)
                    }
                }
        }
    }
}
