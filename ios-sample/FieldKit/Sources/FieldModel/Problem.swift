import Foundation
import RoadbookKit

/// What a screen says when something did not work. The core says it in both languages.
public struct Problem: Hashable, Sendable {
    /// What happened.
    public let words: Wording
    /// What is wrong with which field of a form.
    public let fields: [String: Wording]
    /// Whether the store is damaged: what it still holds can be carried over into a fresh one.
    public let canSalvage: Bool

    /// Nothing for a call that was only cut short: by a cancelled task, by the app's way into the background, by a phone
    /// that is still locked, or by a missing connection, which is no problem of the person's but a quiet mark.
    public init?(_ error: any Error) {
        guard let error = error as? RoadbookError else {
            (words, fields, canSalvage) = (Wording(error.localizedDescription, error.localizedDescription), [:], false)
            return
        }
        switch error {
        case .cancelled, .paused, .offline, .busy, .keyLocked: return nil
        case .invalid(_, let problems): (fields, canSalvage) = (problems, false)
        case .damaged:
            // What SQLite says of it helps nobody who is to decide.
            words = Wording(
                "This phone’s records are damaged. What is unsent is kept, and the rest comes back with the next sync.",
                "本机的数据已损坏。未上传的内容会保留，其余内容会在下次同步时取回。")
            (fields, canSalvage) = ([:], true)
            return
        default: (fields, canSalvage) = ([:], false)
        }
        words = error.words
    }
}

extension Wording {
    /// The words for a locale: Chinese where it is Chinese, else English.
    public func words(in locale: Locale = .current) -> String { locale.isChinese ? zh : en }
}

extension Locale {
    /// Whether people read Chinese in it.
    public var isChinese: Bool { language.languageCode?.identifier == "zh" }
}
