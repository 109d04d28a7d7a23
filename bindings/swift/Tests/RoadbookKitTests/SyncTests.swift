import Foundation
import RoadbookKit
import Testing

/// A rep and her manager, each with a device, and a relay process between them.
struct Team {
    let office: Office
    let manager: Roadbook
    let rep: Roadbook

    init() async throws {
        office = try Office()
        let zhao = try office.member("赵经理", "manager")
        let wang = try office.member("王", "rep", reportsTo: zhao)
        manager = try await office.device(of: zhao, named: "laptop")
        rep = try await office.device(of: wang, named: "phone")
    }

    func everyoneSyncs() async throws {
        for device in [rep, manager, rep] { #expect(try await device.sync().finished) }
    }
}

/// What the call throws.
func failure<T>(of call: () async throws -> T) async throws -> RoadbookError {
    do {
        _ = try await call()
    } catch let error as RoadbookError {
        return error
    }
    throw Succeeded()
}

/// A call that must fail did not.
struct Succeeded: Error {}

@Suite(.timeLimit(.minutes(2)), .serialized) struct SyncTests {
    @Test func aVisitLoggedOfflineReachesTheManagerAndIsKnownToBeDelivered() async throws {
        let team = try await Team()
        let (rep, manager) = (team.rep, team.manager)
        team.office.kill()
        let account = try await rep.log(AccountDraft(name: "百草堂"))
        let visit = try await rep.log(VisitDraft(account: account, mode: .doorVisit, purpose: "新品演示"))
        let offline = try await failure { try await rep.sync() }
        guard case .offline = offline else { throw offline }
        #expect(try await rep.ledger(of: visit).map(\.state) == [.saved])
        #expect(try await rep.hasUnsentWork())
        try team.office.start()

        #expect(try await rep.sync().sent == 2)
        #expect(try await rep.ledger(of: visit).map(\.state) == [.accepted])
        try await manager.sync()
        let seen = try await manager.get(Visit.self, visit)
        let (logged, wang) = (try await rep.get(Visit.self, visit), try await rep.identity())
        #expect(seen.draft == logged.draft && seen.info.createdBy == wang?.member)
        try await rep.sync()
        let entry = try #require(try await rep.ledger(of: visit).first)
        let zhao = try #require(try await manager.identity())
        #expect(entry.state == .delivered && Array(entry.deliveredTo.keys) == [zhao.member])
        #expect(try await !rep.hasUnsentWork())
    }

    @Test func aDeviceHoldsTheBooksItChooses() async throws {
        let team = try await Team()
        let (rep, manager) = (team.rep, team.manager)
        let account = try await rep.log(AccountDraft(name: "百草堂"))
        try await team.everyoneSyncs()
        let common = try #require(try await manager.books().first { $0.common }).id
        #expect(try await manager.subscription() == nil)
        try await manager.subscribe(to: [common])
        #expect(try await manager.subscription() == [common])
        // The relay has not said yet that it has it.
        #expect(try await manager.list(Query<Account>()).count == 1)
        _ = try await rep.log(AccountDraft(name: "德仁堂"))
        try await team.everyoneSyncs()
        #expect(try await manager.list(Query<Account>()).isEmpty)
        try await manager.subscribe(to: nil)
        try await manager.sync()
        #expect(try await manager.list(Query<Account>()).count == 2)
        #expect(try await manager.get(Account.self, account).name == "百草堂")
    }

    @Test func whatWaitsIsToldRecordByRecordAndWhy() async throws {
        let team = try await Team()
        let rep = team.rep
        let new = try await Roadbook.open(in: team.office.folder.appendingPathComponent("new"))
        let task = try await new.log(TaskDraft(subject: "回电"))
        #expect(try await new.unsent().map(\.id) == [task])
        #expect(try await new.unsent().map(\.because) == [.notEnrolled])
        team.office.kill()
        let before = Date.now.addingTimeInterval(-1)
        let account = try await rep.log(AccountDraft(name: "百草堂"))
        try await rep.edit(try await rep.get(Account.self, account)) { $0.region = "宁波" }
        let visit = try await rep.log(VisitDraft(account: account))
        try rep.startLive()
        var offline: [Unsent] = []
        for try await unsent in rep.observeUnsent() where unsent.allSatisfy({ $0.because == .offline }) {
            offline = unsent
            break
        }
        for await state in rep.syncState() {
            guard case .waiting(let until, .offline(_)) = state else { continue }
            #expect(until > before)
            break
        }
        #expect(offline.map(\.id) == [account, visit] && offline.map(\.changes) == [2, 1])
        let first = try #require(offline.first)
        #expect(first.kind == "account" && first.decisions == 0 && first.code == nil)
        #expect(try #require(first.since) > before && first.since! <= .now)
        #expect(try await rep.unsent(limit: 1, offset: 1).map(\.id) == [visit])
        try team.office.start()
        rep.nudge()
        for try await unsent in rep.observeUnsent() where unsent.isEmpty { break }
        rep.stopLive()
    }

    @Test func aDeviceThatWasWipedSaysSoAfterARestartUntilItIsEnrolledAgain() async throws {
        let team = try await Team()
        let folder = team.office.folder.appendingPathComponent("phone")
        let identity = try #require(try await team.rep.identity())
        #expect(try await team.rep.endedBecause() == nil)
        try team.office.order("wipe", identity.device)
        #expect(try await team.rep.sync().stopped == .wiped)
        try await team.rep.pause()
        let again = try await Roadbook.open(in: folder)
        #expect(try await again.endedBecause() == .wiped)
        for try await ended in again.observeEnded() {
            #expect(ended == .wiped)
            break
        }
        try await again.enrol(try team.office.invitation(identity.member.rawValue), deviceName: "phone")
        #expect(try await again.endedBecause() == nil)
    }

    @Test func aWipeGivesUpNothingUnawaresAndLeavesAnEmptyStore() async throws {
        let team = try await Team()
        let rep = team.rep
        try rep.startLive()
        try await rep.sync()
        team.office.kill()
        try await rep.log(AccountDraft(name: "百草堂"))
        let refused = try await failure { try await rep.wipe() }
        guard case .unsent(_, records: 1) = refused else { throw refused }
        #expect(try await rep.count(Query<Account>()) == 1)
        try await rep.wipe(giveUpUnsent: true)
        #expect(try await rep.identity() == nil)
        #expect(try await rep.count(Query<Account>()) == 0)
        try await rep.log(AccountDraft(name: "回春堂"))
        #expect(try await rep.unsent().map(\.because) == [.notEnrolled])
    }

    @Test func progressCountsWhatIsLeftToSendAndToFetch() async throws {
        let team = try await Team()
        // More than one page of the relay's, however well it is packed.
        let drafts = (0..<600).map { number in
            let notes = (0..<200).map { _ in UUID().uuidString }.joined()
            return TaskDraft(subject: "任务 \(number)", notes: notes)
        }
        try await team.rep.logAll(drafts)
        #expect(try await team.rep.status().unsent == 600)
        let (sent, sending) = try await progress(of: team.rep)
        #expect(sending.first?.toSend == 600 && sent.sent == 600)
        #expect(sending.allSatisfy { $0.sent + $0.toSend == 600 })
        #expect(sending.contains { $0.sent > 0 && $0.toSend > 0 })
        let zhao = try #require(try await team.manager.identity()).member
        let tablet = try await team.office.device(of: zhao.rawValue, named: "tablet")
        let (fetched, fetching) = try await progress(of: tablet)
        #expect(fetched.received == 600 && fetched.finished)
        #expect(fetching.contains { $0.received > 0 && $0.toReceive > 0 && $0.received + $0.toReceive == 600 })
    }

    /// A sync to its end, and what was told of it meanwhile.
    private func progress(of device: Roadbook) async throws -> (SyncReport, [SyncProgress]) {
        let states = device.syncState()
        let told = Task {
            var told: [SyncProgress] = []
            for await case .syncing(let progress) in states { told.append(progress) }
            return told
        }
        let report = try await device.sync()
        told.cancel()
        return (report, await told.value)
    }

    @Test func whatMergesMergesAndWhatClashesStaysReadableUntilResolved() async throws {
        let team = try await Team()
        let (rep, manager) = (team.rep, team.manager)
        let id = try await rep.log(AccountDraft(name: "百草堂", region: "杭州", notes: "老客户。"))
        try await team.everyoneSyncs()
        try await rep.edit(try await rep.get(Account.self, id)) {
            $0.region = "宁波"
            $0.industry = "零售"
            $0.notes = "王：老客户。"
        }
        try await manager.edit(try await manager.get(Account.self, id), reason: "电话") {
            $0.region = "温州"
            $0.notes = "老客户。赵补充。"
        }
        try await team.everyoneSyncs()
        let members = [try await rep.identity()?.member, try await manager.identity()?.member]
        for device in [rep, manager] {
            let account = try await device.get(Account.self, id)
            #expect(account.industry == "零售" && account.notes == "王：老客户。赵补充。")
            #expect(account.info.conflicts == 1)
            let conflict = try #require(try await device.conflicts(in: id).first)
            #expect(conflict.field == Account.Fields.region.name && conflict.sides.count == 2)
            for (member, region) in zip(members, ["宁波", "温州"]) {
                #expect(conflict.sides.first { $0.by == member }?.wrote == .put(.text(region)))
            }
        }
        let conflict = try #require(try await manager.conflicts().first)
        let side = try #require(conflict.sides.first { $0.by == members[0] })
        try await manager.resolve(conflict, as: side, reason: "问过客户")
        try await team.everyoneSyncs()
        for device in [rep, manager] {
            #expect(try await device.conflicts().isEmpty)
            #expect(try await device.get(Account.self, id).region == "宁波")
        }
        #expect(try await rep.history(of: id).last { $0.field == "region" }?.because == "问过客户")
    }

    @Test func aManagerSeesWhoseANextActionIs() async throws {
        let team = try await Team()
        let (rep, manager) = (team.rep, team.manager)
        let zhao = try await manager.identity()?.member
        let wang = try await rep.identity()?.member
        try await rep.log(AccountDraft(name: "百草堂", maturity: .maturity3))
        try await rep.log(TaskDraft(subject: "报价", dueOn: .today, assignee: zhao))
        try await team.everyoneSyncs()
        let actions = try await manager.nextActions(on: Day(2099, 1, 1))
        #expect(
            Dictionary(uniqueKeysWithValues: actions.map { ($0.source, $0.owner) }) == [.cadence: wang, .task: zhao])
    }

    @Test func aFormOpenedBeforeAMergeOverwritesNothing() async throws {
        let team = try await Team()
        let (rep, manager) = (team.rep, team.manager)
        let id = try await rep.log(AccountDraft(name: "百草堂", region: "杭州"))
        try await team.everyoneSyncs()
        let opened = try await rep.get(Account.self, id)
        try await manager.edit(try await manager.get(Account.self, id)) { $0.website = "example.com" }
        try await team.everyoneSyncs()
        var form = opened.draft
        form.region = "宁波"
        #expect(try await rep.edit(opened, as: form))
        #expect(try await !rep.edit(opened, as: opened.draft))
        let account = try await rep.get(Account.self, id)
        #expect(account.website == "example.com" && account.region == "宁波" && account.info.conflicts == 0)
    }

    @Test func sequencesShowWhatAColleagueDidLive() async throws {
        let team = try await Team()
        let (rep, manager) = (team.rep, team.manager)
        let account = try await rep.log(AccountDraft(name: "百草堂"))
        try await team.everyoneSyncs()
        try rep.startLive()
        try manager.startLive()
        let query = Query<Visit>().where(Visit.Fields.account, .equals, account)
        var visits = manager.observe(query).makeAsyncIterator()
        #expect(try await visits.next() == [])
        let id = try await rep.log(VisitDraft(account: account, purpose: "新品演示"))
        #expect(try await visits.next()?.map(\.purpose) == ["新品演示"])
        try await rep.log(TaskDraft(subject: "回电"))
        try await rep.edit(try await rep.get(Visit.self, id)) { $0.outcome = "签约" }
        #expect(try await visits.next()?.map(\.outcome) == ["签约"])
        try await rep.delete(id, reason: "误录")
        #expect(try await visits.next() == [])
        for try await ledger in rep.observeLedger(of: account) where ledger.last?.state == .delivered { break }
        for await state in rep.syncState() where state == .idle { break }
        rep.stopLive()
        manager.stopLive()
    }

    @Test func aPausedStoreLetsGoOfItsFileAndSequencesGoOnAfterIt() async throws {
        let team = try await Team()
        let (rep, manager) = (team.rep, team.manager)
        let account = try await rep.log(AccountDraft(name: "百草堂"))
        try await team.everyoneSyncs()
        try rep.startLive()
        var seen = rep.observe(Account.self, account).makeAsyncIterator()
        #expect(try await seen.next()??.name == "百草堂")
        try await rep.pause()
        #expect(rep.isPaused)
        let log = try await failure { try await rep.log(TaskDraft(subject: "回电")) }
        guard case .paused = log else { throw log }
        let sync = try await failure { try await rep.sync() }
        guard case .paused = sync else { throw sync }
        #expect(openFiles(under: team.office.folder.appendingPathComponent("phone")).isEmpty)
        try await manager.edit(try await manager.get(Account.self, account)) { $0.region = "宁波" }
        try await manager.sync()
        try await rep.resume()
        #expect(try await seen.next()??.region == "宁波")
    }

    @Test func aCancelledSaveIsWholeOrAbsentAndWhatWasAcknowledgedIsThere() async throws {
        let team = try await Team()
        let rep = team.rep
        var acknowledged: [RecordId] = []
        for round in 0..<60 {
            let save = Task { try await rep.logAll((0..<3).map { TaskDraft(subject: "\(round).\($0)") }) }
            try await Task.sleep(for: .milliseconds(round % 7))
            save.cancel()
            if case .success(let ids) = await save.result { acknowledged += ids }
        }
        // A save that had begun ends by itself; the store's one writer orders it before this one.
        acknowledged.append(try await rep.log(TaskDraft(subject: "last")))
        try await team.everyoneSyncs()
        for device in [rep, team.manager] {
            let tasks = try await device.list(Query<TaskRecord>().page(limit: 1000))
            #expect(Set(tasks.map(\.id)).isSuperset(of: acknowledged))
            let rounds = Dictionary(grouping: tasks.filter { $0.subject != "last" }) {
                $0.subject.split(separator: ".")[0]
            }
            #expect(rounds.values.allSatisfy { $0.count == 3 }, "a transaction was cut")
        }
    }

    @Test func aCancelledSyncLosesNothing() async throws {
        let team = try await Team()
        let rep = team.rep
        let notes = String(repeating: "x", count: 500)
        var (ids, took): ([RecordId], [Duration]) = ([], [])
        for round in 0..<12 {
            ids += try await rep.logAll((0..<80).map { TaskDraft(subject: "任务 \(round).\($0)", notes: notes) })
            let sync = Task { try await rep.sync() }
            try await Task.sleep(for: .milliseconds(round * 2))
            let cancelled = ContinuousClock.now
            sync.cancel()
            if case .failure(let error) = await sync.result {
                guard case RoadbookError.cancelled = error else { Issue.record(error); continue }
                took.append(ContinuousClock.now - cancelled)
            }
        }
        let median = took.sorted()[took.count / 2]
        print("\(took.count) cancelled syncs returned after \(median) (median), \(took.max()!) at most")
        try await team.everyoneSyncs()
        let there = try await team.manager.list(Query<TaskRecord>().page(limit: 1000))
        #expect(Set(there.map(\.id)) == Set(ids))
        #expect(try await rep.status().unsent == 0)
    }

    @Test func giftsUnderAYearlyCapApartBreakItTogetherAndEveryoneSeesThat() async throws {
        let team = try await Team()
        let (rep, manager) = (team.rep, team.manager)
        let account = try await rep.log(AccountDraft(name: "百草堂"))
        let recipient = try await rep.log(ContactDraft(account: account, name: "周总"))
        try await team.everyoneSyncs()
        // The playbook's default for everyone is 25 USD a year (26 CFR 1.274-3).
        let gift = GiftNoteDraft(
            account: account, item: "茶叶", recipient: recipient, value: Money(1_500, "USD"),
            state: .given, givenAt: .now)
        let notes: Set = [try await rep.log(gift), try await manager.log(gift)]
        #expect(try await rep.findings(about: recipient).isEmpty)
        #expect(try await manager.findings(about: recipient).isEmpty)
        try await team.everyoneSyncs()
        for device in [rep, manager] {
            let finding = try #require(try await device.findings(about: recipient).first)
            #expect(finding.breach == "cap_per_year")
            #expect(finding.total == Money(3_000, "USD"))
            #expect(Set(finding.notes) == notes)
        }
    }

    @Test func errorsAreTypedAndChangeNothing() async throws {
        let team = try await Team()
        let rep = team.rep
        let invalid = try await failure { try await rep.log(TaskDraft(subject: "")) }
        guard case .invalid(let details, let problems) = invalid else { throw invalid }
        #expect(details.field == "subject" && Array(problems.keys) == ["subject"])
        #expect(details.words.en != details.words.zh)
        #expect(try await rep.count(Query<TaskRecord>()) == 0)

        let nowhere = RecordId(rawValue: "01900000-0000-7000-8000-000000000000")
        let missing = try await failure { try await rep.get(Account.self, nowhere) }
        guard case .notFound(let about) = missing else { throw missing }
        #expect(about.record == nowhere)

        let used = try team.office.invitation(try team.office.member("李", "rep"))
        let other = try await Roadbook.open(in: team.office.folder.appendingPathComponent("other"))
        let stranger = try await failure { try await other.sync() }
        guard case .notEnrolled = stranger else { throw stranger }
        let none = try await failure { try await other.enrol("no invitation", deviceName: "other") }
        guard case .invitation = none else { throw none }
        try await other.log(TaskDraft(subject: "logged before enrolment"))
        try await other.enrol(used, deviceName: "other")
        #expect(try await other.sync().sent == 1)
        let third = try await Roadbook.open(in: team.office.folder.appendingPathComponent("third"))
        let again = try await failure { try await third.enrol(used, deviceName: "third") }
        guard case .invitation = again else { throw again }
        #expect(try await third.identity() == nil)
    }

    private func openFiles(under folder: URL) -> [String] {
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return open.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
            .filter { $0.hasPrefix(folder.path + "/") }
    }
}
