import Foundation
import RoadbookKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A store in a folder that goes with the test.
func withStore(
    isolation: isolated (any Actor)? = #isolation, _ test: (Roadbook) async throws -> Void
) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await test(try await Roadbook.open(in: folder))
}

@Suite(.timeLimit(.minutes(1))) struct RecordTests {
    @Test func aVisitIsLoggedAndListed() async throws {
        try await withStore { roadbook in
            let account = try await roadbook.log(AccountDraft(name: "东方纺织 Müller"))
            let at = Date(timeIntervalSince1970: 1_767_225_600.123)
            var visit = VisitDraft(
                account: account, participants: [VisitParticipant(name: "王", role: "buyer")], mode: .doorVisit,
                purpose: "renewal", checkInAt: at, checkInPoint: GeoPoint(lat: 31.23, lon: 121.47, accuracy: 12.5),
                materials: ["b", "a"], nextVisitOn: Day(2026, 2, 28))
            let id = try await roadbook.log(visit)
            let read = try #require(try await roadbook.list(Visit.self).first)
            visit.participants[0].key = "0"
            #expect(read.id == id && read.draft == visit)
            #expect(read.info.zone(of: Visit.Fields.checkInAt) == .current)
            #expect(read.info.zone(of: Visit.Fields.checkOutAt) == nil)
        }
    }

    @Test func aDamagedStoreSaysSoAndIsSalvaged() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let roadbook = try await Roadbook.open(in: folder)
        try await roadbook.log(AccountDraft(name: "百草堂"))
        try await roadbook.verify()
        try await roadbook.pause()
        let file = folder.appendingPathComponent("roadbook.sqlite")
        var bytes = try Data(contentsOf: file)
        bytes[0] = 0
        try bytes.write(to: file)
        await #expect(throws: RoadbookError.self) { try await Roadbook.open(in: folder) }
        let salvaged = try await Roadbook.salvage(in: folder)
        #expect(salvaged.records == 1 && salvaged.unsent == 1 && salvaged.lost.isEmpty && !salvaged.enrolled)
        let again = try await Roadbook.open(in: folder)
        #expect(try await again.list(Account.self).map(\.name) == ["百草堂"])
    }

    #if canImport(Glibc)
        @Test func whoFindsTheStoreLockedWaitsIsToldAndNothingIsDamaged() async throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            defer { try? FileManager.default.removeItem(at: folder) }
            let roadbook = try await Roadbook.open(in: folder)
            try await roadbook.log(AccountDraft(name: "百草堂"))
            // As another process that is writing holds it: byte 120 is SQLite's lock of who writes. A lock of this kind keeps
            // out its own process, too: F_OFD_SETLK, which Swift does not see.
            let index = open(folder.appendingPathComponent("roadbook.sqlite-shm").path, O_RDWR)
            defer { close(index) }
            func lock(_ type: Int32) -> Int32 {
                var lock = flock(l_type: Int16(type), l_whence: Int16(SEEK_SET), l_start: 120, l_len: 1, l_pid: 0)
                return fcntl(index, 37, &lock)
            }
            try #require(lock(F_WRLCK) == 0)
            let begun = ContinuousClock.now
            async let save = failure { try await roadbook.log(AccountDraft(name: "东方纺织")) }
            async let opening = failure { try await Roadbook.open(in: folder) }
            for error in [try await save, try await opening] { guard case .locked = error else { throw error } }
            #expect(ContinuousClock.now - begun > .seconds(9), "it waits before it gives up")
            #expect(try await roadbook.list(Account.self).map(\.name) == ["百草堂"], "reading goes on")
            try #require(lock(F_UNLCK) == 0)
            try await roadbook.log(AccountDraft(name: "回春堂"))
            let second = try await Roadbook.open(in: folder)
            #expect(try await second.list(Account.self).map(\.name) == ["回春堂", "百草堂"])
            try await second.verify()
        }
    #endif
}
