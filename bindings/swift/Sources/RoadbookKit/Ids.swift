/// An id: a UUID as text.
public protocol Identifier: RawRepresentable<String>, Hashable, Codable, Sendable, CustomStringConvertible {
    /// The id with this text.
    init(rawValue: String)
}

extension Identifier {
    /// The text.
    public var description: String { rawValue }

    /// The all-zero id: none.
    public static var none: Self { Self(rawValue: "00000000-0000-0000-0000-000000000000") }
}

/// A record. New ones are UUID v7, so ids sort by creation.
public struct RecordId: Identifier {
    /// The text.
    public let rawValue: String
    /// The id with this text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A person of the workspace.
public struct MemberId: Identifier {
    /// The text.
    public let rawValue: String
    /// The id with this text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A book: the unit of sharing and of sync.
public struct BookId: Identifier {
    /// The text.
    public let rawValue: String
    /// The id with this text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// One installation of one member.
public struct DeviceId: Identifier {
    /// The text.
    public let rawValue: String
    /// The id with this text.
    public init(rawValue: String) { self.rawValue = rawValue }
}
