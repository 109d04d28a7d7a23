public import Foundation

extension String: Queryable {
    /// Writes the value. The core calls it.
    public func put(to fields: inout StoredFields) { fields.put("value", self) }
}

extension Int: Queryable {
    /// Writes the value. The core calls it.
    public func put(to fields: inout StoredFields) { fields.put("value", self) }
}

extension Bool: Queryable {
    /// Writes the value. The core calls it.
    public func put(to fields: inout StoredFields) { fields.put("value", self) }
}

extension Money: Queryable {
    /// Writes the value. The core calls it.
    public func put(to fields: inout StoredFields) { fields.put("value", self) }
}

extension Date: Queryable {
    /// Writes the value. The core calls it.
    public func put(to fields: inout StoredFields) { fields.put("value", self) }
}

extension Day: Queryable {
    /// Writes the value. The core calls it.
    public func put(to fields: inout StoredFields) { fields.put("value", self) }
}

extension RecordId: Queryable {
    /// Writes the value. The core calls it.
    public func put(to fields: inout StoredFields) { fields.put("value", self) }
}

extension MemberId: Queryable {
    /// Writes the value. The core calls it.
    public func put(to fields: inout StoredFields) { fields.put("value", self) }
}
