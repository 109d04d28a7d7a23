import Foundation
import RoadbookGenerated

/// Which records of a kind, in which order.
///
/// ```swift
/// Query<Visit>().where(Visit.Fields.account, .equals, account).descending(Visit.Fields.plannedAt).page(limit: 50)
/// ```
public struct Query<R: Record>: Hashable, Sendable {
    var ffi: FfiQuery

    /// The first hundred records of a kind, newest on this device first.
    public init() {
        ffi = FfiQuery(
            kind: R.kind.name, filters: [], matching: nil, book: nil, sort: nil, descending: false, deleted: false,
            limit: 100, offset: 0)
    }

    private func with(_ change: (inout FfiQuery) -> Void) -> Self {
        var copy = self
        change(&copy.ffi)
        return copy
    }

    /// Only those in which a field compares like this, too.
    public func `where`<V: Queryable>(_ field: Field<R, V>, _ comparison: Comparison, _ value: V) -> Self {
        var fields = StoredFields()
        value.put(to: &fields)
        let filter = FfiFilter(field: field.name, compare: comparison.ffi, value: fields.values["value"])
        return with { $0.filters.append(filter) }
    }

    /// Only those in which a field is empty, or is not.
    public func `where`<V>(_ field: Field<R, V>, isEmpty: Bool) -> Self {
        with { $0.filters.append(FfiFilter(field: field.name, compare: isEmpty ? .is : .isNot, value: nil)) }
    }

    /// Only those in which every word of a text is found, in any case and width, within words too.
    public func matching(_ text: String) -> Self { with { $0.matching = text } }

    /// Only those of one book.
    public func inBook(_ book: BookId) -> Self { with { $0.book = book.rawValue } }

    /// Smallest first.
    public func ascending<V>(_ field: Field<R, V>) -> Self {
        with { ($0.sort, $0.descending) = (field.name, false) }
    }

    /// Largest first.
    public func descending<V>(_ field: Field<R, V>) -> Self {
        with { ($0.sort, $0.descending) = (field.name, true) }
    }

    /// Deleted records instead of live ones.
    public func deleted() -> Self { with { $0.deleted = true } }

    /// At most `limit` records, after leaving out `offset`.
    public func page(limit: Int, offset: Int = 0) -> Self {
        with { ($0.limit, $0.offset) = (UInt32(clamping: limit), UInt32(clamping: offset)) }
    }
}

/// How a field is compared.
public enum Comparison: Hashable, Sendable {
    /// The field holds this value.
    case equals
    /// The field is empty or holds another value.
    case differs
    /// The field is less.
    case below
    /// The field is less or equal.
    case atMost
    /// The field is more.
    case above
    /// The field is more or equal.
    case atLeast

    var ffi: FfiCompare {
        switch self {
        case .equals: .is
        case .differs: .isNot
        case .below: .below
        case .atMost: .atMost
        case .above: .above
        case .atLeast: .atLeast
        }
    }
}

/// A value that a query compares a field with.
public protocol Queryable: Sendable {
    /// Writes the value. The core calls it.
    func put(to fields: inout StoredFields)
}
