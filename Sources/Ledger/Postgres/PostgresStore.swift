import Dispatch
import Synchronization

/// A ledger's database on a PostgreSQL server, as the engine uses it.
///
/// Writers of all processes take turns, by an advisory lock: so transfers are numbered in the order they were committed
/// in, no two transactions wait for each other, and a transaction whose commit was in doubt has ended before its writes
/// are looked for.
final class PostgresStore: LedgerStore {
    private static let readers = 3

    private let connect: @Sendable () throws -> PostgresConnection
    private let writer: PostgresSession
    private let readers: [Reader]
    private let nextReader = Atomic(0)

    private struct Reader {
        let session: PostgresSession
        let thread: DispatchQueue
    }

    init(_ connect: @escaping @Sendable () throws -> PostgresConnection) {
        self.connect = connect
        writer = PostgresSession(connect)
        readers = (0..<Self.readers).map { number in
            Reader(session: PostgresSession(connect), thread: DispatchQueue(label: "ledger.reader-\(number)"))
        }
    }

    func write<Value>(_ body: (LedgerTables) throws -> Value) throws -> Value {
        try writer.perform { connection in
            try connection.transaction(["BEGIN", PostgresSchema.takeTurn]) {
                try body(LedgerTables(PostgresDatabase(connection)))
            }
        }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (LedgerTables) throws -> Value) async throws -> Value {
        let next = nextReader.wrappingAdd(1, ordering: .relaxed).newValue
        return try await Self.read(readers[abs(next % readers.count)], [], body)
    }

    func scan<Value: Sendable>(_ body: @escaping @Sendable (LedgerTables) throws -> Value) async throws -> Value {
        // A connection of its own, since other reads would wait for this one.
        let reader = Reader(session: PostgresSession(connect), thread: DispatchQueue(label: "ledger.scan"))
        return try await Self.read(
            reader, ["SET LOCAL enable_seqscan = on", "SET LOCAL cursor_tuple_fraction = 1"], body)
    }

    private static func read<Value: Sendable>(
        _ reader: Reader, _ settings: [String], _ body: @escaping @Sendable (LedgerTables) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { caller in
            reader.thread.async {
                caller.resume(
                    with: Result {
                        try reader.session.perform { connection in
                            try connection.transaction(
                                ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"] + settings
                            ) {
                                try body(LedgerTables(PostgresDatabase(connection)))
                            }
                        }
                    })
            }
        }
    }

    func isRefusal(_ error: any Error) -> Bool { (error as? PostgresFailure)?.cause == .refused }

    func ledgerError(_ error: any Error) -> LedgerError {
        switch error {
        case let error as LedgerError: error
        case let failure as PostgresFailure: .storage("\(failure); \(failure.advice)")
        default: .storage("\(error)")
        }
    }
}
