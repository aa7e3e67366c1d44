import ArgumentParser
import PaymentEvents

/// What the topics are called. Every command takes the names of all of them, so that one environment serves all roles, and
/// no name is used for two of them.
struct TopicOptions: ParsableArguments {
    @Option(help: Setting.topicRequests.help(topic: "payment requests", Topics().requests))
    var topicRequests: String?

    @Option(help: Setting.topicConfirmations.help(topic: "the gateway's confirmations", Topics().confirmations))
    var topicConfirmations: String?

    @Option(help: Setting.topicCancellations.help(topic: "wishes to cancel a payment", Topics().cancellations))
    var topicCancellations: String?

    @Option(help: Setting.topicOutcomes.help(topic: "payments' outcomes", Topics().outcomes))
    var topicOutcomes: String?

    @Option(help: Setting.topicNotifications.help(topic: "what users were told", Topics().notifications))
    var topicNotifications: String?

    @Option(help: Setting.topicDeadLetters.help(topic: "records that can't be applied", Topics().deadLetters))
    var topicDeadLetters: String?

    @Option(help: Setting.topicOrderRequests.help(topic: "orders", Topics().orderRequests))
    var topicOrderRequests: String?

    @Option(help: Setting.topicOrderOutcomes.help(topic: "orders' outcomes", Topics().orderOutcomes))
    var topicOrderOutcomes: String?

    @Option(help: Setting.topicSettlements.help(topic: "merchants' settlement batches", Topics().settlements))
    var topicSettlements: String?

    @Option(help: Setting.topicReconciliation.help(topic: "what reconciliation finds", Topics().reconciliation))
    var topicReconciliation: String?

    var given: [Setting: String?] {
        [
            .topicRequests: topicRequests, .topicConfirmations: topicConfirmations,
            .topicCancellations: topicCancellations, .topicOutcomes: topicOutcomes,
            .topicNotifications: topicNotifications, .topicDeadLetters: topicDeadLetters,
            .topicOrderRequests: topicOrderRequests, .topicOrderOutcomes: topicOrderOutcomes,
            .topicSettlements: topicSettlements, .topicReconciliation: topicReconciliation,
        ]
    }
}

extension Setting {
    fileprivate func help(topic purpose: String, _ name: String) -> ArgumentHelp {
        help("the topic of \(purpose); \(name) unless given", valueName: "topic")
    }
}

extension Topics {
    private static let longestName = 249

    /// Every topic, and the setting that names it.
    static let settings: [(setting: Setting, name: any WritableKeyPath<Topics, String> & Sendable)] = [
        (.topicRequests, \.requests), (.topicConfirmations, \.confirmations), (.topicCancellations, \.cancellations),
        (.topicOutcomes, \.outcomes), (.topicNotifications, \.notifications), (.topicDeadLetters, \.deadLetters),
        (.topicOrderRequests, \.orderRequests), (.topicOrderOutcomes, \.orderOutcomes),
        (.topicSettlements, \.settlements), (.topicReconciliation, \.reconciliation),
    ]

    /// The names by the variables that set them, for processes that are to use the same.
    var environment: [String: String] {
        Dictionary(uniqueKeysWithValues: Self.settings.map { ($0.setting.variable, self[keyPath: $0.name]) })
    }

    /// Whether Kafka takes the name for a topic.
    fileprivate static func isLegal(_ name: String) -> Bool {
        name.utf8.count <= longestName && ![".", ".."].contains(name) && name.wholeMatch(of: /[a-zA-Z0-9._-]+/) != nil
    }
}

extension Settings {
    /// - Throws: ``CommandFailure`` naming the setting whose name Kafka does not take, or both that give the same name: records
    ///   would be read as what they are not.
    func topics() throws(CommandFailure) -> Topics {
        var topics = Topics()
        var users: [String: Setting] = [:]
        for (setting, path) in Topics.settings {
            let name = try value(
                setting, default: topics[keyPath: path],
                expected: "1 to 249 of a-z, A-Z, 0-9, \".\", \"_\" and \"-\", and neither \".\" nor \"..\""
            ) { Topics.isLegal($0) ? $0 : nil }
            if let other = users.updateValue(setting, forKey: name) {
                throw CommandFailure(
                    "\(other.name) and \(setting.name) are both \"\(name)\": every topic needs a name of its own",
                    status: CommandFailure.badSetting)
            }
            topics[keyPath: path] = name
        }
        return topics
    }
}
