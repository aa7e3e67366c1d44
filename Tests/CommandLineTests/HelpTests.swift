import Testing

@Suite("The help")
struct HelpTests {
    @Test(
        "of each command says what it does and which options it takes",
        arguments: [
            ([], "dev"), (["dev"], "--payments"), (["bridge"], "PAYMENT_SAGA_CONFIRMATION_TIMEOUT"),
            (["worker"], "PAYMENT_SAGA_GATEWAY_URL"), (["sidecar"], "PAYMENT_SAGA_API_TOKEN"),
            (["simulators"], "--simulators-port"), (["dev-broker"], "--topics"), (["ledger"], "verify"),
            (["ledger", "accounts"], "--ledger"), (["ledger", "verify"], "--ledger"), (["replay"], "<file>"),
            (["bridge"], "PAYMENT_SAGA_LATE_CONFIRMATIONS"), (["worker"], "PAYMENT_SAGA_SERVICES"),
            (["worker"], "PaymentWaitsUntil --type Datetime"), (["payments"], "force-outcome"),
            (["payments", "stuck"], "--temporal-address"), (["payments", "resume"], "--operator"),
            (["payments", "force-outcome"], "succeeded"),
        ]
    )
    func help(command: [String], mention: String) async throws {
        let program = try Program(command + ["--help"])
        #expect(try await program.status() == 0)
        #expect(program.output.contains("USAGE: payment-saga"))
        #expect(program.output.contains(mention))
        #expect(program.errors.isEmpty)
    }

    @Test("does not show the command that only the program itself uses")
    func hidden() async throws {
        let program = try Program(["--help"])
        #expect(try await program.status() == 0)
        #expect(!program.output.contains("supervise"))
    }
}
