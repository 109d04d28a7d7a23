import Foundation
import RoadbookKit

/// Money as it is typed, amount and currency in either order: neither waits for the other, or for its field to be left.
public struct TypedMoney: Hashable, Sendable {
    /// The amount, in the currency's unit.
    public var amount: String
    /// ISO 4217 code.
    public var currency: String

    /// What is there already.
    public init(_ money: Money?, in locale: Locale = .current) {
        currency = money?.currency ?? "CNY"
        let format = Decimal.FormatStyle(locale: locale).grouping(.never).precision(.fractionLength(money?.digits ?? 0))
        amount = money.map { $0.major.formatted(format) } ?? ""
    }

    /// What is typed; nil for nothing, and for what is no amount.
    public func money(in locale: Locale = .current) -> Money? {
        let code = currency.trimmingCharacters(in: .whitespaces).uppercased()
        return Decimal(typed: amount, in: locale).flatMap { Money(major: $0, code) }
    }

    /// Whether something is typed that is no amount.
    public func isWrong(in locale: Locale = .current) -> Bool {
        !amount.trimmingCharacters(in: .whitespaces).isEmpty && money(in: locale) == nil
    }
}

extension Decimal {
    /// A number as people type it: with the locale's decimal separator, spaces and grouping left out.
    init?(typed text: String, in locale: Locale) {
        let (point, grouping) = (locale.decimalSeparator ?? ".", locale.groupingSeparator ?? ",")
        let plain = text.precomposedStringWithCompatibilityMapping
            .filter { !$0.isWhitespace && String($0) != grouping }.replacingOccurrences(of: point, with: ".")
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
