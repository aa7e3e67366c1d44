import Foundation
import Kafka
import Testing

@testable import Bridge

@Suite struct ParkedKeysTests {
    private let parked = ParkedKeys()

    private func record(
        _ offset: Int64, key: String = "a", partition: Int32 = 0, origin: String? = nil
    ) -> KafkaRecord {
        KafkaRecord(
            topic: "events", partition: partition, offset: offset, key: Array(key.utf8), value: [1],
            headers: origin.map { [KafkaHeader(DeadLetterHeader.origin, "events/0/\($0)")] } ?? [])
    }

    private func place(_ offset: Int64) throws -> StoredDeadLetter.ID {
        try #require(StoredDeadLetter.ID("events/0/\(offset)"))
    }

    /// What the dead-letter topic says of a record.
    private func letter(_ record: KafkaRecord, _ reason: DeadLetterReason) -> KafkaRecord {
        let letter = DeadLetter(record: record, rejection: Rejection(reason, "text"), time: Date())
        let outgoing = letter.whole(topic: "letters")
        return KafkaRecord(
            topic: "letters", partition: 0, offset: 0, key: outgoing.key, value: outgoing.value,
            headers: outgoing.headers)
    }

    private func resolution(_ offset: Int64, replayedTo place: Int64? = nil) throws -> KafkaRecord {
        var headers = try self.place(offset).headers
        headers.append(KafkaHeader(DeadLetterHeader.resolution, place == nil ? "discarded" : "replayed"))
        if let place { headers.append(KafkaHeader(DeadLetterHeader.replayedTo, "events/0/\(place)")) }
        return KafkaRecord(
            topic: "letters", partition: 0, offset: 0, key: Array("a".utf8), value: nil, headers: headers)
    }

    @Test("Behind a refused record the later ones of its key are parked, and no other key's") func behind() throws {
        #expect(parked.verdict(on: record(10)) == .apply)
        parked.park(record(10))
        #expect(parked.verdict(on: record(11)) == .parkBehind(try place(10)))
        #expect(parked.verdict(on: record(11, key: "b")) == .apply)
        #expect(parked.count == 1)
    }

    @Test("What was read before the refused record and comes again is applied, and the refused one is not parked twice")
    func redelivered() throws {
        parked.note(letter(record(10), .refused))
        #expect(parked.verdict(on: record(9)) == .apply)
        #expect(parked.verdict(on: record(10)) == .isParked)
        #expect(parked.verdict(on: record(11)) == .parkBehind(try place(10)))
    }

    @Test("A record that could not be put among the dead letters parks nothing") func takenBack() {
        parked.park(record(10))
        parked.unpark(record(10))
        #expect(parked.verdict(on: record(11)) == .apply)
        #expect(parked.count == 0)
    }

    @Test("Dead letters of records that are wrong in themselves park nothing", arguments: DeadLetterReason.allCases)
    func reasons(_ reason: DeadLetterReason) {
        parked.note(letter(record(10), reason))
        let parks: Set<DeadLetterReason> = [.refused, .undeliverable, .behindParked]
        #expect((parked.verdict(on: record(11)) != .apply) == parks.contains(reason))
    }

    @Test("Once all is discarded the key flows on") func discarded() throws {
        parked.note(letter(record(10), .undeliverable))
        parked.note(letter(record(11), .behindParked))
        parked.note(try resolution(10))
        #expect(parked.verdict(on: record(12)) == .parkBehind(try place(11)))
        parked.note(try resolution(11))
        #expect(parked.verdict(on: record(12)) == .apply)
        #expect(parked.count == 0)
    }

    @Test("Replayed records pass in their order; what came in between is parked until it is replayed itself")
    func replayed() throws {
        parked.note(letter(record(10), .refused))
        parked.note(letter(record(11), .behindParked))
        // Replayed to 20 and 22; 21 and 23 came by themselves.
        parked.note(try resolution(10, replayedTo: 20))
        parked.note(try resolution(11, replayedTo: 22))
        #expect(parked.verdict(on: record(20, origin: "10")) == .apply)
        #expect(parked.verdict(on: record(21)) == .parkBehind(try place(22)))
        #expect(parked.verdict(on: record(22, origin: "11")) == .apply)
        #expect(parked.verdict(on: record(23)) == .apply)
        #expect(parked.count == 0)
    }

    @Test("A replayed record that fails again parks those replayed behind it") func failsAgain() throws {
        parked.note(letter(record(10), .refused))
        parked.note(letter(record(11), .behindParked))
        // The notes of the replay may come before or after the records.
        #expect(parked.verdict(on: record(20, origin: "10")) == .apply)
        parked.park(record(20, origin: "10"))
        #expect(parked.verdict(on: record(21, origin: "11")) == .parkBehind(try place(20)))
        parked.note(try resolution(10, replayedTo: 20))
        parked.note(try resolution(11, replayedTo: 21))
        #expect(parked.verdict(on: record(21, origin: "11")) == .parkBehind(try place(20)))
        #expect(parked.verdict(on: record(22)) == .parkBehind(try place(20)))
    }
}
