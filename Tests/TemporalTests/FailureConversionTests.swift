import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("Failures on their way through")
struct FailureConversionTests {
    private let converter = FailureConverter()

    @Test(
        "A failure that is thrown on is encoded as the very same message, whatever is in it", arguments: 0..<500)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let failure = try Failure(
            serializedBytes: randomFailure(&random, depth: 0).serializedBytes() + Self.unknownField)
        let error = converter.error(from: failure)
        #expect(converter.failure(from: error) == failure)
        let wrapped = converter.failure(from: ApplicationFailure("outer", type: "Outer", cause: error))
        #expect(wrapped.cause == failure)
    }

    @Test("Every kind of failure has an error of its own, with its fields")
    func kinds() throws {
        func decoded<Kind>(_ type: Kind.Type, _ configure: (inout Failure) -> Void) throws -> Kind {
            var failure = Failure.with { $0.message = "m" }
            configure(&failure)
            let error = try #require(converter.error(from: failure) as? any TemporalFailure)
            #expect(error.message == "m")
            return try #require(error as? Kind)
        }
        let details = try DataConverter.standard.payloads(encoding: "d")
        let canceled = try decoded(CanceledFailure.self) {
            $0.canceledFailureInfo.identity = "me"
            $0.canceledFailureInfo.details = details
        }
        #expect(canceled.identity == "me")
        #expect(canceled.details == details.payloads)
        #expect(try decoded(TerminatedFailure.self) { $0.terminatedFailureInfo.identity = "op" }.identity == "op")
        #expect(try decoded(ServerFailure.self) { $0.serverFailureInfo.nonRetryable = true }.isNonRetryable)
        let reset = try decoded(ApplicationFailure.self) {
            $0.resetWorkflowFailureInfo.lastHeartbeatDetails = details
        }
        #expect(reset.isNonRetryable)
        #expect(reset.type == "")
        #expect(reset.details == details.payloads)
        let operation = try decoded(NexusOperationFailure.self) {
            $0.nexusOperationExecutionFailureInfo.endpoint = "e"
            $0.nexusOperationExecutionFailureInfo.service = "s"
            $0.nexusOperationExecutionFailureInfo.operation = "o"
            $0.nexusOperationExecutionFailureInfo.operationToken = "t"
        }
        #expect(
            [operation.endpoint, operation.service, operation.operation, operation.operationToken] == [
                "e", "s", "o", "t",
            ])
        let handler = try decoded(NexusHandlerFailure.self) {
            $0.nexusHandlerFailureInfo.type = "NOT_FOUND"
            $0.nexusHandlerFailureInfo.retryBehavior = .nonRetryable
        }
        #expect(handler.type == "NOT_FOUND")
        #expect(handler.retryBehavior == .nonRetryable)
        let plain = try decoded(ApplicationFailure.self) { $0.stackTrace = "line 1" }
        #expect(!plain.isNonRetryable)
        #expect(plain.stackTrace == "line 1")
    }

    @Test("A failure made here says who made it, and says its kind with all fields")
    func encoded() throws {
        let details = [try DataConverter.standard.payload(encoding: 7)]
        let failure = converter.failure(
            from: ApplicationFailure(
                "no funds", type: "Declined", isNonRetryable: true, details: details, nextRetryDelay: .seconds(3),
                category: .benign,
                cause: TimeoutFailure(
                    message: "late", type: .heartbeat, lastHeartbeatDetails: details, cause: nil)))
        #expect(failure.source == "SwiftPaymentSaga")
        #expect(failure.message == "no funds")
        let info = failure.applicationFailureInfo
        #expect(info.type == "Declined")
        #expect(info.nonRetryable)
        #expect(info.details.payloads == details)
        #expect(info.nextRetryDelay.seconds == 3)
        #expect(info.category == .benign)
        #expect(failure.cause.timeoutFailureInfo.timeoutType == .heartbeat)
        #expect(failure.cause.timeoutFailureInfo.lastHeartbeatDetails.payloads == details)
    }

    @Test("An error Temporal knows nothing of is named after its type, and may be tried again")
    func unknownError() {
        struct Outer {
            struct NoFunds: Error, CustomStringConvertible { var description: String { "balance is 3" } }
        }
        let failure = converter.failure(from: Outer.NoFunds())
        #expect(failure.applicationFailureInfo.type == "NoFunds")
        #expect(!failure.applicationFailureInfo.nonRetryable)
        #expect(failure.message == "balance is 3")
        #expect(failure.stackTrace == "")
    }

    @Test("A Swift cancellation is a cancelled failure, at the end of a chain too")
    func cancellation() {
        let failure = converter.failure(from: ApplicationFailure("gave up", type: "T", cause: CancellationError()))
        #expect(failure.cause.failureInfo == .canceledFailureInfo(.init()))
        #expect((converter.error(from: failure.cause) as? CanceledFailure)?.isCancellation == true)
    }

    @Test("A chain of causes made here is cut at its twentieth")
    func depth() {
        var error: any Error = ApplicationFailure("0", type: "T")
        for level in 1...100 { error = ApplicationFailure("\(level)", type: "T", cause: error) }
        var failure = converter.failure(from: error)
        var depth = 0
        while failure.hasCause {
            failure = failure.cause
            depth += 1
        }
        #expect(depth == FailureConverter.maximumDepth)
        #expect(failure.message == "80")
    }

    @Test("Messages and stack traces leave as payloads when asked to, at every level, and are read in any case")
    func encodedAttributes() throws {
        let hiding = FailureConverter(encodesAttributes: true)
        let inner = Failure.with {
            $0.message = "secret inner"
            $0.stackTrace = "secret line"
            $0.terminatedFailureInfo = .init()
        }
        let failure = hiding.failure(
            from: ApplicationFailure("secret outer", type: "T", cause: converter.error(from: inner)))
        #expect(failure.message == "Encoded failure")
        #expect(failure.cause.message == "Encoded failure")
        #expect(failure.cause.stackTrace == "")
        // What the other SDKs read and write.
        let attributes = try DataConverter.standard.decode([String: String].self, from: failure.cause.encodedAttributes)
        #expect(attributes == ["message": "secret inner", "stack_trace": "secret line"])

        let error = try #require(converter.error(from: failure) as? ApplicationFailure)
        #expect(error.message == "secret outer")
        let cause = try #require(error.cause as? TerminatedFailure)
        #expect(cause.message == "secret inner")
        #expect(cause.stackTrace == "secret line")
        #expect(hiding.failure(from: error) == failure)
    }

    /// A field of a newer server: number 100, a varint.
    private static let unknownField: [UInt8] = [0xa0, 0x06, 0x07]

    private func randomFailure(_ random: inout SeededGenerator, depth: Int) throws -> Failure {
        var failure = Failure()
        failure.message = random.text()
        failure.source = random.text()
        failure.stackTrace = random.text()
        if Bool.random(using: &random) {
            failure.encodedAttributes = try DataConverter.standard.payload(
                encoding: ["message": random.text(), "stack_trace": random.text()])
        }
        failure.failureInfo = try randomInfo(&random)
        if depth < 6, Int.random(in: 0..<3, using: &random) > 0 {
            failure.cause = try randomFailure(&random, depth: depth + 1)
        }
        return failure
    }

    private func randomInfo(_ random: inout SeededGenerator) throws -> Failure.OneOf_FailureInfo? {
        let details = try DataConverter.standard.payloads(encoding: random.text())
        let text = random.text()
        let flag = Bool.random(using: &random)
        return switch Int.random(in: 0...10, using: &random) {
        case 0:
            .applicationFailureInfo(
                .with {
                    $0.type = text
                    $0.nonRetryable = flag
                    $0.details = flag ? details : .init()
                    $0.nextRetryDelay.nanos = 5
                    $0.category = flag ? .benign : .unspecified
                })
        case 1: .timeoutFailureInfo(.with { $0.lastHeartbeatDetails = details })
        case 2:
            .canceledFailureInfo(
                .with {
                    $0.identity = text
                    if flag { $0.details = details }
                })
        case 3: .terminatedFailureInfo(.with { $0.identity = text })
        case 4: .serverFailureInfo(.with { $0.nonRetryable = flag })
        case 5: .resetWorkflowFailureInfo(.with { $0.lastHeartbeatDetails = details })
        case 6:
            .activityFailureInfo(
                .with {
                    $0.identity = text
                    $0.retryState = .UNRECOGNIZED(99)
                })
        case 7: .childWorkflowExecutionFailureInfo(.with { $0.namespace = text })
        case 8: .nexusOperationExecutionFailureInfo(.with { $0.operationID = text })
        case 9: .nexusHandlerFailureInfo(.with { $0.type = text })
        default: nil
        }
    }
}

extension SeededGenerator {
    fileprivate mutating func text() -> String {
        String((0..<Int.random(in: 0...8, using: &self)).map { _ in "abcé\n".randomElement(using: &self) ?? "x" })
    }
}
