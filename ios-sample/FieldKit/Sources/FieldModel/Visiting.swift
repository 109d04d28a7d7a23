import Foundation
import RoadbookKit

/// How far from the customer a check-in still counts as there, metres.
private let geofence = 200.0

/// Whether a record's time is this moment: records keep milliseconds. Who checked in once more has another.
private func isSame(_ time: Date?, _ moment: Date) -> Bool {
    time.map { abs($0.timeIntervalSince(moment)) < 0.002 } ?? false
}

extension Form where R == Visit {
    /// Checks in: now, and where the phone is if it knows. Without a fix it is a check-in all the same. The visit may be
    /// saved meanwhile; a fix that comes after that goes into it.
    public func checkIn(now: Date = .now) async {
        draft.checkInAt = now
        (draft.checkInPoint, draft.checkInInside) = (nil, nil)
        guard let fix = await desk.locator.fix() else { return }
        let account = try? await desk.roadbook.find(Account.self, draft.account)
        let inside = account?.location.map { $0.distance(to: fix) <= geofence + (fix.accuracy ?? 0) }
        await amend { visit in
            if isSame(visit.checkInAt, now) { (visit.checkInPoint, visit.checkInInside) = (fix, inside) }
        }
    }

    /// Checks out: now, and where the phone is if it knows.
    public func checkOut(now: Date = .now) async {
        draft.checkOutAt = now
        draft.checkOutPoint = nil
        guard let fix = await desk.locator.fix() else { return }
        await amend { visit in if isSame(visit.checkOutAt, now) { visit.checkOutPoint = fix } }
    }

    /// Whether the check-in was elsewhere and wants a reason.
    public var wantsReason: Bool { draft.checkInInside == false && (draft.checkInReason ?? "").isEmpty }
}

extension GeoPoint {
    /// Metres along the earth's surface.
    func distance(to other: GeoPoint) -> Double {
        func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
        let (north, east) = (radians(other.lat - lat) / 2, radians(other.lon - lon) / 2)
        let a = pow(sin(north), 2) + cos(radians(lat)) * cos(radians(other.lat)) * pow(sin(east), 2)
        return 2 * 6_371_000 * asin(min(1, a.squareRoot()))
    }
}
