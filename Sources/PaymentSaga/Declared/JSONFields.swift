import Foundation

/// The fields of a JSON object that is read strictly: what is missing, of the wrong kind or unknown is told by its path.
struct JSONFields {
    let path: String
    private let fields: [String: JSONValue]

    /// - Parameter names: Those that the object may have.
    init(_ value: JSONValue, at path: String, names: [String]) throws(SagaDefinitionError) {
        guard case .object(let fields) = value else {
            throw SagaDefinitionError(path.isEmpty ? "the file" : path, value, "must be an object")
        }
        self.path = path
        self.fields = fields
        if let stranger = Set(fields.keys).subtracting(names).min() {
            throw SagaDefinitionError(
                field: self.path(of: stranger), problem: "is not known; known are \(names.joined(separator: ", "))")
        }
    }

    func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// Nil when the field is missing or null.
    func value(_ name: String) -> JSONValue? {
        guard let value = fields[name], value != .null else { return nil }
        return value
    }

    func required(_ name: String) throws(SagaDefinitionError) -> JSONValue {
        guard let value = value(name) else { throw SagaDefinitionError(field: path(of: name), problem: "is missing") }
        return value
    }

    /// Text of 1 to `limit` bytes.
    func text(_ name: String, upTo limit: Int = 255) throws(SagaDefinitionError) -> String {
        let value = try required(name)
        guard case .string(let text) = value, (1...limit).contains(text.utf8.count) else {
            throw SagaDefinitionError(path(of: name), value, "must be text of 1 to \(limit) bytes")
        }
        return text
    }

    func duration(_ name: String) throws(SagaDefinitionError) -> Duration {
        let value = try required(name)
        guard case .string(let text) = value, let duration = Duration(iso8601: text), duration > .zero else {
            throw SagaDefinitionError(path(of: name), value, "must be an ISO 8601 duration above zero, such as PT30S")
        }
        return duration
    }

    func number(_ name: String, from minimum: Int) throws(SagaDefinitionError) -> Decimal {
        let value = try required(name)
        guard case .number(let number) = value, number >= Decimal(minimum) else {
            throw SagaDefinitionError(path(of: name), value, "must be a number from \(minimum)")
        }
        return number
    }

    func wholeNumber(_ name: String, _ range: ClosedRange<Int64>) throws(SagaDefinitionError) -> Int64 {
        let value = try required(name)
        guard case .number(let number) = value, let whole = Int64("\(number)"), range.contains(whole) else {
            throw SagaDefinitionError(
                path(of: name), value, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return whole
    }

    func array(_ name: String) throws(SagaDefinitionError) -> [JSONValue] {
        let value = try required(name)
        guard case .array(let values) = value else {
            throw SagaDefinitionError(path(of: name), value, "must be an array")
        }
        return values
    }
}

/// A saga's definition can't be used; nothing was started.
public struct SagaDefinitionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The path of the field, such as `sagaSteps[1].timeout`.
    public let field: String
    /// What is wrong with it.
    public let problem: String

    init(field: String, problem: String) {
        self.field = field
        self.problem = problem
    }

    init(_ field: String, _ value: JSONValue, _ rule: String) {
        self.init(field: field, problem: "is \(value.summary): it \(rule)")
    }

    public var description: String { "\(field) \(problem)" }
}
