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
