import Foundation

/// A ``SecretStore`` in the system's keychain.
///
/// The secret is readable from the first unlock after a start on, so that a refresh in the background may
/// sync; it stays on this device and goes into no backup.
public struct KeychainItem: SecretStore {
    private let calls: any KeychainCalls

    init(_ calls: any KeychainCalls) { self.calls = calls }

    /// The secret; nil if there is none.
    public func read() throws(SecretStoreError) -> String? {
        let (status, data) = calls.copy()
        if status == KeychainStatus.notFound { return nil }
        try check(status)
        return data.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes the secret in place of the one before.
    public func write(_ secret: String) throws(SecretStoreError) {
        let data = Data(secret.utf8)
        var status = calls.update(data)
        if status == KeychainStatus.notFound { status = calls.add(data) }
        // Another process of the app, e.g. an extension, was quicker.
        if status == KeychainStatus.duplicate { status = calls.update(data) }
        try check(status)
    }

    /// Erases the secret, if there is one.
    public func erase() throws(SecretStoreError) {
        let status = calls.delete()
        if status != KeychainStatus.notFound { try check(status) }
    }

    private func check(_ status: Int32) throws(SecretStoreError) {
        switch status {
        case KeychainStatus.success: return
        case KeychainStatus.interactionNotAllowed, KeychainStatus.notAvailable: throw .locked
        default: throw .failed
        }
    }
}

/// What is asked of the system's keychain about one item.
protocol KeychainCalls: Sendable {
    func copy() -> (status: Int32, data: Data?)
    func add(_ data: Data) -> Int32
    func update(_ data: Data) -> Int32
    func delete() -> Int32
}

/// `OSStatus` values of the Security framework, which is not everywhere this file is tested.
enum KeychainStatus {
    static let success: Int32 = 0
    static let notAvailable: Int32 = -25291
    static let duplicate: Int32 = -25299
    static let notFound: Int32 = -25300
    static let interactionNotAllowed: Int32 = -25308
}

#if canImport(Security)
    import Security

    extension KeychainItem {
        /// An item of the app's keychain.
        /// - Parameters:
        ///   - service: whose secret, e.g. the app's bundle identifier.
        ///   - account: which secret of it.
        ///   - accessGroup: shared with the app's extensions; nil is the app's own.
        public init(service: String, account: String = "roadbook", accessGroup: String? = nil) {
            self.init(SystemKeychain(service: service, account: account, accessGroup: accessGroup))
        }
    }

    private struct SystemKeychain: KeychainCalls {
        let service: String
        let account: String
        let accessGroup: String?

        private var item: [CFString: Any] {
            var item: [CFString: Any] = [
                kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrAccount: account,
                kSecUseDataProtectionKeychain: true,
            ]
            item[kSecAttrAccessGroup] = accessGroup
            return item
        }

        func copy() -> (status: Int32, data: Data?) {
            var found: CFTypeRef?
            let query = item.merging([kSecReturnData: true, kSecMatchLimit: kSecMatchLimitOne]) { $1 }
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            return (status, found as? Data)
        }

        func add(_ data: Data) -> Int32 {
            let values: [CFString: Any] = [
                kSecValueData: data, kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
            ]
            return SecItemAdd(item.merging(values) { $1 } as CFDictionary, nil)
        }

        func update(_ data: Data) -> Int32 {
            SecItemUpdate(item as CFDictionary, [kSecValueData: data] as [CFString: Any] as CFDictionary)
        }

        func delete() -> Int32 { SecItemDelete(item as CFDictionary) }
    }
#endif
