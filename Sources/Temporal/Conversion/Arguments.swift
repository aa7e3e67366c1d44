import TemporalAPI

/// Several arguments of one call, for workflows and activities that other languages define with more than one parameter:
/// `ActivityType<Arguments<String, Int>, Bool>("transfer")` is called with `Arguments("acc-1", 100)`.
///
/// Trailing arguments that the caller left out are nil if their types are optional.
public struct Arguments<each Value: Codable & Sendable>: Codable, Sendable {
    /// The arguments, as a tuple.
    public let values: (repeat each Value)

    /// The arguments of one call, in their order.
    public init(_ values: repeat each Value) { self.values = (repeat each values) }

    /// Within another value the arguments are an array.
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        values = (repeat try container.decode((each Value).self))
    }

    /// Within another value the arguments are an array.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        repeat try container.encode(each values)
    }
}

/// Lets generic code tell several arguments from one.
protocol ArgumentList {
    init(_ payloads: [Payload], _ converter: DataConverter) throws
    func payloads(by converter: DataConverter) throws -> Payloads
}

extension Arguments: ArgumentList {
    init(_ payloads: [Payload], _ converter: DataConverter) throws {
        var rest = payloads[...]
        values = (repeat try converter.decode((each Value).self, from: rest.popFirst() ?? .null))
    }

    func payloads(by converter: DataConverter) throws -> Payloads {
        var payloads = Payloads()
        repeat payloads.payloads.append(try converter.payload(encoding: each values))
        return payloads
    }
}
