public import Foundation

/// A name as people read it.
public struct Wording: Hashable, Sendable {
    /// English.
    public let en: String
    /// Chinese.
    public let zh: String

    /// A label in both languages.
    public init(_ en: String, _ zh: String) {
        self.en = en
        self.zh = zh
    }
}

/// One of the values a field may take.
public protocol Choice: Hashable, Sendable, CaseIterable, Queryable {
    /// The value as stored.
    var value: String { get }
    /// As people read it.
    var label: Wording { get }
    /// The choice with this stored value.
    init(value: String)
}

extension Choice {
    /// Writes the value. The core calls it.
    public func put(to fields: inout StoredFields) { fields.put("value", value) }
}

/// An amount of money; amount and currency merge as one.
public struct Money: Hashable, Codable, Sendable {
    /// Minor units: 12345 CNY is ¥123.45.
    public var amount: Int
    /// ISO 4217 code.
    public var currency: String

    /// An amount in minor units.
    public init(_ amount: Int, _ currency: String) {
        self.amount = amount
        self.currency = currency
    }
}

/// A calendar day, the same everywhere (Gregorian).
public struct Day: Hashable, Codable, Comparable, Sendable, CustomStringConvertible {
    /// Year.
    public var year: Int
    /// Month, 1 to 12.
    public var month: Int
    /// Day of the month, 1 to 31.
    public var day: Int

    /// The day of these numbers.
    public init(_ year: Int, _ month: Int, _ day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day that an instant falls on in a zone.
    public init(_ date: Date, in zone: TimeZone = .current) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let parts = calendar.dateComponents([.year, .month, .day], from: date)
        self.init(parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
    }

    /// Today, where the device is.
    public static var today: Day { Day(Date()) }

    /// Earlier days first.
    public static func < (left: Day, right: Day) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    /// As in `2026-03-01`.
    public var description: String {
        func padded(_ number: Int, _ digits: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}

/// A place on the earth (WGS 84).
public struct GeoPoint: Hashable, Codable, Sendable {
    /// Degrees north, −90 to 90.
    public var lat: Double
    /// Degrees east, −180 to 180.
    public var lon: Double
    /// Radius within which the true place lies, metres; nil when the source did not say.
    public var accuracy: Double?

    /// A place.
    public init(lat: Double, lon: Double, accuracy: Double? = nil) {
        self.lat = lat
        self.lon = lon
        self.accuracy = accuracy
    }
}

/// The value of any field, where its type is not known: in a conflict, a history, a proposal.
public enum Value: Hashable, Codable, Sendable {
    /// A line, a free text or a choice.
    case text(String)
    /// A whole number.
    case integer(Int)
    /// Yes or no.
    case flag(Bool)
    /// Money.
    case money(Money)
    /// An instant and the IANA zone it was entered in.
    case time(Date, zone: String)
    /// A calendar day.
    case day(Day)
    /// A place.
    case point(GeoPoint)
    /// Another record.
    case link(RecordId)
    /// A member of the workspace.
    case member(MemberId)
    /// Other records, each once.
    case links(Set<RecordId>)
    /// Texts, each once.
    case texts(Set<String>)
    /// Texts by name.
    case named([String: String])
    /// Things with an identity, in order.
    case items([Item])

    /// A thing with an identity.
    public struct Item: Hashable, Codable, Sendable {
        /// Its key in the collection.
        public let key: String
        /// Its fields by name.
        public let fields: [String: Value]

        /// A thing with these fields.
        public init(key: String, fields: [String: Value]) {
            self.key = key
            self.fields = fields
        }
    }
}
