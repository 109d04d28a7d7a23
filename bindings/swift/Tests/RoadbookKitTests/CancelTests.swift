import Foundation
import RoadbookKit
import Testing

#if canImport(Glibc)
    import Glibc
    private let stream = Int32(SOCK_STREAM.rawValue)
#else
    import Darwin
    private let stream = SOCK_STREAM
#endif

/// A relay that takes connections and never says a word.
private struct MuteRelay: ~Copyable {
    private let listening: Int32

    /// Listens where another relay listened: 127.0.0.1 and this port.
    init(at address: String) throws {
        let port = UInt16(address.split(separator: ":")[1])!
        listening = socket(AF_INET, stream, 0)
        var yes: Int32 = 1
        setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        (place.sin_port, place.sin_addr.s_addr) = (port.bigEndian, UInt32(0x7F00_0001).bigEndian)
        let bound = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listening, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(bound == 0 && listen(listening, 8) == 0, "\(errno)")
        _ = fcntl(listening, F_SETFL, O_NONBLOCK)
    }

    deinit { close(listening) }

    /// Waits for somebody who wants to talk to it.
    func caller() async throws -> Caller {
        while true {
            let connection = accept(listening, nil, nil)
            if connection >= 0 { return Caller(connection: connection) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    struct Caller: ~Copyable {
        let connection: Int32
        deinit { close(connection) }
    }
}

@Suite(.timeLimit(.minutes(1)), .serialized) struct CancelTests {
    @Test func aCancelledSyncReturnsThoughTheRelayNeverAnswersAndNothingIsLost() async throws {
        let team = try await Team()
        let account = try await team.rep.log(AccountDraft(name: "百草堂"))
        team.office.kill()
        do {
            let mute = try MuteRelay(at: team.office.address)
            let sync = Task { try await team.rep.sync(deadline: .seconds(600)) }
            let caller = try await mute.caller()
            sync.cancel()
            guard case .cancelled = try await failure(of: { try await sync.value }) else { throw Unexpected() }
            #expect(try await team.rep.ledger(of: account).map(\.state) != [.accepted])
            _ = caller.connection
        }
        try team.office.start()
        #expect(try await team.rep.sync().finished)
        #expect(try await team.rep.ledger(of: account).map(\.state) == [.accepted])
    }

    @Test func aCancelledWishForANewTokenReturnsThoughTheRelayNeverAnswersAndTheOldOneWorks() async throws {
        let team = try await Team()
        team.office.kill()
        do {
            let mute = try MuteRelay(at: team.office.address)
            let wish = Task { try await team.rep.rotateToken() }
            let caller = try await mute.caller()
            wish.cancel()
            guard case .cancelled = try await failure(of: { try await wish.value }) else { throw Unexpected() }
            _ = caller.connection
        }
        try team.office.start()
        try await team.rep.log(AccountDraft(name: "百草堂"))
        #expect(try await team.rep.sync().finished)
        try await team.rep.rotateToken()
        #expect(try await team.rep.sync().finished)
    }

    struct Unexpected: Error {}
}
