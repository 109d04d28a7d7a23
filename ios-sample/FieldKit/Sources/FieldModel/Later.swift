/// Does something a moment later, so that a long text is not written at each key.
@MainActor
final class Later {
    private var task: Task<Void, Never>?

    func does(_ work: @escaping @MainActor () -> Void) {
        if task != nil { return }
        task = Task {
            try? await Task.sleep(for: .milliseconds(300))
            if !Task.isCancelled { work() }
        }
    }

    func stop() {
        task?.cancel()
        task = nil
    }
}
