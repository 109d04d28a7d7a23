import Foundation
import RoadbookKit
import Synchronization
import Testing

/// Waits until something holds that no sequence tells of.
private func until(_ holds: () async throws -> Bool) async throws {
    while try await !holds() { try await Task.sleep(for: .milliseconds(5)) }
}

@Suite(.timeLimit(.minutes(1))) struct ObservingTests {
    @Test func whoIsSlowGetsTheNewestValueAndNotEachOne() async throws {
        try await withStore { roadbook in
            let read = Mutex<[Int]>([])
            let counts = roadbook.watch({ $0.concerns(Account.kind) }) {
                let count = try await roadbook.count(Query<Account>())
                read.withLock { $0.append(count) }
                return count
            }
            var seen = counts.makeAsyncIterator()
            #expect(try await seen.next() == 0)
            for number in 1...30 {
                let account = try await roadbook.log(AccountDraft(name: "客户 \(number)"))
                try await until { read.withLock { $0.last == number } }
                if number < 30 { continue }
                // Read once more: what was read before is handed over by then.
                try await roadbook.edit(try await roadbook.get(Account.self, account)) { $0.region = "宁波" }
                try await until { read.withLock { $0.count { $0 == 30 } > 1 } }
            }
            #expect(try await seen.next() == 30)
            try await roadbook.log(AccountDraft(name: "客户 31"))
            #expect(try await seen.next() == 31)
        }
    }

    /// Held by what the core calls for as long as the core observes.
    private final class Held: Sendable {
        func any(_: ChangeSet) -> Bool { true }
    }

    @Test(arguments: [true, false]) func theCoreObservesForAsLongAsSomebodyReads(isCancelled: Bool) async throws {
        try await withStore { roadbook in
            weak var held: Held?
            var reading: Task<Void, any Error>?
            do {
                let strong = Held()
                held = strong
                let values = roadbook.watch({ [strong] in strong.any($0) }) {
                    try await roadbook.count(Query<Account>())
                }
                let first = AsyncStream<Void>.makeStream()
                reading = Task {
                    for try await _ in values {
                        first.continuation.yield()
                        if !isCancelled { break }
                    }
                }
                for await _ in first.stream { break }
            }
            if isCancelled {
                try await roadbook.log(AccountDraft(name: "百草堂"))
                #expect(held != nil)
                reading?.cancel()
            }
            try await reading?.value
            try await until { held == nil }
            try await roadbook.log(AccountDraft(name: "东方纺织"))
        }
    }
}
