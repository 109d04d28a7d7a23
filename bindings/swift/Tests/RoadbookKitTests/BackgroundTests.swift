import Foundation
import Synchronization
import Testing

@testable import RoadbookKit

/// A moment in the background as a system gives it, and what it was told.
private final class Granted: BackgroundMoment {
    private let over = Mutex<(@Sendable () -> Void)?>(nil)
    let completed = Mutex<[(success: Bool, holdsFiles: Bool)]>([])
    let roadbook: Roadbook

    init(_ roadbook: Roadbook) { self.roadbook = roadbook }

    func whenOver(_ act: @escaping @Sendable () -> Void) { over.withLock { $0 = act } }
    func complete(success: Bool) { completed.withLock { $0.append((success, !roadbook.isPaused)) } }
    func end() { over.withLock { $0 }?() }
    var hasHandler: Bool { over.withLock { $0 != nil } }
}

/// A keychain in memory, and what it answers.
private final class FakeKeychain: KeychainCalls {
    struct State {
        var data: Data?
        var refuses: Int32?
        var addedMeanwhile = false
    }
    let state = Mutex(State())

    private func answer(_ work: (inout State) -> Int32) -> Int32 { state.withLock { $0.refuses ?? work(&$0) } }

    func copy() -> (status: Int32, data: Data?) {
        state.withLock { ($0.refuses ?? ($0.data == nil ? KeychainStatus.notFound : 0), $0.data) }
    }
    func add(_ data: Data) -> Int32 {
        answer {
            if $0.data != nil || $0.addedMeanwhile {
                ($0.data, $0.addedMeanwhile) = (Data(), false)
                return KeychainStatus.duplicate
            }
            $0.data = data
            return 0
        }
    }
    func update(_ data: Data) -> Int32 {
        answer {
            if $0.data == nil { return KeychainStatus.notFound }
            $0.data = data
            return 0
        }
    }
    func delete() -> Int32 {
        answer { state in
            defer { state.data = nil }
            return state.data == nil ? KeychainStatus.notFound : 0
        }
    }
}

@Suite(.timeLimit(.minutes(1)), .serialized) struct BackgroundTests {
    @Test func aMomentInTheBackgroundSyncsLetsGoOfTheFileAndOnlyThenIsComplete() async throws {
        let team = try await Team()
        let account = try await team.rep.log(AccountDraft(name: "百草堂"))
        try await team.rep.pause()
        let moment = Granted(team.rep)
        let report = await team.rep.syncInBackground(in: moment)
        #expect(report.finished && report.next.map { $0 > Date() } == true)
        #expect(moment.completed.withLock { $0.map(\.success) } == [true])
        #expect(moment.completed.withLock { $0.map(\.holdsFiles) } == [false])
        try await team.rep.resume()
        #expect(try await team.rep.ledger(of: account).map(\.state) == [.accepted])
    }

    @Test func aMomentThatEndsEarlyCancelsAndStillLetsGo() async throws {
        let team = try await Team()
        try await team.rep.logAll((0..<2_000).map { TaskDraft(subject: "任务 \($0)", notes: UUID().uuidString) })
        let moment = Granted(team.rep)
        let sync = Task { await team.rep.syncInBackground(in: moment) }
        while !moment.hasHandler { await Task.yield() }
        moment.end()
        let report = await sync.value
        guard case .failure(.cancelled) = report.sync else { throw Finished(report: report) }
        #expect(team.rep.isPaused && moment.completed.withLock { $0.map(\.success) } == [false])
        try await team.rep.resume()
        #expect(try await team.rep.sync().finished)
    }

    @Test func anAppThatCameToTheFrontKeepsItsStoreOpen() async throws {
        let team = try await Team()
        let moment = Granted(team.rep)
        await team.rep.syncInBackground(in: moment, keepOpen: { true })
        #expect(!team.rep.isPaused && moment.completed.withLock { $0.map(\.holdsFiles) } == [true])
    }

    @Test func anAppThatComesAndLeavesWhileTheFileIsLetGoOfHoldsNone() async throws {
        let team = try await Team()
        let inFront = Mutex([false, true, false, false])
        let moment = Granted(team.rep)
        await team.rep.syncInBackground(in: moment, keepOpen: { inFront.withLock { $0.removeFirst() } })
        #expect(team.rep.isPaused && moment.completed.withLock { $0.map(\.holdsFiles) } == [false])
    }

    @Test func withoutAConnectionTheMomentIsOverSoonAndTheWishStays() async throws {
        let team = try await Team()
        try await team.rep.log(AccountDraft(name: "百草堂"))
        team.office.kill()
        let report = await team.rep.syncInBackground()
        guard case .failure(.offline) = report.sync else { throw Finished(report: report) }
        #expect(team.rep.isPaused && report.next != nil)
    }

    @Test func theKeychainWritesReadsReplacesAndErases() throws {
        let calls = FakeKeychain()
        let item = KeychainItem(calls)
        #expect(try item.read() == nil)
        try item.erase()
        try item.write("一")
        try item.write("二")
        #expect(try item.read() == "二")
        try item.erase()
        #expect(try item.read() == nil)
        calls.state.withLock { $0.addedMeanwhile = true }
        try item.write("三")
        #expect(try item.read() == "三", "another process was quicker")
        for (status, error) in [
            (KeychainStatus.interactionNotAllowed, SecretStoreError.locked), (KeychainStatus.notAvailable, .locked),
            (-34018, .failed),
        ] {
            calls.state.withLock { $0.refuses = status }
            #expect(throws: error) { try item.read() }
            #expect(throws: error) { try item.write("四") }
            #expect(throws: error) { try item.erase() }
        }
    }

    struct Finished: Error { let report: BackgroundReport }
}
