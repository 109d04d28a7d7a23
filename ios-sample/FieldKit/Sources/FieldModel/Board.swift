import Observation
import RoadbookKit

/// Deals by stage.
@MainActor @Observable
public final class Board {
    /// The deals of one stage.
    public struct Column: Hashable, Sendable, Identifiable {
        /// The stage; nil for deals without one.
        public let stage: OpportunityStage?
        /// How many there are.
        public let count: Int
        /// The first of them, next to close first.
        public let deals: [Opportunity]
        /// The stage.
        public var id: OpportunityStage? { stage }

        /// What those that are shown are worth, by currency.
        public var amounts: [Money] {
            let sums = Dictionary(deals.compactMap(\.amount).map { ($0.currency, $0.amount) }, uniquingKeysWith: +)
            return sums.sorted { $0.key < $1.key }.map { Money($0.value, $0.key) }
        }
    }

    /// The columns, in the order of the stages.
    public let columns: Live<[Column]>
    private let desk: Desk

    /// The board of everything this device may read.
    public init(on desk: Desk) {
        self.desk = desk
        let roadbook = desk.roadbook
        columns = Live(on: desk) {
            roadbook.watch({ $0.concerns(Opportunity.kind) }) {
                var columns: [Column] = []
                for stage in OpportunityStage.allCases.map(Optional.some) + [nil] {
                    let column = try await roadbook.column(stage)
                    if stage != nil || column.count > 0 { columns.append(column) }
                }
                return columns
            }
        }
    }

    /// Whether there is no deal at all, as far as this device knows.
    public var isEmpty: Bool { columns.value.map { $0.allSatisfy { $0.count == 0 } } ?? false }

    /// Moves a deal to another stage.
    public func move(_ deal: Opportunity, to stage: OpportunityStage) async {
        await desk.attempt { try await desk.roadbook.edit(deal) { $0.stage = stage } }
    }
}

extension Roadbook {
    fileprivate func column(_ stage: OpportunityStage?) async throws(RoadbookError) -> Board.Column {
        let all = Query<Opportunity>()
        let some =
            if let stage { all.where(Opportunity.Fields.stage, .equals, stage) } else {
                all.where(Opportunity.Fields.stage, isEmpty: true)
            }
        let deals = try await list(some.ascending(Opportunity.Fields.expectedClose).page(limit: 50))
        return Board.Column(stage: stage, count: try await count(some), deals: deals)
    }
}
