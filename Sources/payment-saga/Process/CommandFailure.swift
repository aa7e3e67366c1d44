import Foundation

/// Ends the command with a message of one line, which says what to do, and an exit status.
struct CommandFailure: Error, CustomStringConvertible {
    /// Something failed, or what was checked does not hold.
    static let general: Int32 = EXIT_FAILURE
    /// `EX_UNAVAILABLE` of sysexits.h: a program or a server that is needed is not there.
    static let unavailable: Int32 = 69
    /// `EX_DATAERR` of sysexits.h: a file holds what can't be used.
    static let badInput: Int32 = 65
    /// `EX_CONFIG` of sysexits.h: a setting can't be used.
    static let badSetting: Int32 = 78

    let message: String
    let status: Int32

    init(_ message: String, status: Int32 = Self.general) {
        self.message = message
        self.status = status
    }

    var description: String { message }
}
