import Foundation

extension Double {
    /// With that many decimals.
    func rounded(to decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}
