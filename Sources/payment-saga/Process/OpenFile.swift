import Foundation

/// An open file or one end of a pipe; closed when the last reference goes away. Programs started later do not get it.
final class OpenFile: Sendable {
    let descriptor: Int32

    /// - Throws: ``CommandFailure`` when the file can't be opened.
    init(path: String, _ flags: Int32) throws(CommandFailure) {
        descriptor = open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure("can't open \(path): \(String(cString: strerror(errno)))")
        }
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// - Throws: ``CommandFailure`` when there are too many open files.
    static func pipe() throws(CommandFailure) -> (reading: OpenFile, writing: OpenFile) {
        var ends: [Int32] = [-1, -1]
        guard Foundation.pipe(&ends) == 0 else {
            throw CommandFailure("can't make a pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (OpenFile(descriptor: ends[0]), OpenFile(descriptor: ends[1]))
    }
}
