import Foundation
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
        var takesCancellations = true
        var isReachable = true
        var cancellations: [String: Cancellation] = [:]
    }

    let script: Mutex<Script>

    init(_ reports: PaymentReport..., takesCancellations: Bool = true, isReachable: Bool = true) {
        let byID = Dictionary(grouping: reports, by: \.paymentID)
        script = Mutex(Script(reports: byID, takesCancellations: takesCancellations, isReachable: isReachable))
    }

    var cancellations: [String: Cancellation] { script.withLock { $0.cancellations } }

    func report(on paymentID: String) async throws -> PaymentReport? {
        try await checkReachable()
        return script.withLock { script in
            guard let reports = script.reports[paymentID], let first = reports.first else { return nil }
            if reports.count > 1 { script.reports[paymentID]?.removeFirst() }
            return first
        }
    }

    func cancel(_ paymentID: String, _ cancellation: Cancellation) async throws -> Bool {
        try await checkReachable()
        return script.withLock { script in
            if script.takesCancellations { script.cancellations[paymentID] = cancellation }
            return script.takesCancellations
        }
    }

    func checkReachable() async throws {
        guard script.withLock({ $0.isReachable }) else {
            throw DependencyUnavailableError(dependency: .temporal, reason: "scripted: secret-host:7233")
        }
    }
}

/// A publisher that remembers.
final class RecordingPublisher: PaymentPublisher {
    private let state = Mutex<[PaymentRequested]>([])
    private let isReachable: Bool

    init(isReachable: Bool = true) { self.isReachable = isReachable }

    var published: [PaymentRequested] { state.withLock { $0 } }

    func publish(_ request: PaymentRequested, traceparent: String?) async throws {
        try await checkReachable()
        state.withLock { $0.append(request) }
    }

    func checkReachable() async throws {
        guard isReachable else {
            throw DependencyUnavailableError(dependency: .kafka, reason: "scripted: secret-host:9092")
        }
    }
}

/// The report of a payment that answered itself.
func liveReport(
    _ id: String = "p-1", _ status: String = "processing", stage: String = "confirm", steps: String = "[]",
    reasonCode: String = "null"
) throws -> PaymentReport {
    let json = """
        {"payment_id": "\(id)", "user_id": "u-1", "amount": {"currency": "EUR", "minor_units": 1050},
         "status": "\(status)", "stage": "\(stage)", "reason_code": \(reasonCode),
         "updated_at": "2025-11-20T10:00:00.250Z", "steps": \(steps)}
        """
    let payload = Payload.with {
        $0.metadata["encoding"] = Data("json/plain".utf8)
        $0.data = Data(json.utf8)
    }
    return PaymentReport(try DataConverter.standard.decode(PaymentStatusView.self, from: payload))
}
