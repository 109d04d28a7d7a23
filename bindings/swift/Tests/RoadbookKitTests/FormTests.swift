import Foundation
import RoadbookKit
import Testing

@Suite(.timeLimit(.minutes(1)), .serialized) struct FormTests {
    @Test func aFormSurvivesTheEndOfTheProcessWithEveryTypeOfField() async throws {
        let draft = OpportunityDraft(
            name: "大单 👩🏽‍⚕️", account: RecordId(rawValue: "01900000-0000-7000-8000-000000000000"),
            contacts: [RecordId(rawValue: "01900000-0000-7000-8000-000000000001")],
            amount: Money(.max, "CNY"), stage: .unknown("of_a_newer_version"), probability: 40,
            expectedClose: Day(2026, 12, 1), products: [OpportunityProduct(name: "茶"), OpportunityProduct(name: "糖")],
            lostReason: .price, notes: "一\n二", extra: ["列": "值"])
        let form = OpenForm<Opportunity>(new: draft)
        let kept = try JSONDecoder().decode(OpenForm<Opportunity>.self, from: try JSONEncoder().encode(form))
        #expect(kept.id == form.id && kept.isNew && !kept.isChanged)
        var (left, right) = (kept.draft, draft)
        // Things without an identity yet are given a place.
        #expect(left.products.map(\.name) == ["茶", "糖"])
        (left.products, right.products) = ([], [])
        #expect(left == right)
        let visit = VisitDraft(
            account: .none, checkInAt: Date(timeIntervalSince1970: 1_767_225_600.123),
            checkInPoint: GeoPoint(lat: 31.23, lon: 121.47, accuracy: 12.5), checkInInside: false,
            materials: ["b", "a"])
        let other = OpenForm<Visit>(new: visit)
        let read = try JSONDecoder().decode(OpenForm<Visit>.self, from: try JSONEncoder().encode(other))
        #expect(read.draft == visit)
    }

    @Test func aFormIsSavedOnceAndAnEditAtTheVersionItWasOpenedAt() async throws {
        let team = try await Team()
        let (rep, manager) = (team.rep, team.manager)
        var form = OpenForm<Account>(new: AccountDraft(name: "百草堂"))
        form.draft.region = "杭州"
        #expect(form.isChanged)
        let id = try await rep.save(form)
        #expect(try await rep.save(form) == id && id == form.id)
        #expect(try await rep.count(Query<Account>()) == 1)
        try await team.everyoneSyncs()
        var open = OpenForm(try await rep.get(Account.self, id))
        open.draft.region = "宁波"
        let kept = try JSONEncoder().encode(open)
        try await manager.edit(try await manager.get(Account.self, id)) {
            $0.region = "温州"
            $0.website = "example.com"
        }
        try await team.everyoneSyncs()
        try await rep.save(try JSONDecoder().decode(OpenForm<Account>.self, from: kept), reason: "电话")
        let account = try await rep.get(Account.self, id)
        #expect(account.website == "example.com" && account.info.conflicts == 1)
        #expect(try await rep.conflicts(in: id).first?.sides.count == 2)
        #expect(try await rep.history(of: id).contains { $0.because == "电话" })
    }

    @Test func whatIsTypedInAFormThatWasSavedAlreadyIsAnEditAtThatVersion() async throws {
        let team = try await Team()
        let (rep, manager) = (team.rep, team.manager)
        var form = OpenForm<Opportunity>(new: OpportunityDraft(name: "大单", notes: "一。"))
        (form.draft.stage, form.draft.probability) = (.lead, 40)
        form.draft.products = [OpportunityProduct(name: "茶")]
        let id = try await rep.save(form)
        let changes = try await rep.ledger(of: id).count
        // The process ended here, and the app still has the form.
        try await rep.save(form)
        #expect(try await rep.ledger(of: id).count == changes, "nothing typed, nothing written")
        (form.draft.probability, form.draft.lostReason) = (nil, .price)
        try await rep.save(form)
        var deal = try await rep.get(Opportunity.self, id)
        #expect(deal.probability == nil && deal.lostReason == .price && deal.stage == .lead)
        #expect(deal.products.map(\.name) == ["茶"] && deal.stageHistory.count == 1)
        try await team.everyoneSyncs()
        try await manager.edit(try await manager.get(Opportunity.self, id)) {
            $0.notes = "一。赵补充。"
            $0.stage = .proposal
            $0.expectedClose = Day(2026, 12, 1)
        }
        try await team.everyoneSyncs()
        form.draft.notes = "王：一。"
        form.draft.stage = .won
        try await rep.save(form)
        deal = try await rep.get(Opportunity.self, id)
        #expect(deal.notes == "王：一。赵补充。" && deal.expectedClose == Day(2026, 12, 1), "what she wrote stays")
        #expect(try await rep.conflicts(in: id).map(\.field) == ["stage"])
        #expect(try await rep.count(Query<Opportunity>()) == 1)
    }

    @MainActor @Test func aModelOnTheMainActorEditsWithWhatBelongsToIt() async throws {
        let model = Model()
        try await withStore { roadbook in
            let id = try await roadbook.log(AccountDraft(name: "百草堂"))
            let account = try await roadbook.get(Account.self, id)
            #expect(try await model.edit(account, in: roadbook))
            #expect(try await roadbook.get(Account.self, id).region == "宁波")
        }
    }

    @Test func aReadOfOnesOwnIsWatched() async throws {
        try await withStore { roadbook in
            let names = roadbook.watch({ $0.concerns(Account.kind) }) {
                try await roadbook.list(Account.self).map(\.name)
            }
            var read = names.makeAsyncIterator()
            #expect(try await read.next() == [])
            try await roadbook.log(TaskDraft(subject: "回电"))
            try await roadbook.log(AccountDraft(name: "百草堂"))
            #expect(try await read.next() == ["百草堂"])
        }
    }

    @Test func aSequenceThrowsTheTypeThatItsReadThrows() async throws {
        struct OfTheApp: Error {}
        try await withStore { roadbook in
            let unknown = RecordId(rawValue: "01a20648-c3e4-71b2-957b-d9daea174f29")
            let ledger = await ended(roadbook.observeLedger(of: unknown))
            if case .notFound = ledger {} else { Issue.record("\(String(describing: ledger))") }
            let own = await ended(roadbook.watch({ _ in true }) { () async throws -> Int in throw OfTheApp() })
            if case .internal = own {} else { Issue.record("\(String(describing: own))") }
        }
    }

    /// Why a sequence ended: no cast is needed.
    private func ended<T>(_ values: Observed<T>) async -> RoadbookError? {
        do {
            for try await _ in values {}
            return nil
        } catch {
            let ended: RoadbookError = error
            return ended
        }
    }

    @MainActor final class Model {
        private let region = "宁波"

        func edit(_ account: Account, in roadbook: Roadbook) async throws -> Bool {
            try await roadbook.edit(account) { $0.region = region }
        }
    }
}
