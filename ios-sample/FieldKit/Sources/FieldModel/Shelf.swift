import Foundation
import RoadbookKit

/// Half-written forms and texts, and the app's few switches, a file each beside the store: they survive the end of the process.
@MainActor
public final class Shelf {
    private let folder: URL
    private var texts: [String: HalfWritten] = [:]

    /// A shelf in a folder, which is made if it is not there.
    public init(in folder: URL) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// What was put under a name; nil if nothing was, or if a newer version of the app put it.
    public func take<T: Decodable>(_: T.Type, _ name: String) -> T? {
        guard let data = try? Data(contentsOf: file(name)) else { return nil }
        return try? JSONDecoder().decode(T.self, from: data)
    }

    /// Keeps something under a name.
    public func put(_ value: some Encodable, _ name: String) throws {
        try JSONEncoder().encode(value).write(to: file(name), options: .atomic)
    }

    /// Forgets what is under a name.
    public func drop(_ name: String) { try? FileManager.default.removeItem(at: file(name)) }

    /// Forgets everything.
    public func clear() {
        texts.values.forEach { $0.stop() }
        texts = [:]
        for name in names { drop(name) }
    }

    /// A text that is typed beside a decision, as it was left: the same one wherever it is asked for.
    public func text(_ name: String) -> HalfWritten {
        if let text = texts[name] { return text }
        let text = HalfWritten(on: self, name)
        texts[name] = text
        return text
    }

    /// Puts down now what would be in a moment: the app is leaving the screen.
    func flush() { texts.values.forEach { $0.flush() } }

    /// Forms of a kind that were never saved, oldest record first.
    public func forms<R: Record>(_: R.Type) -> [OpenForm<R>] {
        names.filter { $0.hasPrefix(Self.name(R.kind, "")) }.sorted().compactMap { take(OpenForm<R>.self, $0) }
    }

    static func name<R: Record>(_ form: OpenForm<R>) -> String { name(R.kind, form.id.rawValue) }

    private static func name(_ kind: Kind, _ id: String) -> String { "form-\(kind.name)-\(id)" }

    private var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.map { $0.deletingPathExtension().lastPathComponent }
    }

    private func file(_ name: String) -> URL { folder.appendingPathComponent(name).appendingPathExtension("json") }
}
