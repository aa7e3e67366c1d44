import Foundation
import HTTPTypes
import Testing

@testable import Sidecar

/// The OpenAPI document that the sidecar serves, as tests read it.
struct InterfaceDescription: Sendable {
    static let shared = InterfaceDescription()

    private let json: Data

    private init() { json = Data(PackageResources.openapi_json) }

    var document: [String: Any] { (try? JSONSerialization.jsonObject(with: json)) as? [String: Any] ?? [:] }

    /// Every operation, such as `GET /v1/payments/{id}`.
    var operations: Set<String> {
        let paths = document["paths"] as? [String: [String: Any]] ?? [:]
        return Set(paths.flatMap { path, item in item.keys.map { "\($0.uppercased()) \(path)" } })
    }

    func schema(_ name: String) -> [String: Any] { resolve(["$ref": "#/components/schemas/\(name)"]) }

    /// Records an issue unless the description has this answer. Addresses and methods that it doesn't have are let through.
    func check(
        _ answer: Answer, to method: HTTPRequest.Method, _ uri: String, at location: SourceLocation = #_sourceLocation
    ) throws {
        let path = uri.prefix { $0 != "?" }.split(separator: "/")
        let paths = document["paths"] as? [String: [String: Any]] ?? [:]
        let found = paths.first { template, _ in
            let parts = template.split(separator: "/")
            return parts.count == path.count && zip(parts, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        guard let operation = found?.value[method.rawValue.lowercased()] as? [String: Any] else { return }
        let what = "\(method) \(uri): \(answer.status)"
        let responses = operation["responses"] as? [String: Any] ?? [:]
        guard let response = responses["\(answer.status)"] as? [String: Any] else {
            Issue.record("\(what) is not described", sourceLocation: location)
            return
        }
        let content = resolve(response)["content"] as? [String: [String: Any]] ?? [:]
        let mediaType = String(answer.headers[.contentType]?.prefix { $0 != ";" } ?? "")
        guard let described = content[mediaType] else {
            #expect(content.isEmpty && answer.text.isEmpty, "\(what) is no \(mediaType)", sourceLocation: location)
            return
        }
        guard mediaType.hasSuffix("json"), let schema = described["schema"] as? [String: Any] else { return }
        let value = try JSONSerialization.jsonObject(with: Data(answer.text.utf8), options: .fragmentsAllowed)
        for problem in problems(of: value, schema, "$") {
            Issue.record("\(what) breaks its schema: \(problem)", sourceLocation: location)
        }
    }

    /// Follows references within the document.
    private func resolve(_ object: [String: Any]) -> [String: Any] {
        guard let reference = object["$ref"] as? String else { return object }
        var target: Any = document
        for name in reference.split(separator: "/").dropFirst() {
            target = (target as? [String: Any])?[String(name)] ?? [:]
        }
        return (target as? [String: Any] ?? [:]).merging(object) { target, _ in target }
    }

    /// What of JSON Schema the document uses for answers.
    private func problems(of value: Any, _ given: [String: Any], _ path: String) -> [String] {
        let schema = resolve(given)
        var problems: [String] = []
        func expect(_ condition: Bool, _ rule: String) { if !condition { problems.append("\(path): \(rule)") } }
        if let constant = schema["const"] as? String { expect(value as? String == constant, "const \(constant)") }
        if let values = schema["enum"] as? [String] { expect(values.contains(value as? String ?? ""), "enum") }
        switch schema["type"] as? String {
        case "object":
            guard let object = value as? [String: Any] else { return problems + ["\(path): object"] }
            let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
            for name in schema["required"] as? [String] ?? [] { expect(object[name] != nil, "required \(name)") }
            for (name, member) in object {
                let place = "\(path).\(name)"
                if let names = schema["propertyNames"] as? [String: Any] {
                    problems += self.problems(of: name, names, place)
                }
                if let property = properties[name] ?? schema["additionalProperties"] as? [String: Any] {
                    problems += self.problems(of: member, property, place)
                } else {
                    expect(schema["additionalProperties"] as? Bool != false, "unknown \(name)")
                }
            }
        case "array":
            guard let array = value as? [Any] else { return problems + ["\(path): array"] }
            if let most = schema["maxItems"] as? Int { expect(array.count <= most, "maxItems") }
            let items = schema["items"] as? [String: Any] ?? [:]
            for (index, item) in array.enumerated() { problems += self.problems(of: item, items, "\(path)[\(index)]") }
        case "string":
            guard let text = value as? String else { return problems + ["\(path): string"] }
            if let pattern = schema["pattern"] as? String {
                expect(text.range(of: pattern, options: .regularExpression) != nil, "pattern \(pattern)")
            }
            if schema["format"] as? String == "date-time" {
                let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
                expect((try? Date(text, strategy: style)) != nil, "date-time")
            }
        case "integer", "number":
            guard let number = value as? NSNumber else { return problems + ["\(path): number"] }
            if schema["type"] as? String == "integer" {
                expect(number.doubleValue.rounded() == number.doubleValue, "integer")
            }
            if let least = schema["minimum"] as? NSNumber { expect(number.doubleValue >= least.doubleValue, "minimum") }
            if let most = schema["maximum"] as? NSNumber { expect(number.doubleValue <= most.doubleValue, "maximum") }
        default: break
        }
        return problems
    }
}
