import RoadbookKit
import Testing

@Suite(.timeLimit(.minutes(1))) struct ComplaintTests {
    @Test func aSeventhKindIsLoggedListedEditedSyncedAndRefusedLikeTheSix() async throws {
        let team = try await Team()
        let (rep, manager) = (team.rep, team.manager)
        let account = try await rep.log(AccountDraft(name: "百草堂"))
        var draft = ComplaintDraft(
            account: account, subject: "包装破损", state: .open, claim: Money(12_000, "CNY"),
            lines: [ComplaintLine(product: "血糖仪", quantity: 2)], story: "外箱受潮。")
        let id = try await rep.log(draft)
        try await rep.edit(try await rep.get(Complaint.self, id)) { $0.state = .settled }
        try await team.everyoneSyncs()
        let query = Query<Complaint>().where(Complaint.Fields.account, .equals, account)
            .ascending(Complaint.Fields.subject)
        let complaint = try #require(try await manager.list(query).first)
        #expect(complaint.id == id && complaint.state == .settled)
        #expect(complaint.lines.map(\.product) == ["血糖仪"] && complaint.lines.map(\.quantity) == [2])
        #expect(try await manager.search("糖仪").map(\.id) == [id])
        draft.subject = ""
        let refused = try await failure { [draft] in try await rep.log(draft) }
        guard case .invalid(let details, _) = refused else { throw refused }
        #expect(details.field == Complaint.Fields.subject.name)
    }
}
