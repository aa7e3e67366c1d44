import TemporalAPI

/// Asks for tasks of one kind, as often and as many at a time as allowance, pace and permits let it.
struct Poller<Response: Sendable>: Sendable {
    let kind: PollKind
    let polls: TaskSet
    let slots: Slots
    let allowance: PollerAllowance
    var pace: RateLimiter?
    /// Asks the server.
    let ask: @Sendable (CallClass) async throws -> Response
    /// What the server said about how to ask.
    let advice: @Sendable (Response) -> Advice
    /// Begins to work on the task, which then owns the permit.
    /// - Returns: false when the response brings none.
    let take: @Sendable (Response) -> Bool
    /// Hears of an error no further poll would help against.
    let fail: @Sendable (any Error) -> Void

    struct Advice {
        var scaling: Int?
        var stickyBacklog: Int?
    }

    /// Starts polls until the task is cancelled. Polls under way go on in `polls`.
    func run() async {
        while !Task.isCancelled, !polls.isClosed {
            do {
                try await allowance.enter()
                try await pace?.wait()
                try await slots.acquire(kind)
            } catch {
                // Only cancellation ends a wait, and then nothing polls any more.
                return
            }
            let isStarted = polls.start { await poll() }
            if !isStarted {
                slots.endPoll(kind)
                slots.release()
            }
        }
    }

    /// Polls, and again as long as there is nothing to wait for: it saves handing the turn to `run` and back.
    private func poll() async {
        while await pollOnce(), pace == nil, !polls.isClosed, allowance.mayStay, slots.acquireAtOnce(kind) {}
        allowance.leave()
    }

    /// - Returns: false when the poll failed.
    private func pollOnce() async -> Bool {
        let allowance = allowance
        let callClass = CallClass.workerPoll(
            timeout: allowance.pollTimeout,
            onFailure: { allowance.record($0 == .resourceExhausted ? .throttled : .failed) })
        do {
            let response = try await ask(callClass)
            let advice = advice(response)
            slots.endPoll(kind, stickyBacklog: advice.stickyBacklog)
            let hasTask = take(response)
            if !hasTask { slots.release() }
            allowance.record(.answer(hasTask: hasTask, suggestion: advice.scaling))
            return true
        } catch {
            slots.endPoll(kind)
            slots.release()
            if !polls.isClosed { fail(error) }
            return false
        }
    }
}

extension Poller.Advice {
    init(_ response: PollWorkflowTask, _ kind: PollKind) {
        self.init(
            scaling: response.hasPollerScalingDecision
                ? Int(response.pollerScalingDecision.pollRequestDeltaSuggestion) : nil,
            stickyBacklog: kind == .sticky ? Int(response.backlogCountHint) : nil)
    }

    init(_ response: PollActivityTask) {
        self.init(
            scaling: response.hasPollerScalingDecision
                ? Int(response.pollerScalingDecision.pollRequestDeltaSuggestion) : nil)
    }
}
