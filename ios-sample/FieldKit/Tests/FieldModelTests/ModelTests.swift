import FieldModel
import Foundation
import Observation
import RoadbookKit
import Testing

/// A phone that knows where it is.
struct FixedLocator: Locator {
    let point: GeoPoint
    func fix() async -> GeoPoint? { point }
}

/// A phone that looks for where it is until a test says that it knows.
final class SlowLocator: Locator {
    private let (fixes, found) = AsyncStream<GeoPoint>.makeStream()

    func fix() async -> GeoPoint? {
        for await point in fixes { return point }
        return nil
    }
    func find(_ point: GeoPoint) { found.yield(point) }
}

@MainActor @Suite(.timeLimit(.minutes(2))) struct ModelTests {
    @Test func tenThousandVisitsScrollAndOnlyPagesNearTheScreenAreReadAndHeld() async throws {
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        let start = Date(timeIntervalSince1970: 1_700_000_000)
        let drafts = (0..<10_000).map { number in
            VisitDraft(account: account, purpose: "第 \(number) 次", checkInAt: start.addingTimeInterval(Double(number)))
        }
        try await phone.roadbook.logAll(drafts)
        var read: [Int] = []
        let roadbook = phone.roadbook
        let list = PagedList(on: phone.desk, Query<Visit>().ascending(Visit.Fields.checkInAt)) { query in
            let page = try await roadbook.list(query)
            read.append(page.count)
            return page
        }
        #expect(!list.isEmpty, "nothing is claimed before it was counted")
        phone.show { await list.follow() }
        try await eventually("the count") { list.count == 10_000 }
        #expect(!list.isEmpty)
        #expect(read.isEmpty && list[0] == nil, "nothing is read before a row is on the screen")
        for index in 0..<60 { await list.want(index) }
        #expect(list[0]?.purpose == "第 0 次" && list[59]?.purpose == "第 59 次" && read == [50, 50])
        await list.want(9_999)
        #expect(list[9_999]?.purpose == "第 9999 次" && read == [50, 50, 50])
        for index in stride(from: 0, to: 10_000, by: 25) { await list.want(index) }
        let held = (0..<10_000).count { list[$0] != nil }
        #expect(held <= PagedList<Visit>.pageSize * PagedList<Visit>.pagesHeld && list[9_975] != nil && list[0] == nil)
        let before = read.count
        let last = try #require(list[9_999])
        try await phone.edit(Visit.self, last.id) { $0.outcome = "签约" }
        try await eventually("what is on the screen is current") { list[9_999]?.outcome == "签约" }
        #expect(
            read.count - before <= 2 * PagedList<Visit>.pagesHeld, "a change rereads what is held, not what there is")
    }

    @Test func todayShowsWhatIsDueAndOneTapLogsIt() async throws {
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂", maturity: .maturity2))
        let noon = Day.today.noon()
        let promise = VisitDraft(account: account, checkInAt: noon.addingTimeInterval(-86_400), nextVisitOn: .today)
        try await phone.save(promise)
        let task = try await phone.save(TaskDraft(subject: "寄样品", dueOn: Day(2020, 1, 1)))
        let planned = try await phone.save(VisitDraft(account: account, purpose: "新品演示", plannedAt: noon))
        let today = Today(on: phone.desk)
        phone.show { await today.actions.follow() }
        try await eventually("all are there") {
            today.actions(.overdue).map(\.title) == ["寄样品"] && today.actions(.overdue).map(\.record) == [task]
                && Set(today.actions(.due).map(\.source)).isSuperset(of: [.planned, .promised])
        }
        for action in today.actions(.overdue) + today.actions(.due).filter({ $0.source != .cadence }) {
            // The planned visit keeps the promise, too.
            if today.isTaken(action) { continue }
            #expect(await today.done(action) != nil)
            #expect(phone.desk.notice?.what == .logged(action.title))
        }
        try await eventually("nothing is left") {
            today.actions(.overdue).isEmpty && today.actions(.due).allSatisfy { $0.source == .cadence }
        }
        #expect(try await phone.roadbook.get(TaskRecord.self, task).status == .done)
        #expect(try await phone.roadbook.get(Visit.self, planned).checkInAt != nil)
        #expect(phone.desk.problem == nil)
    }

    @Test func aDoubleTapLogsOneVisit() async throws {
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂", maturity: .maturity1))
        try await phone.save(VisitDraft(account: account, checkInAt: .now.addingTimeInterval(-30 * 86_400)))
        let today = Today(on: phone.desk)
        phone.show { await today.actions.follow() }
        try await eventually("it is overdue") { today.actions(.overdue).map(\.account) == [account] }
        let action = today.actions(.overdue)[0]
        async let first = today.done(action)
        async let second = today.done(action)
        let records = await [first, second, today.done(action)]
        #expect(records.compactMap { $0 }.count == 1)
        let visits = try await phone.roadbook.list(Query<Visit>().descending(Visit.Fields.checkInAt))
        #expect(visits.count == 2 && visits[0].checkOutAt == visits[0].checkInAt)
        try await eventually("the list knows") { !today.actions.values.contains(action) }
        #expect(today.isTaken(action) && today.actions.values.allSatisfy { !today.isTaken($0) })
    }

    @Test func aTaskSaysWhatItIsWithOrWithoutAnAccountAndCanBeWrittenUp() async throws {
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        let there = try await phone.save(TaskDraft(subject: "寄样品", account: account, dueOn: Day(2020, 1, 1)))
        let alone = try await phone.save(TaskDraft(subject: "交报告", dueOn: Day(2020, 1, 2)))
        let today = Today(on: phone.desk)
        phone.show { await today.actions.follow() }
        try await eventually("both") { today.actions(.overdue).count == 2 }
        let lines = today.actions(.overdue)
        #expect(lines.map(\.record) == [there, alone])
        #expect(lines.map(\.title) == ["寄样品", "交报告"] && lines.map(\.under) == ["百草堂", nil])
        for line in lines {
            guard case .task(let form)? = await today.form(for: line) else { throw NoForm() }
            #expect(form.id == line.record && !form.isNew)
        }
    }

    @Test func aVisitThatIsSavedBeforeThePhoneKnowsWhereItIsStillGetsIt() async throws {
        let here = GeoPoint(lat: 30.2741, lon: 120.1551, accuracy: 12)
        let locator = SlowLocator()
        let phone = Phone(locator: locator)
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂", location: here))
        let form = Form<Visit>(on: phone.desk, new: VisitDraft(account: account))
        let looking = Task { await form.checkIn() }
        try await eventually("checked in") { form.draft.checkInAt != nil }
        let saved = try #require(await form.save())
        #expect(try await phone.roadbook.get(Visit.self, saved).checkInAt != nil)
        locator.find(here)
        await looking.value
        // A field that is left with the sheet writes what it holds once more.
        form.draft.notes = nil
        form.leave()
        let visit = try await phone.roadbook.get(Visit.self, saved)
        #expect(visit.checkInPoint == here && visit.checkInInside == true)
        try await Task.sleep(for: .milliseconds(400))
        #expect(phone.desk.shelf.unfinished.isEmpty, "no ghost of it")
        #expect(try await phone.roadbook.count(Query<Visit>()) == 1)
        for isLeft in [true, false] {
            let other = Form<Visit>(on: phone.desk, new: VisitDraft(account: account))
            let looking = Task { await other.checkIn() }
            try await eventually("checked in") { other.draft.checkInAt != nil }
            if isLeft { other.leave() } else { other.discard() }
            let kept = phone.desk.shelf.unfinished
            locator.find(here)
            await looking.value
            try await Task.sleep(for: .milliseconds(400))
            #expect(phone.desk.shelf.unfinished == kept, "a form that is gone writes nothing")
        }
    }

    @Test func aCheckInSaysWhereItWasAndWorksWithoutAFix() async throws {
        let here = GeoPoint(lat: 30.2741, lon: 120.1551, accuracy: 12)
        let phone = Phone(locator: FixedLocator(point: here))
        await phone.start()
        for (location, inside) in [(here, true), (GeoPoint(lat: 30.2841, lon: 120.1551), false), (nil, nil)] {
            let account = try await phone.save(AccountDraft(name: "百草堂", location: location))
            let form = Form<Visit>(on: phone.desk, new: VisitDraft(account: account))
            await form.checkIn()
            #expect(form.draft.checkInPoint == here && form.draft.checkInInside == inside)
            #expect(form.wantsReason == (inside == false))
            await form.checkOut()
            let visit = try await phone.roadbook.get(Visit.self, try #require(await form.save()))
            #expect(visit.checkInPoint == here && visit.checkOutPoint == here && visit.checkOutAt != nil)
        }
        let blind = Phone()
        await blind.start()
        let form = Form<Visit>(on: blind.desk, new: VisitDraft(account: try await blind.save(AccountDraft(name: "甲"))))
        await form.checkIn()
        #expect(form.draft.checkInAt != nil && form.draft.checkInPoint == nil && form.draft.checkInInside == nil)
        #expect(await form.save() != nil)
    }

    @Test func searchFindsAsOneTypesAndLeadsToTheRecord() async throws {
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        try await phone.save(VisitDraft(account: account, purpose: "新品演示"))
        let search = Search(on: phone.desk)
        for (text, count) in [("百", 1), ("百草", 1), ("新品演", 1), ("没有的", 0), ("", 0)] {
            search.text = text
            let task = Task { await search.follow() }
            try await eventually("\(text)") { search.hits.count == count }
            for hit in search.hits { #expect(await phone.desk.form(of: hit.id, kind: hit.kind)?.id == hit.id) }
            task.cancel()
            await task.value
        }
        let task = try await phone.save(TaskDraft(subject: "交报告"))
        guard case .task(let found)? = await phone.desk.form(of: task, kind: "task") else { throw NoForm() }
        let form = Form<TaskRecord>(on: phone.desk, found)
        form.draft.subject = "交月报"
        #expect(await form.save() == task)
        #expect(phone.desk.notice?.what == .saved(TaskRecord.kind.label))
        #expect(try await phone.roadbook.get(TaskRecord.self, task).subject == "交月报")
        #expect(phone.desk.problem == nil)
    }

    @Test func theCardShowsPeopleTimelineAndHistory() async throws {
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        let card = AccountCard(on: phone.desk, account)
        phone.show { await card.follow() }
        try await eventually("the account") { card.account.value??.name == "百草堂" }
        try await phone.save(ContactDraft(account: account, name: "周总"))
        let noon = Day.today.noon()
        let visit = try await phone.save(VisitDraft(account: account, checkInAt: noon.addingTimeInterval(-86_400)))
        let gift = try await phone.save(
            GiftNoteDraft(account: account, item: "茶叶", givenAt: noon.addingTimeInterval(-3_600)))
        try await phone.edit(Account.self, account) { $0.region = "宁波" }
        try await eventually("all of it") {
            card.contacts.values.map(\.name) == ["周总"] && card.timeline.values.map(\.id) == [gift, visit]
                && card.history.values.first?.field == "region"
        }
        card.reason.text = "重复"
        await card.delete()
        try await eventually("deleted") { card.account.value??.info.deletedBecause == "重复" }
        await card.restore()
        try await eventually("restored") { card.account.value.map { $0?.info.deletedBecause == nil } == true }
    }

    @Test func theCardSaysWhenTheNextContactIsDue() async throws {
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        try await phone.save(TaskDraft(subject: "寄样品", account: account, dueOn: Day(2020, 1, 1)))
        let card = AccountCard(on: phone.desk, account)
        phone.show { await card.follow() }
        try await eventually("a task is no contact") { card.next.value == .some(nil) }
        let yesterday = Day.today.noon().addingTimeInterval(-86_400)
        try await phone.save(
            VisitDraft(account: account, checkInAt: yesterday.addingTimeInterval(-86_400), nextVisitOn: Day(yesterday)))
        try await eventually("promised, and late") {
            (card.next.value ?? nil)?.dueTo == Day(yesterday) && (card.next.value ?? nil)?.urgency == .overdue
        }
        try await phone.save(VisitDraft(account: account, checkInAt: .now))
        try await eventually("kept") { card.next.value == .some(nil) }
    }

    @Test func theBoardHasAColumnForEachStageAndMovesDeals() async throws {
        let phone = Phone()
        await phone.start()
        let none = Board(on: phone.desk)
        phone.show { await none.columns.follow() }
        #expect(!none.isEmpty, "nothing is claimed before it was looked for")
        try await eventually("no deal yet") { none.isEmpty }
        let big = try await phone.save(OpportunityDraft(name: "大单", amount: Money(1_000_000, "CNY"), stage: .proposal))
        try await phone.save(OpportunityDraft(name: "小单", amount: Money(20_000, "CNY"), stage: .proposal))
        try await phone.save(OpportunityDraft(name: "未定"))
        let board = Board(on: phone.desk)
        phone.show { await board.columns.follow() }
        func column(_ stage: OpportunityStage?) -> Board.Column? { board.columns.values.first { $0.stage == stage } }
        try await eventually("three deals") { column(.proposal)?.count == 2 && column(nil)?.count == 1 }
        try await eventually("there are some") { !none.isEmpty }
        #expect(column(.proposal)?.amounts == [Money(1_020_000, "CNY")] && column(.won)?.count == 0)
        await board.move(try #require(column(.proposal)?.deals.first { $0.id == big }), to: .won)
        try await eventually("won") { column(.won)?.deals.map(\.id) == [big] && column(.proposal)?.count == 1 }
    }

    @Test func whatWaitsToBeSentSaysWhy() async throws {
        let pair = try await Pair()
        let id = try await pair.wang.save(AccountDraft(name: "百草堂"))
        try await eventually("sent") { try await pair.wang.state(of: id) != .saved }
        let waiting = Waiting(on: pair.wang.desk)
        pair.wang.show { await waiting.follow() }
        try await eventually("nothing waits") {
            waiting.status.value?.unsent == 0 && waiting.stuck.value == [] && waiting.reason(syncPaused: false) == nil
        }
        #expect(waiting.clockError == nil)
        pair.office.kill()
        try await pair.wang.edit(Account.self, id) { $0.region = "宁波" }
        try await eventually("one change waits, and why") {
            guard case .offline = waiting.reason(syncPaused: false) else { return false }
            return waiting.status.value?.unsent == 1
        }
    }

    @Test func whatWaitsIsShownThroughAnyNumberOfPauses() async throws {
        let phone = Phone()
        await phone.start()
        let waiting = Waiting(on: phone.desk)
        phone.show { await waiting.follow() }
        for number in 1...20 {
            try await phone.save(AccountDraft(name: "客户 \(number)"))
            await phone.session.enterBackground()
            await phone.session.enterForeground()
        }
        try await eventually("all of it") {
            Set(waiting.items.values.map(\.title?.text)) == Set((1...20).map { "客户 \($0)" })
        }
        #expect(phone.desk.problem == nil)
    }

    @Test func choicesAndLinksAreReadAsPeopleCallThem() async throws {
        let phone = Phone()
        await phone.start()
        for (value, field, kind, label) in [
            ("proposal", "stage", "opportunity", OpportunityStage.proposal.label),
            (AccountMaturity.maturity2.value, "maturity", "account", AccountMaturity.maturity2.label),
            ("given", "state_history.0.value", "gift_note", GiftNoteState.given.label),
            ("of_a_newer_version", "stage", "opportunity", Wording("of_a_newer_version", "of_a_newer_version")),
        ] {
            #expect(Choices.label(of: value, in: field, of: kind) == label, "\(value)")
        }
        #expect(Choices.label(of: "百草堂", in: "name", of: "account") == nil)
        #expect(Choices.label(of: "proposal", in: "stage", of: nil) == OpportunityStage.proposal.label)
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        let visit = try await phone.save(VisitDraft(account: account))
        let person = try await phone.save(ContactDraft(account: account, name: "周总"))
        for (link, title) in [(person, "周总"), (visit, "百草堂"), (.none, nil)] {
            let live = phone.desk.title(of: link)
            phone.show { await live.follow() }
            try await eventually("a visit without a purpose by its account") { live.value == .some(title) }
        }
    }

    @Test func whoWritesAGiftNoteDoesNotApproveIt() {
        #expect(Set(GiftNoteState.ofTheGiver).isDisjoint(with: [.approved, .declined]))
        var note = GiftNoteDraft(account: .none, item: "茶叶", state: .declined)
        (note.approver, note.approverRemark) = (MemberId.none, "超过上限")
        note.stateOfTheGiver = .given
        #expect(note.state == .given && note.approver == nil && note.approval(under: []) == .notNeeded)
        note = GiftNoteDraft(account: .none, item: "茶叶", state: .approved)
        note.approver = MemberId.none
        note.stateOfTheGiver = .given
        #expect(note.approval(under: []) == .given(by: .none))
    }

    @Test func screensAreToldWhenSomethingChanges() async throws {
        let phone = Phone()
        await phone.start()
        let live = Live(on: phone.desk) { [roadbook = phone.roadbook] in roadbook.observe(Account.self) }
        phone.show { await live.follow() }
        try await eventually("the first value") { live.value == [] }
        await confirmation { told in
            withObservationTracking {
                _ = live.values
            } onChange: {
                told()
            }
            _ = try? await phone.save(AccountDraft(name: "百草堂"))
            try? await eventually("the second") { live.values.count == 1 }
        }
    }

    @Test func amountAndCurrencyAreTypedInEitherOrder() {
        let (china, germany) = (Locale(identifier: "zh_CN"), Locale(identifier: "de_DE"))
        var typed = TypedMoney(nil, in: china)
        #expect(typed.value == nil && !typed.isWrong)
        typed.currency = "usd"
        typed.amount = "25"
        #expect(typed.value == Money(2_500, "USD"))
        typed.currency = "JPY"
        #expect(typed.value == Money(25, "JPY"))
        for (text, locale, amount) in [
            ("1,234.5", china, 123_450), ("１２", china, 1_200), ("12.", china, 1_200), ("1.234,5", germany, 123_450),
            ("-3", china, -300), ("十", china, nil), ("1.2.3", china, nil), ("1,2,3", china, nil), ("1,5", china, nil),
            ("1,0000", china, nil),
            (",100", china, nil), ("1,00,000", china, 10_000_000), ("1.5,0", germany, nil), ("1e3", china, nil),
            ("", china, nil),
            (String(repeating: "9", count: 25), china, nil),
        ] {
            let typed = TypedMoney(Money(0, "CNY"), in: locale).with(text)
            #expect(typed.value?.amount == amount, "\(text)")
            #expect(typed.isWrong == (amount == nil && !text.isEmpty), "\(text)")
        }
        for money in [Money(12_345, "CNY"), Money(1_500, "JPY"), Money(-5, "KWD")] {
            #expect(TypedMoney(money, in: germany).value == money)
        }
        #expect(Set(typed: "138 0000，139、 , 137") == ["138 0000", "139", "137"] && Set(["b", "a"]).typed == "a, b")
        #expect(Int(typed: " ４0 ") == 40 && Int(typed: "四") == nil)
    }

    @Test func aNumberIsCalledAsItIsWritten() {
        #expect("+86 138-0013-8000".callable?.absoluteString == "tel:+8613800138000")
        #expect("*21#".callable?.absoluteString == "tel:*21%23")
        #expect("前台".callable == nil)
    }

    @Test func moneyIsReadAndWrittenInTheCurrencysUnit() {
        for (money, plain) in [
            (Money(12_345, "CNY"), "123.45 CNY"), (Money(5, "USD"), "0.05 USD"), (Money(-1_050, "EUR"), "-10.50 EUR"),
            (Money(1_500, "JPY"), "1500 JPY"), (Money(1_234, "KWD"), "1.234 KWD"),
        ] {
            #expect(money.plain == plain)
            #expect(Money(major: money.major, money.currency) == money)
        }
        #expect(Money(major: Decimal(string: "1e30")!, "CNY") == nil)
        #expect(Money(major: Decimal(string: "0.005")!, "CNY") == Money(1, "CNY"))
    }
}

private struct NoForm: Error {}

extension TypedMoney {
    fileprivate func with(_ text: String) -> TypedMoney {
        var typed = self
        typed.amount = text
        return typed
    }
}
