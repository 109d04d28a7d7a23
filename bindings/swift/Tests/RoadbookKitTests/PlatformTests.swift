import Foundation
import RoadbookKit
import Synchronization
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A key store in memory.
private final class Keys: SecretStore {
    private struct Kept {
        var secret: String?
        var fails: SecretStoreError?
        var isFull = false
    }

    private let kept = Mutex(Kept())

    var secret: String? { kept.withLock { $0.secret } }

    func fail(_ error: SecretStoreError?) { kept.withLock { $0.fails = error } }

    func fill(_ isFull: Bool) { kept.withLock { $0.isFull = isFull } }

    private func keep(_ secret: String?) throws(SecretStoreError) {
        if kept.withLock({ $0.isFull }) { throw .failed }
        kept.withLock { $0.secret = secret }
    }

    func read() throws(SecretStoreError) -> String? {
        let kept = kept.withLock { $0 }
        if let error = kept.fails { throw error }
        return kept.secret
    }

    func write(_ secret: String) throws(SecretStoreError) { try keep(secret) }

    func erase() throws(SecretStoreError) { try keep(nil) }
}

/// What a phone's platform brings: a key store, an HTTP stack, a logger, a scheduler.
@Suite(.timeLimit(.minutes(2)), .serialized) struct PlatformTests {
    @Test func theTokenIsSealedUnderAKeyThatTheKeyStoreHas() async throws {
        let office = try Office()
        let (keys, folder) = (Keys(), office.folder.appendingPathComponent("phone"))
        let roadbook = try await Roadbook.open(in: folder, secrets: keys)
        keys.fail(.locked)
        let invitation = try office.invitation(try office.member("王", "rep"))
        let locked = try await failure { try await roadbook.enrol(invitation, deviceName: "phone") }
        guard case .keyLocked = locked else { throw locked }
        keys.fail(nil)
        try await roadbook.enrol(invitation, deviceName: "phone")
        #expect(keys.secret != nil)
        try await roadbook.pause()
        try await roadbook.resume()
        keys.fail(.failed)
        try await roadbook.log(AccountDraft(name: "百草堂"))
        let broken = try await failure { try await roadbook.sync() }
        guard case .keyStore = broken else { throw broken }
        keys.fail(nil)
        #expect(try await roadbook.sync().sent == 1)
        try await roadbook.pause()
        let restored = try await Roadbook.open(in: folder, secrets: Keys())
        let lost = try await failure { try await restored.sync() }
        guard case .notEnrolled = lost else { throw lost }
        #expect(try await restored.list(Account.self).count == 1)
    }

    @Test func aKeyStoreThatKeepsNothingOrNonsenseIsAnErrorOfTheCallAndSavingGoesOn() async throws {
        let office = try Office()
        let (keys, folder) = (Keys(), office.folder.appendingPathComponent("phone"))
        let roadbook = try await Roadbook.open(in: folder, secrets: keys)
        let invitation = try office.invitation(try office.member("王", "rep"))
        keys.fill(true)
        let full = try await failure { try await roadbook.enrol(invitation, deviceName: "phone") }
        guard case .keyStore = full else { throw full }
        keys.fill(false)
        try await roadbook.enrol(invitation, deviceName: "phone")
        try await roadbook.pause()
        let nonsense = Keys()
        try nonsense.write("王的手机")
        let later = try await Roadbook.open(in: folder, secrets: nonsense)
        try await later.log(AccountDraft(name: "百草堂"))
        let lost = try await failure { try await later.sync() }
        guard case .notEnrolled = lost else { throw lost }
        nonsense.fill(true)
        try await later.wipe(giveUpUnsent: true)
        #expect(try await later.count(Query<Account>()) == 0)
    }

    @Test func aSyncGoesOverTheAppsOwnHTTPStackWhicheverProcessTakesTheAnswerIn() async throws {
        let office = try Office()
        let folder = office.folder.appendingPathComponent("phone")
        let roadbook = try await office.device(of: try office.member("王", "rep"), named: "phone")
        let account = try await roadbook.log(AccountDraft(name: "百草堂"))
        #expect(try #require(try await roadbook.nextSync()) <= Date())
        let prepared = try await roadbook.prepare()
        try await roadbook.pause()
        let (answer, response) = try await send(prepared)
        let later = try await Roadbook.open(in: folder)
        let encoding = response.value(forHTTPHeaderField: "Content-Encoding")
        let report = try await later.apply(
            answer: answer, status: response.statusCode, encoding: encoding, to: prepared.body)
        #expect(report.sent == 1)
        #expect(try await later.ledger(of: account).map(\.state) == [.accepted])
        let twice = try await later.apply(
            answer: answer, status: response.statusCode, encoding: encoding, to: prepared.body)
        #expect(twice.requests == 0, "an answer counts once")
        #expect(try await later.sync().finished)
        #expect(try #require(try await later.nextSync()) > Date() + 50 * 60)
        let nonsense = try await failure {
            try await later.apply(
                answer: Data([7]), status: 200, encoding: nil, to: try await later.prepare().body)
        }
        guard case .refused = nonsense else { throw nonsense }
    }

    private func send(_ prepared: PreparedRequest) async throws -> (Data, HTTPURLResponse) {
        var request = URLRequest(url: prepared.url)
        request.httpMethod = "POST"
        for (name, value) in prepared.headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.upload(for: request, from: prepared.body)
        return (data, try #require(response as? HTTPURLResponse))
    }

    @Test func theCoresLogReachesTheAppsLoggerHoldsNothingUpAndNamesNoCustomer() async throws {
        let (lines, continuation) = AsyncStream<String>.makeStream()
        // A logger that hangs: what is below does not wait for it.
        let hangs = DispatchSemaphore(value: 0)
        #expect(
            Roadbook.setLog(.debug) { level, text in
                hangs.wait()
                hangs.signal()
                continuation.yield("\(level) \(text)")
            })
        #expect(!Roadbook.setLog { _, _ in })
        let office = try Office()
        let roadbook = try await office.device(of: try office.member("王", "rep"), named: "phone")
        try await roadbook.log(AccountDraft(name: "百草堂"))
        #expect(try await roadbook.sync().sent == 1)
        hangs.signal()
        office.kill()
        try roadbook.startLive()
        for await line in lines {
            #expect(!line.contains("百草堂"))
            if line.contains("sync waits") { break }
        }
        roadbook.stopLive()
    }
}
