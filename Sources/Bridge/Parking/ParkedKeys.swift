import Kafka
import Synchronization

/// The keys whose records are parked: one of them was refused or undeliverable, and the later ones go to the dead letters
/// behind it, until an operator has replayed or discarded all of them.
///
/// What is parked is what the dead-letter topic says, so it survives this process and holds for the next owner of a
/// partition.
final class ParkedKeys: Sendable {
    typealias Place = StoredDeadLetter.ID

    /// What is to be done with a record.
    enum Verdict: Equatable {
        case apply
        /// It lies among the dead letters already.
        case isParked
        case parkBehind(Place)
    }

    /// A key has an order within its topic only.
    fileprivate struct Key: Hashable {
        let topic: String
        let bytes: [UInt8]
    }

    fileprivate struct Parked {
        /// The letters that nothing was done about, each with the first place of its record.
        var letters: [Place: Place] = [:]
        /// Those that are on their way to the topic, or in it and not yet read there.
        var sending: [Place: Place] = [:]
        /// By partition, from where up to which replayed record others came while the key was parked.
        var detours: [Int32: Range<Int64>] = [:]

        var isEmpty: Bool { letters.isEmpty && sending.isEmpty && detours.isEmpty }
    }

    private let keys = Mutex<[Key: Parked]>([:])

    /// How many keys are parked.
    var count: Int { keys.withLock { $0.values.count { !$0.letters.isEmpty || !$0.sending.isEmpty } } }

    func verdict(on record: KafkaRecord) -> Verdict {
        guard let key = Key(record) else { return .apply }
        return keys.withLock { keys in
            // Most keys are not parked.
            guard !keys.isEmpty, let parked = keys[key] else { return .apply }
            let letters = parked.letters.merging(parked.sending) { first, _ in first }
            if letters[record.place] != nil { return .isParked }
            if let origin = record.origin {
                // A replayed record waits only for those before it that have been replayed and have failed again.
                let blocker = letters.first { $0.key != $0.value && $0.value.isBefore(origin) }
                return blocker.map { .parkBehind($0.key) } ?? .apply
            }
            // What was read before the first letter, and is read again now, has been applied.
            let before = letters.keys.filter { $0.partition != record.partition || $0.isBefore(record.place) }
            if let letter = before.min(by: { $0.offset < $1.offset }) { return .parkBehind(letter) }
            guard letters.isEmpty, let detour = parked.detours[record.partition] else { return .apply }
            if detour.contains(record.offset) {
                return .parkBehind(Place(topic: record.topic, partition: record.partition, offset: detour.upperBound))
            }
            if record.offset >= detour.upperBound { keys[key]?.detours[record.partition] = nil }
            if keys[key]?.isEmpty == true { keys[key] = nil }
            return .apply
        }
    }

    /// Parks the key of a record that is about to be put among the dead letters.
    func park(_ record: KafkaRecord) {
        guard let key = Key(record) else { return }
        keys.withLock { $0[key, default: Parked()].sending[record.place] = record.origin ?? record.place }
    }

    /// Takes ``park(_:)`` back: the record was not put there, and comes again.
    func unpark(_ record: KafkaRecord) {
        guard let key = Key(record) else { return }
        keys.withLock { keys in
            keys[key]?.sending[record.place] = nil
            if keys[key]?.isEmpty == true { keys[key] = nil }
        }
    }

    /// Takes in a record of the dead-letter topic: a letter, or what was done about one.
    func note(_ record: KafkaRecord) {
        guard let bytes = record.key, let id = Place(record) else { return }
        let key = Key(topic: id.topic, bytes: bytes)
        guard record.headers.text(of: DeadLetterHeader.resolution) == nil else {
            let place = record.headers.text(of: DeadLetterHeader.replayedTo).flatMap(Place.init)
            return keys.withLock { keys in
                guard keys[key]?.resolve(id, replayedTo: place) == true else { return }
                if keys[key]?.isEmpty == true { keys[key] = nil }
            }
        }
        let reason = record.headers.text(of: DeadLetterHeader.reason).flatMap(DeadLetterReason.init(rawValue:))
        guard reason?.parksKey == true else { return }
        keys.withLock { keys in
            keys[key, default: Parked()].letters[id] = record.origin ?? id
            keys[key]?.sending[id] = nil
        }
    }
}

extension ParkedKeys.Parked {
    /// - Returns: Whether the letter was open.
    fileprivate mutating func resolve(_ id: ParkedKeys.Place, replayedTo place: ParkedKeys.Place?) -> Bool {
        sending[id] = nil
        guard letters.removeValue(forKey: id) != nil else { return false }
        guard let place else { return true }
        // In another partition, since there are more of them now, nothing tells what came before.
        let start = place.partition == id.partition ? id.offset : 0
        let known = detours[place.partition]
        detours[place.partition] =
            min(start, place.offset, known?.lowerBound ?? start)..<max(place.offset, known?.upperBound ?? 0)
        return true
    }
}

extension ParkedKeys.Key {
    fileprivate init?(_ record: KafkaRecord) {
        guard let bytes = record.key else { return nil }
        self.init(topic: record.topic, bytes: bytes)
    }
}

extension ParkedKeys.Place {
    fileprivate func isBefore(_ other: Self) -> Bool { partition == other.partition && offset < other.offset }
}

extension KafkaRecord {
    var place: ParkedKeys.Place {
        ParkedKeys.Place(topic: topic, partition: partition, offset: offset)
    }

    /// Where a replayed record was first.
    var origin: ParkedKeys.Place? {
        headers.text(of: DeadLetterHeader.origin).flatMap(ParkedKeys.Place.init)
    }
}
