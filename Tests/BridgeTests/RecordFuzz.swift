import FaultInjection
import Kafka
import PaymentEvents

@testable import Bridge

/// Records that resemble events, some more and some less. The same seed gives the same records.
struct RecordFuzz {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func record() throws -> KafkaRecord {
        var record = try valid()
        // None at all now and then: what is valid must be accepted.
        for _ in 0..<Int.random(in: 0...3, using: &random) { record = spoil(record) }
        return record
    }

    private mutating func valid() throws -> KafkaRecord {
        let codec = EventCodec(source: "/fuzz", contentType: Bool.random(using: &random) ? .json : .protobuf)
        let payment = "p-\(Int.random(in: 0..<1_000, using: &random))"
        let topics = SampleRecords.topics
        let topic: String
        let encoded: EncodedEvent
        switch Int.random(in: 0..<3, using: &random) {
        case 0: (topic, encoded) = (topics.requests, try codec.encode(SampleRecords.request(payment)))
        case 1: (topic, encoded) = (topics.confirmations, try codec.encode(SampleRecords.confirmation(payment)))
        default: (topic, encoded) = (topics.cancellations, try codec.encode(SampleRecords.cancellation(payment)))
        }
        return KafkaRecord(
            topic: topic, partition: 0, offset: Int64.random(in: 0..<Int64.max, using: &random),
            key: Array(encoded.key.utf8), value: encoded.value,
            headers: encoded.headers.map { KafkaHeader($0.name, $0.value) })
    }

    private mutating func spoil(_ record: KafkaRecord) -> KafkaRecord {
        var value = record.value ?? []
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<30: flip(&value)
        case 30..<40: value.removeLast(Int.random(in: 0...value.count, using: &random))
        case 40..<50: value.insert(contentsOf: oddText(), at: Int.random(in: 0...value.count, using: &random))
        case 50..<65: swapJSONValue(in: &value)
        case 65: value = nested(depth: Int.random(in: 1..<5_000, using: &random))
        case 66: giantField(in: &value)
        case 67..<72:
            value = (0..<Int.random(in: 0..<64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        case 72..<87: return record.with(headers: spoil(record.headers))
        case 87..<97:
            var key = record.key ?? []
            flip(&key)
            return record.with(key: [nil, [], key, oddText()].randomElement(using: &random))
        default: return record.with(value: .some(nil))
        }
        return record.with(value: value)
    }

    private mutating func flip(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
    }

    /// Overlong forms, surrogates, lone continuation bytes, control and direction marks, and text in composed pieces.
    private mutating func oddText() -> [UInt8] {
        let texts: [[UInt8]] = [
            [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0x00], Array("\u{202E}".utf8),
            Array("e\u{301}\u{301}\u{301}".utf8), Array("\u{FEFF}".utf8), Array("\\ud800".utf8), Array("\"".utf8),
        ]
        return texts.randomElement(using: &random) ?? []
    }

    private mutating func swapJSONValue(in bytes: inout [UInt8]) {
        let values = ["null", "true", "-1", "1e400", "0.1", "[]", "{}", "\"\"", "9223372036854775808", "\"NaN\""]
        guard let colon = bytes.indices.filter({ bytes[$0] == UInt8(ascii: ":") }).randomElement(using: &random),
            let value = values.randomElement(using: &random)
        else { return }
        let end = bytes[colon...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") } ?? bytes.endIndex
        bytes.replaceSubrange((colon + 1)..<end, with: value.utf8)
    }

    private mutating func nested(depth: Int) -> [UInt8] {
        let (open, close) = Bool.random(using: &random) ? ("[", "]") : ("{\"metadata\":", "}")
        return Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
    }

    private mutating func giantField(in bytes: inout [UInt8]) {
        let size = [1_000, 100_000, 300_000].randomElement(using: &random) ?? 0
        let index = bytes.lastIndex(of: UInt8(ascii: "\"")) ?? bytes.endIndex
        bytes.insert(contentsOf: repeatElement(UInt8(ascii: "9"), count: size), at: index)
    }

    private mutating func spoil(_ headers: [KafkaHeader]) -> [KafkaHeader] {
        var headers = headers
        guard let index = headers.indices.randomElement(using: &random) else { return headers }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: headers.remove(at: index)
        case 1: headers[index].value = oddText()
        case 2: headers[index].value = nil
        default: headers.append(KafkaHeader(headers[index].name, "application/x-protobuf; charset=odd"))
        }
        return headers
    }
}
