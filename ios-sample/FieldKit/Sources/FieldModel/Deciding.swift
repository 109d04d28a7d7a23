import Foundation
import Observation
import RoadbookKit

/// Conflicts nobody has decided on, with the records they are in.
@MainActor @Observable
public final class Conflicts {
    /// A conflict and where it is.
    public struct Item: Hashable, Sendable, Identifiable {
        /// What clashed.
        public let conflict: Conflict
        /// The record; nil if it is of a kind this app does not know.
        public let title: Title?
        /// Record and field.
        public var id: String { conflict.id }

        /// The texts of all sides below each other, to be made into one; nil where a side is no text.
        public var merged: String? {
            let texts = conflict.sides.map { side -> String? in
                if case .put(.text(let text)?) = side.wrote { text } else { nil }
            }
            return texts.contains(nil) ? nil : texts.compactMap { $0 }.joined(separator: "\n")
        }
    }

    /// All of them.
    public let items: Live<[Item]>
    private let desk: Desk

    /// The conflicts of a record, or of all.
    public init(on desk: Desk, in record: RecordId? = nil) {
        self.desk = desk
        let (roadbook, shelf) = (desk.roadbook, desk.shelf)
        items = Live(on: desk) {
            roadbook.watch({ $0.concernsRecords }) {
                var items: [Item] = []
                for conflict in try await roadbook.conflicts(in: record) {
                    let title = try await roadbook.title(of: conflict.record, kind: conflict.kind)
                    items.append(Item(conflict: conflict, title: title))
                }
                // Resolved on another device.
                if record == nil {
                    await shelf.forgetTexts(Self.merged, except: Set(items.map { Self.merged + $0.id }))
                }
                return items
            }
        }
    }

    private nonisolated static let merged = "merged-"

    /// What is being made of all sides, as far as it is written.
    public func merged(in item: Item) -> HalfWritten { desk.shelf.text(Self.merged + item.id) }

    /// Lets one side stand.
    public func pick(_ side: Conflict.Side, in item: Item) async {
        let resolved = await desk.attempt { try await desk.roadbook.resolve(item.conflict, as: side) }
        if resolved { merged(in: item).forget() }
    }

    /// Lets the text stand that was made of all sides.
    public func merge(in item: Item) async {
        let merged = merged(in: item)
        let text = merged.text
        let resolved = await desk.attempt {
            try await desk.roadbook.resolve(item.conflict, to: text.isEmpty ? nil : .text(text))
        }
        if resolved { merged.forget() }
    }
}

/// What waits for this member's word after a handover, and what became of this device's own proposals.
@MainActor @Observable
public final class Tray {
    /// A proposal and the record it is about.
    public struct Item: Hashable, Sendable, Identifiable {
        /// What is proposed.
        public let proposal: Proposal
        /// The record as it stands here; nil if it is new.
        public let title: Title?
        /// Record and device.
        public var id: String { proposal.id }
    }

    /// What waits, oldest first.
    public let items: Live<[Item]>
    /// Verdicts on what this device proposed, newest first.
    public let verdicts: Live<[Verdict]>
    private let desk: Desk

    /// The tray of this member.
    public init(on desk: Desk) {
        self.desk = desk
        let (roadbook, shelf) = (desk.roadbook, desk.shelf)
        items = Live(on: desk) {
            roadbook.watch({ $0.access || $0.concernsRecords }) {
                var items: [Item] = []
                let proposals = try await roadbook.proposals()
                // Withdrawn, or decided on another device.
                await shelf.forgetTexts(Self.reason, except: Set(proposals.map { Self.reason + $0.id }))
                for proposal in proposals {
                    let title = try await roadbook.title(of: proposal.record, kind: proposal.kind ?? "")
                    items.append(Item(proposal: proposal, title: title))
                }
                return items
            }
        }
        verdicts = Live(on: desk) { roadbook.watch({ $0.access }, { try await roadbook.verdicts() }) }
    }

    /// Keeps both current until the task ends.
    public func follow() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.items.follow() }
            group.addTask { await self.verdicts.follow() }
        }
    }

    /// Why an item is accepted or refused, as far as it is written.
    public func reason(for item: Item) -> HalfWritten { desk.shelf.text(Self.reason + item.id) }

    // Not as an account's, which is deleted for a reason, too.
    private nonisolated static let reason = "review-"

    /// Accepts or refuses, for the reason that was written. Works offline.
    public func decide(_ item: Item, accept: Bool) async {
        let reason = reason(for: item)
        let why = reason.text.isEmpty ? nil : reason.text
        let decided = await desk.attempt {
            try await desk.roadbook.decide(item.proposal, accept: accept, reason: why)
        }
        if decided { reason.forget() }
    }
}
