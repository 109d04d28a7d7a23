import Foundation
import RoadbookKit

let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
defer { try? FileManager.default.removeItem(at: folder) }
let roadbook = try await Roadbook.open(in: folder)
let account = try await roadbook.log(AccountDraft(name: "百草堂"))
let found = try await roadbook.search("百草").map(\.id)
guard found == [account] else { fatalError("found \(found)") }
print("consumer: the package works through the root's manifest")
