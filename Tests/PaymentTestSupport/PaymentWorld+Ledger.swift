import PaymentSaga
import Temporal

extension PaymentWorld.State {
    private static let clearing = "clearing"

    private func has(_ kind: PaymentEvidence.Transfer.Kind, _ id: String, _ isReinstatement: Bool) -> Bool {
        evidence.transfers.contains { $0.paymentID == id && $0.kind == kind && $0.isReinstatement == isReinstatement }
    }

    private mutating func move(
        _ request: PaymentRequest, _ kind: PaymentEvidence.Transfer.Kind, from: String, to: String,
        _ isReinstatement: Bool = false
    ) {
        let amount = request.amount.minorUnits
        evidence.balances[from, default: 0] -= amount
        evidence.balances[to, default: 0] += amount
        evidence.transfers.append(
            .init(
                paymentID: request.paymentID, kind: kind, postings: [from: -amount, to: amount],
                isReinstatement: isReinstatement))
    }

    func validate(_ request: PaymentRequest) -> ValidationResult {
        let id = request.paymentID
        // As the real one: a payment that the ledger knows was looked at before.
        if has(.settle, id, true) { return ValidationResult(refusal: nil, earlier: .succeeded) }
        if has(.giveBack, id, false) || voided.contains(id) { return ValidationResult(refusal: nil, earlier: .ended) }
        if let debit = evidence.transfers.first(where: { $0.paymentID == id })?.postings[request.userID] {
            guard debit == -request.amount.minorUnits else { return ValidationResult(refusal: nil, earlier: .other) }
            return ValidationResult(refusal: nil, earlier: has(.settle, id, false) ? .succeeded : nil)
        }
        if let refusal = refusals[request.paymentID] { return ValidationResult(refusal: refusal) }
        return evidence.balances[request.userID, default: 0] < request.amount.minorUnits
            ? .refused(.insufficientFunds, "the balance is too low") : .accepted
    }

    mutating func authorise(_ request: PaymentRequest) throws -> ValidationResult {
        let id = request.paymentID
        guard !has(.giveBack, id, false), !voided.contains(id) else {
            throw ApplicationFailure("\(id) was given up", type: "LedgerRefused", isNonRetryable: true)
        }
        guard !has(.authorise, id, false) else { return .accepted }
        guard evidence.balances[request.userID, default: 0] >= request.amount.minorUnits else {
            return .refused(.insufficientFunds, "the balance is too low")
        }
        move(request, .authorise, from: request.userID, to: Self.clearing)
        return .accepted
    }

    mutating func settle(_ request: PaymentRequest) throws {
        let id = request.paymentID
        guard has(.authorise, id, false), !has(.giveBack, id, false) else {
            throw ApplicationFailure("\(id) is not authorised", type: "LedgerRefused", isNonRetryable: true)
        }
        if !has(.settle, id, false) { move(request, .settle, from: Self.clearing, to: request.merchantID) }
    }

    mutating func returnFunds(_ request: PaymentRequest) throws {
        let id = request.paymentID
        guard !has(.settle, id, false) else {
            throw ApplicationFailure("\(id) is settled", type: "LedgerRefused", isNonRetryable: true)
        }
        guard has(.authorise, id, false) else {
            voided.insert(id)
            return
        }
        if !has(.giveBack, id, false) { move(request, .giveBack, from: Self.clearing, to: request.userID) }
    }

    mutating func reinstate(_ request: PaymentRequest) -> ValidationResult {
        guard !has(.settle, request.paymentID, true) else { return .accepted }
        guard evidence.balances[request.userID, default: 0] >= request.amount.minorUnits else {
            return .refused(.insufficientFunds, "the balance is too low")
        }
        move(request, .authorise, from: request.userID, to: Self.clearing, true)
        move(request, .settle, from: Self.clearing, to: request.merchantID, true)
        evidence.collected?.insert(request.paymentID)
        return .accepted
    }
}
