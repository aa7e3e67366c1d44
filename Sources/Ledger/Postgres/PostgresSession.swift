import Foundation

/// A place for one connection, which is made when it is needed and made again when it was lost.
///
/// `@unchecked Sendable`: `connection`, the only state, is touched while `lock` is held and at no other time, and a
/// connection never leaves ``perform(_:)``.
final class PostgresSession: @unchecked Sendable {
    /// How long calls wait for a lost connection to be replaced. When it is over, each tries once.
    private static let patience = Duration.seconds(15)

    private let connect: @Sendable () throws -> PostgresConnection
    private let lock = NSLock()
    private var connection: PostgresConnection?
    private var lostSince: ContinuousClock.Instant?

    init(_ connect: @escaping @Sendable () throws -> PostgresConnection) {
        self.connect = connect
    }

    /// Runs `body`, and blocks the thread until it has run.
    /// - Parameter body: Runs again from the start when the connection was lost on the way. It must be a read, or find out by
    ///   itself what it wrote before.
    func perform<Value>(_ body: (PostgresConnection) throws -> Value) throws -> Value {
        try lock.withLock {
            var pause = 0.02
            while true {
                do {
                    let connection = try self.connection ?? connect()
                    self.connection = connection
                    let value = try body(connection)
                    lostSince = nil
                    return value
                } catch let failure as PostgresFailure where failure.endsConnection {
                    connection = nil
                    let since = lostSince ?? .now
                    lostSince = since
                    guard ContinuousClock.now + .seconds(pause) < since + Self.patience else { throw failure }
                    // Not all at once, when the server comes back to many.
                    Thread.sleep(forTimeInterval: Double.random(in: pause / 2...pause))
                    pause = min(pause * 2, 1)
                }
            }
        }
    }
}
