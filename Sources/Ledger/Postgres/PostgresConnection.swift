import CPostgres
import Foundation

/// One connection, in libpq's pipeline mode: statements are sent without waiting for the answers of those before.
///
/// Used by one thread at a time. Every wait has a bound. After a failure other than `refused` or `failed` it is of no
/// more use.
final class PostgresConnection {
    private typealias RowBody = (any LedgerRow) throws -> Void

    /// How long the server may take to accept a connection, or to send the next part of an answer.
    private static let patience = Duration.seconds(30)

    private let connection: OpaquePointer

    /// The names that statements are prepared under, by text.
    private var prepared: [String: String] = [:]

    /// For each answer that is still to come, what takes its rows.
    private var expected: [RowBody?] = []

    /// - Parameter address: A connection string or URL as libpq takes it.
    /// - Throws: ``PostgresFailure``.
    init(_ address: String) throws {
        guard let connection = PQconnectStart(address) else {
            throw PostgresFailure(.unreachable, "no memory for a connection")
        }
        self.connection = connection
        try establish()
    }

    deinit {
        PQfinish(connection)
    }

    private func establish() throws {
        let deadline = ContinuousClock.now + Self.patience
        var state = PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            guard state != PGRES_POLLING_FAILED, PQstatus(connection) != CONNECTION_BAD else {
                throw PostgresFailure(.unreachable, errorMessage)
            }
            try wait(for: state == PGRES_POLLING_READING ? POLLIN : POLLOUT, until: deadline)
            state = PQconnectPoll(connection)
        }
        guard PQsetnonblocking(connection, 1) == 0, PQenterPipelineMode(connection) == 1 else {
            throw PostgresFailure(.unreachable, errorMessage)
        }
        // Notices would go to standard error.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
    }

    // MARK: Statements

    /// Sends a statement at the next ``flush()``. It stays prepared for the next time.
    /// - Parameter body: Is given the rows of the answer, during `flush`.
    func enqueue(
        _ sql: String, _ arguments: [LedgerArgument] = [], _ body: ((any LedgerRow) throws -> Void)? = nil
    ) throws {
        let values = arguments.map(\.postgresValue)
        let name: String
        if let known = prepared[sql] {
            name = known
        } else {
            name = "statement_\(prepared.count)"
            prepared[sql] = name
            try check(PQsendPrepare(connection, name, sql, 0, nil))
            expected.append(nil)
        }
        let copies = values.map { $0.flatMap { strdup($0) } }
        defer { for copy in copies { free(copy) } }
        let pointers = copies.map { UnsafePointer($0) }
        try check(PQsendQueryPrepared(connection, name, Int32(pointers.count), pointers, nil, nil, 0))
        expected.append(body)
    }

    /// Sends a statement at the next ``flush()``, and leaves nothing of it behind.
    func enqueueOnce(_ sql: String, _ body: ((any LedgerRow) throws -> Void)? = nil) throws {
        try check(PQsendQueryParams(connection, sql, 0, nil, nil, nil, nil, 0))
        expected.append(body)
    }

    /// Sends what is enqueued, and hands out the answers.
    /// - Throws: The first failure, of the server or of who takes the rows; statements after one that failed have not run.
    func flush() throws {
        let bodies = expected
        expected = []
        try check(PQpipelineSync(connection))
        var failure: (any Error)?
        for body in bodies {
            while let result = try nextResult() {
                defer { PQclear(result) }
                guard failure == nil else { continue }
                do {
                    try take(result, body)
                } catch {
                    failure = error
                }
            }
        }
        guard let end = try nextResult() else { throw PostgresFailure(.lost, "the server's answers are out of step") }
        let status = PQresultStatus(end)
        PQclear(end)
        if let failure { throw failure }
        guard status == PGRES_PIPELINE_SYNC else {
            throw PostgresFailure(.lost, "the server's answers are out of step")
        }
    }

    /// Runs `body` in a transaction.
    /// - Parameter opening: The statements to open it with.
    /// - Throws: What `body` threw, or ``PostgresFailure``. When its cause is `lost`, the transaction may be committed.
    func transaction<Value>(_ opening: [String], _ body: () throws -> Value) throws -> Value {
        do {
            for statement in opening { try enqueue(statement) }
            let value = try body()
            try enqueue("COMMIT")
            try flush()
            return value
        } catch let failure as PostgresFailure where failure.endsConnection {
            throw failure
        } catch {
            // Which of the statements were prepared is not known: some may have been skipped.
            prepared = [:]
            try enqueueOnce("ROLLBACK")
            try enqueueOnce("DEALLOCATE ALL")
            try flush()
            throw error
        }
    }

    private func take(_ result: OpaquePointer, _ body: RowBody?) throws {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK: break
        case PGRES_TUPLES_OK:
            guard let body else { return }
            for row in 0..<PQntuples(result) { try body(PostgresRow(result: result, row: row)) }
        case PGRES_PIPELINE_ABORTED:
            throw PostgresFailure(.lost, "a statement was not run, for one before it failed")
        default:
            guard let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))) else {
                throw PostgresFailure(.lost, String(cString: PQresultErrorMessage(result)))
            }
            let message = PQresultErrorField(result, Int32(UInt8(ascii: "M")))
            throw PostgresFailure(sqlState: String(cString: state), message.map { String(cString: $0) } ?? "no message")
        }
    }

    // MARK: Waiting

    /// The next result of the current statement; `nil` after its last.
    private func nextResult() throws -> OpaquePointer? {
        let deadline = ContinuousClock.now + Self.patience
        while PQisBusy(connection) == 1 {
            let unsent = PQflush(connection)
            guard unsent >= 0 else { throw PostgresFailure(.lost, errorMessage) }
            try wait(for: unsent == 0 ? POLLIN : POLLIN | POLLOUT, until: deadline)
            guard PQconsumeInput(connection) == 1 else { throw PostgresFailure(.lost, errorMessage) }
        }
        let result = PQgetResult(connection)
        if result == nil, PQstatus(connection) != CONNECTION_OK { throw PostgresFailure(.lost, errorMessage) }
        return result
    }

    private func wait(for events: Int32, until deadline: ContinuousClock.Instant) throws {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw PostgresFailure(.lost, "the server did not answer in \(Self.patience)") }
            var descriptor = pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)
            let ready = poll(&descriptor, 1, Int32(left / .milliseconds(1)) + 1)
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw PostgresFailure(.lost, "poll: \(String(cString: strerror(errno)))") }
        }
    }

    private func check(_ status: Int32) throws {
        guard status == 1 else { throw PostgresFailure(.lost, errorMessage) }
    }

    private var errorMessage: String { String(cString: PQerrorMessage(connection)) }
}

extension LedgerArgument {
    /// In PostgreSQL's text format.
    fileprivate var postgresValue: String? {
        switch self {
        case .text(let text): text
        case .integer(let integer): integer.map { "\($0)" }
        case .texts(let texts): "{\(QuotedList.elements(texts))}"
        case .integers(let integers): "{\(integers.map(String.init).joined(separator: ","))}"
        }
    }
}
