import Foundation
import RoadbookKit

extension Value {
    /// The value without a language, for an export.
    public var plain: String {
        switch self {
        case .text(let text): text
        case .integer(let number): "\(number)"
        case .flag(let set): "\(set)"
        case .money(let money): money.plain
        case .time(let date, _): date.ISO8601Format()
        case .day(let day): "\(day)"
        case .point(let point): "\(point.lat), \(point.lon)"
        case .link(let id): "\(id)"
        case .member(let id): "\(id)"
        case .links(let ids): ids.map(\.description).sorted().joined(separator: ", ")
        case .texts(let texts): texts.sorted().joined(separator: ", ")
        case .named(let texts):
            texts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        case .items(let items):
            items.map {
                $0.fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.plain)" }.joined(separator: " ")
            }
            .joined(separator: "; ")
        }
    }
}

extension String {
    /// A telephone number as a link; nil if nothing in it can be dialled.
    public var callable: URL? {
        let dialled = filter { $0.isASCII && ($0.isNumber || "+*#,".contains($0)) }
        return dialled.contains(where: \.isNumber) ? URL(string: "tel:" + dialled.replacing("#", with: "%23")) : nil
    }
}

extension Money {
    /// As in `123.45 CNY`, with as many decimals as the currency has.
    public var plain: String {
        let format = Decimal.FormatStyle(locale: Locale(identifier: "en_US_POSIX")).grouping(.never)
            .precision(.fractionLength(digits))
        return "\(major.formatted(format)) \(currency)"
    }

    /// Decimals of the currency: 2 for most.
    public var digits: Int {
        switch currency {
        case "JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF", "XPF", "PYG", "UGX", "RWF", "KMF", "GNF", "DJF", "BIF",
            "VUV":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        default: 2
        }
    }

    /// The amount in the currency's unit.
    public var major: Decimal { Decimal(sign: .plus, exponent: -digits, significand: Decimal(amount)) }

    /// An amount in the currency's unit; nil if it is too large.
    public init?(major: Decimal, _ currency: String) {
        self.init(0, currency)
        guard abs(major) < 90_000_000_000_000 else { return nil }
        var (exact, minor) = (Decimal(sign: .plus, exponent: digits, significand: major), Decimal())
        NSDecimalRound(&minor, &exact, 0, .plain)
        amount = NSDecimalNumber(decimal: minor).intValue
    }
}
