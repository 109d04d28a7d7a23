import Foundation
import RoadbookKit

/// A value as people type it. Half of it is often none: it is a text until it can be read.
public protocol Typed: Hashable, Sendable {
    /// What it is read as.
    associatedtype Value
    /// What is there already.
    init(_ value: Value?)
    /// What was typed; nil if it is kept in other parts, e.g. by a newer version of the app.
    init?(parts: [String])
    /// What was typed, to be kept: first what has to be read.
    var parts: [String] { get }
    /// What is typed; nil for nothing, and for what cannot be read.
    var value: Value? { get }
}

extension Typed {
    /// Whether something is typed that cannot be read.
    public var isWrong: Bool { value == nil && parts[0].contains { !$0.isWhitespace } }
}

/// A whole number as it is typed.
public struct TypedNumber: Typed {
    /// Its digits.
    public var text: String

    /// What is there already.
    public init(_ number: Int?) { text = number.map(String.init) ?? "" }

    /// What was typed.
    public init?(parts: [String]) {
        guard parts.count == 1 else { return nil }
        text = parts[0]
    }

    /// The text.
    public var parts: [String] { [text] }
    /// What is typed.
    public var value: Int? { Int(typed: text) }
}

/// Money as it is typed, amount and currency in either order: neither waits for the other, or for its field to be left.
public struct TypedMoney: Typed {
    /// The amount, in the currency's unit.
    public var amount: String
    /// ISO 4217 code.
    public var currency: String
    private let locale: Locale

    /// What is there already.
    public init(_ money: Money?) { self.init(money, in: .current) }

    /// What is there already, as it is typed in a locale.
    public init(_ money: Money?, in locale: Locale) {
        self.locale = locale
        currency = money?.currency ?? "CNY"
        let format = Decimal.FormatStyle(locale: locale).grouping(.never).precision(.fractionLength(money?.digits ?? 0))
        amount = money.map { $0.major.formatted(format) } ?? ""
    }

    /// What was typed.
    public init?(parts: [String]) {
        guard parts.count == 2 else { return nil }
        (amount, currency, locale) = (parts[0], parts[1], .current)
    }

    /// Amount and currency.
    public var parts: [String] { [amount, currency] }

    /// What is typed.
    public var value: Money? {
        let code = currency.trimmingCharacters(in: .whitespaces).uppercased()
        return Decimal(typed: amount, in: locale).flatMap { Money(major: $0, code) }
    }
}

extension Decimal {
    /// A number as people type it: with the locale's decimal separator, spaces and grouping left out.
    init?(typed text: String, in locale: Locale) {
        let (point, grouping) = (locale.decimalSeparator ?? ".", locale.groupingSeparator ?? ",")
        let typed = text.precomposedStringWithCompatibilityMapping.filter { !$0.isWhitespace }
        // What groups digits in one language is the decimal separator in another: 1,5 is not fifteen.
        let groups = typed.components(separatedBy: point)[0].components(separatedBy: grouping)
        if groups.count > 1, groups.last?.count != 3 || groups.dropLast().contains(where: \.isEmpty) { return nil }
        let plain = typed.filter { String($0) != grouping }.replacingOccurrences(of: point, with: ".")
        let digits = plain.drop { $0 == "-" }
        let isNumber =
            plain.count - digits.count <= 1 && digits.contains(where: \.isNumber) && digits.count <= 30
            && digits.count(where: { $0 == "." }) <= 1
            && digits.allSatisfy { $0 == "." || ("0"..."9").contains($0) }
        if !isNumber { return nil }
        self.init(string: plain, locale: Locale(identifier: "en_US_POSIX"))
    }
}

extension Set<String> {
    /// Several texts in one line, with commas of any width between them.
    public init(typed text: String) {
        let parts = text.split { ",，、;；\n".contains($0) }.map { $0.trimmingCharacters(in: .whitespaces) }
        self.init(parts.filter { !$0.isEmpty })
    }

    /// As it is typed.
    public var typed: String { sorted().joined(separator: ", ") }
}

extension Int {
    /// A whole number as it is typed, in digits of any width.
    public init?(typed text: String) {
        self.init(text.precomposedStringWithCompatibilityMapping.trimmingCharacters(in: .whitespaces))
    }
}
