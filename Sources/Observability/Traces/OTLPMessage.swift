import Tracing

/// `ExportTraceServiceRequest` of OTLP 1.x in its JSON form: ids in hexadecimal, 64-bit numbers as text.
struct OTLPMessage: Encodable {
    struct ResourceSpans: Encodable {
        struct Resource: Encodable { let attributes: [Attribute] }
        struct ScopeSpans: Encodable {
            struct Scope: Encodable { let name: String }
            let scope: Scope
            let spans: [Span]
        }

        let resource: Resource
        let scopeSpans: [ScopeSpans]
    }

    struct Attribute: Encodable, Sendable {
        enum Value: Encodable, Sendable {
            case text(String)
            case integer(Int64)
            case number(Double)
            case flag(Bool)

            private enum CodingKeys: String, CodingKey { case stringValue, intValue, doubleValue, boolValue }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                switch self {
                case .text(let text): try container.encode(text, forKey: .stringValue)
                case .integer(let integer): try container.encode("\(integer)", forKey: .intValue)
                case .number(let number): try container.encode(number, forKey: .doubleValue)
                case .flag(let flag): try container.encode(flag, forKey: .boolValue)
                }
            }
        }

        let key: String
        let value: Value
    }

    struct Span: Encodable, Sendable {
        struct Event: Encodable, Sendable {
            let timeUnixNano: String
            let name: String
            let attributes: [Attribute]
        }
        struct Link: Encodable, Sendable {
            let traceId: String
            let spanId: String
        }
        struct Status: Encodable, Sendable {
            let code: Int
            let message: String?
        }

        let traceId: String
        let spanId: String
        let parentSpanId: String?
        let traceState: String?
        let name: String
        let kind: Int
        let startTimeUnixNano: String
        let endTimeUnixNano: String
        let attributes: [Attribute]
        let events: [Event]
        let links: [Link]
        let status: Status?
    }

    let resourceSpans: [ResourceSpans]

    init(resource: [Attribute], spans: [Span]) {
        resourceSpans = [
            ResourceSpans(
                resource: .init(attributes: resource),
                scopeSpans: [.init(scope: .init(name: "payment-saga"), spans: spans)])
        ]
    }
}

extension OTLPMessage.Span {
    init(
        name: String, kind: SpanKind, trace: TraceContext, parentID: String?, start: UInt64, end: UInt64,
        attributes: SpanAttributes, status: SpanStatus?, events: [SpanEvent], links: [TraceContext]
    ) {
        self.init(
            traceId: trace.traceID, spanId: trace.spanID, parentSpanId: parentID, traceState: trace.state, name: name,
            kind: Self.number(of: kind), startTimeUnixNano: "\(start)", endTimeUnixNano: "\(end)",
            attributes: OTLPMessage.Attribute.all(of: attributes),
            events: events.map {
                Event(
                    timeUnixNano: "\($0.nanosecondsSinceEpoch)", name: $0.name,
                    attributes: OTLPMessage.Attribute.all(of: $0.attributes))
            },
            links: links.map { Link(traceId: $0.traceID, spanId: $0.spanID) },
            status: status.map { Status(code: $0.code == .ok ? 1 : 2, message: $0.message) })
    }

    private static func number(of kind: SpanKind) -> Int {
        switch kind {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}

extension OTLPMessage.Attribute {
    /// In the order of their names.
    static func all(of attributes: SpanAttributes) -> [Self] {
        var all: [Self] = []
        func add(_ key: String, _ value: SpanAttribute) { all.append(Self(key: key, value: Value(value))) }
        attributes.forEach(add)
        return all.sorted { $0.key < $1.key }
    }
}

extension OTLPMessage.Attribute.Value {
    init(_ attribute: SpanAttribute) {
        switch attribute {
        case .int32(let value): self = .integer(Int64(value))
        case .int64(let value): self = .integer(value)
        case .double(let value): self = .number(value)
        case .bool(let value): self = .flag(value)
        case .string(let value): self = .text(value)
        case .stringConvertible(let value): self = .text("\(value)")
        default: self = .text("\(attribute)")
        }
    }
}
