import ArgumentParser
import Configuration

/// What a role is configured by. The raw value is the name of the option.
enum Setting: String {
    case kafkaBootstrapServers = "kafka-bootstrap-servers"
    case kafkaProperties = "kafka-properties"
    case kafkaSecurityProtocol = "kafka-security-protocol"
    case kafkaCA = "kafka-ssl-ca"
    case kafkaCertificate = "kafka-ssl-certificate"
    case kafkaKey = "kafka-ssl-key"
    case kafkaKeyPassword = "kafka-ssl-key-password"
    case kafkaMechanism = "kafka-sasl-mechanism"
    case kafkaUsername = "kafka-sasl-username"
    case kafkaPassword = "kafka-sasl-password"
    case kafkaGroup = "kafka-group"
    case kafkaInstance = "kafka-instance"
    case kafkaAssignment = "kafka-assignment"
    case kafkaOffsetReset = "kafka-offset-reset"
    case kafkaSessionTimeout = "kafka-session-timeout"
    case maximumRecords = "maximum-records"
    case maximumMegabytes = "maximum-megabytes"
    case unknownPaymentHold = "unknown-payment-hold"
    case retryBudget = "retry-budget"
    case topicRequests = "topic-requests"
    case topicConfirmations = "topic-confirmations"
    case topicCancellations = "topic-cancellations"
    case topicOutcomes = "topic-outcomes"
    case topicNotifications = "topic-notifications"
    case topicDeadLetters = "topic-dead-letters"
    case topicOrderRequests = "topic-order-requests"
    case topicOrderOutcomes = "topic-order-outcomes"
    case topicSettlements = "topic-settlements"
    case topicReconciliation = "topic-reconciliation"
    case temporalAddress = "temporal-address"
    case temporalNamespace = "temporal-namespace"
    case temporalTLS = "temporal-tls"
    case temporalTLSCA = "temporal-tls-ca"
    case temporalTLSCertificate = "temporal-tls-certificate"
    case temporalTLSKey = "temporal-tls-key"
    case temporalTLSServerName = "temporal-tls-server-name"
    case temporalAPIKey = "temporal-api-key"
    case ledger
    case ledgerSoleWorker = "ledger-sole-worker"
    case ledgerVerifyInterval = "ledger-verify-interval"
    case gatewayURL = "gateway-url"
    case fraudURL = "fraud-url"
    case notificationsURL = "notifications-url"
    case inventoryURL = "inventory-url"
    case shippingURL = "shipping-url"
    case confirmationTimeout = "confirmation-timeout"
    case lateConfirmations = "late-confirmations"
    case approvalAbove = "approval-above"
    case approvalTimeout = "approval-timeout"
    case placement
    case services
    case simulatorsHost = "simulators-host"
    case simulatorsPort = "simulators-port"
    case sidecarHost = "sidecar-host"
    case sidecarPort = "sidecar-port"
    case sidecarAllowedOrigins = "sidecar-allowed-origins"
    case apiToken = "api-token"
    case apiTokenForReads = "api-token-for-reads"
    case strandedAfter = "stranded-after"
    case ordersStrandedAfter = "orders-stranded-after"
    case metricsHost = "metrics-host"
    case metricsPort = "metrics-port"
    case otlpEndpoint = "otlp-endpoint"
    case traceRatio = "trace-ratio"
    case profile
    case startTimeout = "start-timeout"
    case shutdownTimeout = "shutdown-timeout"
    case logLevel = "log-level"
    case logFormat = "log-format"

    /// The environment variable, such as `PAYMENT_SAGA_LOG_LEVEL`.
    var variable: String {
        "PAYMENT_SAGA_" + rawValue.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    var isSecret: Bool {
        switch self {
        case .apiToken, .kafkaProperties, .kafkaKeyPassword, .kafkaPassword, .ledger, .temporalAPIKey: true
        default: false
        }
    }

    /// Whether there is an option of that name; these passwords are given by their variables only.
    private var hasOption: Bool {
        switch self {
        case .kafkaKeyPassword, .kafkaPassword: false
        default: true
        }
    }

    /// What it can be given by, for messages.
    var name: String { hasOption ? "--\(rawValue) (\(variable))" : variable }

    var key: ConfigKey { ConfigKey(["payment-saga", rawValue]) }

    /// The option's help: what it is, and the variable that stands in for it.
    func help(_ text: String, valueName: String) -> ArgumentHelp {
        ArgumentHelp("\(text) [\(variable)]", valueName: valueName)
    }
}
