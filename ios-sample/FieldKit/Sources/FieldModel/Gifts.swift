import Foundation
import Observation
import RoadbookKit

/// Where a gift is on its way through approval.
public enum Approval: Hashable, Sendable {
    /// No rule asks for one.
    case notNeeded
    /// A rule asks for one, and nobody has given it.
    case needed
    /// Somebody has.
    case given(by: MemberId)
    /// Somebody has said no.
    case refused(by: MemberId)
}

/// What the rules say about a gift, before it is given.
@MainActor @Observable
public final class GiftCheck {
    /// What the rules say about a gift as it is typed.
    public struct Rules: Hashable, Sendable {
        /// What would be broken if it were saved now, and what the recipient's gifts break already, gravest first.
        public var findings: [Finding] = []
        /// The rule that forbids it, if one does: saving would say the same.
        public var blocked: Wording?
    }

    /// What the rules say.
    public let rules: Live<Rules>
    /// What the recipient has got this year and what is planned, by currency, without this note.
    public let given: Live<[Money]>

    /// What the rules say about a form's gift.
    public init(_ form: Form<GiftNote>, now: Date = .now) {
        let (roadbook, open, note, recipient) = (form.desk.roadbook, form.open, form.record, form.draft.recipient)
        rules = Live(on: form.desk) {
            roadbook.watch({ $0.concernsRecords }) {
                var rules = Rules()
                do throws(RoadbookError) {
                    rules.findings = try await roadbook.findings(for: open)
                } catch {
                    switch error {
                    case .blocked(let details): rules.blocked = details.words
                    // Not complete yet: saving says what is missing.
                    case .invalid: break
                    default: throw error
                    }
                }
                if let recipient { rules.findings += try await roadbook.findings(about: recipient) }
                rules.findings = rules.findings.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
                return rules
            }
        }
        given = Live(on: form.desk) {
            roadbook.watch({ $0.concerns(GiftNote.kind) }) {
                guard let recipient else { return [] }
                let query = Query<GiftNote>().where(GiftNote.Fields.recipient, .equals, recipient)
                let notes = try await roadbook.list(query.page(limit: 500)).filter {
                    $0.id != note && $0.counts(in: now)
                }
                let sums = Dictionary(notes.compactMap(\.value).map { ($0.currency, $0.amount) }, uniquingKeysWith: +)
                return sums.sorted { $0.key < $1.key }.map { Money($0.value, $0.key) }
            }
        }
    }

    /// Broken rules; none until they were asked.
    public var findings: [Finding] { rules.value?.findings ?? [] }
    /// The rule that forbids it.
    public var blocked: Wording? { rules.value?.blocked }

    /// Keeps both current until the task ends.
    public func follow() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.rules.follow() }
            group.addTask { await self.given.follow() }
        }
    }
}

extension GiftNoteState {
    /// States that whoever writes the note may set. A manager approves and declines by buttons.
    public static let ofTheGiver: [Self] = [.planned, .given, .returned]
}

extension GiftNoteDraft {
    /// Its state as whoever writes the note sets it: what a manager declined and is planned anew asks for a word anew.
    public var stateOfTheGiver: GiftNoteState? {
        get { state }
        set {
            if state == .declined && newValue != .declined { (approver, approverRemark) = (nil, nil) }
            state = newValue
        }
    }

    /// A manager says yes or no. What was given already stays given.
    fileprivate mutating func decide(approve: Bool, by member: MemberId?, remark: String?) {
        if !approve { state = .declined } else if !isGiven { state = .approved }
        (approver, approverRemark) = (member, remark)
    }

    /// Whether it is too late to decline it.
    public var isGiven: Bool { state == .given }

    /// Where it is on its way, given the rules it breaks.
    public func approval(under findings: [Finding]) -> Approval {
        switch (state, approver) {
        case (.approved, let by?), (.given, let by?): .given(by: by)
        case (.declined, let by?): .refused(by: by)
        default: findings.contains { $0.severity != .warn } ? .needed : .notNeeded
        }
    }
}

extension GiftNote {
    /// Whether it counts towards what the recipient gets in the year of a moment.
    fileprivate func counts(in moment: Date) -> Bool {
        if state == .declined || state == .returned { return false }
        return Day(givenAt ?? plannedAt ?? info.createdAt).year == Day(moment).year
    }
}

extension Desk {
    /// What the manager says to a gift, as far as it is written.
    public func remark(on gift: GiftNote) -> HalfWritten { remark(on: gift.id) }

    fileprivate func remark(on gift: RecordId) -> HalfWritten { shelf.text(Self.remarks + gift.rawValue) }

    nonisolated static let remarks = "remark-"

    /// The manager says yes or no to a gift, with the remark that was written.
    public func decide(on gift: GiftNote, approve: Bool) async {
        let remark = remark(on: gift)
        let text = remark.text.isEmpty ? nil : remark.text
        let decided = await attempt {
            try await roadbook.edit(gift, reason: text) {
                $0.decide(approve: approve, by: identity?.member, remark: text)
            }
        }
        if decided { remark.forget() }
    }
}

extension Form where R == GiftNote {
    /// What the manager says to the gift, as far as it is written: the same in the team's view.
    public var remark: HalfWritten { desk.remark(on: record) }

    /// Whether the gift waits for a word that this member may give.
    public func mayDecide(under findings: [Finding]) -> Bool {
        !isNew && desk.isManager && draft.approval(under: findings) == .needed
    }

    /// The manager says yes or no, with the remark that was written; the form is saved with it.
    @discardableResult
    public func decide(approve: Bool) async -> RecordId? {
        if isSaving { return nil }
        let (before, remark) = (draft, remark)
        let text = remark.text.isEmpty ? nil : remark.text
        draft.decide(approve: approve, by: desk.identity?.member, remark: text)
        let saved = await save(reason: text)
        if saved == nil {
            // Nothing was decided: no later save may say so unasked.
            draft.state = before.state
            (draft.approver, draft.approverRemark) = (before.approver, before.approverRemark)
        } else {
            remark.forget()
        }
        return saved
    }
}
