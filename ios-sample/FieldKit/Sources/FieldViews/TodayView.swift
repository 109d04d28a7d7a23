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
                        ForEach(actions) { ActionRow(action: $0, today: today, desk: desk) }
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
    let action: ActionLine
    let today: Today
    let desk: Desk
    @Environment(Navigator.self) private var navigator

    var body: some View {
        HStack {
            VStack(alignment: .leading) {
                if let account = action.account {
                    NavigationLink(value: Place.account(account)) { ActionTitle(action: action) }
                } else {
                    Button {
                        Task { await navigator.open(action.record, kind: TaskRecord.kind.name, on: desk) }
                    } label: {
                        ActionTitle(action: action)
                    }
                    .buttonStyle(.borderless)
                }
                if let account = action.under { Text(verbatim: account.shortened).font(.caption) }
                HStack {
                    Text(action.source.words)
                    Text(action.dueTo.noon(), format: .dateTime.month().day())
                    if let maturity = action.maturity { Words(maturity.label) }
                }
                .font(.caption)
                .foregroundStyle(.secondary)
            }
            Spacer()
            WhereMark(on: desk, action.record)
            Button {
                Task { await today.done(action) }
            } label: {
                Image(.check).accessibilityLabel("today.done \(action.title?.shortened ?? "")")
            }
            .buttonStyle(.borderless)
            .disabled(today.isTaken(action))
        }
        .swipeActions {
            Button("today.write") {
                Task { navigator.sheet = await today.form(for: action).map { Sheet($0, on: desk) } }
            }
        }
    }
}

/// What a next action is about: a task by its subject, anything else by its account.
struct ActionTitle: View {
    let action: ActionLine

    var body: some View {
        if let title = action.subject ?? action.accountName {
            Text(verbatim: title.shortened)
        } else {
            Text("value.notHere").foregroundStyle(.secondary)
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

/// Search over everything, as one types. A hit leads to its account, or to its form.
struct SearchView: View {
    @State private var search: Search
    @State private var isCut = false
    @Environment(Navigator.self) private var navigator
    private let desk: Desk

    init(on desk: Desk) {
        self.desk = desk
        _search = State(initialValue: Search(on: desk))
    }

    var body: some View {
        List(search.hits) { hit in
            if hit.kind == Account.kind.name {
                NavigationLink(value: Place.account(hit.id)) { row(hit) }
            } else {
                Button {
                    Task { await navigator.open(hit.id, kind: hit.kind, on: desk) }
                } label: {
                    row(hit)
                }
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
        .cuts($search.text, to: Most.search, $isCut)
        .safeAreaInset(edge: .top) { CutLine(isCut: isCut, most: Most.search) }
        .task(id: search.text) { await search.follow() }
    }

    private func row(_ hit: Hit) -> some View {
        RecordRow(on: desk, hit.line) { Text(verbatim: hit.excerpt.shortened) }
    }
}

/// All visits, however many.
struct VisitsView: View {
    @State private var visits: PagedList<Visit>
    @Environment(Navigator.self) private var navigator
    private let desk: Desk

    init(on desk: Desk) {
        self.desk = desk
        _visits = State(initialValue: PagedList(on: desk, Query<Visit>().descending(Visit.Fields.checkInAt)))
    }

    var body: some View {
        List(0..<visits.count, id: \.self) { index in
            Group {
                if let visit = visits[index] {
                    Button {
                        Task { await navigator.open(visit.id, kind: Visit.kind.name, on: desk) }
                    } label: {
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
        .overlay {
            if visits.isEmpty { ContentUnavailableView("visits.none", systemImage: Symbol.visit.rawValue) }
        }
        .navigationTitle("today.visits")
        .task { await visits.follow() }
    }
}
