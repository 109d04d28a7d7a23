public import Foundation
import RoadbookGenerated

/// What a salvage kept, and what it could not.
public struct Salvaged: Hashable, Sendable {
    /// The damaged file. Nobody deletes it but an administrator's order to this device.
    public let damaged: URL
    /// Whether the device is still enrolled. If not, enrol it again as the same member.
    public let enrolled: Bool
    /// Records that can be read at once; the others come with the next sync.
    public let records: Int
    /// Changes that wait to be sent, and are kept.
    public let unsent: Int
    /// The record of each unsent change that is lost; nil where it is not known any more.
    public let lost: [RecordId?]

    init(_ ffi: FfiSalvaged) {
        damaged = URL(fileURLWithPath: ffi.damaged)
        enrolled = ffi.enrolled
        records = Int(ffi.records)
        unsent = Int(ffi.unsent)
        lost = ffi.lost.map { $0.map(RecordId.init(rawValue:)) }
    }
}
