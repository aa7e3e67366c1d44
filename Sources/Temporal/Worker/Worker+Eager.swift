import Logging
import SwiftProtobuf
import TemporalAPI

extension Worker {
    /// As many activities of one completion may come with its answer.
    private static let maximumEagerActivities = 3

    /// Lets clients of the same connection hand over the first tasks of workflows they start.
    func offerEagerStarts() {
        guard !workflows.isEmpty else { return }
        service.localWorkers?.add(instanceKey, namespace: namespace, taskQueue: configuration.taskQueue) {
            [weak self] in
            guard let self, !polls.isClosed, workflowSlots.reserve() else { return nil }
            // Work from now on: a worker that ends meanwhile does not leave before it knows that no task came, or has answered it.
            let answer = FirstValue<PollWorkflowTask>()
            workflowWork.start { await self.work(on: answer.value) }
            return .init(use: { answer.offer($0) }, release: { answer.offer(PollWorkflowTask()) })
        }
    }

    func withdrawEagerStarts() {
        service.localWorkers?.remove(instanceKey, namespace: namespace, taskQueue: configuration.taskQueue)
    }

    /// Takes permits for activities that are to come with the answer, and marks their commands accordingly.
    /// - Returns: the number of permits taken.
    func reserveEagerActivities(in commands: inout [Command]) -> Int {
        var reserved = 0
        for index in commands.indices where commands[index].commandType == .scheduleActivityTask {
            let attributes = commands[index].scheduleActivityTaskCommandAttributes
            guard attributes.requestEagerExecution else { continue }
            let isGranted =
                reserved < Self.maximumEagerActivities && configuration.mayAskForEagerActivities
                && !activities.isEmpty && !polls.isClosed && attributes.taskQueue.name == configuration.taskQueue
                && activitySlots.reserve()
            if isGranted {
                reserved += 1
            } else {
                commands[index].scheduleActivityTaskCommandAttributes.requestEagerExecution = false
            }
        }
        return reserved
    }

    /// Begins the activities that came with an answer, and gives back the permits they do not need.
    func startEagerActivities(_ tasks: [PollActivityTask], reserved: Int) {
        for task in tasks.prefix(reserved) { start(task, isEager: true) }
        for _ in tasks.count..<max(tasks.count, reserved) { activitySlots.release() }
        if tasks.count > reserved {
            // There is no room for them; the server gives them to somebody else when they time out.
            logger.error("the server sent \(tasks.count) activities with an answer where \(reserved) were asked for")
        }
    }
}
