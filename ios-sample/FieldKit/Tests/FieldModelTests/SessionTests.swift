import FieldModel
import Foundation
import RoadbookKit
import Synchronization
import Testing

@MainActor @Suite(.timeLimit(.minutes(1))) struct SessionTests {
    @Test func theAppWorksFromTheFirstStartWithoutAConnection() async throws {
        let phone = Phone()
        await phone.start()
        let form = Form<Account>(on: phone.desk, new: AccountDraft(name: "百草堂"))
        let saved = try #require(await form.save())
        #expect(try await phone.roadbook.get(Account.self, saved).name == "百草堂")
        #expect(phone.desk.identity == nil && !phone.desk.isOffline)
        let waiting = Waiting(on: phone.desk)
        phone.show { await waiting.follow() }
        try await eventually("one change waits") { waiting.status.value?.unsent == 1 }
        #expect(waiting.reason(syncPaused: false) == .notEnrolled)
        try await eventually("and which") { waiting.items.values.map(\.title?.text) == ["百草堂"] }
        #expect(waiting.items.values.map(\.unsent.because) == [.notEnrolled])
    }

    @Test func whatWasLoggedBeforeEnrollingIsSentAfterIt() async throws {
        let office = try Office()
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        let member = try office.member("王", "rep")
        #expect(await phone.session.enrol("  \(try office.invitation(member))\n", deviceName: "王的手机"))
        #expect(
            phone.desk.identity?.member.rawValue == member && phone.desk.name(of: MemberId(rawValue: member)) == "王")
        try await eventually("the relay has it") {
            try await phone.isSent(account)
        }
    }

    @Test func aDeadConnectionIsAQuietMarkAndGoesAwayByItself() async throws {
        let pair = try await Pair()
        pair.office.kill()
        pair.wang.roadbook.nudge()
        let account = try await pair.wang.save(AccountDraft(name: "百草堂"))
        try await eventually("the mark") { pair.wang.desk.isOffline }
        #expect(pair.wang.desk.problem == nil)
        let waiting = Waiting(on: pair.wang.desk)
        pair.wang.show { await waiting.follow() }
        try await eventually("what waits, and why") { waiting.items.values.map(\.unsent.because) == [.offline] }
        #expect(waiting.items.values.map(\.id) == [account])
        try pair.office.start()
        await pair.wang.session.enterForeground()
        try await eventually("it is sent") {
            try await pair.wang.state(of: account) != .saved && !pair.wang.desk.isOffline
        }
        try await eventually("nothing waits") { waiting.items.value == [] }
    }

    @Test func inTheBackgroundTheAppHoldsNoFileAndARefreshSyncsAndLetsGoAgain() async throws {
        let pair = try await Pair()
        await pair.wang.session.enterBackground()
        #expect(pair.wang.roadbook.isPaused)
        let account = try await pair.zhao.save(AccountDraft(name: "百草堂"))
        let mine = try #require(pair.zhao.desk.books.values.first { $0.owner == pair.zhao.desk.identity?.member })
        let wang = try #require(pair.zhao.desk.members.values.first { $0.name == "王" })
        let hers = try #require(pair.zhao.desk.books.values.first { $0.owner == wang.id })
        try await eventually("the relay has it") {
            try await pair.zhao.isSent(account)
        }
        try pair.office.move([account], from: mine.id, to: hers.id)
        await pair.wang.session.refreshInBackground()
        #expect(pair.wang.roadbook.isPaused)
        await pair.wang.session.enterForeground()
        #expect(!pair.wang.roadbook.isPaused)
        #expect(try await pair.wang.roadbook.find(Account.self, account)?.name == "百草堂")
    }

    @Test func aRefreshThatStartsTheAppHoldsNoFileWhenItIsOverAndTheScreenComesUpLive() async throws {
        let pair = try await Pair()
        await pair.wang.end()
        #expect(!pair.wang.session.isInFront, "a fresh process is not on the screen before it is said")
        let account = try await pair.zhao.save(AccountDraft(name: "百草堂"))
        await pair.wang.session.refreshInBackground()
        #expect(pair.wang.roadbook.isPaused && pair.wang.session.nextRefresh != nil)
        // The first screen may be made behind the screen, too.
        await pair.wang.session.open()
        #expect(pair.wang.roadbook.isPaused)
        await pair.wang.start()
        #expect(!pair.wang.roadbook.isPaused)
        let late = try await pair.wang.save(AccountDraft(name: "东方纺织"))
        try await eventually("live sync runs") { try await pair.wang.state(of: late) != .saved }
        #expect(try await pair.zhao.roadbook.find(Account.self, account) != nil)
    }

    @Test func leavingWhileTheStoreIsBeingOpenedLetsGoOfIt() async throws {
        let phone = Phone()
        await phone.start()
        for hops in 0..<30 {
            await phone.end()
            let session = phone.session
            let coming = Task { await session.enterForeground() }
            for _ in 0..<hops { await Task.yield() }
            await session.enterBackground()
            #expect(session.desk.map { $0.roadbook.isPaused } ?? (hops == 0), "\(hops)")
            await coming.value
            if hops > 0 { #expect(session.desk?.roadbook.isPaused == true, "\(hops)") }
            await session.enterForeground()
            #expect(session.desk?.roadbook.isPaused == false)
        }
    }

    @Test func comingBackAndLeavingAtOnceLetsGoOfTheStore() async throws {
        let phone = Phone()
        await phone.start()
        let session = phone.session
        for round in 0..<200 {
            let begun = Mutex(0)
            let coming = (0..<8).map { _ in
                Task {
                    begun.withLock { $0 += 1 }
                    await session.enterForeground()
                }
            }
            // One that began after the leaving would be a coming back.
            while begun.withLock({ $0 < 8 }) { await Task.yield() }
            for _ in 0..<round % 20 { await Task.yield() }
            await session.enterBackground()
            #expect(phone.roadbook.isPaused, "\(round)")
            for each in coming { await each.value }
            #expect(phone.roadbook.isPaused, "\(round), once its coming back is over")
        }
        await session.enterForeground()
        #expect(!phone.roadbook.isPaused)
    }

    @Test func theStoreIsOpenedOnceHoweverManyAsk() async throws {
        let phone = Phone()
        let session = phone.session
        async let first: Void = session.enterForeground()
        async let second: Void = session.open()
        async let third: Void = session.refreshInBackground()
        _ = await (first, second, third)
        #expect(session.desk?.roadbook.isPaused == false, "in front it stays open")
    }

    @Test func aPausedSyncStaysPausedAtTheNextStartAndSendsNothing() async throws {
        let pair = try await Pair()
        await pair.wang.session.pauseSync(true)
        await pair.wang.end()
        await pair.wang.start()
        #expect(pair.wang.session.isSyncPaused)
        let account = try await pair.wang.save(AccountDraft(name: "百草堂"))
        let waiting = Waiting(on: pair.wang.desk)
        #expect(waiting.reason(syncPaused: true) == .paused)
        try await Task.sleep(for: .milliseconds(300))
        #expect(try await pair.wang.state(of: account) == .saved)
        await pair.wang.session.pauseSync(false)
        try await eventually("it is sent") {
            try await pair.wang.isSent(account)
        }
    }

    @Test func aRevokedPhoneWipesItself() async throws {
        let pair = try await Pair()
        let account = try await pair.wang.save(AccountDraft(name: "百草堂"))
        let half = Form<Visit>(on: pair.wang.desk, new: VisitDraft(account: account))
        half.draft.purpose = "新品演示"
        half.flush()
        #expect(pair.wang.desk.shelf.forms(Visit.self).count == 1)
        try await eventually("it is sent") {
            try await pair.wang.isSent(account)
        }
        try pair.office.order("wipe", try #require(pair.wang.desk.identity).device)
        try await eventually("the phone learns of it") { pair.wang.session.ended == .wiped }
        #expect(try await pair.wang.roadbook.find(Account.self, account) == nil)
        try await eventually("nothing half-written is left") { pair.wang.desk.shelf.forms(Visit.self).isEmpty }
        await pair.wang.end()
        await pair.wang.start()
        #expect(pair.wang.session.ended == .wiped && pair.wang.session.isErased, "it says so after a restart, too")
        await pair.wang.session.wipe()
        #expect(pair.wang.session.ended == nil && pair.wang.desk.identity == nil)
        await pair.wang.end()
        await pair.wang.start()
        #expect(pair.wang.session.ended == nil)
    }

    @Test func aRetiredPhoneHandsItsWorkInFirst() async throws {
        let pair = try await Pair()
        await pair.wang.session.pauseSync(true)
        let account = try await pair.wang.save(AccountDraft(name: "百草堂"))
        try pair.office.order("retire", try #require(pair.wang.desk.identity).device)
        await pair.wang.session.pauseSync(false)
        try await eventually("the phone learns of it") { pair.wang.session.ended == .retired }
        #expect(try await pair.wang.roadbook.find(Account.self, account) == nil)
        try await eventually("her manager has it, or has it to decide on") {
            let tray = try await pair.zhao.roadbook.proposals().contains { $0.record == account }
            return try await pair.zhao.roadbook.find(Account.self, account) != nil || tray
        }
    }

    @Test func aPhoneThatWasEndedCanBeEnrolledAgain() async throws {
        let pair = try await Pair()
        let identity = try #require(pair.wang.desk.identity)
        try pair.office.order("wipe", identity.device)
        try await eventually("the phone learns of it") { pair.wang.session.ended == .wiped }
        let invitation = try pair.office.invitation(identity.member.rawValue)
        #expect(
            await pair.wang.session.enrol(invitation, deviceName: "手机"), "\(String(describing: pair.wang.desk.problem))"
        )
        #expect(pair.wang.session.ended == nil && pair.wang.desk.identity?.member == identity.member)
        let account = try await pair.wang.save(AccountDraft(name: "百草堂"))
        try await eventually("sent") { try await pair.wang.state(of: account) != .saved }
    }

    @Test func wipingErasesEverythingAndTheAppBeginsAnew() async throws {
        let phone = Phone()
        await phone.start()
        try await phone.save(AccountDraft(name: "百草堂"))
        await phone.session.wipe()
        #expect(phone.desk.problem?.words.zh.contains("1 条记录未上传") == true, "nothing is given up unawares")
        #expect(try await phone.roadbook.count(Query<Account>()) == 1)
        await phone.session.wipe(giveUpUnsent: true)
        #expect(phone.desk.problem == nil)
        #expect(try await phone.roadbook.count(Query<Account>()) == 0)
        let files = try FileManager.default.subpathsOfDirectory(atPath: phone.folder.path)
        for file in files {
            let bytes = FileManager.default.contents(atPath: phone.folder.appendingPathComponent(file).path) ?? Data()
            #expect(bytes.range(of: Data("百草堂".utf8)) == nil, "\(file)")
        }
    }

    @Test func theKeyToTheTokenIsInTheKeychainAndGoesWithAWipe() async throws {
        let (office, keychain) = (try Office(), Keychain())
        let phone = Phone(secrets: keychain)
        await phone.start()
        #expect(await phone.session.enrol(try office.invitation(try office.member("王", "rep")), deviceName: "手机"))
        #expect(keychain.secret != nil)
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        try await eventually("sent") { try await phone.isSent(account) }
        await phone.session.wipe()
        #expect(keychain.secret == nil && phone.desk.identity == nil && phone.desk.problem == nil)
    }
}

/// A keychain in memory.
final class Keychain: SecretStore {
    private let kept = Mutex<String?>(nil)

    var secret: String? { kept.withLock { $0 } }
    func read() throws(SecretStoreError) -> String? { secret }
    func write(_ secret: String) throws(SecretStoreError) { kept.withLock { $0 = secret } }
    func erase() throws(SecretStoreError) { kept.withLock { $0 = nil } }
}
