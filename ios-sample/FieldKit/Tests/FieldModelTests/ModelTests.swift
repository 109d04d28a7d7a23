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
        let list = PagedList(Query<Visit>().ascending(Visit.Fields.checkInAt), in: roadbook) { query in
            let page = try await roadbook.list(query)
            read.append(page.count)
            return page
        }
        phone.show { await list.follow() }
        try await eventually("the count") { list.count == 10_000 }
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
            today.actions(.overdue).map(\.record) == [task]
                && Set(today.actions(.due).map(\.source)).isSuperset(of: [.planned, .promised])
        }
        for action in today.actions(.overdue) + today.actions(.due).filter({ $0.source != .cadence }) {
            #expect(await today.done(action) != nil)
        }
        try await eventually("nothing is left") {
            today.actions(.overdue).isEmpty && today.actions(.due).allSatisfy { $0.source == .cadence }
        }
        #expect(try await phone.roadbook.get(TaskRecord.self, task).status == .done)
        #expect(try await phone.roadbook.get(Visit.self, planned).checkInAt != nil)
        #expect(phone.desk.problem == nil)
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

    @Test func searchFindsAsOneTypesAndLeadsToTheAccount() async throws {
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "百草堂"))
        try await phone.save(VisitDraft(account: account, purpose: "新品演示"))
        let search = Search(on: phone.desk)
        for (text, count) in [("百", 1), ("百草", 1), ("新品演", 1), ("没有的", 0), ("", 0)] {
            search.text = text
            let task = Task { await search.follow() }
            try await eventually("\(text)") { search.hits.count == count }
            for hit in search.hits { #expect(await search.account(of: hit) == account) }
            task.cancel()
            await task.value
        }
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
        await card.delete(because: "重复")
        try await eventually("deleted") { card.account.value??.info.deletedBecause == "重复" }
        await card.restore()
        try await eventually("restored") { card.account.value.map { $0?.info.deletedBecause == nil } == true }
    }

    @Test func theBoardHasAColumnForEachStageAndMovesDeals() async throws {
        let phone = Phone()
        await phone.start()
        let big = try await phone.save(OpportunityDraft(name: "大单", amount: Money(1_000_000, "CNY"), stage: .proposal))
        try await phone.save(OpportunityDraft(name: "小单", amount: Money(20_000, "CNY"), stage: .proposal))
        try await phone.save(OpportunityDraft(name: "未定"))
        let board = Board(on: phone.desk)
        phone.show { await board.columns.follow() }
        func column(_ stage: OpportunityStage?) -> Board.Column? { board.columns.values.first { $0.stage == stage } }
        try await eventually("three deals") { column(.proposal)?.count == 2 && column(nil)?.count == 1 }
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
        try await eventually("nothing waits") { waiting.status.value?.unsent == 0 && waiting.stuck.value == [] }
        #expect(waiting.reason(syncPaused: false) == nil && !waiting.clockIsOff)
        pair.office.kill()
        try await pair.wang.edit(Account.self, id) { $0.region = "宁波" }
        try await eventually("one change waits, and why") {
            guard case .offline = waiting.reason(syncPaused: false) else { return false }
            return waiting.status.value?.unsent == 1
        }
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
