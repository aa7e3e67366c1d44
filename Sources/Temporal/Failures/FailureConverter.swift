import Foundation
import SwiftProtobuf
import TemporalAPI

/// Turns Swift errors into Temporal failures and back.
///
/// A failure that was received and is thrown on goes out exactly as it came in. An error that is no ``TemporalFailure`` becomes
/// an application failure that may be retried, named after the error's type.
public struct FailureConverter: Sendable, Hashable {
    /// Whether messages and stack traces leave as a payload, so that codecs encrypt them as well. Such failures are read in any
    /// case.
    public var encodesAttributes: Bool

    /// Encodes failures as all SDKs read them; nothing is hidden unless asked for.
    public init(encodesAttributes: Bool = false) { self.encodesAttributes = encodesAttributes }

    /// Written into every failure so that readers know which SDK made it.
    static let source = "SwiftPaymentSaga"

    /// Chains of causes are cut here: a cycle or a hostile chain must not blow the stack.
    static let maximumDepth = 20

    package func failure(from error: any Error) -> Failure { prepared(failure(from: error, depth: 0)) }

    /// A failure as it is to leave this process.
    package func prepared(_ failure: Failure) -> Failure {
        guard encodesAttributes else { return failure }
        var failure = failure
        failure.encodeAttributes()
        return failure
    }

    private func failure(from error: any Error, depth: Int) -> Failure {
        if let received = (error as? any ReceivedFailure)?.received { return received }
        var failure = Failure()
        failure.source = Self.source
        if let temporal = error as? any TemporalFailure {
            failure.message = temporal.message
            if let cause = temporal.cause, depth < Self.maximumDepth {
                failure.cause = self.failure(from: cause, depth: depth + 1)
            }
        }
        if let known = error as? any InformedFailure {
            failure.failureInfo = known.info
        } else if error is CancellationError {
            failure.message = "Cancelled"
            failure.canceledFailureInfo = .init()
        } else {
            if !(error is any TemporalFailure) { failure.message = String(describing: error) }
            failure.applicationFailureInfo = .with { $0.type = String(describing: Swift.type(of: error)) }
        }
        return failure
    }

    package func error(from failure: Failure) -> any Error { error(from: failure, depth: 0) }

    private func error(from failure: Failure, depth: Int) -> any Error {
        let cause =
            failure.hasCause && depth < Self.maximumDepth ? error(from: failure.cause, depth: depth + 1) : nil
        let message = failure.readable.message
        switch failure.failureInfo {
        case .applicationFailureInfo(let info): return ApplicationFailure(message, info, cause, failure)
        case .activityFailureInfo(let info): return ActivityFailure(message, info, cause, failure)
        case .childWorkflowExecutionFailureInfo(let info): return ChildWorkflowFailure(message, info, cause, failure)
        case .timeoutFailureInfo(let info): return TimeoutFailure(message, info, cause, failure)
        case .canceledFailureInfo(let info): return CanceledFailure(message, info, cause, failure)
        case .terminatedFailureInfo(let info): return TerminatedFailure(message, info, cause, failure)
        case .serverFailureInfo(let info): return ServerFailure(message, info, cause, failure)
        case .nexusOperationExecutionFailureInfo(let info): return NexusOperationFailure(message, info, cause, failure)
        case .nexusHandlerFailureInfo(let info): return NexusHandlerFailure(message, info, cause, failure)
        case .resetWorkflowFailureInfo(let info):
            return ApplicationFailure(
                message,
                .with { [details = info.lastHeartbeatDetails] in
                    $0.nonRetryable = true
                    $0.details = details
                }, cause, failure)
        case nil: return ApplicationFailure(message, .init(), cause, failure)
        }
    }
}

extension Failure {
    /// Why an activity ended that did not itself say that it was cancelled.
    static var activityCanceled: Failure { Failure("Activity cancelled", .canceledFailureInfo(.init())) }

    /// A failure that the worker makes itself, for what no error was thrown.
    init(_ message: String, _ info: OneOf_FailureInfo, cause: Failure? = nil) {
        self.init()
        source = FailureConverter.source
        self.message = message
        failureInfo = info
        if let cause { self.cause = cause }
    }

    private static let encodedMessage = "Encoded failure"

    private struct Attributes: Codable {
        var message: String
        var stackTrace: String

        enum CodingKeys: String, CodingKey {
            case message
            case stackTrace = "stack_trace"
        }
    }

    /// Message and stack trace, also when they came as a payload.
    var readable: (message: String, stackTrace: String) {
        guard hasEncodedAttributes,
            let attributes = try? DataConverter.standard.decode(Attributes.self, from: encodedAttributes)
        else { return (message, stackTrace) }
        return (attributes.message, attributes.stackTrace)
    }

    /// Recursion is bounded: neither what is made here nor what the protobuf decoder takes is deeper than about 100.
    fileprivate mutating func encodeAttributes() {
        let attributes = Attributes(message: message, stackTrace: stackTrace)
        if !hasEncodedAttributes, let payload = try? DataConverter.standard.payload(encoding: attributes) {
            encodedAttributes = payload
            message = Self.encodedMessage
            stackTrace = ""
        }
        if hasCause { cause.encodeAttributes() }
    }
}

extension Google_Protobuf_Duration {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
    }
}

extension Duration {
    init(_ duration: Google_Protobuf_Duration) {
        self = .seconds(duration.seconds) + .nanoseconds(Int64(duration.nanos))
    }
}
