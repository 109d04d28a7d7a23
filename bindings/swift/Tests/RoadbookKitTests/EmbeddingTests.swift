import Foundation
import RoadbookKit
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What stands between two marks stands in docs/EMBEDDING.md, word for word.
@Suite(.timeLimit(.minutes(1))) struct EmbeddingTests {
    struct Row {
        let id: String
        let name: String
        let city: String?
    }

    private func tell(_ words: String) { Issue.record("\(words)") }

    @Test func theLinesInTheGuideRun() async throws {
        let office = try Office()
        let folder = office.folder.appendingPathComponent("roadbook")
        let invitation = try office.invitation(try office.member("王", "rep"))
        let secrets: (any SecretStore)? = nil
        // EMBEDDING
        let roadbook = try await Roadbook.open(in: folder, secrets: secrets)
        let account = try await roadbook.log(AccountDraft(name: "百草堂"))  // works before the device is enrolled
        if try await roadbook.identity() == nil {
            try await roadbook.enrol(invitation, deviceName: "王的手机")
        }
        do throws(RoadbookError) {
            let report = try await roadbook.sync(deadline: .seconds(20))
            switch report.stopped {
            case nil: if !report.finished { tell("the rest comes with the next sync") }
            case .unauthorised: tell("ask for a new invitation")
            case .upgradeRequired: tell("update the app")
            case .retired, .wiped: tell("this phone was ended")
            }
        } catch {
            switch error {
            case .offline: tell(error.words.zh)  // nothing is lost
            case .busy(_, let retryAfter): tell("again in \(retryAfter)")
            default: throw error
            }
        }
        let state = try await roadbook.ledger(of: account).last?.state  // .accepted: durable on the relay
        // EMBEDDING
        #expect(state == .accepted)

        let rows = (0..<1_500).map { Row(id: "\($0)", name: "客户 \($0)", city: $0 % 2 == 0 ? "杭州" : nil) }
        for _ in 0..<2 {
            // EMBEDDING
            for start in stride(from: 0, to: rows.count, by: 1_000) {  // each page is one durable transaction
                var drafts: [AccountDraft] = []
                for row in rows[start..<min(start + 1_000, rows.count)] {
                    let known = Query<Account>().where(Account.Fields.outsideId, .equals, row.id)
                    if try await roadbook.count(known) > 0 { continue }
                    drafts.append(AccountDraft(name: row.name, region: row.city, outsideId: row.id))
                }
                try await roadbook.logAll(drafts, reason: "from the app's own table")
            }
            // EMBEDDING
        }
        #expect(try await roadbook.count(Query<Account>()) == 1_501)

        // EMBEDDING
        var report: SyncReport?
        repeat {
            let prepared = try await roadbook.prepare()
            var request = URLRequest(url: prepared.url)
            request.httpMethod = "POST"
            for (name, value) in prepared.headers { request.setValue(value, forHTTPHeaderField: name) }
            let (answer, response) = try await URLSession.shared.upload(for: request, from: prepared.body)
            guard let response = response as? HTTPURLResponse else { break }
            report = try await roadbook.apply(
                answer: answer, status: response.statusCode,
                encoding: response.value(forHTTPHeaderField: "Content-Encoding"), to: prepared.body)
        } while report?.finished == false && report?.stopped == nil
        // EMBEDDING
        #expect(try await !roadbook.hasUnsentWork())
    }
}
