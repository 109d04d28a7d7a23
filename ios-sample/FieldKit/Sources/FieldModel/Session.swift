import Foundation
import Observation
import RoadbookKit

/// The app from its start to its end: opens the store, enrols, goes to the background and comes back, wipes.
@MainActor @Observable
public final class Session {
    /// Where the app is.
    public enum State: Sendable {
        /// The store is being opened.
        case opening
        /// At work.
        case open(Desk)
        /// The store cannot be opened, or was found damaged while it was used. What is in it stays there.
        case failed(Problem)
    }

    /// Where the app is.
    public private(set) var state = State.opening
    /// Why this device cannot sync before it is enrolled again, if so. The core keeps it, also through a restart.
    public private(set) var ended: StopReason?
    /// Whether an administrator ended this device together with all that was on it.
    public var isErased: Bool { ended == .wiped || ended == .retired }
    /// What a salvage kept and lost.
    public private(set) var salvaged: Salvaged?
    /// Whether the app is on the screen. Not before it is said: the system may start it for a refresh.
    public private(set) var isInFront = false

    @ObservationIgnored private var opening: Task<Void, Never>?
    @ObservationIgnored private var closing: Task<Void, Never>?
    @ObservationIgnored private var settling: Task<Void, Never>?
    private let folder: URL
    private let locator: any Locator
    private let secrets: (any SecretStore)?

    /// A session on a folder of the app's own container.
    /// - Parameters:
    ///   - folder: where the store and what is half-written are.
    ///   - locator: where the phone is.
    ///   - secrets: where the key to this device's token is kept; without it the token lies in the store's file.
    public init(
        folder: URL = FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask)[0],
        locator: any Locator = NoLocator(), secrets: (any SecretStore)? = nil
    ) {
        (self.folder, self.locator, self.secrets) = (folder, locator, secrets)
    }

    /// The desk, once the store is open.
    public var desk: Desk? { if case .open(let desk) = state { desk } else { nil } }
    /// Whether the person has stopped sync.
    public var isSyncPaused: Bool {
        get { syncPaused }
        set { Task { await pauseSync(newValue) } }
    }
    private var syncPaused = false

    private var store: URL { folder.appendingPathComponent("store") }

    /// Opens the store and begins to sync, if this device is enrolled. Needs no connection. Behind the screen the store is
    /// let go of again at once.
    public func open() async {
        // The first screen, the app's coming to the front and a refresh all ask for it.
        if let opening { return await opening.value }
        if desk != nil { return }
        let task = Task { await openStore() }
        opening = task
        await task.value
        opening = nil
    }

    private func openStore() async {
        await closing?.value
        do {
            let shelf = try Shelf(in: folder.appendingPathComponent("shelf"))
            let roadbook = try await Roadbook.open(in: store, secrets: secrets)
            keepOutOfBackups()
            let desk = Desk(roadbook, shelf: shelf, locator: locator) { [weak self] in self?.found($0, on: $1) }
            syncPaused = shelf.take(Bool.self, "sync-paused") ?? false
            await desk.reload()
            note(try await roadbook.endedBecause(), on: desk)
            state = .open(desk)
            if isInFront { await startLive(desk) } else { await settle(desk) }
        } catch {
            state = Problem(error).map { .failed($0) } ?? .opening
        }
    }

    /// The store was found damaged while it was used: it is let go of, and the screen offers what helps.
    private func found(_ damage: Problem, on desk: Desk) {
        guard desk === self.desk else { return }
        state = .failed(damage)
        closing = Task { await settle(desk) }
    }

    /// Neither the store nor what is half-written is for a backup: restored, the one would be a device that is another's,
    /// the other would be about records that are not there.
    private func keepOutOfBackups() {
        for name in ["store", "shelf"] {
            var values = URLResourceValues()
            values.isExcludedFromBackup = true
            var place = folder.appendingPathComponent(name)
            try? place.setResourceValues(values)
        }
    }

    /// Makes this device one of a member. What was logged before goes into the member's book.
    /// - Returns: whether it worked; if not, the desk's problem says why.
    @discardableResult
    public func enrol(_ invitation: String, deviceName: String) async -> Bool {
        guard let desk else { return false }
        let text = invitation.trimmingCharacters(in: .whitespacesAndNewlines)
        do {
            try await desk.roadbook.enrol(text, deviceName: deviceName)
        } catch {
            // Here a missing connection is worth words: the person waits for it.
            desk.problem = Problem(error) ?? Problem(error.words)
            return false
        }
        desk.problem = nil
        ended = nil
        await desk.reload()
        await startLive(desk)
        return true
    }

    /// Keeps people, sync and the end of this device in view until the task ends.
    public func follow() async {
        guard let desk else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await desk.follow() }
            group.addTask { await self.watchForTheEnd(of: desk) }
        }
    }

    /// Stops sync, or begins it again. It stays that way at the next start.
    public func pauseSync(_ paused: Bool) async {
        guard let desk else { return }
        syncPaused = paused
        await desk.attempt { try desk.shelf.put(paused, "sync-paused") }
        if syncPaused { desk.roadbook.stopLive() } else { await startLive(desk) }
    }

    /// Erases everything on this device and begins anew. What is unsent is lost with it only if it is given up; if not, the
    /// desk's problem says how much it is.
    public func wipe(giveUpUnsent: Bool = false) async {
        guard let desk else { return }
        let erased = await desk.attempt {
            try await desk.roadbook.wipe(giveUpUnsent: giveUpUnsent)
            desk.clear()
            (ended, salvaged, syncPaused) = (nil, nil, false)
        }
        if erased { await desk.reload() }
    }

    /// Carries what a damaged store still holds over into a fresh one, and opens that.
    public func salvage() async {
        await closing?.value
        do {
            salvaged = try await Roadbook.salvage(in: store)
            await open()
        } catch {
            if let problem = Problem(error) { state = .failed(problem) }
        }
    }

    // MARK: Foreground and background

    /// When the next sync is wished for, as of the last time the store was let go of; nil while there is nothing to
    /// sync with.
    public private(set) var nextRefresh: Date?

    /// The app leaves the screen: every lock on the store is given up before the system may suspend the process.
    public func enterBackground() async {
        isInFront = false
        // A store that is being opened holds its file, too.
        await opening?.value
        guard let desk else { return }
        desk.shelf.flush()
        // Let go of already: the wish stands as it was.
        do { nextRefresh = try await desk.roadbook.nextSync() } catch {}
        await settle(desk)
    }

    /// The app is in front, or back there.
    public func enterForeground() async {
        isInFront = true
        if desk == nil || opening != nil { await open() }
        guard let desk, isInFront else { return }
        await settle(desk)
        await startLive(desk)
        desk.roadbook.nudge()
    }

    /// The system lets the app run for a moment: one sync, and the locks are given up again.
    public func refreshInBackground() async {
        if desk == nil { await open() }
        // The store cannot be opened now, e.g. before the phone's first unlock: another time.
        guard let desk else { return nextRefresh = Date(timeIntervalSinceNow: 3600) }
        if isSyncPaused { return }
        nextRefresh = await desk.roadbook.syncInBackground { await self.isInFront }.next
    }

    /// Opens the store or lets go of it, as the app is in front with it or not when its turn comes. One at a time: of two
    /// calls under way at once either may be the last to act.
    private func settle(_ desk: Desk) async {
        let before = settling
        let task = Task {
            await before?.value
            await desk.attempt {
                let opens = isInFront && desk === self.desk
                if opens { try await desk.roadbook.resume() } else { try await desk.roadbook.pause() }
            }
        }
        settling = task
        await task.value
    }

    private func startLive(_ desk: Desk) async {
        if isSyncPaused || desk.identity == nil { return }
        await desk.attempt { try desk.roadbook.startLive() }
    }

    private func watchForTheEnd(of desk: Desk) async {
        do {
            for try await because in desk.roadbook.observeEnded() where because != ended {
                note(because, on: desk)
                await desk.reload()
            }
        } catch {
            desk.problem = Problem(error)
        }
    }

    private func note(_ because: StopReason?, on desk: Desk) {
        ended = because
        // The core has erased its own; what is half-written here goes with it.
        if isErased { desk.clear() }
    }
}

extension Problem {
    init(_ words: Wording) { (self.words, fields, canSalvage) = (words, [:], false) }
}
