import Ledger
import PaymentSaga
import Temporal

/// An order's payment in the ledger: from the customer through clearing to the merchant, and back.
struct OrderLedger: Sendable {
    let ledger: any Ledger

    /// The id of an order's payment in the ledger. No payment of its own can have it: theirs have no colon.
    static func paymentID(of order: Order) -> String { "order:\(order.orderID)" }

    /// Moves the total from the customer to the merchant. Whatever part of that was done before is not done again.
    func charge(_ order: Order) async throws -> OrderReference {
        let payment = Self.paymentID(of: order)
        do throws(LedgerError) {
            let total = Money(minorUnits: order.total.minorUnits, currency: try Currency(order.total.currency))
            let clearing = ClearingAccount.id(currency: total.currency.code)
            if try await ledger.state(payment: payment) != .settled {
                try await ledger.openAccount(
                    AccountRequest(id: clearing, owner: .clearing, currency: total.currency))
                if order.merchantID == Order.defaultMerchantID(currency: total.currency.code) {
                    try await ledger.openAccount(
                        AccountRequest(id: order.merchantID, owner: .merchant, currency: total.currency))
                }
                try await ledger.authorise(payment: payment, from: order.customerID, to: clearing, amount: total)
            }
            try await ledger.settle(payment: payment, to: order.merchantID)
        } catch {
            throw failure(error, order)
        }
        return OrderReference(reference: payment)
    }

    /// Moves the total back to the customer, however far the charge had come, and refuses a charge that comes later.
    func refund(_ order: Order) async throws {
        let payment = Self.paymentID(of: order)
        do throws(LedgerError) {
            do throws(LedgerError) {
                try await ledger.returnFunds(payment: payment)
            } catch .alreadySettled {
                let total = Money(minorUnits: order.total.minorUnits, currency: try Currency(order.total.currency))
                try await ledger.transfer(
                    TransferRequest(
                        id: "\(payment)/refund", reference: payment, from: order.merchantID, to: order.customerID,
                        amount: total))
            }
        } catch {
            // Whatever keeps the money from going back, such as a merchant without any, may pass.
            throw ApplicationFailure(
                "order \(order.orderID) can't be refunded now: \(failure(error, order).message)",
                type: ServiceFailure.ledgerUnavailable)
        }
    }

    private func failure(_ error: LedgerError, _ order: Order) -> ApplicationFailure {
        switch error {
        case .storage, .cannotOpen, .overflow:
            ApplicationFailure("\(error)", type: ServiceFailure.ledgerUnavailable)
        case .insufficientFunds:
            refused("the account has less than the total available")
        case .limitExceeded:
            refused("the total is above the account's limit for one payment")
        case .accountClosed:
            refused("an account is closed")
        case .unknownAccount, .wrongOwner:
            refused("the customer or the merchant has no account that can take this part")
        case .currencyMismatch:
            refused("an account is kept in another currency")
        case .conflict:
            refused("the ledger has order \(order.orderID) with other content")
        case .voided, .notAuthorised, .alreadySettled, .alreadyReturned, .accountInUse, .invalid:
            refused("the ledger can't record this payment of order \(order.orderID)")
        }
    }

    /// The texts go to events and people: they hold neither balances nor ids of persons.
    private func refused(_ message: String) -> ApplicationFailure {
        ApplicationFailure(message, type: OrderFailure.invalid, isNonRetryable: true)
    }
}
