public import PaymentSaga
import Synchronization
import Temporal

/// Everything around payments, in memory: a ledger, a gateway, a fraud check, notifications and published outcomes, each as idempotent as
/// the real ones, and with faults where a test wants them.
public final class PaymentWorld: Sendable {
    /// Says what goes wrong with a call; `number` counts the calls of that activity for that payment, from 1.
    public typealias FaultPlan = @Sendable (_ activity: String, _ paymentID: String, _ number: Int) -> Fault?

    struct State {
        var evidence = PaymentEvidence()
        var voided: Set<String> = []
        var suspicious: Set<String> = []
        var declined: Set<String> = []
        var notified: Set<String> = []
        var isSettlementSlow = false
        var refusals: [String: Refusal] = [:]
        var calls: [String: Int] = [:]
        var log: [String] = []
        var faults: FaultPlan = { _, _, _ in nil }
    }

    let state = Mutex(State())

    /// - Parameter balance: What each of the users has.
    public init(users: [String] = ["user-1"], balance: Int64 = 100_00) {
        state.withLock {
            for user in users { $0.evidence.balances[user] = balance }
            $0.evidence.balances["opening"] = -balance * Int64(users.count)
            $0.evidence.users = Set(users)
            $0.evidence.collected = []
        }
    }

    public func setFaults(_ plan: @escaping FaultPlan) { state.withLock { $0.faults = plan } }
    /// Has the fraud check find a payment suspicious.
    public func suspect(_ paymentID: String) { state.withLock { _ = $0.suspicious.insert(paymentID) } }
    /// Has the gateway decline a payment.
    public func decline(_ paymentID: String) { state.withLock { _ = $0.declined.insert(paymentID) } }
    /// Leaves what is settled to be collected later.
    public func slowSettlementDown() { state.withLock { $0.isSettlementSlow = true } }
    /// Has the ledger refuse a payment when it is validated.
    public func refuse(_ paymentID: String, _ code: ReasonCode) {
        state.withLock { $0.refusals[paymentID] = Refusal(code: code, reason: "for the test") }
    }

    public func note(requested paymentID: String) { state.withLock { $0.evidence.payments.append(paymentID) } }
    public func note(forced paymentID: String) { state.withLock { _ = $0.evidence.forced.insert(paymentID) } }

    public var evidence: PaymentEvidence { state.withLock { $0.evidence } }
    /// The activities that did something, in order, as `ledger.settle p-1`.
    public var log: [String] { state.withLock { $0.log } }
    /// The activities that did something for a payment, in order.
    public func log(of paymentID: String) -> [String] {
        log.filter { $0.hasSuffix(" \(paymentID)") }.map { String($0.dropLast(paymentID.count + 1)) }
    }
    public func balance(_ account: String) -> Int64 { state.withLock { $0.evidence.balances[account, default: 0] } }
    public func charge(_ paymentID: String) -> PaymentEvidence.Charge? { evidence.charges[paymentID] }
    public func outcomes(of paymentID: String) -> [PaymentEvidence.Outcome] {
        evidence.outcomes.filter { $0.paymentID == paymentID }
    }
    /// The messages that were sent, as `p-1/email`.
    public var messages: Set<String> { state.withLock { $0.notified } }

    /// The payments that are in a settlement batch.
    public var collected: Set<String> { evidence.collected ?? [] }

    /// Does the work of one call, unless the fault plan has something against it.
    func call<Output: Sendable>(
        _ activity: String, _ paymentID: String, _ work: (inout State) throws -> Output
    ) throws -> Output {
        let result: Result<Output, any Error> = state.withLock { state in
            let number = state.calls["\(activity) \(paymentID)", default: 0] + 1
            state.calls["\(activity) \(paymentID)"] = number
            let fault = state.faults(activity, paymentID, number)
            if fault == .errorBeforeEffect || fault == .finalError {
                return .failure(
                    ApplicationFailure(
                        "\(activity) failed", type: "TestFault", isNonRetryable: fault == .finalError))
            }
            state.log.append("\(activity) \(paymentID)")
            let result = Result { try work(&state) }
            if fault == .duplicate { _ = try? work(&state) }
            guard fault != .errorAfterEffect else {
                return .failure(ApplicationFailure("the answer of \(activity) was lost", type: "TestFault"))
            }
            return result
        }
        return try result.get()
    }
}
