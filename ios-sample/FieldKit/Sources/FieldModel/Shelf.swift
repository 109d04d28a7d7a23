import Foundation
import RoadbookKit

/// Half-written forms and the app's few switches, a file each beside the store, and half-written texts, in one: they survive
/// the end of the process.
@MainActor
public final class Shelf {
    private let folder: URL
    private var texts: [String: HalfWritten] = [:]
    private let later = Later()

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
        later.stop()
        texts = [:]
        for name in names { drop(name) }
    }

    /// A text that is typed beside a decision, as it was left: the same one wherever it is asked for.
    public func text(_ name: String) -> HalfWritten {
        if let text = texts[name] { return text }
        let text = HalfWritten(keptTexts[name] ?? "", on: self)
        texts[name] = text
        return text
    }

    /// Forgets the texts under names that begin alike, but for some: what they were about is gone, and nobody will decide.
    func forgetTexts(_ beginning: String, except names: Set<String>) {
        let all = Set(keptTexts.keys).union(texts.filter { !$0.value.text.isEmpty }.keys)
        for name in all.subtracting(names) where name.hasPrefix(beginning) { text(name).forget() }
    }

    /// Puts the texts down now: the app is leaving the screen.
    func flush() {
        later.stop()
        var kept = keptTexts
        for (name, text) in texts { kept[name] = text.text.isEmpty ? nil : text.text }
        if kept.isEmpty { drop(Self.texts) } else { try? put(kept, Self.texts) }
    }

    func flushSoon() { later.does { [weak self] in self?.flush() } }

    private static let texts = "texts"
    // By names that may be no file's: a clash is named after its field, and that after a column somebody imported.
    private var keptTexts: [String: String] { take([String: String].self, Self.texts) ?? [:] }

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
