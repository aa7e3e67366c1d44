import Foundation
import SwiftProtobuf

extension Google_Protobuf_Timestamp {
    /// The date to the millisecond, which is what a workflow's values keep of it: finer digits would differ between the
    /// value and its copy read back.
    init(milliseconds date: Date) {
        // Beyond 64 bits lies nothing that could be written, which encoding then says.
        let milliseconds = Int64(exactly: (date.timeIntervalSince1970 * 1000).rounded()) ?? .max
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        self.init(
            seconds: rest < 0 ? seconds - 1 : seconds, nanos: Int32(rest < 0 ? rest + 1000 : rest) * 1_000_000)
    }
}
