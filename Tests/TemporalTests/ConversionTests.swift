import Foundation
import SwiftProtobuf
import TemporalAPI
import Testing

@testable import Temporal

@Suite("Converting values and failures")
struct ConversionTests {
    private struct Order: Codable, Equatable, Sendable {
        var id: String
        var at: Date
        var note: String?
    }

    @Test("A value survives the way to a payload and back, to the millisecond")
    func roundTrip() throws {
        let order = Order(id: "o-1", at: Date(timeIntervalSince1970: 1_700_000_000.125), note: nil)
        let payload = try DataConverter.standard.payload(encoding: order)
        #expect(payload.metadata["encoding"] == Data("json/plain".utf8))
        #expect(String(decoding: payload.data, as: UTF8.self) == #"{"at":"2023-11-14T22:13:20.125Z","id":"o-1"}"#)
        #expect(try DataConverter.standard.decode(Order.self, from: payload) == order)
    }

    @Test(
        "Dates are written to the nearest millisecond, whatever their binary fraction comes to",
        arguments: [
            (1_700_000_000.678, "2023-11-14T22:13:20.678Z"), (1_700_000_000.6786, "2023-11-14T22:13:20.679Z"),
            (1_700_000_000.9996, "2023-11-14T22:13:21.000Z"), (1_700_000_000, "2023-11-14T22:13:20.000Z"),
            (-0.25, "1969-12-31T23:59:59.750Z"), (-0.0004, "1970-01-01T00:00:00.000Z"),
        ])
    func dates(seconds: Double, text: String) throws {
        let payload = try DataConverter.standard.payload(encoding: [Date(timeIntervalSince1970: seconds)])
        #expect(String(decoding: payload.data, as: UTF8.self) == "[\"\(text)\"]")
        let read = try DataConverter.standard.decode([Date].self, from: payload)
        #expect(abs(try #require(read.first).timeIntervalSince1970 - seconds) <= 0.000_501)
        #expect(try DataConverter.standard.payload(encoding: read) == payload)
    }

    @Test("Every millisecond of a second is read and written as itself")
    func milliseconds() throws {
        for millisecond in 0..<1000 {
            let text = "[\"2024-02-29T23:59:59.\(String(millisecond + 1000).dropFirst())Z\"]"
            let payload = Payload.make("json/plain", Data(text.utf8))
            let dates = try DataConverter.standard.decode([Date].self, from: payload)
            #expect(try DataConverter.standard.payload(encoding: dates) == payload)
        }
    }

    @Test(
        "A date that is none, or too far away for its text, is not encoded", arguments: [Double.nan, .infinity, 1e30])
    func impossibleDates(seconds: Double) {
        #expect(throws: DataConversionError.self) {
            try DataConverter.standard.payload(encoding: [Date(timeIntervalSince1970: seconds)])
        }
    }

    @Test("Names that JSON must escape are in markers as Temporal's Core writes them")
    func escapes() {
        #expect("a\"\\\n\r\t\u{8}\u{C}\u{1}\u{7F}é".jsonLiteral == #""a\"\\\n\r\t\b\f\u0001"# + "\u{7F}é\"")
    }

    @Test("Nothing, nil and bytes have encodings of their own, as in other SDKs")
    func encodings() throws {
        let converter = DataConverter.standard
        #expect(try converter.payload(encoding: String?.none).metadata["encoding"] == Data("binary/null".utf8))
        #expect(try converter.payload(encoding: Data([1, 2])).metadata["encoding"] == Data("binary/plain".utf8))
        #expect(try converter.payloads(encoding: NoValue()).payloads.isEmpty)
        #expect(try converter.decode(String?.self, from: Payloads()) == nil)
        #expect(try converter.decode(NoValue.self, from: Payloads()) == NoValue())
    }

    @Test("A payload that does not fit names the type and what was found")
    func misfit() throws {
        let payload = try DataConverter.standard.payload(encoding: "text")
        let error = #expect(throws: DataConversionError.self) {
            try DataConverter.standard.decode(Int.self, from: payload)
        }
        #expect(error?.type == "Int")
        var foreign = payload
        foreign.metadata["encoding"] = Data("binary/encrypted".utf8)
        #expect(throws: DataConversionError.self) { try DataConverter.standard.decode(String.self, from: foreign) }
    }

    @Test("A failure survives the way over the wire with its causes")
    func failures() throws {
        let failure = ActivityFailure(
            message: "activity failed", activityType: "debit", activityID: "3", scheduledEventID: 5, startedEventID: 6,
            identity: "w", retryState: .maximumAttemptsReached,
            cause: ApplicationFailure(
                "no funds", type: "Declined", isNonRetryable: true,
                details: [try DataConverter.standard.payload(encoding: 7)], nextRetryDelay: .milliseconds(1500)))
        let decoded = try #require(
            FailureConverter().error(from: FailureConverter().failure(from: failure)) as? ActivityFailure)
        #expect(decoded.activityType == "debit")
        #expect(decoded.retryState == .maximumAttemptsReached)
        let cause = try #require(decoded.cause as? ApplicationFailure)
        #expect(cause.message == "no funds")
        #expect(cause.type == "Declined")
        #expect(cause.isNonRetryable)
        #expect(cause.nextRetryDelay == .milliseconds(1500))
        #expect(cause.details.count == 1)
    }

    @Test("A chain of causes without end is cut, not followed")
    func depth() {
        var failure = Failure()
        for _ in 0..<1_000 { failure = .with { $0.cause = failure } }
        var error: (any Error)? = FailureConverter().error(from: failure)
        var depth = 0
        while let next = (error as? any TemporalFailure)?.cause {
            error = next
            depth += 1
        }
        #expect(depth == FailureConverter.maximumDepth)
    }
}
