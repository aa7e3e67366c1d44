import Ledger
import PaymentSaga
import Temporal

import enum PaymentEvents.PaymentID

/// The steps of a payment in the ledger. Each may be repeated: the payment id and the step are the transfer's id.
struct PaymentLedger: Sendable {
    let ledger: any Ledger

    /// Looks whether user and merchant can take part and the user can pay; moves nothing.
    ///
    /// A payment that the ledger has authorised already is let through: it was looked at before, and the balance of
    /// today says nothing about it.
    func validate(_ request: PaymentRequest) async throws -> ValidationResult {
        var earlier: ValidationResult.Earlier?
        let answer = try await answer(request) { [ledger] amount throws(LedgerError) in
            let state = try await ledger.state(payment: request.paymentID)
            guard state == .unknown else {
                earlier = try await self.earlier(request, amount, state)
                return
            }
            let user = try await ledger.account(request.userID)
            try Self.check(user, belongsTo: .user, takes: amount.currency)
            try Self.check(user, canPay: amount)
            let merchant = try await ledger.account(request.merchantID)
            try Self.check(merchant, belongsTo: .merchant, takes: amount.currency)
        }
        return ValidationResult(refusal: answer.refusal, earlier: earlier)
    }

    /// What the ledger says of a payment it knows; nil while its money is in clearing. Repeating a step only compares.
    private func earlier(
        _ request: PaymentRequest, _ amount: Money, _ state: PaymentState
    ) async throws(LedgerError) -> ValidationResult.Earlier? {
        do throws(LedgerError) {
            switch state {
            case .unknown, .authorised, .settled:
                try await ledger.authorise(
                    payment: request.paymentID, from: request.userID,
                    to: ClearingAccount.id(currency: amount.currency.code), amount: amount)
                guard state == .settled else { return nil }
                try await ledger.settle(payment: request.paymentID, to: request.merchantID)
                return .succeeded
            case .returned, .voided:
                let again = try await ledger.state(payment: Self.reinstatementID(of: request.paymentID))
                return again == .settled ? .succeeded : .ended
            }
        } catch .conflict {
            return .other
        }
    }

    /// Moves the amount from the user to clearing.
    func authorise(_ request: PaymentRequest) async throws -> ValidationResult {
        try await answer(request) { [ledger] amount throws(LedgerError) in
            let clearing = ClearingAccount.id(currency: amount.currency.code)
            do throws(LedgerError) {
                try await ledger.authorise(
                    payment: request.paymentID, from: request.userID, to: clearing, amount: amount)
            } catch .unknownAccount(clearing) {
                // The first payment in its currency.
                try await ledger.openAccount(
                    AccountRequest(id: clearing, owner: .clearing, currency: amount.currency))
                try await ledger.authorise(
                    payment: request.paymentID, from: request.userID, to: clearing, amount: amount)
            }
        }
    }

    /// Moves the amount from clearing to the merchant.
    func settle(_ request: PaymentRequest) async throws {
        do throws(LedgerError) {
            try await ledger.settle(payment: request.paymentID, to: request.merchantID)
        } catch {
            throw error.failure(of: request)
        }
    }

    /// Moves the amount back from clearing to the user, or sees to it that it never gets there.
    func returnFunds(_ request: PaymentRequest) async throws {
        do throws(LedgerError) {
            try await ledger.returnFunds(payment: request.paymentID)
        } catch {
            throw error.failure(of: request)
        }
    }

    /// Carries a payment out in the ledger whose money was given back, under an id of its own that no other payment can have.
    func reinstate(_ request: PaymentRequest) async throws -> ValidationResult {
        var again = request
        again.paymentID = Self.reinstatementID(of: request.paymentID)
        let answer = try await authorise(again)
        guard answer.refusal == nil else { return answer }
        do throws(LedgerError) {
            try await ledger.settle(payment: again.paymentID, to: request.merchantID)
            return .accepted
        } catch {
            guard let refusal = error.refusal(of: request) else { throw error.failure(of: request) }
            try await returnFunds(again)
            return ValidationResult(refusal: refusal)
        }
    }

    /// The id under which the ledger has what a payment came to after all. No payment's own id has a colon.
    static func reinstatementID(of paymentID: String) -> String { paymentID + reinstated }

    /// The id of the payment that a reference in the ledger stands for; nil for none.
    static func paymentID(reference: String) -> String? {
        let id = reference.hasSuffix(reinstated) ? String(reference.dropLast(reinstated.count)) : reference
        return PaymentID.isValid(id) ? id : nil
    }

    private static let reinstated = ":reinstated"

    private func answer(
        _ request: PaymentRequest, _ body: (Money) async throws(LedgerError) -> Void
    ) async throws -> ValidationResult {
        guard Self.paymentID(reference: request.paymentID) != nil else {
            return .refused(.invalidRequest, "the payment id must be 1 to 64 of [A-Za-z0-9._-]")
        }
        guard let currency = try? Currency(request.amount.currency) else {
            return .refused(.invalidRequest, "the currency is no ISO 4217 code")
        }
        guard request.amount.minorUnits > 0 else {
            return .refused(.invalidRequest, "the amount must be more than zero")
        }
        do throws(LedgerError) {
            try await body(Money(minorUnits: request.amount.minorUnits, currency: currency))
            return .accepted
        } catch {
            guard let refusal = error.refusal(of: request) else { throw error.failure(of: request) }
            return ValidationResult(refusal: refusal)
        }
    }

    private static func check(
        _ account: Account, belongsTo owner: AccountOwner, takes currency: Currency
    ) throws(LedgerError) {
        guard account.owner == owner else {
            throw .wrongOwner(account: account.id, expected: owner, found: account.owner)
        }
        guard account.status == .open else { throw .accountClosed(account.id) }
        guard account.currency == currency else {
            throw .currencyMismatch(account: account.id, expected: account.currency, found: currency)
        }
    }

    private static func check(_ user: Account, canPay amount: Money) throws(LedgerError) {
        if let limit = user.paymentLimit, amount.minorUnits > limit {
            throw .limitExceeded(
                account: user.id, limit: Money(minorUnits: limit, currency: user.currency), requested: amount)
        }
        if let available = user.available, amount.minorUnits > available {
            throw .insufficientFunds(
                account: user.id, available: Money(minorUnits: available, currency: user.currency), requested: amount)
        }
    }
}
