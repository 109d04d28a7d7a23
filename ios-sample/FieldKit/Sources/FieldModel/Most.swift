/// How long a text may be, in characters as the core counts them.
public enum Most {
    /// What the core takes in a line.
    public static let line = 1_000
    /// What the core takes in a free text.
    public static let text = 100_000
    /// What is laid out where it is typed: a phone takes long for more.
    public static let laidOut = 20_000
    /// Nobody searches for more.
    public static let search = 200
    /// An address and a code.
    public static let invitation = 2_000
}

extension String {
    /// Whether there are more characters than that.
    public func isLonger(than most: Int) -> Bool {
        unicodeScalars.index(unicodeScalars.startIndex, offsetBy: most + 1, limitedBy: unicodeScalars.endIndex) != nil
    }

    /// Leaves the beginning of a text that is longer.
    /// - Returns: whether it was.
    @discardableResult
    public mutating func cut(to most: Int) -> Bool {
        if !isLonger(than: most) { return false }
        self = String(unicodeScalars.prefix(most))
        return true
    }

    /// The same; notes that it was until the text is shorter, e.g. because somebody goes on typing.
    public mutating func cut(to most: Int, noting isCut: inout Bool) {
        if cut(to: most) { isCut = true } else if !isLonger(than: most - 1) { isCut = false }
    }
}
