import Foundation
import Logging
import Observability
import Synchronization
import Testing
import Tracing

@Suite("Logs as JSON")
struct JSONLogTests {
    private final class Lines: Sendable {
        let written = Mutex<[Data]>([])
        var last: [String: Any]? {
            written.withLock { $0.last }.flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] }
        }
    }

    private let lines = Lines()

    private var logger: Logger {
        Logger(label: "worker") { [lines] label in
            JSONLogHandler(label: label, metadataProvider: .trace) { line in lines.written.withLock { $0.append(line) }
            }
        }
    }

    @Test("have the payment and the trace beside the message, and all else under metadata")
    func fields() throws {
        var context = ServiceContext.topLevel
        context.trace = TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        ServiceContext.withValue(context) {
            logger.warning("late", metadata: ["payment_id": "p-1", "attempt": "3"])
        }
        let line = try #require(lines.last)
        #expect(line["level"] as? String == "warning")
        #expect(line["logger"] as? String == "worker")
        #expect(line["message"] as? String == "late")
        #expect(line["payment_id"] as? String == "p-1")
        #expect(line["trace_id"] as? String == "0af7651916cd43dd8448eb211c80319c")
        #expect(line["span_id"] as? String == "b7ad6b7169203331")
        #expect(line["metadata"] as? [String: String] == ["attempt": "3"])
        #expect((line["time"] as? String)?.hasSuffix("Z") == true)
    }

    @Test("are one line each, whatever the message is made of")
    func oneLine() throws {
        logger.info("a\nb \"c\"")
        let bytes = try #require(lines.written.withLock { $0.last })
        #expect(bytes.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        #expect(lines.last?["message"] as? String == "a\nb \"c\"")
        #expect(lines.last?["trace_id"] == nil)
    }
}
