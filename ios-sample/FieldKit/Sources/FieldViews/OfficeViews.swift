import FieldModel
import RoadbookKit
import SwiftUI

/// Deals by stage.
struct BoardView: View {
    @State private var board: Board
    @Environment(Navigator.self) private var navigator
    private let desk: Desk

    init(on desk: Desk) {
        self.desk = desk
        _board = State(initialValue: Board(on: desk))
    }

    var body: some View {
        List(board.isEmpty ? [] : board.columns.values) { column in
            Section {
                ForEach(column.deals) { deal in
                    Button {
                        navigator.sheet = .deal(Form(on: desk, editing: deal))
                    } label: {
                        RecordRow(on: desk, deal.line) {
                            if let amount = deal.amount { MoneyText(amount) }
                            if let close = deal.expectedClose { Text(close.noon(), format: .dateTime.month().day()) }
                        }
                    }
                    .contextMenu {
                        ForEach(OpportunityStage.allCases, id: \.self) { stage in
                            Button {
                                Task { await board.move(deal, to: stage) }
                            } label: {
                                Words(stage.label)
                            }
                        }
                    }
                }
            } header: {
                HStack {
                    if let stage = column.stage { Words(stage.label) } else { Text("board.noStage") }
                    Text(column.count, format: .number)
                    Spacer()
                    ForEach(column.amounts, id: \.self) { MoneyText($0) }
                }
                .accessibilityElement(children: .combine)
            }
        }
        .overlay {
            if board.isEmpty { ContentUnavailableView("board.none", systemImage: Symbol.board.rawValue) }
        }
        .navigationTitle("tab.board")
        .task { await board.columns.follow() }
    }
}

/// Clashes, side by side where there is room, with who and when: pick one, or write what both agree on.
struct ConflictsView: View {
    @State private var conflicts: Conflicts
    private let desk: Desk

    init(on desk: Desk, in record: RecordId?) {
        self.desk = desk
        _conflicts = State(initialValue: Conflicts(on: desk, in: record))
    }

    var body: some View {
        List(conflicts.items.values) { ConflictSection(item: $0, conflicts: conflicts, desk: desk) }
            .overlay {
                if conflicts.items.value == [] {
                    ContentUnavailableView("conflict.none", systemImage: Symbol.check.rawValue)
                }
            }
            .navigationTitle("conflict.title")
            .task { await conflicts.items.follow() }
    }
}

private struct ConflictSection: View {
    let item: Conflicts.Item
    let conflicts: Conflicts
    let desk: Desk
    @State private var isMerging = false

    var body: some View {
        @Bindable var merged = conflicts.merged(in: item)
        Section {
            ViewThatFits(in: .horizontal) {
                HStack(alignment: .top) { sides }
                VStack(alignment: .leading) { sides }
            }
            if isMerging || !merged.text.isEmpty {
                TypedField(label, $merged.text)
                Button("conflict.mergeSave") { Task { await conflicts.merge(in: item) } }
            } else if let texts = item.merged {
                Button("conflict.merge") {
                    merged.text = texts
                    isMerging = true
                }
            }
        } header: {
            HStack {
                TitleText(title: item.title, kind: item.conflict.kind)
                Words(label)
            }
        }
    }

    private var label: Wording { Roadbook.label(of: item.conflict.field, in: item.conflict.kind) }

    private var sides: some View {
        ForEach(item.conflict.sides, id: \.self) { side in
            Button {
                Task { await conflicts.pick(side, in: item) }
            } label: {
                VStack(alignment: .leading) {
                    switch side.wrote {
                    case .put(let value):
                        ValueText(value, in: item.conflict.field, of: item.conflict.kind, desk: desk, whole: true)
                    case .removed(let because):
                        Text("conflict.removed")
                        if let because { Text(verbatim: because) }
                    case .changed: Text("conflict.changed")
                    }
                    ByLine(by: side.by, at: side.at, desk: desk)
                }
            }
            .buttonStyle(.bordered)
            .accessibilityHint("conflict.pick.hint")
        }
    }
}

/// What waits for this member's word after a handover.
struct TrayView: View {
    @State private var tray: Tray
    private let desk: Desk

    init(on desk: Desk) {
        self.desk = desk
        _tray = State(initialValue: Tray(on: desk))
    }

    var body: some View {
        List {
            ForEach(tray.items.values) { TraySection(item: $0, tray: tray, desk: desk) }
            if !tray.verdicts.values.isEmpty {
                Section("tray.verdicts") {
                    ForEach(tray.verdicts.values) { verdict in
                        VStack(alignment: .leading) {
                            Text(verdict.accepted ? "tray.accepted" : "tray.refused")
                            if let because = verdict.because { Text(verbatim: because) }
                            Text(verbatim: desk.name(of: verdict.by) ?? "").font(.caption)
                            if let at = verdict.at { Text(at, format: .dateTime).font(.caption) }
                        }
                    }
                }
            }
        }
        .overlay {
            if tray.items.value == [] && tray.verdicts.value == [] {
                ContentUnavailableView("tray.none", systemImage: Symbol.check.rawValue)
            }
        }
        .navigationTitle("tray.title")
        .task { await tray.follow() }
    }
}

private struct TraySection: View {
    let item: Tray.Item
    let tray: Tray
    let desk: Desk
    @Environment(\.locale) private var locale

    var body: some View {
        @Bindable var reason = tray.reason(for: item)
        Section {
            ForEach(item.proposal.changes) { change in
                Captioned(Roadbook.label(of: change.field, in: item.proposal.kind)) {
                    ValueText(change.from, in: change.field, of: item.proposal.kind, desk: desk).strikethrough()
                    ValueText(change.to, in: change.field, of: item.proposal.kind, desk: desk, whole: true)
                }
            }
            LineField("tray.reason", $reason.text)
            Button("tray.accept") { Task { await tray.decide(item, accept: true) } }
                .accessibilityLabel("tray.acceptOf \(spoken)")
            Button("tray.refuse", role: .destructive) { Task { await tray.decide(item, accept: false) } }
                .accessibilityLabel("tray.refuseOf \(spoken)")
        } header: {
            HStack {
                TitleText(title: item.title, kind: item.proposal.kind ?? "")
                Text(verbatim: desk.name(of: item.proposal.member) ?? "")
            }
        }
    }

    /// Which proposal a button is about: several are below each other.
    private var spoken: String {
        let kind = Kinds.label(of: item.proposal.kind ?? "").words(in: locale)
        return "\(item.title?.text?.shortened ?? kind) \(desk.name(of: item.proposal.member) ?? "")"
    }
}

/// The manager's view of the day.
struct TeamView: View {
    @State private var team: Team
    @State private var today = Day.today
    @Environment(\.scenePhase) private var phase
    @Environment(Navigator.self) private var navigator
    private let desk: Desk

    init(on desk: Desk) {
        self.desk = desk
        _team = State(initialValue: Team(on: desk))
    }

    var body: some View {
        List {
            HStack {
                Button {
                    team.turn(by: -1)
                } label: {
                    Image(.before).accessibilityLabel("team.before")
                }
                Spacer()
                Text(team.day.noon(), format: .dateTime.year().month().day())
                Spacer()
                Button {
                    team.turn(by: 1)
                } label: {
                    Image(.after).accessibilityLabel("team.after")
                }
            }
            .buttonStyle(.borderless)
            if !team.gifts.values.isEmpty {
                Section("team.gifts") {
                    ForEach(team.gifts.values) { GiftDecision(gift: $0, desk: desk) }
                }
            }
            if team.isEmpty { Text("team.none").foregroundStyle(.secondary) }
            ForEach(team.rows.values) { row in
                Section {
                    ForEach(row.visits + row.planned) { visit in
                        Button {
                            Task { await navigator.open(visit.id, kind: Visit.kind.name, on: desk) }
                        } label: {
                            RecordRow(on: desk, visit.line) {
                                if visit.checkInAt == nil { Text("source.planned") }
                                if let at = visit.checkInAt ?? visit.plannedAt {
                                    Text(at, format: .dateTime.hour().minute())
                                }
                            }
                        }
                    }
                } header: {
                    Text("team.row \(row.member.name) \(row.visits.count) \(row.planned.count)")
                }
            }
            if !team.overdue.values.isEmpty {
                Section("urgency.overdue") {
                    ForEach(team.overdue.values) { action in
                        if let account = action.account {
                            NavigationLink(value: Place.account(account)) { OverdueLine(action: action, desk: desk) }
                        } else {
                            OverdueLine(action: action, desk: desk)
                        }
                    }
                }
            }
        }
        .navigationTitle("tab.team")
        .task(id: [team.day, today]) { await team.follow() }
        .onChange(of: phase) {
            // Who had the day of yesterday open as today sees today; another day that was picked stays.
            if team.day == today { team.day = .today }
            today = .today
        }
    }
}

private struct OverdueLine: View {
    let action: ActionLine
    let desk: Desk

    var body: some View {
        VStack(alignment: .leading) {
            ActionTitle(action: action)
            HStack {
                if let under = action.under { Text(verbatim: under.shortened) }
                if let owner = desk.name(of: action.owner) { Text(verbatim: owner) }
                Text(action.dueTo.noon(), format: .dateTime.month().day())
            }
            .font(.caption)
        }
        .accessibilityElement(children: .combine)
    }
}

private struct GiftDecision: View {
    let gift: Team.Gift
    let desk: Desk

    var body: some View {
        VStack(alignment: .leading) {
            HStack(alignment: .firstTextBaseline) {
                Text(verbatim: gift.note.item.shortened).font(.headline)
                Spacer()
                WhereMark(on: desk, gift.note.id)
            }
            if let value = gift.note.value { MoneyText(value) }
            if let meaning = gift.note.meaning { Text(verbatim: meaning.shortened) }
            ForEach(gift.findings) { Words($0.words).font(.caption).foregroundStyle(.red) }
            GiftWord(gift: gift.note.draft, remark: desk.remark(on: gift.note)) {
                await desk.decide(on: gift.note, approve: $0)
            }
        }
    }
}

/// The manager's yes or no to a gift, with a remark.
struct GiftWord: View {
    let gift: GiftNoteDraft
    @Bindable var remark: HalfWritten
    let decide: @MainActor (Bool) async -> Void

    var body: some View {
        LineField("gift.remark", $remark.text)
        HStack {
            Button("gift.approve") { Task { await decide(true) } }
                .accessibilityLabel("gift.approveOf \(gift.item.shortened)")
            if !gift.isGiven {
                Spacer()
                Button("gift.decline", role: .destructive) { Task { await decide(false) } }
                    .accessibilityLabel("gift.declineOf \(gift.item.shortened)")
            }
        }
        .buttonStyle(.borderless)
    }
}
