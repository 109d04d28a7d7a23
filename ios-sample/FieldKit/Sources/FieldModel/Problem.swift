import Foundation
import RoadbookKit

/// What a screen says when something did not work. The core says it in both languages.
public struct Problem: Hashable, Sendable {
    /// What happened.
    public let words: Label
    /// What is wrong with which field of a form.
    public let fields: [String: Label]
    /// What the app can do about it.
    public let remedy: Remedy?

    /// Something that helps besides trying again.
    public enum Remedy: Hashable, Sendable {
        /// Carry over what the damaged store still holds.
        case salvage
        /// Ask for an invitation and enrol.
        case enrol
        /// Read what is there now.
        case reload
    }

    /// Nothing for a call that was only cut short: by a cancelled task, by the app's way into the background, by a phone
    /// that is still locked, or by a missing connection, which is no problem of the person's but a quiet mark.
    public init?(_ error: any Error) {
        guard let error = error as? RoadbookError else {
            (words, fields, remedy) = (Label(error.localizedDescription, error.localizedDescription), [:], nil)
            return
        }
        var wrong: [String: Label] = [:]
        switch error {
        case .cancelled, .paused, .offline, .busy, .keyLocked: return nil
        case .invalid(_, let problems): (wrong, remedy) = (problems, nil)
        case .damaged: remedy = .salvage
        case .notEnrolled, .ended: remedy = .enrol
        case .outdated, .notFound: remedy = .reload
        default: remedy = nil
        }
        (words, fields) = (error.words, wrong)
    }
}

extension Label {
    /// The words for a locale: Chinese where it is Chinese, else English.
    public func words(in locale: Locale = .current) -> String { locale.isChinese ? zh : en }
}

extension Locale {
    /// Whether people read Chinese in it.
    public var isChinese: Bool { language.languageCode?.identifier == "zh" }
}
