import ArgumentParser
import Bridge
import Foundation
import Kafka
import PaymentEvents

struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Looks at records that could not be applied, sends them back, or puts them away.",
        subcommands: [List.self, Show.self, Replay.self, Discard.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the dead letters nothing was done about yet.")

        @OptionGroup var selection: Selection
        @OptionGroup var kafka: KafkaOptions
        @OptionGroup var topics: TopicOptions

        func run() async throws {
            let desk = try await desk(kafka, topics)
            Terminal.line(table(try await desk.unresolved(try selection.filter())))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one dead letter with its headers.",
            discussion: "Its value may name a person: it is written only with --value.")

        @Argument(help: "The letter's id, as list shows it: topic/partition/offset.")
        var id: String

        @Flag(help: "Write the record's value too, as it is, behind an empty line.")
        var value = false

        @OptionGroup var kafka: KafkaOptions
        @OptionGroup var topics: TopicOptions

        func run() async throws {
            var filter = DeadLetterFilter()
            filter.ids = [try letterID(id)]
            guard let letter = try await desk(kafka, topics).unresolved(filter).first else {
                throw CommandFailure("no dead letter \(id) is open")
            }
            Terminal.line("id: \(letter.id)")
            Terminal.line("key: \(letter.key ?? (letter.record.key == nil ? "none" : "not text"))")
            Terminal.line("value: \(letter.record.value.map { "\($0.count) bytes" } ?? "none")")
            for header in letter.record.headers {
                let text = header.value.map { String(validating: $0, as: UTF8.self) ?? "\($0.count) bytes" }
                Terminal.line("\(header.name): \(text ?? "")")
            }
            if value, let bytes = letter.record.value {
                Terminal.line()
                try FileHandle.standardOutput.write(contentsOf: Data(bytes))
            }
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends dead letters back to the topics they came from, those of one key in their order.")

        @OptionGroup var action: Action

        func run() async throws {
            try await action.run("replayed") { desk, letters, name in try await desk.replay(letters, operator: name) }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Notes dead letters as discarded; they stay in the topic, but are listed no more.")

        @OptionGroup var action: Action

        func run() async throws {
            try await action.run("discarded") { desk, letters, name in try await desk.discard(letters, operator: name) }
        }
    }

    /// Which letters are meant.
    struct Selection: ParsableArguments {
        @Argument(help: "Ids, as list shows them: topic/partition/offset.")
        var ids: [String] = []

        @Option(help: ArgumentHelp("Only those of this reason.", valueName: "reason"))
        var reason: String?

        @Option(help: ArgumentHelp("Only those that came from this topic.", valueName: "topic"))
        var from: String?

        @Option(help: ArgumentHelp("Only those of this key.", valueName: "key"))
        var key: String?

        @Option(help: ArgumentHelp("Only those put aside at this time or later.", valueName: "ISO 8601"))
        var since: String?

        @Option(help: ArgumentHelp("Only those put aside before this time.", valueName: "ISO 8601"))
        var until: String?

        /// - Throws: ``CommandFailure`` naming the option that can't be understood.
        func filter() throws(CommandFailure) -> DeadLetterFilter {
            var filter = DeadLetterFilter()
            for id in ids { filter.ids.insert(try letterID(id)) }
            if let reason {
                guard let known = DeadLetterReason(rawValue: reason) else {
                    let all = DeadLetterReason.allCases.map(\.rawValue).joined(separator: ", ")
                    throw CommandFailure(
                        "--reason is \"\(reason)\": it must be one of \(all)", status: CommandFailure.badSetting)
                }
                filter.reason = known
            }
            filter.topic = from
            filter.key = key
            filter.since = try time("since", since)
            filter.until = try time("until", until)
            return filter
        }

        /// True when nothing narrows the selection.
        var isEverything: Bool {
            ids.isEmpty && reason == nil && from == nil && key == nil && since == nil && until == nil
        }

        private func time(_ option: String, _ text: String?) throws(CommandFailure) -> Date? {
            guard let text else { return nil }
            let formats = [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)]
            for format in formats {
                if let date = try? Date(text, strategy: format) { return date }
            }
            throw CommandFailure(
                "--\(option) is \"\(text)\": it must be a time such as 2026-01-31T12:00:00Z",
                status: CommandFailure.badSetting)
        }
    }

    /// Something done to the letters that are meant.
    struct Action: ParsableArguments {
        @OptionGroup var selection: Selection

        @Flag(help: "All that are open; needed when nothing else selects.")
        var all = false

        @Flag(help: "Only list what would be done.")
        var dryRun = false

        @Option(help: ArgumentHelp("Who does it, for the record; the user's name unless given.", valueName: "name"))
        var `operator`: String?

        @OptionGroup var kafka: KafkaOptions
        @OptionGroup var topics: TopicOptions

        func run(
            _ done: String, _ body: (DeadLetterDesk, [StoredDeadLetter], String) async throws -> Void
        ) async throws {
            guard all || !selection.isEverything else {
                throw CommandFailure(
                    "nothing is selected: name letters, narrow them by an option, or give --all",
                    status: CommandFailure.badSetting)
            }
            let desk = try await desk(kafka, topics)
            let letters = try await desk.unresolved(try selection.filter())
            let unknown = try selection.filter().ids.subtracting(letters.map(\.id))
            if let first = unknown.map(\.description).min() { throw CommandFailure("no dead letter \(first) is open") }
            if dryRun {
                Terminal.line(table(letters))
                Terminal.line("\(letters.count) would be \(done)")
            } else {
                try await body(desk, letters, `operator` ?? NSUserName())
                Terminal.line("\(letters.count) \(done)")
            }
        }
    }

    private static func letterID(_ text: String) throws(CommandFailure) -> StoredDeadLetter.ID {
        guard let id = StoredDeadLetter.ID(text) else {
            throw CommandFailure(
                "\"\(text)\" is no dead letter's id: it must be topic/partition/offset",
                status: CommandFailure.badSetting)
        }
        return id
    }

    private static func table(_ letters: [StoredDeadLetter]) -> String {
        var table = TextTable(columns: ["id", "key", "reason", "put aside", "error"])
        for letter in letters {
            table.add([
                "\(letter.id)", letter.key ?? "", letter.reason, letter.time?.formatted(.iso8601) ?? "", letter.error,
            ])
        }
        return table.text
    }

    private static func desk(_ kafka: KafkaOptions, _ topics: TopicOptions) async throws -> DeadLetterDesk {
        let settings = Settings(options: kafka.given.adding(topics.given))
        let topic = try settings.topics().deadLetters
        let logger = try settings.logger(label: "dead-letters")
        return DeadLetterDesk(
            kafka: try await settings.reachableKafka(client: "dead-letters", logger: logger), topic: topic)
    }
}
