import ArgumentParser
import PaymentSaga

/// The rules that payments are started with.
struct PolicyOptions: ParsableArguments {
    @Option(
        help: Setting.confirmationTimeout.help(
            "how long the gateway's confirmation of a payment may take; 5m unless given", valueName: "time"))
    var confirmationTimeout: String?

    @Option(
        help: Setting.lateConfirmations.help(
            "what an approval after that leads to: refund (unless given) or reinstate", valueName: "rule"))
    var lateConfirmations: String?

    @Option(
        help: Setting.approvalAbove.help(
            "payments above these amounts wait for a person's approval, such as EUR:100000,USD:120000 in minor units; "
                + "none unless given", valueName: "amounts"))
    var approvalAbove: String?

    @Option(
        help: Setting.approvalTimeout.help("how long the approval may take; 24h unless given", valueName: "time"))
    var approvalTimeout: String?

    @Option(
        help: Setting.placement.help(
            "where the steps of the ledger and the notifications run: embedded (unless given), in the worker of the "
                + "payment; or distributed, on task queues of their own", valueName: "place"))
    var placement: String?

    var given: [Setting: String?] {
        [
            .confirmationTimeout: confirmationTimeout, .lateConfirmations: lateConfirmations,
            .approvalAbove: approvalAbove, .approvalTimeout: approvalTimeout, .placement: placement,
        ]
    }
}

extension Settings {
    /// - Throws: ``CommandFailure`` when one of the rules can't be read.
    func paymentPolicy() throws(CommandFailure) -> PaymentPolicy {
        PaymentPolicy(
            confirmationTimeoutMilliseconds: try duration(.confirmationTimeout, default: .seconds(300))
                .wholeMilliseconds,
            lateConfirmations: try value(
                .lateConfirmations, default: .refund, expected: "refund or reinstate",
                PaymentPolicy.LateConfirmationRule.init(rawValue:)),
            approvalLimits: try value(
                .approvalAbove, default: [], expected: "amounts such as EUR:100000,USD:120000", Self.amounts),
            approvalTimeoutMilliseconds: try duration(.approvalTimeout, default: .seconds(86_400)).wholeMilliseconds,
            placement: try value(
                .placement, default: .embedded, expected: "embedded or distributed",
                PaymentPolicy.Placement.init(rawValue:)))
    }

    private static func amounts(_ text: String) -> [Amount]? {
        var amounts: [Amount] = []
        for part in text.split(separator: ",") {
            let fields = part.split(separator: ":")
            guard fields.count == 2, fields[0].count == 3, let minorUnits = Int64(fields[1]), minorUnits >= 0 else {
                return nil
            }
            amounts.append(Amount(currency: fields[0].uppercased(), minorUnits: minorUnits))
        }
        return amounts
    }
}
