import Foundation
import Kafka
import PaymentEvents
import Testing

@testable import Bridge

@Suite(.timeLimit(.minutes(30))) struct RecordFuzzTests {
    /// `scripts/fuzz records` gives more, and others.
    private static func setting(_ name: String, default fallback: UInt64) -> UInt64 {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init) ?? fallback
    }

    @Test(
        "Whatever a record holds, it is applied or dead-lettered, each time alike, and never under another payment's id"
    )
    func anything() throws {
        let count = Self.setting("PAYMENT_SAGA_FUZZ_RECORDS", default: 20_000)
        let seed = Self.setting("PAYMENT_SAGA_FUZZ_SEED", default: 1)
        let routes = Dictionary(uniqueKeysWithValues: Route.payments().map { ($0.topic, $0) })
        var fuzz = RecordFuzz(seed: seed)
        var applied = 0
        var reasons: Set<DeadLetterReason> = []
        for number in 0..<count {
            let record = try fuzz.record()
            let route = try #require(routes[record.topic])
            do throws(Rejection) {
                let command = try route.command(record)
                #expect(try route.command(record) == command, "seed \(seed), record \(number)")
                #expect(command.workflowID.utf8.elementsEqual(record.key ?? []), "seed \(seed), record \(number)")
                applied += 1
            } catch {
                #expect(
                    error.text.utf8.count < 4_096 && !error.text.contains("tok_secret"),
                    "seed \(seed), record \(number)")
                reasons.insert(error.reason)
            }
        }
        // A fuzzer that only makes rubbish, or only good records, would show nothing.
        #expect(applied > count / 10 && applied < count)
        #expect(reasons.count >= 7, "\(reasons)")
    }
}

extension WorkflowCommand {
    fileprivate var workflowID: String {
        switch self {
        case .start(let start): start.workflowID
        case .signal(let signal), .signalWithStart(_, let signal): signal.workflowID
        }
    }
}
