import ArgumentParser
import Temporal

/// Where Temporal is.
struct TemporalOptions: ParsableArguments {
    @Option(
        help: Setting.temporalAddress.help("Temporal's frontend; 127.0.0.1:7233 unless given", valueName: "host:port"))
    var temporalAddress: String?

    @Option(help: Setting.temporalNamespace.help("Temporal's namespace; default unless given", valueName: "name"))
    var temporalNamespace: String?

    var given: [Setting: String?] {
        [.temporalAddress: temporalAddress, .temporalNamespace: temporalNamespace]
    }
}

extension Settings {
    /// - Throws: ``CommandFailure`` when the address can't be used; what `TemporalConnection.connect` throws.
    func connectToTemporal() async throws -> TemporalConnection {
        let target = try value(
            .temporalAddress, default: ChannelTarget(host: "127.0.0.1"), expected: "host:port", { ChannelTarget($0) })
        return try await TemporalConnection.connect(
            .init(target: target, namespace: text(.temporalNamespace) ?? "default"))
    }
}
