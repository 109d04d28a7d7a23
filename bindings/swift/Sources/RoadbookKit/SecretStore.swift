import RoadbookGenerated

/// Keeps one secret of the app where other apps and backups cannot read it: the key that this device's token is sealed under.
/// Asked when the device is enrolled and when it first syncs, on a thread of the core; never to save or read a record.
public protocol SecretStore: Sendable {
    /// The secret; nil if there is none, or none any more.
    func read() throws(SecretStoreError) -> String?
    /// Keeps this secret, 64 hexadecimal digits, in the place of any other.
    func write(_ secret: String) throws(SecretStoreError)
    /// Forgets it: the device was wiped.
    func erase() throws(SecretStoreError)
}

/// Why a ``SecretStore`` did not answer.
public enum SecretStoreError: Error, Hashable, Sendable {
    /// The phone has not been unlocked since it was started.
    case locked
    /// Anything else.
    case failed
}

final class ForeignSecrets: FfiSecretStore {
    private let secrets: any SecretStore

    init(_ secrets: any SecretStore) { self.secrets = secrets }

    func read() throws -> String? {
        do throws(SecretStoreError) { return try secrets.read() } catch { throw FfiSecretError(error) }
    }

    func write(secret: String) throws {
        do throws(SecretStoreError) { try secrets.write(secret) } catch { throw FfiSecretError(error) }
    }

    func erase() throws {
        do throws(SecretStoreError) { try secrets.erase() } catch { throw FfiSecretError(error) }
    }
}

extension FfiSecretError {
    fileprivate init(_ error: SecretStoreError) {
        self =
            switch error {
            case .locked: .Locked
            case .failed: .Failed
            }
    }
}
