// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library or executable target with the settings every target of this package shares.
func target(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func product(_ name: String, _ package: String) -> Target.Dependency { .product(name: name, package: package) }

let argumentParser = product("ArgumentParser", "swift-argument-parser")
let asyncHTTPClient = product("AsyncHTTPClient", "async-http-client")
let configuration = product("Configuration", "swift-configuration")
let crypto = product("Crypto", "swift-crypto")
let deque = product("DequeModule", "swift-collections")
let heap = product("HeapModule", "swift-collections")
let grdb = product("GRDB", "GRDB.swift")
let httpTypes = product("HTTPTypes", "swift-http-types")
let hummingbird = product("Hummingbird", "hummingbird")
let hummingbirdCore = product("HummingbirdCore", "hummingbird")
let hummingbirdTesting = product("HummingbirdTesting", "hummingbird")
let instrumentation = product("Instrumentation", "swift-distributed-tracing")
let lifecycle = product("ServiceLifecycle", "swift-service-lifecycle")
let logging = product("Logging", "swift-log")
let metrics = product("Metrics", "swift-metrics")
let coreMetrics = product("CoreMetrics", "swift-metrics")
let histogram = product("Histogram", "hdrhistogram-swift")
let metricsTesting = product("MetricsTestKit", "swift-metrics")
let nioCore = product("NIOCore", "swift-nio")
let nioHTTP1 = product("NIOHTTP1", "swift-nio")
let protobuf = product("SwiftProtobuf", "swift-protobuf")
let tracing = product("Tracing", "swift-distributed-tracing")
let unixSignals = product("UnixSignals", "swift-service-lifecycle")

let package = Package(
    name: "payment-saga",
    products: [
        .library(name: "Kafka", targets: ["Kafka"]),
        .library(name: "Ledger", targets: ["Ledger"]),
        .library(name: "Temporal", targets: ["Temporal"]),
        .library(name: "TemporalEncryption", targets: ["TemporalEncryption"]),
        .library(name: "TemporalTesting", targets: ["TemporalTesting"]),
        .library(name: "TemporalTracing", targets: ["TemporalTracing"]),
        .executable(name: "payment-saga", targets: ["payment-saga"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // System libraries.
        .systemLibrary(name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "CGRPC", linkerSettings: [.linkedLibrary("grpc"), .linkedLibrary("gpr")]),

        // Libraries that know nothing of payments.
        target("Kafka", ["CRdKafka", logging, deque]),
        target("TemporalAPI", [protobuf]),
        target(
            "Temporal",
            ["CGRPC", "TemporalAPI", deque, heap, lifecycle, logging, metrics, protobuf]),
        target("TemporalEncryption", ["Temporal", "TemporalAPI", crypto, protobuf]),
        target("TemporalTracing", ["Temporal", "TemporalAPI", instrumentation, tracing]),
        target("TemporalTesting", ["Temporal", "TemporalAPI", deque, protobuf, logging]),

        target("LoadGenerator", [histogram]),
        target("Observability", [asyncHTTPClient, coreMetrics, logging, nioCore, nioHTTP1, tracing]),

        // The domain.
        target("PaymentEvents", [crypto, protobuf, tracing]),
        target("Ledger", ["CPostgres", grdb]),
        target("PaymentSaga", ["Temporal", logging]),

        // The roles.
        target("HTTPServing", [hummingbird, hummingbirdCore, lifecycle, logging, nioCore]),
        target(
            "PaymentServices",
            [
                "Kafka", "Ledger", "PaymentEvents", "PaymentSaga", "Temporal", "TemporalAPI", asyncHTTPClient, metrics,
                nioCore, nioHTTP1, protobuf, tracing,
            ]),
        target(
            "Bridge",
            [
                "Kafka", "PaymentEvents", "PaymentSaga", "Temporal", "TemporalAPI", crypto, logging, metrics, protobuf,
                tracing,
            ]),
        .target(
            name: "Sidecar",
            dependencies: [
                "HTTPServing", "Kafka", "PaymentEvents", "PaymentSaga", "Temporal", "TemporalAPI", crypto, deque,
                httpTypes, hummingbird, hummingbirdCore, lifecycle, logging, metrics, nioCore, protobuf, tracing,
            ],
            resources: [.embedInCode("Resources")],
            swiftSettings: swiftSettings
        ),
        target(
            "Simulators",
            [
                "HTTPServing", "Kafka", "PaymentEvents", httpTypes, hummingbird, hummingbirdCore, lifecycle, logging,
                nioCore, protobuf,
            ]),
        target("FaultInjection", []),
        .executableTarget(
            name: "payment-saga",
            dependencies: [
                "Bridge", "FaultInjection", "HTTPServing", "Kafka", "Ledger", "LoadGenerator", "Observability",
                "PaymentEvents", "PaymentSaga", "PaymentServices", "Sidecar", "Simulators", "Temporal",
                "TemporalTesting", "TemporalTracing", argumentParser, asyncHTTPClient, configuration, logging, metrics,
                nioCore, nioHTTP1, protobuf, tracing, unixSignals,
            ],
            swiftSettings: swiftSettings
        ),

        // Benchmarks.
        .executableTarget(
            name: "BenchmarkWorker", dependencies: ["Temporal", logging],
            path: "Benchmarks/worker/BenchmarkWorker", swiftSettings: swiftSettings),
        .executableTarget(
            name: "BenchmarkPayments", dependencies: ["PaymentSaga", "Temporal", logging],
            path: "Benchmarks/payments/BenchmarkPayments", swiftSettings: swiftSettings),
        .executableTarget(
            name: "BenchmarkReplay", dependencies: ["Temporal", "TemporalTesting"],
            path: "Benchmarks/replay/BenchmarkReplay", swiftSettings: swiftSettings),
        .executableTarget(
            name: "BenchmarkLedger", dependencies: ["Ledger", "PostgresTestSupport"],
            path: "Benchmarks/ledger/BenchmarkLedger", swiftSettings: swiftSettings),
        .executableTarget(
            name: "BenchmarkBridge",
            dependencies: ["Bridge", "Kafka", "PaymentEvents", "Temporal", "TemporalAPI", logging, protobuf],
            path: "Benchmarks/bridge/BenchmarkBridge", swiftSettings: swiftSettings),
        .executableTarget(
            name: "PaymentSimulation", dependencies: ["PaymentTestSupport"],
            path: "Benchmarks/simulation/PaymentSimulation", swiftSettings: swiftSettings),

        // Tests, and what they share.
        .target(
            name: "CGRPCTesting", path: "Tests/GRPCTestSupport/CGRPCTesting",
            linkerSettings: [.linkedLibrary("grpc"), .linkedLibrary("gpr")]),
        .target(
            name: "GRPCTestSupport", dependencies: ["CGRPCTesting", "Temporal"],
            path: "Tests/GRPCTestSupport/GRPCTestSupport", swiftSettings: swiftSettings),
        .target(
            name: "LoggingTestSupport", dependencies: [logging], path: "Tests/LoggingTestSupport",
            swiftSettings: swiftSettings),
        .target(
            name: "PaymentTestSupport",
            dependencies: ["PaymentSaga", "Temporal", "TemporalTestSupport", "TemporalTesting", logging],
            path: "Tests/PaymentTestSupport", swiftSettings: swiftSettings),
        .target(
            name: "PostgresTestSupport", dependencies: ["ProcessTestSupport"], path: "Tests/PostgresTestSupport",
            swiftSettings: swiftSettings),
        .target(name: "ProcessTestSupport", path: "Tests/ProcessTestSupport", swiftSettings: swiftSettings),
        .target(
            name: "TemporalTestSupport", dependencies: ["ProcessTestSupport"], path: "Tests/TemporalTestSupport",
            swiftSettings: swiftSettings),
        .target(name: "WaitingTestSupport", path: "Tests/WaitingTestSupport", swiftSettings: swiftSettings),
        tests(
            "BridgeTests",
            [
                "Bridge", "FaultInjection", "Kafka", "PaymentEvents", "PaymentSaga", "Temporal", "TemporalAPI",
                "TemporalTestSupport", "WaitingTestSupport", logging, metrics, metricsTesting, protobuf,
            ]),
        tests(
            "FailureCaseTests",
            [
                "Bridge", "FaultInjection", "Kafka", "LoggingTestSupport", "PaymentEvents", "PaymentSaga",
                "PaymentServices", "PaymentTestSupport", "ProcessTestSupport", "Temporal", "TemporalAPI",
                "TemporalTestSupport",
                "WaitingTestSupport", "payment-saga", logging, metrics, metricsTesting, protobuf,
            ]),
        tests(
            "CommandLineTests",
            [
                "FaultInjection", "HTTPServing", "Kafka", "Ledger", "PaymentEvents", "PaymentSaga",
                "PaymentTestSupport", "PostgresTestSupport", "Temporal", "TemporalAPI", "TemporalTestSupport",
                "WaitingTestSupport", "payment-saga", asyncHTTPClient, hummingbird, logging, nioCore, nioHTTP1,
                protobuf,
            ]),
        .testTarget(
            name: "DifferentialTests",
            dependencies: ["Temporal", "TemporalAPI", "TemporalTesting", "TemporalTestSupport", logging, protobuf],
            exclude: ["python"], swiftSettings: swiftSettings),
        tests("KafkaTests", ["GRPCTestSupport", "Kafka", "ProcessTestSupport", "WaitingTestSupport", logging]),
        tests("LedgerTests", ["Ledger", "PostgresTestSupport", grdb]),
        tests("LoadGeneratorTests", ["LoadGenerator"]),
        tests(
            "ObservabilityTests",
            [
                "HTTPServing", "Observability", asyncHTTPClient, coreMetrics, hummingbird, logging, nioCore, nioHTTP1,
                tracing,
            ]),
        tests("PaymentEventsTests", ["PaymentEvents", protobuf]),
        .testTarget(
            name: "PaymentSagaTests",
            dependencies: [
                "LoggingTestSupport", "PaymentSaga", "PaymentTestSupport", "Temporal", "TemporalAPI", "TemporalTesting",
                "WaitingTestSupport", protobuf,
            ], exclude: ["Histories"], swiftSettings: swiftSettings),
        tests(
            "PaymentServicesTests",
            [
                "Kafka", "Ledger", "PaymentEvents", "PaymentSaga", "PaymentServices", "Simulators", "Temporal",
                "TemporalTesting", "WaitingTestSupport", asyncHTTPClient, grdb, hummingbird, logging, nioCore,
            ]),
        .testTarget(
            name: "SagaTests",
            dependencies: [
                "Bridge", "Kafka", "Ledger", "LoggingTestSupport", "PaymentEvents", "PaymentSaga", "PaymentServices",
                "Simulators", "Temporal", "TemporalAPI", "TemporalTesting", "TemporalTestSupport", "WaitingTestSupport",
                asyncHTTPClient, logging, protobuf,
            ], exclude: ["Histories"], swiftSettings: swiftSettings),
        tests("SchemaTests", [protobuf]),
        tests(
            "SidecarTests",
            [
                "HTTPServing", "Kafka", "LoggingTestSupport", "Observability", "PaymentEvents", "PaymentSaga",
                "Sidecar",
                "Temporal", "TemporalAPI", "TemporalTestSupport", "WaitingTestSupport",
                httpTypes, hummingbird, hummingbirdTesting, logging, metrics, metricsTesting, protobuf, tracing,
            ]),
        tests(
            "SimulatorsTests",
            [
                "HTTPServing", "Kafka", "LoggingTestSupport", "PaymentEvents", "Simulators", httpTypes, hummingbird,
                hummingbirdTesting, logging,
            ]),
        tests(
            "TemporalClientTests",
            ["GRPCTestSupport", "Temporal", "TemporalAPI", "TemporalTestSupport", "WaitingTestSupport", protobuf]),
        tests(
            "TemporalTests",
            [
                "LoggingTestSupport", "Temporal", "TemporalAPI", "TemporalEncryption", "TemporalTesting",
                "TemporalTestSupport",
                "TemporalTracing", "WaitingTestSupport", crypto, instrumentation, lifecycle, logging, metrics,
                metricsTesting, protobuf, tracing, unixSignals,
            ]),
        tests(
            "TemporalEncryptionTests",
            [
                "Temporal", "TemporalAPI", "TemporalEncryption", "TemporalTesting", "TemporalTestSupport",
                "WaitingTestSupport", crypto, logging, protobuf,
            ]),
        tests("TransportTests", ["GRPCTestSupport", "Temporal", "WaitingTestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)

// The address sanitizer is for what touches C; building the rest with it would take longer than running it.
if Context.environment["PAYMENT_SAGA_SANITIZED_TESTS"] != nil {
    let roots = [
        "KafkaTests", "TransportTests", "TemporalTests", "TemporalClientTests", "TemporalEncryptionTests",
        "DifferentialTests",
    ]
    let libraries = [
        "CRdKafka", "CGRPC", "Kafka", "TemporalAPI", "Temporal", "TemporalEncryption", "TemporalTesting",
        "TemporalTracing", "CGRPCTesting", "GRPCTestSupport", "LoggingTestSupport", "ProcessTestSupport",
        "TemporalTestSupport",
        "WaitingTestSupport",
    ]
    package.products = []
    package.targets.removeAll { !(roots + libraries).contains($0.name) }
    package.dependencies.removeAll { dependency in
        guard case .sourceControl(_, let location, _) = dependency.kind else { return false }
        let needed = [
            "swift-collections", "swift-crypto", "swift-distributed-tracing", "swift-log", "swift-metrics",
            "swift-protobuf", "swift-service-lifecycle",
        ]
        return !needed.contains { location.hasSuffix($0) }
    }
}
