import Foundation

extension RawRepresentable where RawValue == String {
    /// A value as its column has it.
    /// - Throws: ``LedgerError/storage(_:)`` for a value this version doesn't know.
    init(stored value: String) throws(LedgerError) {
        guard let known = Self(rawValue: value) else {
            throw .storage("it holds \"\(value)\" as \(Self.self); use the version of this program that wrote it")
        }
        self = known
    }
}

extension Currency {
    /// A currency as its column has it.
    /// - Throws: ``LedgerError/storage(_:)`` for a currency this version doesn't know.
    init(stored code: String) throws(LedgerError) {
        do {
            try self.init(code)
        } catch {
            throw .storage("it holds \"\(code)\" as currency; use the version of this program that wrote it")
        }
    }
}

extension Date {
    /// Milliseconds since 1970 in UTC.
    var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }

    init(milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
    }
}
