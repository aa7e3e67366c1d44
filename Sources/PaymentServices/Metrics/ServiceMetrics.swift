import Metrics
import PaymentSaga

/// What the services count.
public enum ServiceMetrics {
    static let outcomes = "payment_saga_outcomes_total"

    /// The names of the metrics with their labels, each with what it is.
    public static let all: [(name: String, labels: [String], text: String)] = [
        (
            StepMetrics.duration, ["step", "result"],
            "How long attempts of a saga's steps took; result is succeeded, failed or cancelled."
        ),
        (
            outcomes, ["status", "reason_code"],
            "Outcome events of payments that the broker has taken, those that came again included; reason_code is NONE for success."
        ),
        (
            MeasuredLedger.duration, ["call", "result"],
            "How long calls to the ledger took; result is ok, refused (by its rules) or failed (storage)."
        ),
    ]

    static func count(_ result: PaymentResult) {
        let dimensions = [
            ("status", result.status.rawValue.uppercased()), ("reason_code", result.reasonCode?.rawValue ?? "NONE"),
        ]
        Counter(label: outcomes, dimensions: dimensions).increment()
    }
}
