import FieldModel
import Foundation
import RoadbookKit
import Testing

@MainActor @Suite(.timeLimit(.minutes(1))) struct SessionTests {
    @Test func theAppWorksFromTheFirstStartWithoutAConnection() async throws {
        let phone = Phone()
        try await phone.start()
        let form = Form<Account>(on: phone.desk, new: AccountDraft(name: "百草堂"))
        let saved = try #require(await form.save())
        #expect(try await phone.desk.roadbook.get(Account.self, saved).name == "百草堂")
        #expect(phone.desk.identity == nil && !phone.desk.isOffline)
    }
}
