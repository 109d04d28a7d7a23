import Foundation
import RoadbookKit
import Testing

@testable import FieldModel

@MainActor @Suite(.timeLimit(.minutes(2))) struct BadInputTests {
    @Test func anInvitationThatIsNoneUsedExpiredOrOfAnotherRelaySaysSo() async throws {
        let (office, other) = (try Office(), try Office())
        let member = try office.member("王", "rep")
        let used = try office.invitation(member)
        let first = Phone()
        await first.start()
        #expect(await first.session.enrol(used, deviceName: "一"))
        let good = try office.invitation(member)
        let elsewhere = good.replacingOccurrences(of: office.address, with: other.address)
        let expired = try await office.shortInvitation(member)
        try await Task.sleep(for: .milliseconds(1_200))
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        for (text, words) in [
            ("你好", nil), ("", nil), (String(good.dropLast(5)), "邀请"), (used, "邀请已被使用"),
            (expired, "邀请已过期"), (elsewhere, "邀请无效"),
        ] {
            #expect(await !phone.session.enrol(text, deviceName: "二"), "\(text)")
            let problem = try #require(phone.desk.problem, "\(text)")
            #expect(
                words.map { problem.words.zh.contains($0) } ?? !problem.words.zh.isEmpty, "\(text): \(problem.words.zh)"
            )
            #expect(problem.words.en != problem.words.zh && phone.desk.identity == nil)
        }
        other.kill()
        #expect(await !phone.session.enrol(elsewhere, deviceName: "二"))
        #expect(phone.desk.problem?.words.zh.contains("无法连接") == true, "here a missing connection is worth words")
        #expect(await phone.session.enrol(good, deviceName: "二"))
        #expect(phone.desk.problem == nil)
        #expect(try await phone.roadbook.find(Account.self, account) != nil)
    }

    @Test func aDatabaseOfANewerVersionIsLeftAloneAndSaysSo() async throws {
        let phone = Phone()
        await phone.start()
        try await phone.save(AccountDraft(name: "百草堂"))
        await phone.end()
        let file = phone.folder.appendingPathComponent("store/roadbook.sqlite")
        let before = try Data(contentsOf: file)
        // A table with another column, as a newer version may have it; and SQLite's user_version, at byte 60 of the
        // file's header.
        var newer = before
        let table = try #require(newer.range(of: Data("CREATE TABLE tray".utf8)))
        let column = try #require(newer.range(of: Data("device ".utf8), in: table.upperBound..<newer.count))
        newer.replaceSubrange(column, with: Data("origin ".utf8))
        newer.replaceSubrange(60..<64, with: [0, 0, 0, 99])
        try newer.write(to: file)
        await phone.start()
        guard case .failed(let problem) = phone.session.state else { throw Unexpected(phone.session.state) }
        #expect(problem.words.zh.contains("更新应用") && !problem.canSalvage, "\(problem.words)")
        #expect(try Data(contentsOf: file) == newer, "nothing is touched")
        try before.write(to: file)
        await phone.start()
        #expect(try await phone.roadbook.list(Account.self).map(\.name) == ["百草堂"])
    }

    @Test func aDamagedStoreIsSalvagedAndTheAppGoesOn() async throws {
        let phone = Phone()
        await phone.start()
        try await phone.save(AccountDraft(name: "百草堂"))
        await phone.end()
        let file = phone.folder.appendingPathComponent("store/roadbook.sqlite")
        var bytes = try Data(contentsOf: file)
        bytes[0] = 0
        try bytes.write(to: file)
        await phone.start()
        guard case .failed(let problem) = phone.session.state else { throw Unexpected(phone.session.state) }
        #expect(problem.canSalvage)
        await phone.session.salvage()
        #expect(phone.session.salvaged?.records == 1)
        #expect(try await phone.roadbook.list(Account.self).map(\.name) == ["百草堂"])
    }

    @Test(arguments: [true, false]) func aStoreThatIsFoundDamagedWhileItIsUsedIsSalvaged(bySaving: Bool) async throws {
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        for part in 0..<4 {
            try await phone.roadbook.logAll((0..<500).map { TaskDraft(subject: "任务 \(part * 500 + $0)") })
        }
        await phone.end()
        await phone.start()
        let form = Form<Account>(on: phone.desk, editing: try await phone.roadbook.get(Account.self, account))
        form.draft.region = "宁波"
        form.flush()
        let damaged = phone.roadbook
        try spoil(phone.folder.appendingPathComponent("store/roadbook.sqlite"))
        if bySaving {
            #expect(await form.save() == nil)
        } else {
            let list = PagedList(on: phone.desk, Query<TaskRecord>())
            phone.show { await list.follow() }
            phone.show { for place in stride(from: 0, to: 2_000, by: 50) { await list.want(place) } }
        }
        try await eventually("it is said") {
            if case .failed(let problem) = phone.session.state { problem.canSalvage } else { false }
        }
        await phone.session.salvage()
        #expect(phone.session.salvaged != nil && phone.roadbook !== damaged && damaged.isPaused)
        #expect(phone.desk.shelf.forms(Account.self).first?.draft.region == "宁波", "what was typed is still there")
        try await phone.save(AccountDraft(name: "东方纺织"))
    }

    /// Spoils what is not read at once, as a dying flash does, while the store is open.
    private func spoil(_ store: URL) throws {
        let (file, page) = (try FileHandle(forUpdating: store), 4_096)
        let end = Int(try file.seekToEnd())
        for offset in stride(from: 20 * page, to: end, by: page) {
            try file.seek(toOffset: UInt64(offset))
            try file.write(contentsOf: Data(repeating: 0x55, count: page))
        }
        try file.close()
    }

    @Test func aFullDiskLosesNothing() async throws {
        let disk = try SmallDisk(megabytes: 4)
        let phone = Phone(disk.folder.appendingPathComponent("app"))
        await phone.start()
        let kept = try await phone.save(AccountDraft(name: "百草堂"))
        let form = Form<Account>(on: phone.desk, new: AccountDraft(name: "东方纺织"))
        form.draft.notes = "要紧的话"
        form.flush()
        try disk.fill()
        var problem: Problem?
        for number in 0..<200 where problem == nil {
            let one = Form<TaskRecord>(on: phone.desk, new: TaskDraft(subject: "任务 \(number)", notes: noise(4_000)))
            if await one.save() == nil { problem = one.problem }
        }
        #expect(problem?.words.zh.contains("磁盘已满") == true, "\(String(describing: problem))")
        #expect(try await phone.roadbook.get(Account.self, kept).name == "百草堂")
        let count = try await phone.roadbook.count(Query<TaskRecord>())
        try disk.free()
        #expect(await form.save() != nil)
        await phone.end()
        await phone.start()
        #expect(try await phone.roadbook.count(Query<TaskRecord>()) == count)
        #expect(try await phone.roadbook.list(Account.self).contains { $0.notes == "要紧的话" })
        await phone.end()
    }

    @Test func aFullDiskThatKeepsThePhoneFromSyncingIsSaidAndSyncGoesOnOnceThereIsRoom() async throws {
        // What comes takes eight megabytes, and SQLite's log as much beside it.
        let (pair, disk) = (try await Pair(), try SmallDisk(megabytes: 32))
        let phone = Phone(disk.folder.appendingPathComponent("app"))
        await phone.start()
        let member = try #require(pair.wang.desk.identity?.member.rawValue)
        #expect(await phone.session.enrol(try pair.office.invitation(member), deviceName: "小"))
        try await eventually("synced") { phone.desk.sync == .idle }
        try disk.fill()
        let notes = noise(90_000)
        try await pair.wang.roadbook.logAll((0..<20).map { AccountDraft(name: "店 \($0)", notes: notes) })
        let waiting = Waiting(on: phone.desk)
        try await eventually("it is said") { phone.desk.isHindered && !phone.desk.isOffline }
        guard case .hindered(let words, let next) = waiting.reason(syncPaused: false) else {
            throw Unexpected(phone.session.state)
        }
        #expect(words.zh.contains("磁盘已满") && next > .now)
        try disk.free()
        phone.roadbook.nudge()
        try await eventually("everything came") {
            try await phone.roadbook.count(Query<Account>()) == 20 && !phone.desk.isHindered
        }
        await phone.end()
    }

    @Test func aClockAYearOffRefusesNothingAndIsSaid() async throws {
        let pair = try await Pair()
        let account = try await pair.wang.save(AccountDraft(name: "百草堂"))
        for years in [-1.0, 1] {
            let form = Form<Visit>(on: pair.wang.desk, new: VisitDraft(account: account, purpose: "\(years)"))
            let then = Date.now.addingTimeInterval(years * 365 * 86_400)
            await form.checkIn(now: then)
            let visit = try #require(await form.save())
            try await eventually("the manager has it") { try await pair.zhao.roadbook.find(Visit.self, visit) != nil }
            let read = try await pair.zhao.roadbook.get(Visit.self, visit)
            #expect(abs(try #require(read.checkInAt).timeIntervalSince(then)) < 0.001)
        }
        // Beside a relay that is a year ahead it is this clock that is a year behind.
        pair.office.kill()
        try pair.office.start(daysAhead: 365)
        let waiting = Waiting(on: pair.wang.desk)
        pair.wang.show { await waiting.follow() }
        try await eventually("it is said", within: .seconds(30)) {
            [.days(364), .days(365)].contains(waiting.clockError)
        }
    }

    @Test func aClockThatIsOffIsSaidFromFiveMinutesOnAndByHowMuch() {
        typealias Off = Waiting.ClockError
        for (seconds, said) in [
            (0, nil), (300, nil), (-300, nil), (301, Off.minutes(5)), (-301, .minutes(5)), (7_199, .minutes(119)),
            (7_200, .hours(2)), (-172_799, .hours(47)), (172_800, .days(2)), (-31_536_000, .days(365)),
        ] {
            #expect(Off(.seconds(seconds)) == said, "\(seconds)")
        }
    }

    @Test func aTextOfAMegabyteIsRefusedWithWordsAndNotLost() async throws {
        let phone = Phone()
        await phone.start()
        let (long, megabyte) = (String(repeating: "长", count: 99_999), String(repeating: "长", count: 350_000))
        let id = try await phone.save(AccountDraft(name: "百草堂", notes: long))
        try await phone.edit(Account.self, id) { $0.notes = long + "。" }
        let kept = try await phone.roadbook.get(Account.self, id).notes == long + "。"
        #expect(kept)
        let form = Form<Account>(on: phone.desk, new: AccountDraft(name: "东方纺织", notes: megabyte))
        form.draft.region = "宁波"
        #expect(await form.save() == nil)
        #expect(form.problem(with: Account.Fields.notes)?.zh.contains("过长") == true)
        let onTheShelf = phone.desk.shelf.forms(Account.self).first?.draft.notes == megabyte
        #expect(onTheShelf)
        form.draft.notes = "短"
        #expect(await form.save() != nil)
    }

    @Test func aPastedBookIsCutWhereItIsInNoRecordAndSearchedByItsBeginning() async throws {
        let phone = Phone()
        await phone.start()
        let book = String(repeating: "长", count: 350_000)
        try await phone.save(AccountDraft(name: String(book.prefix(Most.search))))
        let search = Search(on: phone.desk)
        search.text = book
        phone.show { await search.follow() }
        try await eventually("found by its beginning") { search.hits.count == 1 }
        for (text, most, left) in [
            (book, Most.line, String(book.prefix(1_000))), ("长长", 1, "长"), ("长长", 2, "长长"), ("", 1, ""), ("👍🏽👍🏽", 2, "👍🏽"),
        ] {
            var cut = text
            let isLonger = text.isLonger(than: most)
            #expect(cut.cut(to: most) == isLonger && isLonger == (left != text) && cut == left)
        }
        var (typed, isCut) = ("", false)
        for (text, left, isSaid) in [("长长", "长长", false), ("长长长", "长长", true), ("长长", "长长", true), ("长", "长", false)] {
            typed = text
            typed.cut(to: 2, noting: &isCut)
            #expect(typed == left && isCut == isSaid)
        }
    }

    @Test func emojiRightToLeftAndLoneSurrogatesCrossTheBorder() async throws {
        let phone = Phone()
        await phone.start()
        // A lone surrogate is no text in Swift: it becomes U+FFFD before it reaches the core.
        let lone = String(decoding: [0x41, 0xD800, 0x42] as [UInt16], as: UTF16.self)
        #expect(lone == "A\u{FFFD}B")
        for text in ["👩🏽‍⚕️👨‍👩‍👧‍👦🇨🇳", "مرحبا ‏שלום‎ abc", "e\u{301} é", "a\u{0}b", "\u{202E}客户\u{202C}", lone, "行一\r\n行二\t"] {
            let id = try await phone.save(AccountDraft(name: "客户", notes: text))
            let read = try await phone.roadbook.get(Account.self, id)
            #expect(
                read.notes.map { Array($0.unicodeScalars) } == Array(text.unicodeScalars), "\(text.debugDescription)")
            try await phone.edit(Account.self, id) { $0.notes = "前" + text + "后" }
            let edited = try await phone.roadbook.get(Account.self, id).notes
            #expect(edited.map { Array($0.unicodeScalars) } == Array(("前" + text + "后").unicodeScalars))
        }
    }

    @Test func aFormSaysWhichFieldIsWrongAndKeepsWhatWasTyped() async throws {
        let phone = Phone()
        await phone.start()
        let form = Form<Account>(on: phone.desk, new: AccountDraft(name: ""))
        form.draft.region = "宁波"
        #expect(await form.save() == nil)
        let label = try #require(form.problem(with: Account.Fields.name))
        #expect(label.en != label.zh && form.problem(with: Account.Fields.region) == nil)
        #expect(phone.desk.shelf.forms(Account.self).first?.draft.region == "宁波")
        form.draft.name = "百草堂"
        #expect(await form.save() != nil)
        #expect(form.problem == nil && phone.desk.shelf.forms(Account.self).isEmpty)
        form.flush()
        #expect(phone.desk.shelf.forms(Account.self).isEmpty, "a saved form leaves nothing behind")
    }

    private func noise(_ length: Int) -> String {
        String(decoding: (0..<length).map { _ in UInt8.random(in: 33...126) }, as: UTF8.self)
    }

    struct Unexpected: Error {
        let state: String
        init(_ state: Session.State) { self.state = "\(state)" }
    }
}

/// A file system of its own that can be filled. Needs root, as the gate has.
final class SmallDisk {
    let folder: URL

    init(megabytes: Int) throws {
        folder = .temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
            throw POSIXError(.init(rawValue: errno)!)
        }
    }

    deinit {
        umount2(folder.path, Int32(MNT_DETACH))
        try? FileManager.default.removeItem(at: folder)
    }

    private var ballast: URL { folder.appendingPathComponent("ballast") }

    func fill() throws {
        try Data().write(to: ballast)
        let file = try FileHandle(forWritingTo: ballast)
        for block in [65_536, 4_096] {
            let bytes = Data(count: block)
            while (try? file.write(contentsOf: bytes)) != nil {}
        }
        try file.close()
    }

    func free() throws { try FileManager.default.removeItem(at: ballast) }
}
