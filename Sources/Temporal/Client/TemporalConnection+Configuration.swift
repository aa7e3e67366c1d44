import Foundation
public import Metrics

extension TemporalConnection {
    /// Where the server is, and who connects.
    public struct Configuration: Sendable, CustomStringConvertible, CustomReflectable {
        /// The address of the server's frontend.
        public var target: ChannelTarget
        /// The namespace all calls go to.
        public var namespace: String
        /// Whether and how the connection is encrypted.
        public var security: ChannelSecurity
        /// Sent as a bearer token, unless ``headers`` has its own `authorization`.
        public var apiKey: String?
        /// Who connects, as Temporal's histories and user interface show it.
        public var identity: String
        /// The name of the software that connects. Servers check the versions of clients they know by name.
        public var clientName: String
        /// That software's version, such as `1.2.3`.
        public var clientVersion: String
        /// Sent with every call, in place of the connection's own header of the same name.
        public var headers: GRPCMetadata
        /// How long ``TemporalConnection/connect(_:)`` waits for a server.
        public var connectTimeout: Duration
        /// Collects what is counted and timed of the calls; that of `MetricsSystem` unless given.
        public var metricsFactory: (any MetricsFactory)?
        /// How long calls may take and how they are repeated.
        package var limits = CallLimits()

        /// - Parameter identity: `<process id>@<host name>` unless given.
        public init(
            target: ChannelTarget, namespace: String = "default", security: ChannelSecurity = .plaintext,
            apiKey: String? = nil, identity: String? = nil, clientName: String = "temporal-swift-payment-saga",
            clientVersion: String = "1.0.0", headers: GRPCMetadata = [:], connectTimeout: Duration = .seconds(10)
        ) {
            self.target = target
            self.namespace = namespace
            self.security = security
            self.apiKey = apiKey
            let process = ProcessInfo.processInfo
            self.identity = identity ?? "\(process.processIdentifier)@\(process.hostName)"
            self.clientName = clientName
            self.clientVersion = clientVersion
            self.headers = headers
            self.connectTimeout = connectTimeout
        }

        /// Names neither the API key nor the headers.
        public var description: String { "\(namespace) on \(target) as \(identity)" }

        /// Without children, so that `dump` prints no credential.
        public var customMirror: Mirror { Mirror(self, children: [:]) }

        /// What goes out with every call.
        var metadata: GRPCMetadata {
            var metadata = headers
            func add(_ value: String, forKey key: String) {
                if metadata[key] == nil { metadata.append(.ascii(value), forKey: key) }
            }
            add(clientName, forKey: "client-name")
            add(clientVersion, forKey: "client-version")
            add(namespace, forKey: "temporal-namespace")
            if let apiKey { add("Bearer \(apiKey)", forKey: "authorization") }
            return metadata
        }
    }

    /// How long calls may take and how they are repeated.
    package struct CallLimits: Sendable {
        package var callTimeout: Duration = .seconds(30)
        /// Servers answer a poll without news after 60 s, and keep a connection they are closing for 70 s.
        package var longPollTimeout: Duration = .seconds(70)
        package var callRetries = RPCRetryPolicy.call
        package var pollRetries = RPCRetryPolicy.taskPoll
    }
}
