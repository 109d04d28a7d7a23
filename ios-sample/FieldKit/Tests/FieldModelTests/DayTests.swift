import FieldModel
import Foundation
import RoadbookKit
import Testing

@MainActor @Suite(.timeLimit(.minutes(2))) struct DayTests {
    @Test func aVisitLoggedOfflineSurvivesTheEndOfTheAppAndReachesTheManager() async throws {
        let pair = try await Pair()
        pair.office.kill()
        let account = try await pair.wang.save(AccountDraft(name: "百草堂"))
        let form = Form<Visit>(on: pair.wang.desk, new: VisitDraft(account: account, mode: .doorVisit))
        form.draft.purpose = "新品演示"
        await form.checkIn()
        let visit = try #require(await form.save())
        await pair.wang.end()
        await pair.wang.start()
        #expect(try await pair.wang.roadbook.get(Visit.self, visit).purpose == "新品演示")
        #expect(try await pair.wang.state(of: visit) == .saved)

        try pair.office.start()
        pair.wang.roadbook.nudge()
        pair.zhao.roadbook.nudge()
        let mark = pair.wang.desk.whereabouts(of: visit)
        pair.wang.show { await mark.follow() }
        try await eventually("delivered to her manager") {
            pair.wang.desk.refresh()
            let now = Whereabouts(mark.values)
            return now.state == .delivered && now.holders.map { pair.wang.desk.name(of: $0) } == ["赵经理"]
        }
        try await pair.wang.save(TaskDraft(subject: "回电", dueOn: Day(2026, 1, 5)))
        let team = Team(on: pair.zhao.desk)
        pair.zhao.show { await team.follow() }
        try await eventually("what is overdue, and whose it is") {
            team.overdue.values.map { pair.zhao.desk.name(of: $0.owner) } == ["王"]
        }
        #expect(team.overdue.values.map(\.title) == ["回电"])
        func hers() -> [RecordId]? { team.rows.values.first { $0.member.name == "王" }?.visits.map(\.id) }
        try await eventually("the manager's view of the day") { hers() == [visit] }
        for (days, seen) in [(-1, []), (1, [visit])] {
            team.turn(by: days)
            pair.zhao.show { await team.follow() }
            try await eventually("another day") { hers() == seen }
            #expect(team.isEmpty == seen.isEmpty)
        }
    }

    @Test func twoPeopleEditTheSameAccountAndTheClashIsShownAndResolved() async throws {
        let pair = try await Pair()
        let id = try await pair.wang.save(AccountDraft(name: "百草堂", region: "杭州"))
        try await eventually("both have it") { try await pair.zhao.roadbook.find(Account.self, id) != nil }
        pair.office.kill()
        for (phone, region) in [(pair.wang, "宁波"), (pair.zhao, "温州")] {
            let form = Form<Account>(on: phone.desk, editing: try await phone.roadbook.get(Account.self, id))
            form.draft.region = region
            if phone === pair.wang { form.draft.industry = "零售" }
            #expect(await form.save() == id)
        }
        try pair.office.start()
        [pair.wang, pair.zhao].forEach { $0.roadbook.nudge() }
        let conflicts = Conflicts(on: pair.zhao.desk)
        pair.zhao.show { await conflicts.items.follow() }
        try await eventually("both sides are shown") { conflicts.items.values.first?.conflict.sides.count == 2 }
        let item = try #require(conflicts.items.values.first)
        #expect(
            item.title?.text == "百草堂" && Roadbook.label(of: item.conflict.field, in: item.conflict.kind).zh == "区域")
        let sides = Dictionary(uniqueKeysWithValues: item.conflict.sides.map { (pair.zhao.desk.name(of: $0.by), $0) })
        #expect(sides["王"]?.wrote == .put(.text("宁波")) && sides["赵经理"]?.wrote == .put(.text("温州")))
        #expect(item.merged.map { Set($0.split(separator: "\n")) } == ["宁波", "温州"])
        await conflicts.pick(try #require(sides["王"]), in: item)
        for phone in [pair.wang, pair.zhao] {
            try await eventually("resolved on both") {
                let account = try await phone.roadbook.get(Account.self, id)
                return account.region == "宁波" && account.industry == "零售" && account.info.conflicts == 0
            }
        }
        try await eventually("the clash is gone") { conflicts.items.value == [] }
        try await eventually("delivered") {
            pair.zhao.desk.refresh()
            return try await pair.zhao.state(of: id) == .delivered
        }
    }

    @Test func aTextOfBothSidesMayStand() async throws {
        let pair = try await Pair()
        let id = try await pair.wang.save(AccountDraft(name: "百草堂"))
        try await eventually("both have it") { try await pair.zhao.roadbook.find(Account.self, id) != nil }
        pair.office.kill()
        for (phone, step) in [(pair.wang, "送样"), (pair.zhao, "报价")] {
            let form = Form<Account>(on: phone.desk, editing: try await phone.roadbook.get(Account.self, id))
            form.draft.nextStep = step
            await form.save()
        }
        try pair.office.start()
        [pair.wang, pair.zhao].forEach { $0.roadbook.nudge() }
        let conflicts = Conflicts(on: pair.wang.desk, in: id)
        pair.wang.show { await conflicts.items.follow() }
        try await eventually("a clash") { conflicts.items.values.count == 1 }
        let item = conflicts.items.values[0]
        conflicts.merged(in: item).text = "送样，再报价"
        await conflicts.merge(in: item)
        #expect(try await pair.wang.roadbook.get(Account.self, id).nextStep == "送样，再报价")
        #expect(try await pair.wang.roadbook.conflicts(in: id).isEmpty)
    }

    @Test func whatWasWrittenForADecisionThatAColleagueTookIsForgotten() async throws {
        let pair = try await Pair()
        try await pair.clash()
        let (hers, his) = (Conflicts(on: pair.zhao.desk), Conflicts(on: pair.wang.desk))
        pair.zhao.show { await hers.items.follow() }
        pair.wang.show { await his.items.follow() }
        try await eventually("a clash") { hers.items.values.count == 1 && his.items.values.count == 1 }
        let item = hers.items.values[0]
        hers.merged(in: item).text = "送样，再报价"
        await his.pick(his.items.values[0].conflict.sides[0], in: his.items.values[0])
        try await eventually("nothing is left to decide") { hers.items.values.isEmpty }
        #expect(hers.merged(in: item).text.isEmpty)
    }

    @Test func giftsThatBreakACapTogetherWaitForTheManagersWord() async throws {
        let pair = try await Pair()
        let account = try await pair.wang.save(AccountDraft(name: "局"))
        let person = ContactDraft(account: account, name: "周处", recipientClass: .publicOfficial)
        let recipient = try await pair.wang.save(person)
        func gift(_ value: Int) -> GiftNoteDraft {
            GiftNoteDraft(
                account: account, item: "茶叶", recipient: recipient, occasion: .thankYou,
                value: Money(value, "USD"), meaning: "他家乡的茶", state: .planned)
        }
        try await pair.wang.save(gift(1_500))
        let second = Form<GiftNote>(on: pair.wang.desk, new: gift(3_000))
        let check = GiftCheck(second)
        pair.wang.show { await check.follow() }
        try await eventually("what he has got is shown before saving") { check.given.value == [Money(1_500, "USD")] }
        try await eventually("the finding, before it is saved") {
            check.findings.contains { $0.breach == "cap_per_gift" }
        }
        #expect(second.draft.approval(under: check.findings) == .needed)
        let note = try #require(await second.save())
        try await eventually("the finding") { check.findings.contains { $0.breach == "cap_per_gift" } }
        let team = Team(on: pair.zhao.desk)
        pair.zhao.show { await team.follow() }
        try await eventually("it waits for her") { team.gifts.values.contains { $0.id == note } }
        let waiting = try #require(team.gifts.values.first { $0.id == note })
        #expect(waiting.note.draft.approval(under: waiting.findings) == .needed)
        let tablet = pair.zhao.desk.shelf.text("remark-decided on another device")
        tablet.text = "太贵"
        pair.zhao.desk.remark(on: waiting.note).text = "超过单件上限"
        await pair.zhao.desk.decide(on: waiting.note, approve: false)
        try await eventually("it waits no more") { !team.gifts.values.contains { $0.id == note } }
        #expect(tablet.text.isEmpty)
        let zhao = try #require(pair.zhao.desk.identity).member
        try await eventually("the rep sees her word") {
            let read = try await pair.wang.roadbook.get(GiftNote.self, note)
            return read.draft.approval(under: []) == .refused(by: zhao) && read.approverRemark == "超过单件上限"
        }
    }

    @Test func aGiftIsDecidedInItsFormTooAndWhatWasGivenStaysGiven() async throws {
        let pair = try await Pair()
        let account = try await pair.wang.save(AccountDraft(name: "局"))
        let person = ContactDraft(account: account, name: "周处", recipientClass: .publicOfficial)
        let recipient = try await pair.wang.save(person)
        func gift(_ item: String, _ state: GiftNoteState) async throws -> RecordId {
            try await pair.wang.save(
                GiftNoteDraft(
                    account: account, item: item, recipient: recipient, occasion: .thankYou,
                    value: Money(3_000, "USD"), meaning: "他家乡的茶", state: state))
        }
        let (planned, given) = (try await gift("茶叶", .planned), try await gift("茶具", .given))
        func opened(_ id: RecordId, on phone: Phone) async throws -> (Form<GiftNote>, GiftCheck) {
            try await eventually("it is there") { try await phone.roadbook.find(GiftNote.self, id) != nil }
            guard case .gift(let open)? = await phone.desk.form(of: id, kind: GiftNote.kind.name) else {
                throw Nothing()
            }
            let form = Form<GiftNote>(on: phone.desk, open)
            let check = GiftCheck(form)
            phone.show { await check.follow() }
            try await eventually("it waits") { form.draft.approval(under: check.findings) == .needed }
            return (form, check)
        }
        let (hers, rules) = try await opened(planned, on: pair.wang)
        #expect(!hers.mayDecide(under: rules.findings), "who is no manager has no say")
        var (form, check) = try await opened(planned, on: pair.zhao)
        #expect(form.mayDecide(under: check.findings) && !form.draft.isGiven)
        form.remark.text = "超过单件上限"
        form.draft.item = ""
        #expect(await form.decide(approve: false) == nil)
        #expect(form.mayDecide(under: check.findings) && form.remark.text == "超过单件上限", "nothing was decided")
        form.draft.item = "龙井"
        #expect(await form.decide(approve: false) == planned)
        let zhao = try #require(pair.zhao.desk.identity).member
        try await eventually("the rep sees her word, and what she mended") {
            let read = try await pair.wang.roadbook.get(GiftNote.self, planned)
            return read.draft.approval(under: []) == .refused(by: zhao) && read.approverRemark == "超过单件上限"
                && read.item == "龙井"
        }
        #expect(form.remark.text.isEmpty && pair.zhao.desk.shelf.unfinished.isEmpty)
        (form, check) = try await opened(given, on: pair.zhao)
        #expect(form.mayDecide(under: check.findings) && form.draft.isGiven)
        #expect(await form.decide(approve: true) == given)
        let read = try await pair.zhao.roadbook.get(GiftNote.self, given)
        #expect(read.state == .given && read.draft.approval(under: check.findings) == .given(by: zhao))
    }

    private struct Nothing: Error {}

    @Test func aForbiddenGiftIsNotSavedAndTheFormSaysWhy() async throws {
        let phone = Phone()
        await phone.start()
        let account = try await phone.save(AccountDraft(name: "医院"))
        let doctor = ContactDraft(account: account, name: "陈医生", recipientClass: .healthcareProfessional)
        let recipient = try await phone.save(doctor)
        let form = Form<GiftNote>(
            on: phone.desk, new: GiftNoteDraft(account: account, item: "钢笔", recipient: recipient))
        form.draft.meaning = "感谢"
        let check = GiftCheck(form)
        phone.show { await check.follow() }
        try await eventually("the rule, before it is saved") { check.blocked?.zh.contains("不得向此类人员送礼") == true }
        #expect(await form.save() == nil)
        #expect(form.problem?.words.zh.contains("不得向此类人员送礼") == true)
        #expect(phone.desk.shelf.forms(GiftNote.self).first?.draft.meaning == "感谢", "nothing typed is lost")
        #expect(try await phone.roadbook.count(Query<GiftNote>()) == 0)
    }

    @Test func whatIsHandedOverWhileTheOldRepStillWritesWaitsInTheTray() async throws {
        let pair = try await Pair()
        let id = try await pair.wang.save(AccountDraft(name: "百草堂"))
        try await eventually("both have it") { try await pair.zhao.roadbook.find(Account.self, id) != nil }
        try await eventually("sent") { try await pair.wang.state(of: id) != .saved }
        await pair.wang.session.pauseSync(true)
        let books = pair.zhao.desk.books.values
        let hers = try #require(books.first { $0.owner == pair.wang.desk.identity?.member })
        let mine = try #require(books.first { $0.owner == pair.zhao.desk.identity?.member })
        try pair.office.move([id], from: hers.id, to: mine.id)
        let late = Form<Account>(on: pair.wang.desk, editing: try await pair.wang.roadbook.get(Account.self, id))
        late.draft.nextStep = "周五送样"
        #expect(await late.save() == id)
        await pair.wang.session.pauseSync(false)
        let tray = Tray(on: pair.zhao.desk)
        pair.zhao.show { await tray.follow() }
        try await eventually("it waits") { tray.items.values.first?.proposal.changes.map(\.field) == ["next_step"] }
        let item = tray.items.values[0]
        #expect(item.title?.text == "百草堂" && pair.zhao.desk.name(of: item.proposal.member) == "王")
        await tray.decide(item, accept: true)
        try await eventually("it is in") { try await pair.zhao.roadbook.get(Account.self, id).nextStep == "周五送样" }
        let hers2 = Tray(on: pair.wang.desk)
        pair.wang.show { await hers2.follow() }
        try await eventually("she learns of it") { hers2.verdicts.values.first?.accepted == true }
    }

    @Test func whatAReviewerRefusesIsSeenReadAndGivenUp() async throws {
        let pair = try await Pair()
        let id = try await pair.wang.save(AccountDraft(name: "百草堂"))
        try await eventually("both have it") { try await pair.zhao.roadbook.find(Account.self, id) != nil }
        await pair.wang.session.pauseSync(true)
        let books = pair.zhao.desk.books.values
        let hers = try #require(books.first { $0.owner == pair.wang.desk.identity?.member })
        let mine = try #require(books.first { $0.owner == pair.zhao.desk.identity?.member })
        try pair.office.move([id], from: hers.id, to: mine.id)
        let late = try await pair.wang.save(VisitDraft(account: id, purpose: "补录拜访"))
        await pair.wang.session.pauseSync(false)
        let tray = Tray(on: pair.zhao.desk)
        pair.zhao.show { await tray.follow() }
        try await eventually("it waits") { tray.items.values.first?.proposal.record == late }
        tray.reason(for: tray.items.values[0]).text = "客户已搬走"
        await tray.decide(tray.items.values[0], accept: false)
        let waiting = Waiting(on: pair.wang.desk)
        pair.wang.show { await waiting.follow() }
        let zhao = try #require(pair.zhao.desk.identity).member
        try await eventually("she sees it") {
            if case .refused(zhao, .some, "客户已搬走") = waiting.stuck.values.first?.why { true } else { false }
        }
        let stuck = waiting.stuck.values[0]
        #expect(stuck.id == late && stuck.kind == "visit" && stuck.kept == 1)
        #expect(await waiting.export(stuck)?.contains("补录拜访") == true)
        await waiting.discard(stuck)
        try await eventually("nothing is left of it") { waiting.stuck.value == [] }
        #expect(try await pair.wang.roadbook.status().refused == 0)
    }

    @Test func whatTheRelayRejectsForGoodIsSeenReadAndGivenUpAndTheRestFlowsOn() async throws {
        let pair = try await Pair()
        let id = try await pair.wang.save(AccountDraft(name: "百草堂"))
        try await eventually("both have it") { try await pair.zhao.roadbook.find(Account.self, id) != nil }
        await pair.wang.session.pauseSync(true)
        try await pair.zhao.roadbook.delete(id, reason: "重复")
        try await eventually("the relay knows") { try await pair.zhao.roadbook.status().unsent == 0 }
        try await pair.wang.edit(Account.self, id) { $0.region = "宁波" }
        let other = try await pair.wang.save(TaskDraft(subject: "回电"))
        // A month later the deleted account is purged on the relay.
        pair.office.kill()
        try pair.office.start(daysAhead: 40)
        await pair.wang.session.pauseSync(false)
        let waiting = Waiting(on: pair.wang.desk)
        pair.wang.show { await waiting.follow() }
        try await eventually("she sees it", within: .seconds(30)) {
            waiting.stuck.values.map(\.why) == [.rejected(code: "purged")]
        }
        try await eventually("the rest flows on") { try await pair.wang.state(of: other) != .saved }
        let stuck = waiting.stuck.values[0]
        #expect(await waiting.export(stuck)?.contains("宁波") == true)
        await waiting.discard(stuck)
        try await eventually("nothing is left of it") { waiting.stuck.value == [] }
        #expect(try await pair.wang.roadbook.status().quarantined == 0)
    }
}
