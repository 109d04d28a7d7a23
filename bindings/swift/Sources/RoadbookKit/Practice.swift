import RoadbookGenerated

/// How urgent a next action is on the day that was asked for.
public enum Urgency: Hashable, Sendable {
    /// Its last day is past.
    case overdue
    /// Now.
    case due
    /// Within the working days that the playbook calls coming.
    case coming
}

/// Where a next action comes from.
public enum Source: Hashable, Sendable {
    /// The cadence of the account's maturity class.
    case cadence
    /// A next visit that was promised at the last one.
    case promised
    /// A visit that is planned and has not taken place.
    case planned
    /// A task that is not done.
    case task
}

/// Something to do next.
public struct NextAction: Hashable, Sendable, Identifiable {
    /// The account; nil for a task that hangs on none.
    public let account: RecordId?
    /// Its name, if it is on this device.
    public let accountName: String?
    /// Its maturity class.
    public let maturity: AccountMaturity?
    /// Who is to do it: a task's assignee, else the account's owner, else the owner of the book the record is in. Nil if
    /// nobody is named and the book is everybody's, or nobody's before this device is enrolled.
    public let owner: MemberId?
    /// Where it comes from.
    public let source: Source
    /// The record it comes from: the account, a visit or a task.
    public let record: RecordId
    /// Due from this day.
    public let dueFrom: Day
    /// Overdue after this day.
    public let dueTo: Day
    /// How urgent.
    public let urgency: Urgency
    /// Where it comes from and the record: there is one action for each.
    public var id: String { "\(source) \(record)" }
}

/// How grave a finding is.
public enum Severity: Hashable, Sendable {
    /// Shown.
    case warn
    /// Shown, and the gift needs an approver.
    case needsApproval
    /// Saving such a note is refused; after a merge the note stays and the finding is shown.
    case block
}

/// A rule that what is on this device breaks.
public struct Finding: Hashable, Sendable, Identifiable {
    /// The recipient (a contact) for a yearly cap, otherwise the gift note.
    public let subject: RecordId
    /// The rule's name in the playbook.
    public let rule: String
    /// What of it is broken: `cap_per_year`, `cap_per_gift`, `not_branded`, `cash`, `banned`.
    public let breach: String
    /// How grave.
    public let severity: Severity
    /// The calendar year of a yearly cap.
    public let year: Int?
    /// What was given, for a cap.
    public let total: Money?
    /// What may be given, for a cap.
    public let cap: Money?
    /// The gift notes that count.
    public let notes: [RecordId]
    /// In words.
    public let words: Wording
    /// Subject, rule, breach and year: there is one finding for each.
    public var id: String { "\(subject) \(rule) \(breach) \(year ?? 0)" }
}

/// A record that search found.
public struct Hit: Hashable, Sendable, Identifiable {
    /// The record.
    public let id: RecordId
    /// Its kind's name.
    public let kind: String
    /// What a list shows.
    public let title: String
    /// Where the text was found.
    public let excerpt: String
}

extension Hit {
    init(_ hit: FfiHit) {
        self.init(id: RecordId(rawValue: hit.id), kind: hit.kind, title: hit.title, excerpt: hit.excerpt)
    }
}

extension NextAction {
    init(_ action: FfiNextAction) {
        account = action.account.map(RecordId.init)
        accountName = action.accountName
        maturity = action.maturity.map(AccountMaturity.init(value:))
        owner = action.owner.map(MemberId.init)
        source =
            switch action.source {
            case .cadence: .cadence
            case .promised: .promised
            case .planned: .planned
            case .task: .task
            }
        record = RecordId(rawValue: action.record)
        dueFrom = Day(action.dueFrom) ?? Day(1970, 1, 1)
        dueTo = Day(action.dueTo) ?? Day(1970, 1, 1)
        urgency =
            switch action.urgency {
            case .overdue: .overdue
            case .due: .due
            case .coming: .coming
            }
    }
}

extension Finding {
    init(_ finding: FfiFinding) {
        func money(_ value: FfiValue?) -> Money? {
            if case .money(let amount, let currency) = value { Money(Int(amount), currency) } else { nil }
        }
        subject = RecordId(rawValue: finding.subject)
        rule = finding.rule
        breach = finding.breach
        severity =
            switch finding.severity {
            case "block": .block
            case "needs_approval": .needsApproval
            default: .warn
            }
        year = finding.year.map(Int.init)
        total = money(finding.total)
        cap = money(finding.cap)
        notes = finding.notes.map(RecordId.init)
        words = Wording(finding.en, finding.zh)
    }
}
