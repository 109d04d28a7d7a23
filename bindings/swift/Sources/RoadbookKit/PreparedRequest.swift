public import Foundation
import RoadbookGenerated

/// A sync request for the app's own HTTP stack, e.g. a background `URLSession`: a `POST` of ``body`` to ``url`` with ``headers``.
///
/// The answer goes to ``Roadbook/apply(answer:status:encoding:to:)`` with the same ``body``, from another process of the app
/// if need be: write it to the file that the upload task sends, and keep that file until the answer is here. One that is
/// never sent costs nothing.
public struct PreparedRequest: Hashable, Sendable {
    /// Where to.
    public let url: URL
    /// Its headers; the device's token is among them, so keep it no longer than needed.
    public let headers: [String: String]
    /// Its body.
    public let body: Data
}

extension Roadbook {
    /// The next request of a sync, for the app's own HTTP stack.
    public func prepare() async throws(RoadbookError) -> PreparedRequest {
        try await bridged {
            let prepared = try await self.core.prepare()
            guard let url = URL(string: prepared.url) else { throw CocoaError(.coderInvalidValue) }
            return PreparedRequest(url: url, headers: prepared.headers, body: prepared.body)
        }
    }

    /// Takes in the answer to a prepared request: durable when it returns. It needs no network, and once begun it ends by
    /// itself, also in a task that is cancelled.
    /// - Parameters:
    ///   - answer: the answer's body.
    ///   - status: its HTTP status.
    ///   - encoding: its `Content-Encoding` header.
    ///   - request: the prepared request's body.
    /// - Returns: unless it is ``SyncReport/finished`` or ``SyncReport/stopped``, ``prepare()`` the next one. A report of no
    ///   request says that another sync came in between: the answer was thrown away, and nothing lost.
    @discardableResult
    public func apply(
        answer: Data, status: Int, encoding: String?, to request: Data
    ) async throws(RoadbookError) -> SyncReport {
        try await bridged {
            SyncReport(
                try await self.core.apply(
                    request: request, status: UInt16(clamping: status), encoding: encoding, body: answer))
        }
    }

    /// When the next sync is wished for, for whoever wakes the app up: at once if anything is to be sent or fetched, else an
    /// hour after the last one; nil while there is nothing to sync with.
    public func nextSync() async throws(RoadbookError) -> Date? {
        try await bridged {
            try await self.core.nextSync().map { Date(timeIntervalSince1970: Double($0) / 1000) }
        }
    }
}
