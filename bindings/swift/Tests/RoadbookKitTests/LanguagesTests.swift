import Foundation
import RoadbookKit
import Testing

/// A turn of the rep's phone; the manager's laptop is `LanguagesTest.kt`, which leads. Run by tests/languages.
@Suite(.timeLimit(.minutes(2))) struct LanguagesTests {
    static let turn = ProcessInfo.processInfo.environment["LANGUAGES_TURN"]
    let folder = URL(fileURLWithPath: "/src/.build/languages")

    @Test(.enabled(if: turn != nil)) func aTurn() async throws {
        let shanghai = try #require(TimeZone(identifier: "Asia/Shanghai"))
        let roadbook = try await Roadbook.open(
            in: folder.appendingPathComponent("phone"), options: Options(zone: shanghai))
        switch Self.turn {
        case "begin": try await begin(roadbook)
        case "apart": try await apart(roadbook)
        case "resolve":
            try await roadbook.sync()
            let manager = try #require(try await roadbook.members().first { $0.role == .manager })
            let conflict = try #require(try await roadbook.conflicts().first { $0.field == "region" })
            let side = try #require(conflict.sides.first { $0.by == manager.id })
            try await roadbook.resolve(conflict, as: side, reason: "问过客户")
        default: break
        }
        #expect(try await roadbook.sync().finished)
        if Self.turn == "report" {
            let fields = try String(contentsOf: folder.appendingPathComponent("fields"), encoding: .utf8)
            var report = Report(roadbook, fields: fields)
            let text = try await report.text(on: Day(2026, 11, 25))
            try Data(text.utf8).write(to: folder.appendingPathComponent("report"))
        }
        try await roadbook.pause()
    }

    /// A record of each kind, with a field of each type.
    private func begin(_ roadbook: Roadbook) async throws {
        let invitation = try #require(ProcessInfo.processInfo.environment["LANGUAGES_INVITATION"])
        let me = try await roadbook.enrol(invitation, deviceName: "phone").member
        try await roadbook.sync()
        let account = try await roadbook.log(
            AccountDraft(
                name: "百草堂", aliases: ["Bridge Herbs", "百草"], phones: ["+86 571 8888 0000"],
                addresses: [AccountAddress(street: "西湖区\\文三路", city: "杭州")],
                location: GeoPoint(lat: 30.274085, lon: 120.15507, accuracy: 12.5), region: "杭州", headcount: 120,
                revenue: Money(123_456_789, "CNY"), firstDealingOn: Day(2019, 3, 1), tier: .a, maturity: .maturity3,
                strategic: true, owner: me, tags: ["连锁", "A-1"],
                competitors: [AccountCompetitor(name: "和春", sharePercent: 20)], notes: "老客户。\n要发票",
                extra: ["来源": "展会", "Zip": "310000"]), reason: "展会")
        let contact = try await roadbook.log(
            ContactDraft(
                account: account, name: "周总", phones: ["138"], birthday: Day(1970, 2, 28),
                consents: Set(ContactConsent.allCases)))
        for (purpose, days) in [("续约", 1.0), ("误录", 2.0)] {
            try await roadbook.log(
                VisitDraft(
                    account: account, contacts: [contact], mode: .doorVisit, purpose: purpose,
                    plannedAt: Date(timeIntervalSince1970: 1_795_000_000.123 + days * 86_400), checkInInside: false,
                    nextVisitOn: Day(2026, 12, 1)))
        }
        try await roadbook.log(
            OpportunityDraft(
                name: "续约 2027", account: account, contacts: [contact], amount: Money(5_000_000, "CNY"), stage: .lead,
                probability: 40, expectedClose: Day(2027, 1, 31)))
        try await roadbook.log(TaskDraft(subject: "回电", account: account, dueOn: Day(2026, 11, 24), assignee: me))
    }

    /// Written without having seen what the laptop wrote.
    private func apart(_ roadbook: Roadbook) async throws {
        let account = try await roadbook.list(Account.self)[0]
        try await roadbook.edit(account) {
            $0.region = "宁波"
            $0.notes = "王：" + (account.notes ?? "")
            $0.tags = account.tags.union(["老客户"])
            $0.competitors.append(AccountCompetitor(name: "本草", note: "新"))
        }
        let task = try await roadbook.list(TaskRecord.self)[0]
        try await roadbook.edit(task) { ($0.subject, $0.dueOn) = ("王：回电", Day(2026, 11, 26)) }
        let opportunity = try await roadbook.list(Opportunity.self)[0]
        try await roadbook.edit(opportunity, reason: "报价") { $0.stage = .proposal }
        let recipient = try await roadbook.list(Contact.self)[0].id
        let given = Date(timeIntervalSince1970: 1_795_000_000)
        try await roadbook.log(
            GiftNoteDraft(
                account: account.id, item: "茶叶", recipient: recipient, quantity: 2, value: Money(1_500, "USD"),
                state: .given, givenAt: given))
    }
}
