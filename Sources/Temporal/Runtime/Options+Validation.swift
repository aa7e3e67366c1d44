import TemporalAPI

// A server refuses the whole answer to a workflow task for one wrong option in it, again with every attempt; the call that has the option
// is told instead.

extension ActivityOptions {
    func check(for activity: String) throws(InvalidOptionError) {
        try OptionCheck.run("activity \(activity)") { check throws(InvalidOptionError) in
            try check.limits(
                ("scheduleToClose", scheduleToClose), ("scheduleToStart", scheduleToStart),
                ("startToClose", startToClose), ("heartbeat", heartbeat))
            try check.end(scheduleToClose: scheduleToClose, startToClose: startToClose)
            try check.name("taskQueue", taskQueue)
            _ = try retryPolicy?.checkedProto()
            try priority?.check()
        }
    }
}

extension LocalActivityOptions {
    func check(for activity: String) throws(InvalidOptionError) {
        try OptionCheck.run("local activity \(activity)") { check throws(InvalidOptionError) in
            try check.limits(
                ("scheduleToClose", scheduleToClose), ("scheduleToStart", scheduleToStart),
                ("startToClose", startToClose), ("localRetryThreshold", localRetryThreshold))
            try check.end(scheduleToClose: scheduleToClose, startToClose: startToClose)
            _ = try retryPolicy?.checkedProto()
        }
    }
}

extension ChildWorkflowOptions {
    func check(for workflow: String) throws(InvalidOptionError) {
        try OptionCheck.run("child workflow \(workflow)") { check throws(InvalidOptionError) in
            try check.name("id", id)
            try check.name("taskQueue", taskQueue)
            try check.limits(
                ("executionTimeout", executionTimeout), ("runTimeout", runTimeout), ("taskTimeout", taskTimeout))
            _ = try retryPolicy?.checkedProto()
            try priority?.check()
        }
    }
}

extension ContinueAsNewOptions {
    func check(for workflow: String) throws(InvalidOptionError) {
        try OptionCheck.run("continue-as-new \(workflow)") { check throws(InvalidOptionError) in
            try check.name("taskQueue", taskQueue)
            try check.limits(("runTimeout", runTimeout), ("taskTimeout", taskTimeout), ("backoff", backoff))
            _ = try retryPolicy?.checkedProto()
        }
    }
}

extension Priority {
    fileprivate func check() throws(InvalidOptionError) {
        if let key, key < 0 { throw .init("priority.key", "is negative: \(key)") }
        if let fairnessKey, fairnessKey.utf8.count > 64 {
            throw .init("priority.fairnessKey", "is longer than 64 bytes: \(fairnessKey)")
        }
    }
}

/// What several kinds of options have in common.
private struct OptionCheck {
    /// Runs `body`, whose errors are about `target`.
    static func run(
        _ target: String, _ body: (OptionCheck) throws(InvalidOptionError) -> Void
    ) throws(InvalidOptionError) {
        do {
            try body(OptionCheck())
        } catch {
            var error = error
            error.target = target
            throw error
        }
    }

    func limits(_ limits: (name: String, value: Duration?)...) throws(InvalidOptionError) {
        for limit in limits {
            if let value = limit.value, value < .zero { throw .init(limit.name, "is negative: \(value)") }
        }
    }

    /// To a server, zero is none.
    func end(scheduleToClose: Duration?, startToClose: Duration?) throws(InvalidOptionError) {
        guard (scheduleToClose ?? .zero) > .zero || (startToClose ?? .zero) > .zero else {
            throw .init("startToClose", "must be set and positive, unless scheduleToClose is")
        }
    }

    func name(_ option: String, _ value: String?) throws(InvalidOptionError) {
        if value?.isEmpty == true { throw .init(option, "is empty") }
    }
}
