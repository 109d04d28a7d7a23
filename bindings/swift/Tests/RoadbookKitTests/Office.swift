import Foundation
import RoadbookKit

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A real relay process with one workspace, in a folder that also holds the devices.
final class Office: @unchecked Sendable {
    /// The relay and the devices.
    let folder: URL
    /// Where the relay listens.
    private(set) var address = "127.0.0.1:0"
    private var relay = Process()
    private var workspace = ""

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try start()
        workspace = try admin("workspace", "add", "--name", "华东").id()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: folder)
    }

    /// A new member's id.
    func member(_ name: String, _ role: String, reportsTo manager: String? = nil) throws -> String {
        let above = manager.map { ["--reports-to", $0] } ?? []
        let words = ["member", "add", "--workspace", workspace, "--name", name, "--role", role] + above
        return try admin(words).id()
    }

    /// A one-time invitation.
    func invitation(_ member: String) throws -> String {
        try JSONDecoder().decode(Invitation.self, from: admin("invite", "--member", member).text).link
    }

    /// A one-time invitation that expires after a second: the command has none shorter than a day.
    func shortInvitation(_ member: String) async throws -> String {
        var request = URLRequest(url: URL(string: "http://\(address)/v1/admin/invitations")!)
        request.httpMethod = "POST"
        request.httpBody = try JSONEncoder().encode(Wanted(member: member))
        let token = try String(contentsOf: data.appendingPathComponent("admin.token"), encoding: .utf8)
        request.setValue(
            "Bearer \(token.trimmingCharacters(in: .whitespacesAndNewlines))", forHTTPHeaderField: "Authorization")
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        return try JSONDecoder().decode(Invitation.self, from: try await URLSession.shared.data(for: request).0).link
    }

    private struct Invitation: Decodable { let link: String }

    private struct Wanted: Encodable {
        let member: String
        let expires_in = 1
    }

    /// Orders a device to be wiped or retired at its next contact.
    func order(_ order: String, _ device: DeviceId) throws {
        _ = try admin("device", "order", "--device", device.rawValue, "--order", order)
    }

    /// Hands accounts over.
    func move(_ accounts: [RecordId], from old: BookId, to new: BookId) throws {
        let words = ["move", "--from", old.rawValue, "--to", new.rawValue, "--roots"]
        _ = try admin(words + accounts.map(\.rawValue))
    }

    /// A device that belongs to a member.
    func device(of member: String, named name: String) async throws -> Roadbook {
        let roadbook = try await Roadbook.open(in: folder.appendingPathComponent(name))
        try await roadbook.enrol(try invitation(member), deviceName: name)
        return roadbook
    }

    /// Kills the relay, as a power cut would. A softer signal would not arrive: on Linux, Foundation starts processes
    /// with the calling thread's signals blocked.
    func kill() {
        Foundation.kill(relay.processIdentifier, SIGKILL)
        relay.waitUntilExit()
    }

    /// Starts the relay, at the same address if it ran before; its clock may be ahead by some days, where `.ci/ios` put the
    /// library for that beside the command.
    func start(daysAhead: Int = 0) throws {
        relay = Process()
        if daysAhead != 0, let command = ProcessInfo.processInfo.environment["ROADBOOK_BIN"] {
            let library = URL(fileURLWithPath: command).deletingLastPathComponent().appendingPathComponent(
                "libfaketimeMT.so.1")
            // Timers must go on as they are: only the calendar is wrong.
            relay.environment = [
                "LD_PRELOAD": library.path, "FAKETIME": "+\(daysAhead)d", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            ]
        }
        let said = try run(relay, ["relay", "--data", data.path, "--listen", address])
        struct Listening: Decodable { let listening: String }
        let line = said.fileHandleForReading.availableData
        let url = try JSONDecoder().decode(Listening.self, from: line).listening
        address = String(url.dropFirst("http://".count))
    }

    private var data: URL { folder.appendingPathComponent("relay") }

    private struct Said {
        let text: Data

        func id() throws -> String {
            struct Made: Decodable { let id: String }
            return try JSONDecoder().decode(Made.self, from: text).id
        }
    }

    private func admin(_ words: String...) throws -> Said { try admin(words) }

    private func admin(_ words: [String]) throws -> Said {
        let process = Process()
        let token = data.appendingPathComponent("admin.token").path
        let said = try run(process, ["admin"] + words + ["--relay", "http://\(address)", "--token-file", token])
        let text = said.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Said(text: text)
    }

    private func run(_ process: Process, _ words: [String]) throws -> Pipe {
        guard let command = ProcessInfo.processInfo.environment["ROADBOOK_BIN"] else { throw NoCommand() }
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: command)
        process.arguments = words + ["--json"]
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        return pipe
    }

    /// ROADBOOK_BIN is not set; run .ci/swift.
    struct NoCommand: Error {}
}
