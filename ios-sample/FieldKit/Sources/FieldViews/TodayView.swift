import FieldModel
import RoadbookKit
import SwiftUI

/// What is overdue, due and coming; one tap logs it.
struct TodayView: View {
    @State private var today: Today
    @State private var day = Day.today
    @Environment(\.scenePhase) private var phase
    @Environment(Navigator.self) private var navigator
    private let desk: Desk
    private let waiting: Waiting
    private let ended: StopReason?

    init(on desk: Desk, _ waiting: Waiting, ended: StopReason?) {
        (self.desk, self.waiting, self.ended) = (desk, waiting, ended)
        _today = State(initialValue: Today(on: desk))
    }

    var body: some View {
        List {
            if let ended {
                Section {
                    Text(ended.words).foregroundStyle(.red)
                    Button("enrol.title") { navigator.sheet = .enrol }
                }
            }
            if let status = waiting.status.value, status.conflicts + status.proposals > 0 {
                Section("today.decide") {
                    if status.conflicts > 0 {
                        NavigationLink(value: Place.conflicts(nil)) {
                            Label("today.conflicts \(status.conflicts)", .conflict)
                        }
                    }
                    if status.proposals > 0 {
                        NavigationLink(value: Place.tray) { Label("today.proposals \(status.proposals)", .review) }
                    }
                }
            }
            if !today.unfinished.isEmpty {
                Section("today.unfinished") {
                    ForEach(today.unfinished) { left in
                        Button {
                            navigator.sheet = Sheet(left, on: desk)
                        } label: {
                            RecordRow(on: desk, left.title) { Words(Kinds.label(of: left.title.kind)) }
                        }
                    }
                }
            }
            ForEach(Urgency.all, id: \.self) { urgency in
                let actions = today.actions(urgency)
                if !actions.isEmpty {
                    Section(urgency.words) {
                        ForEach(actions) { ActionRow(action: $0, today: today) }
                    }
                }
            }
            NavigationLink(value: Place.visits) { Label("today.visits", .visit) }
        }
        .overlay {
            if today.actions.value == [] {
                ContentUnavailableView("today.nothing", systemImage: Symbol.check.rawValue)
            }
        }
        .navigationTitle("tab.today")
        .toolbar {
            ToolbarItem(placement: .primaryAction) {
                Button {
                    navigator.sheet = .account(Form(on: desk, new: AccountDraft(name: "")))
                } label: {
                    Label("account.new", .plus)
                }
            }
        }
        .task(id: day) { await today.actions.follow() }
        .onChange(of: phase) { day = .today }
        .onAppear { today.look() }
        .onChange(of: navigator.sheet?.id) { today.look() }
    }
}

private struct ActionRow: View {
    let action: NextAction
    let today: Today
    @Environment(Navigator.self) private var navigator

    var body: some View {
        HStack {
            VStack(alignment: .leading) {
                if let account = action.account {
                    NavigationLink(value: Place.account(account)) { Text(verbatim: action.accountName ?? "") }
                }
                HStack {
                    Text(action.source.words)
                    Text(action.dueTo.noon(), format: .dateTime.month().day())
                    if let maturity = action.maturity { Words(maturity.label) }
                }
                .font(.caption)
                .foregroundStyle(.secondary)
            }
            Spacer()
            Button {
                Task { await today.done(action) }
            } label: {
                Image(.check).accessibilityLabel("today.done")
            }
            .buttonStyle(.borderless)
        }
        .swipeActions {
            Button("today.write") { Task { navigator.sheet = await today.form(for: action).map { .visit($0) } } }
        }
    }
}

extension Urgency {
    static let all: [Urgency] = [.overdue, .due, .coming]

    var words: LocalizedStringKey {
        switch self {
        case .overdue: "urgency.overdue"
        case .due: "urgency.due"
        case .coming: "urgency.coming"
        }
    }
}

extension Source {
    var words: LocalizedStringKey {
        switch self {
        case .cadence: "source.cadence"
        case .promised: "source.promised"
        case .planned: "source.planned"
        case .task: "source.task"
        }
    }
}

/// Search over everything, as one types.
struct SearchView: View {
    @State private var search: Search
    private let desk: Desk

    init(on desk: Desk) {
        self.desk = desk
        _search = State(initialValue: Search(on: desk))
    }

    var body: some View {
        List(search.hits) { hit in
            NavigationLink {
                HitView(hit: hit, search: search, desk: desk)
            } label: {
                RecordRow(on: desk, hit.line) { Text(verbatim: hit.excerpt.shortened) }
            }
        }
        .overlay {
            if search.hits.isEmpty {
                ContentUnavailableView(
                    search.text.isEmpty ? "search.empty" : "search.nothing", systemImage: Symbol.search.rawValue)
            }
        }
        .navigationTitle("tab.search")
        .searchable(text: $search.text, prompt: "search.prompt")
        .task(id: search.text) { await search.follow() }
    }
}

/// A hit leads to the account it hangs on, or to its history where it hangs on none.
private struct HitView: View {
    let hit: Hit
    let search: Search
    let desk: Desk
    @State private var account: RecordId??

    var body: some View {
        Group {
            switch account {
            case nil: ProgressView("root.opening")
            case .some(nil): HistoryView(on: desk, hit.id)
            case .some(let account?): AccountView(on: desk, account)
            }
        }
        .task { account = .some(await search.account(of: hit)) }
    }
}

/// All visits, however many.
struct VisitsView: View {
    @State private var visits: PagedList<Visit>
    private let desk: Desk

    init(on desk: Desk) {
        self.desk = desk
        _visits = State(
            initialValue: PagedList(Query<Visit>().descending(Visit.Fields.checkInAt), in: desk.roadbook))
    }

    var body: some View {
        List(0..<visits.count, id: \.self) { index in
            Group {
                if let visit = visits[index] {
                    NavigationLink(value: Place.account(visit.account)) {
                        RecordRow(on: desk, visit.line) {
                            if let at = visit.checkInAt ?? visit.plannedAt { Text(at, format: .dateTime) }
                        }
                    }
                } else {
                    Text("root.opening").foregroundStyle(.secondary)
                }
            }
            .task { await visits.want(index) }
        }
        .overlay { ProblemLine(problem: visits.problem) }
        .navigationTitle("today.visits")
        .task { await visits.follow() }
    }
}
