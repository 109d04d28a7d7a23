// Written by roadbook-types from the core's declarations. Do not edit.

/// Playbook 规则手册. The workspace's rules and numbers.
public struct Playbook: Record {
    /// Its id.
    public let id: RecordId
    /// What every record has.
    public let info: RecordInfo
    /// Title 标题.
    public let title: String?
    /// Settings 设置. Rules and numbers by name, e.g. cadence.3 = 4-6; absent ones have their default.
    public let settings: [String: String]
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public let outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public let extra: [String: String]

    /// The kind's name and what people call it.
    public static let kind = Kind("playbook", Wording("Playbook", "规则手册"))

    /// A copy to be changed and given to ``Roadbook/edit(_:as:reason:)``.
    public var draft: PlaybookDraft {
        PlaybookDraft(
            title: title,
            settings: settings,
            outsideId: outsideId,
            extra: extra)
    }

    /// Reads a record. The core calls it.
    public init(stored: StoredRecord) {
        let f = stored.fields
        id = stored.id
        info = stored.info
        title = f.get("title")
        settings = f.get("settings")
        outsideId = f.get("outside_id")
        extra = f.get("extra")
    }

    /// The fields, to filter and sort by and to show.
    public enum Fields {
        /// Title 标题.
        public static let title = Field<Playbook, String>("title", Wording("Title", "标题"))
        /// Settings 设置. Rules and numbers by name, e.g. cadence.3 = 4-6; absent ones have their default.
        public static let settings = Field<Playbook, [String: String]>("settings", Wording("Settings", "设置"))
        /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
        public static let outsideId = Field<Playbook, String>("outside_id", Wording("Outside id", "外部编号"))
        /// Other columns 其他列. Columns of an import that no field takes, by header.
        public static let extra = Field<Playbook, [String: String]>("extra", Wording("Other columns", "其他列"))
    }
}

/// A ``Playbook`` as a form holds it: a new one for ``Roadbook/log(_:id:book:reason:)``, or a changed copy of one.
public struct PlaybookDraft: Draft {
    /// What becomes of it.
    public typealias Kept = Playbook
    /// Title 标题.
    public var title: String?
    /// Settings 设置. Rules and numbers by name, e.g. cadence.3 = 4-6; absent ones have their default.
    public var settings: [String: String]
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public var outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public var extra: [String: String]

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        title: String? = nil,
        settings: [String: String] = [:],
        outsideId: String? = nil,
        extra: [String: String] = [:]
    ) {
        self.title = title
        self.settings = settings
        self.outsideId = outsideId
        self.extra = extra
    }

    /// Writes the fields. The core calls it.
    public func write(to f: inout StoredFields) {
        f.put("title", title)
        f.put("settings", settings)
        f.put("outside_id", outsideId)
        f.put("extra", extra)
    }
}
