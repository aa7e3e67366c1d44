/// The accounts that hold the money of payments under way, one for each currency.
public enum ClearingAccount {
    /// The account's id, such as `clearing-EUR`.
    /// - Parameter currency: The ISO 4217 code.
    public static func id(currency: String) -> String { "clearing-\(currency)" }
}
