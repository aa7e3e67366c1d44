import Foundation
import HTTPServing
import HTTPTypes
import Hummingbird
import Logging
import PaymentEvents
import PaymentSaga
import Testing

@testable import Sidecar

@Suite("The interface's description", .timeLimit(.minutes(5)))
struct InterfaceDescriptionTests {
    @Test("It has every address and method that is served, and no other")
    func routes() throws {
        let routes = SidecarRoutes(
            directory: ScriptedDirectory(), publisher: RecordingPublisher(), access: .init(),
            page: MetricsPage(contentType: "text/plain") { "" }, logger: .silent)
        let served = routes.served.map { route in
            let path = route.path.description.split(separator: "/").map {
                $0.hasPrefix(":") ? "{\($0.dropFirst())}" : $0
            }
            return "\(route.method) /\(path.joined(separator: "/"))"
        }
        #expect(Set(served) == InterfaceDescription.shared.operations)
        #expect(served.contains("GET /v1/payments/{id}"))
    }

    @Test("It is served as it is")
    func served() async throws {
        try await TestingSidecar.with { sidecar in
            let answer = try await sidecar.call(.get, "/openapi.json")
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer["openapi"] == "3.1.0")
        }
    }

    @Test("Its closed lists are the code's")
    func lists() throws {
        let description = InterfaceDescription.shared
        #expect(description.schema("Status")["enum"] as? [String] == PaymentStatusView.Status.allCases.map(\.rawValue))
        #expect(
            description.schema("ReasonCode")["enum"] as? [String] == PaymentSaga.ReasonCode.allCases.map(\.rawValue))
        let amount = description.member("amount", of: description.schema("PaymentRequest"))
        let currencies = try #require(description.member("currency", of: amount)["enum"] as? [String])
        let letters = (UInt8(ascii: "A")...UInt8(ascii: "Z")).map { String(UnicodeScalar($0)) }
        let codes = letters.flatMap { first in letters.flatMap { second in letters.map { first + second + $0 } } }
        #expect(currencies == codes.filter { CurrencyTable.exponent(of: $0) != nil })
    }
}

extension InterfaceDescription {
    fileprivate func member(_ name: String, of schema: [String: Any]) -> [String: Any] {
        (schema["properties"] as? [String: Any])?[name] as? [String: Any] ?? [:]
    }
}
