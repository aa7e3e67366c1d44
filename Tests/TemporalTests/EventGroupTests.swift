import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

@Suite("Event groups")
struct EventGroupTests {
    @Test(
        "Commands of a signal's handler name the signal's event, and so does the one that takes them back; the workflow's own name none"
    )
    func signals() throws {
        var history = HistoryBuilder(workflowType: "BodyWorkflow")
        try history.started()
        try history.signaled("nap", 7)
        let signal = history.lastID
        history.taskScheduledAndStarted()
        history.taskCompleted()
        _ = history.timerStarted(1)
        _ = history.timerStarted(2)
        try history.signaled("wake", true)
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in
            let isAwake = Box(false)
            context.setSignalHandler(SignalType<Int>("nap")) { seconds in
                _ = try await context.wait(until: { isAwake.value }, timeout: .seconds(seconds))
            }
            context.setSignalHandler(SignalType<Bool>("wake")) { isAwake.value = $0 }
            try await context.sleep(for: .seconds(1))
            return ""
        }
        let started = commands[0].map {
            ($0.startTimerCommandAttributes.startToFireTimeout.seconds, $0.eventGroupMarkers)
        }
        #expect(started.first { $0.0 == 7 }?.1.map(\.inboundEvent.inboundEventID) == [signal])
        #expect(started.first { $0.0 == 1 }?.1 == [])
        #expect(commands[1].map(\.commandType) == [.cancelTimer])
        #expect(commands[1].first?.eventGroupMarkers.map(\.inboundEvent.inboundEventID) == [signal])
    }
}
