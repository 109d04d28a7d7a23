import FieldModel
import Foundation
import RoadbookKit
import Testing

@MainActor @Suite(.timeLimit(.minutes(1))) struct KillTests {
    @Test func anAppThatIsKilledKeepsWhatWasSavedAndWhatWasHalfWritten() async throws {
        let phone = Phone()
        try typeAndKill(in: phone.folder)
        await phone.start()
        #expect(try await phone.roadbook.list(Visit.self).map(\.purpose) == ["新品演示"])
        let today = Today(on: phone.desk)
        guard case .visit(let left)? = today.unfinished.first else { throw Nothing() }
        #expect(today.unfinished.map(\.title.text) == ["价格、交期"])
        let form = Form<Visit>(on: phone.desk, left)
        #expect(form.draft.talkPoints == "价格、交期" && form.isNew)
        form.draft.outcome = "下周签约"
        let saved = try #require(await form.save())
        #expect(try await phone.roadbook.get(Visit.self, saved).talkPoints == "价格、交期")
        today.look()
        #expect(today.unfinished.isEmpty)
        // The process ended after the save and before the form was forgotten: saving again makes no second record.
        #expect(await Form<Visit>(on: phone.desk, left).save() == saved)
        #expect(try await phone.roadbook.count(Query<Visit>()) == 2)
        let card = AccountCard(on: phone.desk, try #require(form.draft.account))
        #expect(card.reason.text == "重复")
        await card.delete()
        #expect(try await phone.roadbook.get(Account.self, card.id).info.deletedBecause == "重复")
        #expect(AccountCard(on: phone.desk, card.id).reason.text.isEmpty, "it is in the decision")
    }

    @Test func whatIsAddedToAFormThatWasSavedBeforeTheAppWasKilledIsSavedToo() async throws {
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        let form = Form<Visit>(on: phone.desk, new: VisitDraft(account: account))
        await form.checkIn()
        form.draft.purpose = "新品演示"
        form.flush()
        guard case .visit(let left)? = phone.desk.shelf.unfinished.first else { throw Nothing() }
        let saved = try #require(await form.save())
        // The commit is durable; the process ends before the shelf is cleared.
        try phone.desk.shelf.put(left, "form-visit-\(saved)")
        await phone.end()
        await phone.start()
        guard case .visit(let again)? = Today(on: phone.desk).unfinished.first else { throw Nothing() }
        let offered = Form<Visit>(on: phone.desk, again)
        offered.draft.outcome = "下周签约"
        offered.draft.purpose = nil
        #expect(await offered.save() == saved)
        let visit = try await phone.roadbook.get(Visit.self, saved)
        #expect(visit.outcome == "下周签约" && visit.purpose == nil && visit.checkInAt != nil)
        #expect(try await phone.roadbook.count(Query<Visit>()) == 1 && phone.desk.shelf.unfinished.isEmpty)
    }

    @Test func whateverWasLeftHalfWrittenIsOfferedAgain() async throws {
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        func leave<R: Record>(_: R.Type, _ new: R.Form, _ type: (inout R.Form) -> Void) {
            let form = Form<R>(on: phone.desk, new: new)
            type(&form.draft)
            form.flush()
        }
        leave(Account.self, AccountDraft(name: "")) { $0.name = "东方纺织" }
        leave(Contact.self, ContactDraft(account: account, name: "")) { $0.name = "周总" }
        leave(Visit.self, VisitDraft(account: account)) { $0.purpose = "新品演示" }
        leave(GiftNote.self, GiftNoteDraft(account: account, item: "")) { $0.item = "茶叶" }
        leave(Opportunity.self, OpportunityDraft(name: "")) { $0.name = "大单" }
        leave(TaskRecord.self, TaskDraft(subject: "")) { $0.subject = "回电" }
        leave(Visit.self, VisitDraft(account: account)) { _ in }
        await phone.end()
        await phone.start()
        let left = Today(on: phone.desk).unfinished
        #expect(Set(left.map(\.title.text)) == ["东方纺织", "周总", "新品演示", "茶叶", "大单", "回电"])
        #expect(left.count == 6, "a form nobody typed in leaves nothing")
    }

    @Test func whatIsTypedAndCannotBeReadIsThereAgainAndIsNotSavedAsNothing() async throws {
        let phone = Phone()
        await phone.start()
        typealias F = Opportunity.Fields
        func typed(in form: Form<Opportunity>) -> TypedNumber { form.typed(F.probability, \.probability) }
        func open(_ text: String) throws -> Form<Opportunity> {
            guard case .deal(let left)? = phone.desk.shelf.unfinished.first else { throw Nothing() }
            let form = Form<Opportunity>(on: phone.desk, left)
            #expect(typed(in: form).text == text)
            return form
        }
        let new = Form<Opportunity>(on: phone.desk, new: OpportunityDraft(name: "大单"))
        new.type(TypedNumber(parts: ["12x"])!, F.probability, \.probability)
        #expect(new.isUnread(F.probability) && new.isChanged)
        try await Task.sleep(for: .milliseconds(600))
        await phone.end()
        await phone.start()
        var form = try open("12x")
        #expect(form.isUnread(F.probability) && !form.isUnread(F.amount))
        form.type(TypedMoney(parts: ["1,2,3", "usd"])!, F.amount, \.amount)
        #expect(await form.save() == nil)
        #expect(form.problem?.words.zh == "有数字或金额无法识别。")
        await phone.end()
        await phone.start()
        form = try open("12x")
        #expect(form.typed(F.amount, \.amount) == TypedMoney(parts: ["1,2,3", "usd"]) && form.isUnread(F.amount))
        form.type(TypedNumber(parts: ["12"])!, F.probability, \.probability)
        form.type(TypedMoney(parts: ["1,230", "usd"])!, F.amount, \.amount)
        let saved = try #require(await form.save())
        let deal = try await phone.roadbook.get(Opportunity.self, saved)
        #expect(deal.probability == 12 && deal.amount == Money(123_000, "USD") && form.problem == nil)
        #expect(phone.desk.shelf.unfinished.isEmpty)

        let edit = Form<Opportunity>(on: phone.desk, editing: deal)
        #expect(typed(in: edit).text == "12" && !edit.isUnread(F.probability))
        edit.type(TypedNumber(parts: ["4o"])!, F.probability, \.probability)
        edit.leave()
        let again = try open("4o")
        #expect(await again.save() == nil)
        #expect(try await phone.roadbook.get(Opportunity.self, saved).probability == 12)
        again.discard()
        let fresh = Form<Opportunity>(on: phone.desk, editing: deal)
        #expect(!fresh.isUnread(F.probability) && typed(in: fresh).text == "12")
    }

    @Test func theAppBeginsWhereItWas() async throws {
        let phone = Phone()
        await phone.start()
        #expect(phone.desk.trail.tab == .today)
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        let places: [Place] = [.account(account), .history(account, Account.kind.name), .conflicts(account)]
        phone.desk.trail[.today] = [.visits, .conflicts(nil), .tray]
        phone.desk.trail[.search] = places
        phone.desk.trail.tab = .search
        await phone.end()
        await phone.start()
        #expect(phone.desk.trail.tab == .search && phone.desk.trail[.search] == places)
        #expect(phone.desk.trail[.today] == [.visits, .conflicts(nil), .tray] && phone.desk.trail[.board] == [])
        phone.desk.trail[.search].removeLast()
        await phone.end()
        await phone.start()
        #expect(phone.desk.trail[.search] == places.dropLast())
        // A tab that only a newer version of the app has.
        try phone.desk.shelf.put(["tab": "map"], "trail")
        await phone.end()
        await phone.start()
        #expect(phone.desk.trail.tab == .today && phone.desk.trail[.search] == [])
        phone.desk.trail[.today] = places
        phone.desk.trail.tab = .settings
        await phone.session.wipe(giveUpUnsent: true)
        #expect(phone.desk.trail.tab == .today && phone.desk.trail[.today] == [], "erased, it begins anew")
        let left = try FileManager.default.contentsOfDirectory(
            atPath: phone.folder.appendingPathComponent("shelf").path)
        #expect(left == [])
    }

    @Test func theFormThatWasOnTheScreenIsThereAgain() async throws {
        let phone = Phone()
        await phone.start()
        func restart() async -> AnyForm? {
            await phone.end()
            await phone.start()
            return await phone.desk.formThatWasOpen()
        }
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        let new = Form<Visit>(on: phone.desk, new: VisitDraft(account: account))
        phone.desk.trail.form = new.opened
        #expect(await restart() == nil, "nothing was typed in it")
        let half = Form<Visit>(on: phone.desk, new: VisitDraft(account: account))
        phone.desk.trail.form = half.opened
        half.draft.purpose = "新品演示"
        half.flush()
        guard case .visit(let again)? = await restart() else { throw Nothing() }
        #expect(again.id == half.record && again.draft.purpose == "新品演示" && again.isNew)
        let edit = Form<Account>(on: phone.desk, editing: try await phone.roadbook.get(Account.self, account))
        phone.desk.trail.form = edit.opened
        guard case .account(let there)? = await restart() else { throw Nothing() }
        #expect(there.id == account && !there.isNew && !there.isChanged)
        phone.desk.trail.form = nil
        #expect(await restart() == nil)
        phone.desk.trail.form = edit.opened
        await phone.session.wipe(giveUpUnsent: true)
        #expect(phone.desk.trail.form == nil && phone.desk.problem == nil)
    }

    @Test func aHalfWrittenEditIsAnEditAtTheVersionItWasOpenedAt() async throws {
        let pair = try await Pair()
        let id = try await pair.wang.save(AccountDraft(name: "百草堂", region: "杭州", notes: "老客户。"))
        try await eventually("both have it") { try await pair.zhao.roadbook.find(Account.self, id) != nil }
        let opened = Form<Account>(on: pair.wang.desk, editing: try await pair.wang.roadbook.get(Account.self, id))
        opened.draft.region = "宁波"
        opened.draft.notes = "王：老客户。"
        try await Task.sleep(for: .milliseconds(500))
        await pair.wang.end()
        try await pair.zhao.edit(Account.self, id) {
            $0.region = "温州"
            $0.notes = "老客户。赵补充。"
        }
        await pair.wang.start()
        try await eventually("her change has come") {
            try await pair.wang.roadbook.get(Account.self, id).region == "温州"
        }
        let form = Form<Account>(on: pair.wang.desk, editing: try await pair.wang.roadbook.get(Account.self, id))
        #expect(form.draft.region == "宁波", "as it was left")
        #expect(await form.save() == id)
        let account = try await pair.wang.roadbook.get(Account.self, id)
        #expect(account.notes == "王：老客户。赵补充。" && account.info.conflicts == 1, "nothing is overwritten in silence")
    }

    @Test func aTextMadeOfBothSidesSurvivesTheEndOfTheApp() async throws {
        let pair = try await Pair()
        let id = try await pair.clash()
        func shown() async throws -> (Conflicts, Conflicts.Item) {
            let conflicts = Conflicts(on: pair.wang.desk)
            pair.wang.show { await conflicts.items.follow() }
            try await eventually("a clash") { conflicts.items.values.count == 1 }
            return (conflicts, conflicts.items.values[0])
        }
        var (conflicts, item) = try await shown()
        conflicts.merged(in: item).text = "送样，再报价"
        await pair.wang.end()
        await pair.wang.start()
        (conflicts, item) = try await shown()
        #expect(conflicts.merged(in: item).text == "送样，再报价")
        await conflicts.merge(in: item)
        #expect(try await pair.wang.roadbook.get(Account.self, id).nextStep == "送样，再报价")
        #expect(conflicts.merged(in: item).text.isEmpty)
        await pair.wang.end()
        await pair.wang.start()
        #expect(Conflicts(on: pair.wang.desk).merged(in: item).text.isEmpty, "nothing comes back")
    }

    @Test func aReviewersReasonSurvivesTheEndOfTheApp() async throws {
        let pair = try await Pair()
        let id = try await pair.wang.save(AccountDraft(name: "百草堂"))
        try await eventually("sent") { try await pair.wang.isSent(id) }
        await pair.wang.session.pauseSync(true)
        let books = pair.zhao.desk.books.values
        let hers = try #require(books.first { $0.owner == pair.wang.desk.identity?.member })
        let mine = try #require(books.first { $0.owner == pair.zhao.desk.identity?.member })
        try pair.office.move([id], from: hers.id, to: mine.id)
        try await pair.wang.edit(Account.self, id) { $0.nextStep = "周五送样" }
        await pair.wang.session.pauseSync(false)
        func shown() async throws -> (Tray, Tray.Item) {
            let tray = Tray(on: pair.zhao.desk)
            pair.zhao.show { await tray.follow() }
            try await eventually("it waits") { tray.items.values.count == 1 }
            return (tray, tray.items.values[0])
        }
        var (tray, item) = try await shown()
        tray.reason(for: item).text = "客户已搬走"
        await pair.zhao.end()
        await pair.zhao.start()
        (tray, item) = try await shown()
        #expect(tray.reason(for: item).text == "客户已搬走")
        await tray.decide(item, accept: false)
        #expect(tray.reason(for: item).text.isEmpty)
        try await eventually("she learns why") {
            try await pair.wang.roadbook.verdicts().map(\.because) == ["客户已搬走"]
        }
    }

    @Test func theReasonForAProposalThatWasDecidedElsewhereIsForgotten() async throws {
        let pair = try await Pair()
        var accounts: [RecordId] = []
        for name in ["百草堂", "东方纺织"] { accounts.append(try await pair.wang.save(AccountDraft(name: name))) }
        for id in accounts { try await eventually("sent") { try await pair.wang.isSent(id) } }
        await pair.wang.session.pauseSync(true)
        let books = pair.zhao.desk.books.values
        let zhao = try #require(pair.zhao.desk.identity).member
        let hers = try #require(books.first { $0.owner == pair.wang.desk.identity?.member })
        let mine = try #require(books.first { $0.owner == zhao })
        try pair.office.move(accounts, from: hers.id, to: mine.id)
        for id in accounts { try await pair.wang.edit(Account.self, id) { $0.nextStep = "周五送样" } }
        await pair.wang.session.pauseSync(false)
        func shown() async throws -> Tray {
            let tray = Tray(on: pair.zhao.desk)
            pair.zhao.show { await tray.follow() }
            try await eventually("they are read") { tray.items.value != nil }
            return tray
        }
        var tray = try await shown()
        try await eventually("both wait") { tray.items.values.count == 2 }
        let (gone, stays) = (tray.items.values[0], tray.items.values[1])
        for item in [gone, stays] { tray.reason(for: item).text = "客户已搬走" }
        AccountCard(on: pair.zhao.desk, accounts[0]).reason.text = "重复"
        await pair.zhao.end()

        let tablet = try await pair.office.device(of: zhao.rawValue, named: "平板")
        try await eventually("the tablet has it") {
            try await tablet.sync()
            return try await tablet.proposals().count == 2
        }
        let other = try #require(try await tablet.proposals().first { $0.id == gone.id })
        try await tablet.decide(other, accept: true, reason: nil)
        try await tablet.sync()

        await pair.zhao.start()
        tray = try await shown()
        try await eventually("it waits no more") { tray.items.values.map(\.id) == [stays.id] }
        await pair.zhao.end()
        await pair.zhao.start()
        tray = try await shown()
        #expect(tray.reason(for: gone).text.isEmpty && tray.reason(for: stays).text == "客户已搬走")
        #expect(AccountCard(on: pair.zhao.desk, accounts[0]).reason.text == "重复", "another decision's")
    }

    @Test func aRemarkOnAGiftSurvivesTheEndOfTheAppAndAWordThatDidNotWork() async throws {
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        let id = try await phone.save(GiftNoteDraft(account: account, item: "茶叶"))
        phone.desk.remark(on: try await phone.roadbook.get(GiftNote.self, id)).text = "超过单件上限"
        phone.desk.shelf.text("merged-\(id) extra.电话/手机").text = "138"
        await phone.end()
        await phone.start()
        #expect(phone.desk.shelf.text("merged-\(id) extra.电话/手机").text == "138")
        let gift = try await phone.roadbook.get(GiftNote.self, id)
        #expect(phone.desk.remark(on: gift).text == "超过单件上限")
        try await phone.roadbook.pause()
        await phone.desk.decide(on: gift, approve: false)
        try await phone.roadbook.resume()
        #expect(phone.desk.remark(on: gift).text == "超过单件上限", "it was not decided")
        await phone.desk.decide(on: gift, approve: false)
        #expect(try await phone.roadbook.get(GiftNote.self, id).approverRemark == "超过单件上限")
        #expect(phone.desk.remark(on: gift).text.isEmpty)
        phone.desk.remark(on: gift).text = "又想了想"
        await phone.session.wipe(giveUpUnsent: true)
        try await Task.sleep(for: .milliseconds(600))
        #expect(phone.desk.remark(on: gift).text.isEmpty, "a wipe leaves nothing, nor what was to be put down later")
    }

    struct Nothing: Error {}

    /// Runs the app until it says it has typed, and kills it.
    private func typeAndKill(in folder: URL) throws {
        let typist = Process()
        let pipe = Pipe()
        typist.executableURL = Bundle.main.bundleURL.appendingPathComponent("Typist")
        typist.arguments = [folder.path]
        typist.standardOutput = pipe
        try typist.run()
        #expect(String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) == "typed\n")
        kill(typist.processIdentifier, SIGKILL)
        typist.waitUntilExit()
    }
}
