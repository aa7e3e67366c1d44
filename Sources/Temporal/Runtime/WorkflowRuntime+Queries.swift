import Foundation
import SwiftProtobuf
import TemporalAPI

/// The queries every workflow answers.
enum BuiltInQuery: String {
    case stackTrace = "__stack_trace"
    case enhancedStackTrace = "__enhanced_stack_trace"
    case metadata = "__temporal_workflow_metadata"
}

extension WorkflowRuntime {
    static func answer(
        _ query: WorkflowQuery, _ code: any WorkflowCode, _ context: WorkflowContext
    ) throws -> Payload {
        // Read by tools, so encoded as everybody encodes them, whatever converter the workflow has.
        if let builtIn = BuiltInQuery(rawValue: query.type) {
            switch builtIn {
            case .stackTrace: return try DataConverter.standard.payload(encoding: stackTrace(context))
            case .enhancedStackTrace: return try .protobufJSON(enhancedStackTrace(context))
            case .metadata: return try .protobufJSON(metadata(code, context))
            }
        }
        let handler =
            context.handlers.queries[query.type] ?? code.query(query.type, context.converter)
            ?? context.handlers.anyQuery ?? code.dynamicQuery
        guard let handler else {
            let known = queryNames(code, context).joined(separator: " ")
            throw ApplicationFailure(
                "Query handler for '\(query.type)' expected but not found, known queries: [\(known)]",
                type: "UnknownQuery")
        }
        return try context.answer(query, by: handler)
    }

    private static func queryNames(_ code: any WorkflowCode, _ context: WorkflowContext) -> [String] {
        let builtIn: [BuiltInQuery] = [.stackTrace, .enhancedStackTrace, .metadata]
        return Set(code.queryNames + context.handlers.queries.keys + builtIn.map(\.rawValue)).sorted()
    }

    /// Swift keeps no stack of a task that waits: what it waits for is what can be told.
    private static func stackTrace(_ context: WorkflowContext) -> String {
        context.operations.labels.map { "waiting for \($0)" }.joined(separator: "\n")
    }

    private static func enhancedStackTrace(_ context: WorkflowContext) -> Temporal_Api_Sdk_V1_EnhancedStackTrace {
        .with {
            $0.sdk.name = SDKMetadata.name
            $0.sdk.version = SDKMetadata.version
            $0.stacks = context.operations.labels.map { label in
                .with { $0.locations = [.with { $0.functionName = "waiting for \(label)" }] }
            }
        }
    }

    private static func metadata(
        _ code: any WorkflowCode, _ context: WorkflowContext
    ) -> Temporal_Api_Sdk_V1_WorkflowMetadata {
        let signals = Set(code.signalNames + context.handlers.signals.keys).sorted()
        // The nameless definition is the one that takes what has no other.
        let anySignal = context.handlers.anySignal != nil || code.dynamicSignal != nil ? [""] : []
        let anyQuery = context.handlers.anyQuery != nil || code.dynamicQuery != nil ? [""] : []
        return .with {
            $0.definition.type = context.info.workflowType
            $0.definition.signalDefinitions = (anySignal + signals).map { name in .with { $0.name = name } }
            $0.definition.queryDefinitions = (anyQuery + queryNames(code, context)).map { name in
                .with { $0.name = name }
            }
            let updates = Set(code.updateNames + context.handlers.updates.keys).sorted()
            $0.definition.updateDefinitions = updates.map { name in .with { $0.name = name } }
            $0.currentDetails = context.currentDetails
        }
    }
}

extension ReadOnlyViolation {
    var queryFailure: String {
        switch self {
        case .asked: "a query must not ask for anything"
        case .resumed:
            """
            a query must not let tasks of its workflow go on: it resumed a continuation, yielded to a stream, or started a task. The run \
            is rebuilt from history, which knows of no queries
            """
        }
    }
}

extension Payload {
    fileprivate static func protobufJSON<M: Message>(_ message: M) throws -> Payload {
        var payload = Payload.make("json/protobuf", try message.jsonUTF8Data())
        payload.metadata["messageType"] = Data(M.protoMessageName.utf8)
        return payload
    }
}
