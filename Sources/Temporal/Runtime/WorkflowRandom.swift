package import Foundation

/// The random numbers of one run: a 128-bit PCG (XSL-RR), seeded with the run id by SipHash-1-3 as other Temporal SDKs do, so that
/// every replay draws the same.
package struct WorkflowRandom: RandomNumberGenerator {
    private static let multiplier = UInt128(0x2360_ED05_1FC6_5DA4) << 64 | UInt128(0x4385_DF64_9FCC_F645)
    private static let increment = UInt128(0x5851_F42D_4C95_7F2D) << 64 | UInt128(0x1405_7B7E_F767_814F)

    private var state: UInt128

    /// - Parameter runID: the original run id of the execution, or the new one after a reset.
    package init(runID: String) {
        state = UInt128(SipHash13.hash(Array(runID.utf8) + [0xFF]))
    }

    package mutating func next() -> UInt64 {
        state = state &* Self.multiplier &+ Self.increment
        let folded = UInt64(truncatingIfNeeded: state >> 64) ^ UInt64(truncatingIfNeeded: state)
        let rotation = UInt64(truncatingIfNeeded: state >> 122)
        return folded >> rotation | folded << ((64 &- rotation) & 63)
    }

    /// A version 4 UUID (RFC 9562, section 5.4).
    package mutating func uuid() -> UUID {
        let high = next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let bytes = withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}

/// SipHash-1-3 with a zero key (Aumasson and Bernstein, "SipHash: a fast short-input PRF").
package enum SipHash13 {
    package static func hash(_ bytes: [UInt8]) -> UInt64 {
        var v0: UInt64 = 0x736f_6d65_7073_6575
        var v1: UInt64 = 0x646f_7261_6e64_6f6d
        var v2: UInt64 = 0x6c79_6765_6e65_7261
        var v3: UInt64 = 0x7465_6462_7974_6573

        func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
        func round() {
            v0 &+= v1
            v1 = rotate(v1, 13) ^ v0
            v0 = rotate(v0, 32)
            v2 &+= v3
            v3 = rotate(v3, 16) ^ v2
            v0 &+= v3
            v3 = rotate(v3, 21) ^ v0
            v2 &+= v1
            v1 = rotate(v1, 17) ^ v2
            v2 = rotate(v2, 32)
        }
        func absorb(_ word: UInt64) {
            v3 ^= word
            round()
            v0 ^= word
        }

        var index = 0
        while index + 8 <= bytes.count {
            absorb((0..<8).reduce(0) { $0 | UInt64(bytes[index + $1]) << UInt64(8 * $1) })
            index += 8
        }
        var last = UInt64(bytes.count & 0xFF) << 56
        for (offset, byte) in bytes[index...].enumerated() { last |= UInt64(byte) << UInt64(8 * offset) }
        absorb(last)
        v2 ^= 0xFF
        for _ in 0..<3 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }
}
