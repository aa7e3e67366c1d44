import Foundation
import Kafka
import PaymentEvents
import PaymentSaga
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI

@testable import Sidecar

/// A directory that answers what the test says.
final class ScriptedDirectory: PaymentDirectory {
    struct Script {
        /// What is said of a payment, call by call; the last answer stays.
        var reports: [String: [PaymentReport]] = [:]
        /// What is on record, which is found when the payment doesn't answer.
        var records: [String: PaymentReport] = [:]
        /// Of the requests that started payments.
        var digests: [String: String] = [:]
        var isAnswering = true
        var cancellationAnswer = CancellationAnswer.accepted
        /// What a payment says from when the first call to cancel it has not found it.
        var begun: PaymentReport?
        /// When payments were reinstated.
        var reinstatements: [String: Date] = [:]
        var isReachable = true
        var cancellations: [String: Cancellation] = [:]
        var entries: [PaymentEntry] = []
        /// The parameter that can't be searched by.
        var unknownFilter: String?

        /// How often payments were asked, and how many were at the same time.
        var questions = 0
        var questionsNow = 0
        var mostQuestions = 0
        var lookUpsNow = 0
        var mostLookUps = 0
        var searches = 0
    }

    let script: Mutex<Script>
    /// How long a payment takes to answer.
    let answerTime: Duration

    init(
        _ reports: PaymentReport..., cancellationAnswer: CancellationAnswer = .accepted, isReachable: Bool = true,
        answerTime: Duration = .zero
    ) {
        let byID = Dictionary(grouping: reports, by: \.paymentID)
        script = Mutex(
            Script(reports: byID, cancellationAnswer: cancellationAnswer, isReachable: isReachable))
        self.answerTime = answerTime
    }

    var cancellations: [String: Cancellation] { script.withLock { $0.cancellations } }

    func ask(_ paymentID: String) async -> PaymentAnswer {
        script.withLock { script in
            script.questions += 1
            script.questionsNow += 1
            script.mostQuestions = max(script.mostQuestions, script.questionsNow)
        }
        if answerTime > .zero { try? await Task.sleep(for: answerTime) }
        return script.withLock { script in
            script.questionsNow -= 1
            guard script.isAnswering, script.isReachable else { return .silence }
            guard let reports = script.reports[paymentID], let first = reports.first else {
                return script.records[paymentID] == nil ? .unknown : .unusable
            }
            if reports.count > 1 { script.reports[paymentID]?.removeFirst() }
            return .report(first)
        }
    }

    func recordedReport(on paymentID: String) async throws -> PaymentReport? {
        script.withLock { script in
            script.lookUpsNow += 1
            script.mostLookUps = max(script.mostLookUps, script.lookUpsNow)
        }
        defer { script.withLock { $0.lookUpsNow -= 1 } }
        if answerTime > .zero { try? await Task.sleep(for: answerTime) }
        try await checkReachable()
        return script.withLock { $0.records[paymentID] }
    }

    func reinstatement(of paymentID: String) async throws -> Date? {
        try await checkReachable()
        return script.withLock { $0.reinstatements[paymentID] }
    }

    func requestDigest(of paymentID: String) async throws -> String? {
        try await checkReachable()
        return script.withLock { $0.digests[paymentID] }
    }

    func cancel(_ paymentID: String, _ cancellation: Cancellation) async throws -> CancellationAnswer {
        try await checkReachable()
        return script.withLock { script in
            if let begun = script.begun {
                script.begun = nil
                script.reports[paymentID] = [begun]
                return .notFound
            }
            if script.cancellationAnswer == .accepted { script.cancellations[paymentID] = cancellation }
            return script.cancellationAnswer
        }
    }

    func payments(
        matching filter: PaymentFilter, started span: StartSpan, limit: Int
    ) async throws -> PaymentSelection {
        try await checkReachable()
        return try script.withLock { script in
            script.searches += 1
            if let parameter = script.unknownFilter { throw UnknownFilterError(parameter: parameter) }
            let matching = script.entries.filter { entry in
                (span.first.map { entry.startedAt >= $0 } ?? true) && (span.end.map { entry.startedAt < $0 } ?? true)
                    && (filter.status.map { $0 == entry.status } ?? true)
                    && (filter.userID.map { $0 == entry.userID } ?? true)
            }
            return PaymentSelection(entries: Array(matching.prefix(limit)), isComplete: matching.count <= limit)
        }
    }

    func payments(endedAfter time: Date, limit: Int) async throws -> PaymentSelection {
        try await checkReachable()
        let ended = script.withLock { $0.entries.filter { $0.endedAt.map { $0 >= time } ?? false } }
        return PaymentSelection(entries: Array(ended.prefix(limit)), isComplete: ended.count <= limit)
    }

    func count(_ filter: PaymentFilter) async throws -> Int {
        try await payments(matching: filter, started: StartSpan(), limit: .max).entries.count
    }

    func checkReachable() async throws {
        guard script.withLock({ $0.isReachable }) else {
            throw DependencyUnavailableError(dependency: .temporal, reason: "scripted: secret-host:7233")
        }
    }
}

/// A publisher that remembers.
final class RecordingPublisher: PaymentPublisher {
    private let state = Mutex<(requests: [PaymentRequested], cancellations: [CancellationRequested])>(([], []))
    private let isReachable: Bool

    init(isReachable: Bool = true) { self.isReachable = isReachable }

    var published: [PaymentRequested] { state.withLock { $0.requests } }
    var cancellations: [CancellationRequested] { state.withLock { $0.cancellations } }

    func publish(_ request: PaymentRequested) async throws {
        try await checkReachable()
        state.withLock { $0.requests.append(request) }
    }

    func publish(_ cancellation: CancellationRequested) async throws {
        try await checkReachable()
        state.withLock { $0.cancellations.append(cancellation) }
    }

    func checkReachable() async throws {
        guard isReachable else {
            throw DependencyUnavailableError(dependency: .kafka, reason: "scripted: secret-host:9092")
        }
    }
}

/// The report of a payment that answered itself.
///
/// - Parameter more: Further members, each followed by a comma.
func liveReport(
    _ id: String = "p-1", _ status: String = "processing", stage: String = "confirm", steps: String = "[]",
    reasonCode: String = "null", updatedAt: String = "2025-11-20T10:00:00.250Z", more: String = ""
) throws -> PaymentReport {
    let json = """
        {"payment_id": "\(id)", "user_id": "u-1", "amount": {"currency": "EUR", "minor_units": 1050},
         "status": "\(status)", "stage": "\(stage)", "reason_code": \(reasonCode), \(more)
         "updated_at": "\(updatedAt)", "steps": \(steps)}
        """
    let payload = Payload.with {
        $0.metadata["encoding"] = Data("json/plain".utf8)
        $0.data = Data(json.utf8)
    }
    return PaymentReport(try DataConverter.standard.decode(PaymentStatusView.self, from: payload), asOf: Date())
}

/// What is on record of a payment.
func storedReport(
    _ id: String = "p-1", _ status: PaymentStatusView.Status = .processing, reasonCode: PaymentSaga.ReasonCode? = nil
) -> PaymentReport {
    PaymentReport(
        stored: id, userID: "u-1", merchantID: "m-1", amount: Amount(currency: "EUR", minorUnits: 1050),
        status: status, reasonCode: reasonCode, createdAt: Date(timeIntervalSince1970: 0),
        updatedAt: Date(timeIntervalSince1970: 0), asOf: Date())
}

/// A payment request as a caller would have it, as it is published.
func requestRecord(
    _ paymentID: String, minorUnits: Int64 = 1050, offset: Int64 = 0, key: String? = nil, age: Duration = .zero
) throws -> KafkaRecord {
    let event = try EventCodec(source: "/test").encode(
        PaymentRequested.with { payment in
            payment.paymentID = paymentID
            payment.userID = "u-1"
            payment.merchantID = "m-1"
            payment.amount.currency = "EUR"
            payment.amount.minorUnits = minorUnits
            payment.paymentMethod.token = "tok_secret"
            payment.requestedAt.seconds = 1_763_632_800
        })
    return KafkaRecord(
        topic: Topics().requests, partition: 0, offset: offset, key: Array((key ?? event.key).utf8), value: event.value,
        headers: event.headers.map { KafkaHeader($0.name, $0.value) },
        timestamp: Date.now.milliseconds - Int64(age / .milliseconds(1)))
}

/// How a payment ended, as it is published and read: by default that it was cancelled.
func outcomeRecord(
    _ paymentID: String, _ status: PaymentStatus = .cancelled, seconds: Int64 = 1_763_632_800
) throws -> KafkaRecord {
    let event = try outcomeEvent(paymentID, status, seconds: seconds)
    return KafkaRecord(
        topic: Topics().outcomes, partition: 0, offset: 0, key: Array(event.key.utf8), value: event.value,
        headers: event.headers.map { KafkaHeader($0.name, $0.value) }, timestamp: nil)
}

/// How a payment ended, as it is published: by default that it was cancelled.
func outcomeEvent(
    _ paymentID: String, _ status: PaymentStatus = .cancelled, seconds: Int64 = 1_763_632_800
) throws -> EncodedEvent {
    try EventCodec(source: "/test").encode(
        PaymentOutcome.with { outcome in
            outcome.paymentID = paymentID
            outcome.userID = "u-1"
            outcome.amount.currency = "EUR"
            outcome.amount.minorUnits = 1050
            outcome.status = status
            if status == .cancelled { outcome.reasonCode = .cancelledByUser }
            outcome.completedAt.seconds = seconds
            outcome.gatewayReference = "g-1"
        })
}
