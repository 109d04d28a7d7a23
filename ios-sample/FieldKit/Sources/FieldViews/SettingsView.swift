import FieldModel
import RoadbookKit
import SwiftUI

/// Whose device this is, what waits to be sent and why, and the ways out.
struct SettingsView: View {
    @Bindable var session: Session
    let desk: Desk
    let waiting: Waiting
    @State private var isWiping = false
    @State private var lost = 0
    @Environment(Navigator.self) private var navigator

    var body: some View {
        List {
            Section("settings.device") {
                if let identity = desk.identity {
                    LabeledContent("settings.member") { Text(verbatim: desk.name(of: identity.member) ?? "") }
                    LabeledContent("settings.workspace") { Text(verbatim: identity.workspace) }
                    LabeledContent("settings.relay") { Text(verbatim: identity.relay) }
                } else {
                    Button("enrol.title") { navigator.sheet = .enrol }
                }
                if let ended = session.ended { Text(ended.words).foregroundStyle(.red) }
            }
            if let salvaged = session.salvaged {
                Section("settings.salvaged") {
                    Text("settings.salvaged.kept \(salvaged.records) \(salvaged.unsent)")
                    if !salvaged.lost.isEmpty {
                        Text("settings.salvaged.lost \(salvaged.lost.count)").foregroundStyle(.red)
                    }
                }
            }
            Section("settings.sync") {
                if let status = waiting.status.value {
                    Text("settings.unsent \(status.unsent)")
                    if status.inReview > 0 { Text("settings.inReview \(status.inReview)") }
                    if status.refused > 0 { Text("settings.refused \(status.refused)") }
                    if status.behind > 0 { Text("settings.behind \(status.behind)") }
                    if let at = status.syncedAt { LabeledContent("settings.syncedAt") { Text(at, format: .dateTime) } }
                }
                if let reason = waiting.reason(syncPaused: session.isSyncPaused) { WaitingReason(reason: reason) }
                if let error = waiting.clockError {
                    Text("settings.clock \(Text(error.words))").foregroundStyle(.orange)
                }
                Toggle("settings.pause", isOn: $session.isSyncPaused)
                Button("settings.now") { waiting.sendNow() }.disabled(session.isSyncPaused)
            }
            Section {
                NavigationLink(value: Place.conflicts(nil)) { Label("conflict.title", .conflict) }
                NavigationLink(value: Place.tray) { Label("tray.title", .review) }
            }
            if !waiting.items.values.isEmpty {
                Section("settings.waits") {
                    ForEach(waiting.items.values) { WaitingRow(item: $0) }
                }
            }
            if !waiting.stuck.values.isEmpty {
                Section("settings.rejected") {
                    ForEach(waiting.stuck.values) { StuckRow(stuck: $0, waiting: waiting, desk: desk) }
                }
            }
            Section {
                Button("settings.wipe", role: .destructive) {
                    Task {
                        lost = await waiting.count()
                        isWiping = true
                    }
                }
            } footer: {
                Text("settings.wipe.footer")
            }
        }
        .navigationTitle("tab.settings")
        .confirmationDialog("settings.wipe", isPresented: $isWiping, titleVisibility: .visible) {
            // Nothing is given up but what is said here.
            Button("settings.wipe.yes", role: .destructive) { Task { await session.wipe(giveUpUnsent: lost > 0) } }
        } message: {
            Text("settings.wipe.loses \(lost)")
        }
    }
}

private struct WaitingReason: View {
    let reason: Waiting.Reason

    var body: some View {
        switch reason {
        case .notEnrolled: Text("waiting.notEnrolled")
        case .paused: Text("waiting.paused")
        case .offline(let nextTry):
            HStack {
                Text("waiting.offline")
                Text(nextTry, style: .time)
            }
        case .hindered(let words, let nextTry):
            VStack(alignment: .leading) {
                Words(words).foregroundStyle(.orange)
                HStack {
                    Text("waiting.nextTry")
                    Text(nextTry, style: .time)
                }
            }
        case .sending(let progress): Text("waiting.syncing \(progress.toSend) \(progress.toReceive)")
        case .stopped(let reason): Text(reason.words)
        }
    }
}

private struct WaitingRow: View {
    let item: Waiting.Item

    var body: some View {
        VStack(alignment: .leading) {
            TitleText(title: item.title, kind: item.unsent.kind ?? "")
            HStack {
                if item.unsent.changes == 0 { Text("waits.decision") }
                Text(item.unsent.because.words)
                if let since = item.unsent.since { Text(since, format: .dateTime) }
            }
            .font(.caption)
            .foregroundStyle(.secondary)
        }
        .accessibilityElement(children: .combine)
    }
}

extension Waiting.ClockError {
    var words: LocalizedStringKey {
        switch self {
        case .minutes(let count): "clock.minutes \(count)"
        case .hours(let count): "clock.hours \(count)"
        case .days(let count): "clock.days \(count)"
        }
    }
}

extension UnsentReason {
    var words: LocalizedStringKey {
        switch self {
        case .notEnrolled: "waits.notEnrolled"
        case .unauthorised: "waits.unauthorised"
        case .upgradeRequired: "waits.upgrade"
        case .offline: "waits.offline"
        case .nextSync: "waits.nextSync"
        case .queued: "waits.queued"
        case .quarantined: "waits.rejected"
        case .incomplete: "waits.incomplete"
        case .unverified: "waits.unverified"
        }
    }
}

extension StopReason {
    var words: LocalizedStringKey {
        switch self {
        case .unauthorised: "stopped.unauthorised"
        case .upgradeRequired: "stopped.upgrade"
        case .retired: "stopped.retired"
        case .wiped: "stopped.wiped"
        }
    }
}

private struct StuckRow: View {
    let stuck: Waiting.Stuck
    let waiting: Waiting
    let desk: Desk
    @State private var exported: String?

    var body: some View {
        VStack(alignment: .leading) {
            TitleText(title: stuck.title, kind: stuck.kind ?? "")
            switch stuck.why {
            case .rejected(let code): Text("settings.code \(code) \(stuck.kept)").font(.caption)
            case .refused(let by, let at, let because):
                Text("settings.refusedBy \(desk.name(of: by) ?? "")").font(.caption)
                if let at { Text(at, format: .dateTime).font(.caption) }
                if let because { Text(verbatim: because.shortened).font(.caption) }
            }
            if let exported { Text(verbatim: exported.shortened) }
            HStack {
                if case .rejected = stuck.why { Button("settings.retry") { Task { await waiting.retry(stuck) } } }
                if stuck.kept == 0 {
                    Button("settings.discard", role: .destructive) { Task { await waiting.discard(stuck) } }
                } else if let exported {
                    ShareLink("settings.share", item: exported)
                    Button("settings.discard", role: .destructive) { Task { await waiting.discard(stuck) } }
                } else {
                    Button("settings.export") { Task { exported = await waiting.export(stuck) } }
                }
            }
            .buttonStyle(.borderless)
        }
    }
}

/// Makes this device one of a member, by an invitation that is pasted or scanned.
struct EnrolView: View {
    let session: Session
    @State private var invitation = ""
    @State private var name = ""
    @State private var isBusy = false
    @State private var isScanning = false
    @Environment(\.dismiss) private var dismiss

    var body: some View {
        NavigationStack {
            SwiftUI.Form {
                Section {
                    LineField("enrol.invitation", $invitation, most: Most.invitation, axis: .vertical)
                        .autocorrectionDisabled()
                        .textInputAutocapitalization(.never)
                    if Scanner.isAvailable {
                        Button {
                            isScanning = true
                        } label: {
                            Label("enrol.scan", .scan)
                        }
                    }
                    LineField("enrol.device", $name)
                } footer: {
                    Text("enrol.footer")
                }
                ProblemLine(problem: session.desk?.problem)
            }
            .navigationTitle("enrol.title")
            .toolbar {
                ToolbarItem(placement: .cancellationAction) { Button("enrol.later", role: .cancel) { dismiss() } }
                ToolbarItem(placement: .confirmationAction) {
                    Button("enrol.go", action: enrol).disabled(invitation.isEmpty || isBusy)
                }
            }
            .sheet(isPresented: $isScanning) {
                Scanner {
                    invitation = $0
                    isScanning = false
                }
            }
        }
    }

    private func enrol() {
        isBusy = true
        Task {
            if await session.enrol(invitation, deviceName: name.isEmpty ? "iPhone" : name) { dismiss() }
            isBusy = false
        }
    }
}
