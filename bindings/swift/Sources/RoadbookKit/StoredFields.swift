import Foundation
import RoadbookGenerated

/// Fields as the core hands them over. Nothing of it is for apps.
public struct StoredFields: Sendable {
    var values: [String: FfiValue] = [:]

    // A field that holds another type than declared reads as empty; an empty value is no field.

    func get(_ name: String) -> String? {
        if case .text(let text) = values[name] { text } else { nil }
    }
    func get(_ name: String) -> String { get(name) ?? "" }
    func get<C: Choice>(_ name: String) -> C? { (get(name) as String?).map(C.init(value:)) }
    func get<C: Choice>(_ name: String) -> C { get(name) ?? C(value: "") }
    func get(_ name: String) -> Int? {
        if case .integer(let number) = values[name] { Int(number) } else { nil }
    }
    func get(_ name: String) -> Bool? {
        if case .flag(let set) = values[name] { set } else { nil }
    }
    func get(_ name: String) -> Money? {
        if case .money(let amount, let currency) = values[name] { Money(Int(amount), currency) } else { nil }
    }
    func get(_ name: String) -> Date? {
        if case .time(let at, _) = values[name] { Date(milliseconds: at) } else { nil }
    }
    func get(_ name: String) -> Day? { values[name].flatMap(Day.init) }
    func get(_ name: String) -> Day { get(name) ?? Day(1970, 1, 1) }
    func get(_ name: String) -> GeoPoint? {
        if case .point(let lat, let lon, let accuracy) = values[name] {
            GeoPoint(lat: lat, lon: lon, accuracy: accuracy)
        } else {
            nil
        }
    }
    func get(_ name: String) -> RecordId? {
        if case .link(let id) = values[name] { RecordId(rawValue: id) } else { nil }
    }
    func get(_ name: String) -> RecordId { get(name) ?? .none }
    func get(_ name: String) -> MemberId? {
        if case .member(let id) = values[name] { MemberId(rawValue: id) } else { nil }
    }
    func get(_ name: String) -> MemberId { get(name) ?? .none }
    func get(_ name: String) -> Set<RecordId> {
        if case .links(let ids) = values[name] { Set(ids.map(RecordId.init)) } else { [] }
    }
    func get(_ name: String) -> Set<String> {
        if case .texts(let texts) = values[name] { Set(texts) } else { [] }
    }
    func get<C: Choice>(_ name: String) -> Set<C> { Set((get(name) as Set<String>).map(C.init(value:))) }
    func get(_ name: String) -> [String: String] {
        if case .named(let texts) = values[name] { texts } else { [:] }
    }
    func get<I: StoredItem>(_ name: String) -> [I] {
        guard case .items(let items) = values[name] else { return [] }
        return items.map { I(key: $0.key, stored: StoredFields(values: $0.fields)) }
    }

    mutating func put(_ name: String, _ value: String?) {
        if let value, !value.isEmpty { values[name] = .text(text: value) }
    }
    mutating func put(_ name: String, _ value: (some Choice)?) { put(name, value?.value) }
    mutating func put(_ name: String, _ value: Int?) {
        if let value { values[name] = .integer(number: Int64(value)) }
    }
    mutating func put(_ name: String, _ value: Bool?) {
        if let value { values[name] = .flag(set: value) }
    }
    mutating func put(_ name: String, _ value: Money?) {
        if let value { values[name] = .money(amount: Int64(value.amount), currency: value.currency) }
    }
    mutating func put(_ name: String, _ value: Date?) {
        if let value { values[name] = .time(at: value.milliseconds, zone: TimeZone.current.identifier) }
    }
    mutating func put(_ name: String, _ value: Day?) {
        if let value { values[name] = value.ffi }
    }
    mutating func put(_ name: String, _ value: GeoPoint?) {
        if let value { values[name] = .point(lat: value.lat, lon: value.lon, accuracy: value.accuracy) }
    }
    mutating func put(_ name: String, _ value: RecordId?) {
        if let value { values[name] = .link(id: value.rawValue) }
    }
    mutating func put(_ name: String, _ value: MemberId?) {
        if let value { values[name] = .member(id: value.rawValue) }
    }
    mutating func put(_ name: String, _ value: Set<RecordId>) {
        if !value.isEmpty { values[name] = .links(ids: value.map(\.rawValue).sorted()) }
    }
    mutating func put(_ name: String, _ value: Set<String>) {
        if !value.isEmpty { values[name] = .texts(texts: value.sorted()) }
    }
    mutating func put<C: Choice>(_ name: String, _ value: Set<C>) { put(name, Set(value.map(\.value))) }
    mutating func put(_ name: String, _ value: [String: String]) {
        if !value.isEmpty { values[name] = .named(texts: value) }
    }
    mutating func put<I: StoredItem>(_ name: String, _ value: [I]) {
        if value.isEmpty { return }
        values[name] = .items(
            items: value.map { item in
                var fields = StoredFields()
                item.write(to: &fields)
                return FfiItem(key: item.key, fields: fields.values)
            })
    }
}

/// A thing inside a collection.
protocol StoredItem {
    var key: String { get }
    init(key: String, stored: StoredFields)
    func write(to fields: inout StoredFields)
}

extension Date {
    init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// Milliseconds since 1970 UTC; the furthest there is for a date beyond them.
    var milliseconds: Int64 {
        let exact = (timeIntervalSince1970 * 1000).rounded()
        return Int64(exactly: exact) ?? (exact > 0 ? .max : .min)
    }
}

extension Day {
    init?(_ value: FfiValue) {
        guard case .date(let year, let month, let day) = value else { return nil }
        self.init(Int(year), Int(month), Int(day))
    }

    var ffi: FfiValue {
        .date(year: Int32(clamping: year), month: UInt32(clamping: month), day: UInt32(clamping: day))
    }
}

extension Value {
    init(_ value: FfiValue) {
        self =
            switch value {
            case .text(let text): .text(text)
            case .integer(let number): .integer(Int(number))
            case .flag(let set): .flag(set)
            case .money(let amount, let currency): .money(Money(Int(amount), currency))
            case .time(let at, let zone): .time(Date(milliseconds: at), zone: zone)
            case .date(let year, let month, let day): .day(Day(Int(year), Int(month), Int(day)))
            case .point(let lat, let lon, let accuracy): .point(GeoPoint(lat: lat, lon: lon, accuracy: accuracy))
            case .link(let id): .link(RecordId(rawValue: id))
            case .member(let id): .member(MemberId(rawValue: id))
            case .links(let ids): .links(Set(ids.map(RecordId.init)))
            case .texts(let texts): .texts(Set(texts))
            case .named(let texts): .named(texts)
            case .items(let items):
                .items(items.map { Item(key: $0.key, fields: $0.fields.mapValues(Value.init)) })
            }
    }

    var ffi: FfiValue {
        switch self {
        case .text(let text): .text(text: text)
        case .integer(let number): .integer(number: Int64(number))
        case .flag(let set): .flag(set: set)
        case .money(let money): .money(amount: Int64(money.amount), currency: money.currency)
        case .time(let date, let zone): .time(at: date.milliseconds, zone: zone)
        case .day(let day): day.ffi
        case .point(let point): .point(lat: point.lat, lon: point.lon, accuracy: point.accuracy)
        case .link(let id): .link(id: id.rawValue)
        case .member(let id): .member(id: id.rawValue)
        case .links(let ids): .links(ids: ids.map(\.rawValue).sorted())
        case .texts(let texts): .texts(texts: texts.sorted())
        case .named(let texts): .named(texts: texts)
        case .items(let items): .items(items: items.map { FfiItem(key: $0.key, fields: $0.fields.mapValues(\.ffi)) })
        }
    }
}
