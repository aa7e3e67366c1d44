import GRPCTestSupport
import Temporal
import Testing

/// The method the tests call where the server makes no difference between methods.
let echo = "/payments.test.Echo/Echo"

/// Runs a test against a server and a channel, and stops both.
func withServer(
    handler: @escaping ScriptedGRPCServer.Handler,
    maximumMessageSize: Int = GRPCChannel.defaultMaximumMessageSize,
    connectionAge: ScriptedGRPCServer.ConnectionAge? = nil,
    test: (GRPCChannel) async throws -> Void
) async throws {
    let server = try ScriptedGRPCServer(connectionAge: connectionAge, handler: handler)
    let channel = try GRPCChannel(
        target: server.target, security: .plaintext, maximumMessageSize: maximumMessageSize)
    do {
        try await test(channel)
    } catch {
        await channel.close()
        await server.stop()
        throw error
    }
    await channel.close()
    await server.stop()
}

extension GRPCChannel {
    /// The error a call ends with, or nil if it succeeds.
    func callError(
        _ request: [UInt8] = [], metadata: GRPCMetadata = [:], timeout: Duration = .seconds(60)
    ) async -> GRPCError? {
        do throws(GRPCError) {
            _ = try await unary(method: echo, request: request, metadata: metadata, timeout: timeout)
            return nil
        } catch {
            return error
        }
    }

    /// The error connecting ends with, or nil if it succeeds.
    func connectError(timeout: Duration) async -> GRPCError? {
        do throws(GRPCError) {
            try await connect(timeout: timeout)
            return nil
        } catch {
            return error
        }
    }
}
