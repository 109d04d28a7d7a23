// A stand-in for Apple's Security on Linux: declarations only, so that what calls it is type-checked. Core Foundation's
// bridging is not there: strings and dictionaries stand for their CF types.
@_exported import Foundation

public typealias CFString = String
public typealias CFDictionary = [String: Any]
public typealias CFTypeRef = AnyObject
public typealias OSStatus = Int32

public let kSecClass = "", kSecClassGenericPassword = "", kSecAttrService = "", kSecAttrAccount = "", kSecAttrAccessGroup = ""
public let kSecUseDataProtectionKeychain = "", kSecReturnData = "", kSecMatchLimit = "", kSecMatchLimitOne = ""
public let kSecValueData = "", kSecAttrAccessible = "", kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly = ""

public func SecItemCopyMatching(_ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus { 0 }
public func SecItemAdd(_ attributes: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus { 0 }
public func SecItemUpdate(_ query: CFDictionary, _ attributesToUpdate: CFDictionary) -> OSStatus { 0 }
public func SecItemDelete(_ query: CFDictionary) -> OSStatus { 0 }
