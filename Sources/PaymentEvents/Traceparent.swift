/// The syntax of the `traceparent` header (W3C Trace Context section 3.2.2).
public enum Traceparent {
    static func isValid(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].count == 2, parts[1].count == 32, parts[2].count == 16, parts[3].count == 2
        else { return false }
        guard parts[0...3].allSatisfy({ $0.allSatisfy(isLowercaseHex) }) else { return false }
        // Version 00 ends after the flags; later versions may go on. Version ff is forbidden.
        if parts[0].elementsEqual("00".utf8) && parts.count > 4 { return false }
        return !parts[0].elementsEqual("ff".utf8) && !isZero(parts[1]) && !isZero(parts[2])
    }

    private static func isLowercaseHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func isZero(_ digits: Substring.UTF8View) -> Bool {
        digits.allSatisfy { $0 == UInt8(ascii: "0") }
    }
}
