import Foundation

@testable import RoadbookKit

/// Everything a device says of its records, as text. `Report.kt` writes the same form: what differs between the two is a
/// fault of a package or of sync.
///
/// Where the API promises no order that two devices share (equal sort keys, search, conflicts), the report sorts by itself.
struct Report {
    let roadbook: Roadbook
    /// The fields of each kind, by its name.
    let fields: [String: [String]]
    private var lines: [String] = []

    init(_ roadbook: Roadbook, fields: String) {
        self.roadbook = roadbook
        let pairs = fields.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        self.fields = Dictionary(grouping: pairs) { $0[0] }.mapValues { $0.map { $0[1] } }
    }

    mutating func text(on today: Day) async throws -> String {
        try await records(Account.self)
        try await records(Contact.self)
        try await records(Visit.self)
        try await records(GiftNote.self)
        try await records(Opportunity.self)
        try await records(TaskRecord.self)
        try await records(Playbook.self)
        try await queries()
        for words in ["百草", "茶叶", "老客户", "续约", "BRIDGE", "no such words"] {
            for hit in try await roadbook.search(words).sorted(by: { $0.id.rawValue < $1.id.rawValue }) {
                let found = "\(quoted(hit.title)) \(quoted(hit.excerpt))"
                lines.append("search \(quoted(words)) \(hit.kind) \(hit.id) \(found)")
            }
        }
        for conflict in try await roadbook.conflicts().sorted(by: { $0.id < $1.id }) {
            lines.append("conflict \(conflict.kind) \(conflict.record) \(conflict.field) \(hex(conflict.seen))")
            for side in conflict.sides {
                lines.append("  \(wrote(side.wrote)) by \(side.by.said) at \(seconds(side.at))")
            }
        }
        for f in try await roadbook.findings() {
            let severity =
                switch f.severity {
                case .warn: "warn"
                case .needsApproval: "needs_approval"
                case .block: "block"
                }
            lines.append(
                "finding \(f.subject) \(f.rule) \(f.breach) \(severity) \(f.year.said) \(money(f.total)) \(money(f.cap)) "
                    + "\(ids(f.notes)) \(quoted(f.words.en)) \(quoted(f.words.zh))")
        }
        for n in try await roadbook.nextActions(on: today) {
            lines.append(
                "next \(n.account.said) \(quoted(n.accountName ?? "")) \((n.maturity?.value).said) \(n.source) \(n.record) "
                    + "\(n.dueFrom) \(n.dueTo) \(n.urgency)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func records<R: Record>(_: R.Type) async throws {
        let (kind, all) = (R.kind.name, Query<R>().page(limit: 1000))
        lines.append("\(kind): \(try await roadbook.count(all)) and \(try await roadbook.count(all.deleted())) deleted")
        let records = try await roadbook.list(all) + (try await roadbook.list(all.deleted()))
        for record in records.sorted(by: { $0.id.rawValue < $1.id.rawValue }) {
            let info = record.info
            lines.append(
                "\(kind) \(record.id) in \(info.book) by \(info.createdBy.said) \(seconds(info.createdAt)), "
                    + "\(info.updatedBy.said) \(seconds(info.updatedAt)), \(quoted(info.deletedBecause ?? "")) "
                    + "\(info.conflicts) \(hex(info.version))")
            for (name, value) in values(of: record).sorted(by: { $0.key < $1.key }) {
                lines.append("  \(name) = \(text(value))")
            }
            for e in try await roadbook.history(of: record.id) {
                lines.append(
                    "  \(e.change) \(e.field): \(text(e.from)) to \(text(e.to)) by \(e.by.said) \(e.pushedBy.said) "
                        + "\(seconds(e.at)) \(quoted(e.because ?? ""))")
            }
        }
        for name in fields[kind] ?? [] {
            let field = Field<R, String>(name, Wording("", ""))
            lines.append("\(kind) ascending \(name): \(try await sorted(all.ascending(field), by: name))")
            lines.append("\(kind) descending \(name): \(try await sorted(all.descending(field), by: name))")
        }
    }

    /// Ids in order; those of equal keys, which come in each device's own order, as one group.
    private func sorted<R: Record>(_ query: Query<R>, by name: String) async throws -> String {
        var groups: [(key: String, ids: [RecordId])] = []
        do throws(RoadbookError) {
            for record in try await roadbook.list(query) {
                let value = values(of: record)[name]
                // One instant sorts as one, whatever zone it was entered in.
                let key = if case .time(let at, _) = value { "\(at.milliseconds)" } else { text(value) }
                if groups.last?.key != key { groups.append((key, [])) }
                groups[groups.count - 1].ids.append(record.id)
            }
        } catch {
            guard case .badQuery(let details) = error else { throw error }
            return "\(details.field.said) \(details.words.en)"
        }
        return groups.map { "\($0.key) \(ids($0.ids))" }.joined(separator: " ")
    }

    private mutating func queries() async throws {
        let account = try await roadbook.list(Query<Account>().matching("百草堂"))[0].id
        try await query("region", Query<Account>().where(Account.Fields.region, .equals, "宁波"))
        try await query("other region", Query<Account>().where(Account.Fields.region, .differs, "宁波"))
        try await query("no tier", Query<Account>().where(Account.Fields.tier, isEmpty: true))
        try await query("tier", Query<Account>().where(Account.Fields.tier, .equals, .a))
        try await query("of the account", Query<Visit>().where(Visit.Fields.account, .equals, account))
        let instant = Date(timeIntervalSince1970: 1_795_000_000)
        try await query("planned", Query<Visit>().where(Visit.Fields.plannedAt, .above, instant))
        try await query("due", Query<TaskRecord>().where(TaskRecord.Fields.dueOn, .atMost, Day(2026, 11, 27)))
        let large = Money(1_000_000, "CNY")
        try await query("large", Query<Opportunity>().where(Opportunity.Fields.amount, .atLeast, large))
        try await query("words", Query<GiftNote>().matching("茶叶").where(GiftNote.Fields.quantity, .below, 3))
    }

    private mutating func query<R: Record>(_ name: String, _ query: Query<R>) async throws {
        lines.append("\(name): \(try await roadbook.count(query)) \(ids(try await roadbook.list(query).map(\.id)))")
    }

    /// By the typed draft and back, so that every typed field is read; a time with the zone it was entered in.
    private func values<R: Record>(of record: R) -> [String: Value] {
        var values = record.draft.fields.mapValues { Value($0) }
        for case (let name, .time(let at, _)) in values {
            let zone = record.info.zone(of: Field<R, Date>(name, Wording("", "")))
            values[name] = .time(at, zone: zone?.identifier ?? "")
        }
        return values
    }

    private func text(_ value: Value?) -> String {
        switch value {
        case nil: "-"
        case .text(let text): quoted(text)
        case .integer(let number): "\(number)"
        case .flag(let set): "\(set)"
        case .money(let amount): money(amount)
        case .time(let at, let zone): "\(at.milliseconds) \(zone)"
        case .day(let day): "\(day)"
        case .point(let point): "\(fixed(point.lat)) \(fixed(point.lon)) \(point.accuracy.map(fixed).said)"
        case .link(let id): id.rawValue
        case .member(let id): id.rawValue
        case .links(let links): ids(Array(links))
        case .texts(let texts): list(texts.sorted(by: before).map(quoted))
        case .named(let texts):
            list(texts.sorted { before($0.key, $1.key) }.map { "\(quoted($0.key)): \(quoted($0.value))" })
        case .items(let items):
            list(
                items.map { item in
                    let fields = item.fields.sorted { $0.key < $1.key }.map { "\($0.key) = \(text($0.value))" }
                    return "\(item.key) \(fields.joined(separator: " "))"
                })
        }
    }

    private func wrote(_ wrote: Conflict.Wrote) -> String {
        switch wrote {
        case .put(let value): "put \(text(value))"
        case .removed(let because): "removed \(quoted(because ?? ""))"
        case .changed: "changed"
        }
    }

    private func money(_ money: Money?) -> String { money.map { "\($0.amount) \($0.currency)" } ?? "-" }

    private func seconds(_ date: Date) -> Int { Int(date.timeIntervalSince1970) }

    /// The languages write a number's digits each in its own way.
    private func fixed(_ number: Double) -> String { "\(Int((number * 1e7).rounded()))" }

    private func ids(_ ids: [RecordId]) -> String { list(ids.map(\.rawValue).sorted()) }

    private func list(_ texts: [String]) -> String { "[\(texts.joined(separator: ", "))]" }

    /// Swift sorts text by its canonical form, Kotlin by its code units.
    private func before(_ left: String, _ right: String) -> Bool { left.utf16.lexicographicallyPrecedes(right.utf16) }

    private func hex(_ version: Version) -> String { version.heads.map { String(format: "%02x", $0) }.joined() }

    private func quoted(_ text: String) -> String {
        let escaped = text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\n", with: "\\n")
        return "\"\(escaped)\""
    }
}

extension Optional where Wrapped: CustomStringConvertible {
    /// What it holds; a dash for nothing.
    fileprivate var said: String { map(\.description) ?? "-" }
}
