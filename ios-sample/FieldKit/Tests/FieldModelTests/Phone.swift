import FieldModel
import Foundation
import RoadbookKit
import Testing

/// A phone with the app on it. A test does on it what a person would.
@MainActor
final class Phone {
    let folder: URL
    private(set) var session: Session
    private let locator: any Locator
    private let secrets: (any SecretStore)?
    private var following: [Task<Void, Never>] = []

    /// A phone on which the app was never started.
    init(
        _ folder: URL = .temporaryDirectory.appendingPathComponent(UUID().uuidString),
        locator: any Locator = NoLocator(), secrets: (any SecretStore)? = nil
    ) {
        (self.folder, self.locator, self.secrets) = (folder, locator, secrets)
        session = Session(folder: folder, locator: locator, secrets: secrets)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The desk of an app that is open.
    var desk: Desk {
        guard let desk = session.desk else { preconditionFailure("not open: \(session.state)") }
        return desk
    }
    var roadbook: Roadbook { desk.roadbook }

    /// Starts the app.
    func start() async {
        await session.enterForeground()
        if session.desk != nil { show { await self.session.follow() } }
    }

    /// What a view does with a model while it is on the screen.
    func show(_ follow: @escaping @MainActor () async -> Void) { following.append(Task { await follow() }) }

    /// The app is away from the screen; the system ends it while it is there, without a word.
    func end() async {
        await session.enterBackground()
        following.forEach { $0.cancel() }
        following = []
        session = Session(folder: folder, locator: locator, secrets: secrets)
    }

    /// Fills in a form and saves it.
    @discardableResult
    func save<D: Draft>(_ draft: D) async throws -> RecordId where D.Kept.Form == D {
        let form = Form<D.Kept>(on: desk, new: draft)
        let saved = await form.save()
        return try #require(saved, "\(form.problem?.words.zh ?? "")")
    }

    /// Changes a record through its form.
    func edit<R: Record>(_: R.Type, _ id: RecordId, _ change: (inout R.Form) -> Void) async throws {
        let form = Form<R>(on: desk, editing: try await roadbook.get(R.self, id))
        change(&form.draft)
        try #require(await form.save() == id)
    }

    /// Whether the relay has a record. Between two looks it may have gone on to somebody already.
    func isSent(_ record: RecordId) async throws -> Bool {
        let state = try await state(of: record)
        return state == .accepted || state == .delivered
    }

    /// Where a record is.
    func state(of record: RecordId) async throws -> LedgerState? {
        Whereabouts(try await roadbook.ledger(of: record)).state
    }
}

/// A rep and her manager, each with the app, and a relay process between them.
@MainActor
struct Pair {
    let office: Office
    let wang: Phone
    let zhao: Phone

    init() async throws {
        office = try Office()
        let manager = try office.member("赵经理", "manager")
        let rep = try office.member("王", "rep", reportsTo: manager)
        (zhao, wang) = (Phone(), Phone())
        for (phone, member) in [(zhao, manager), (wang, rep)] {
            await phone.start()
            #expect(await phone.session.enrol(try office.invitation(member), deviceName: "手机"))
        }
    }

    /// An account whose next step both changed without knowing of each other: a clash, as soon as they sync.
    @discardableResult
    func clash() async throws -> RecordId {
        let id = try await wang.save(AccountDraft(name: "百草堂"))
        try await eventually("both have it") { try await zhao.roadbook.find(Account.self, id) != nil }
        office.kill()
        for (phone, step) in [(wang, "送样"), (zhao, "报价")] {
            try await phone.edit(Account.self, id) { $0.nextStep = step }
        }
        try office.start()
        [wang, zhao].forEach { $0.roadbook.nudge() }
        return id
    }
}

/// Waits until something holds, as a view would be drawn again.
@MainActor
func eventually(
    _ what: Comment, within time: Duration = .seconds(15), _ holds: @MainActor () async throws -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let end = ContinuousClock.now + time
    while try await !holds() {
        try #require(ContinuousClock.now < end, what, sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(10))
    }
}
