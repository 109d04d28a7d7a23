import Foundation
import RoadbookKit
import Testing

/// The lines between the two marks stand in README.md, word for word.
@Suite(.timeLimit(.minutes(1))) struct ReadmeTests {
    @Test func theLinesInTheReadmeRun() async throws {
        let office = try Office()
        let folder = office.folder.appendingPathComponent("roadbook")
        let invitation = try office.invitation(try office.member("王", "rep"))
        // README
        let roadbook = try await Roadbook.open(in: folder)
        let account = try await roadbook.log(AccountDraft(name: "百草堂"))
        let id = try await roadbook.log(
            VisitDraft(account: account, purpose: "新品演示", nextVisitOn: Day(2026, 12, 1)))
        let visit = try await roadbook.get(Visit.self, id)
        try await roadbook.edit(visit) { $0.outcome = "下周签约" }  // only this field is written
        let visits = roadbook.observe(Query<Visit>().where(Visit.Fields.account, .equals, account))  // AsyncSequence
        try await roadbook.enrol(invitation, deviceName: "王的手机")  // once; all of the above needs no network
        let report = try await roadbook.sync(deadline: .seconds(20))
        for conflict in try await roadbook.conflicts() { try await roadbook.resolve(conflict, as: conflict.sides[0]) }
        try await roadbook.pause()  // the app goes to the background
        // README
        #expect(report.finished)
        try await roadbook.resume()
        var lists = visits.makeAsyncIterator()
        #expect(try await lists.next()?.first?.outcome == "下周签约")
    }
}
