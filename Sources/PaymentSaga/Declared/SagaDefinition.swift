public import Foundation
import Temporal

/// A saga's definition as a JSON file has it: the workflow to start, and its steps.
public struct SagaDefinition: Sendable, Hashable {
    public let workflowType: String
    public let workflowID: String
    public let taskQueue: String
    /// The whole chain of runs; nil is no limit.
    public let executionTimeout: Duration?
    /// One run; nil is no limit.
    public let runTimeout: Duration?
    /// One workflow task; nil is the server's default.
    public let taskTimeout: Duration?
    /// What the workflow is started with.
    public let saga: DeclaredSaga

    /// Reads and checks a definition; nothing about it is wrong afterwards that can be told without running it.
    /// - Parameter exponentOf: How many decimal digits a currency has; nil for no currency.
    /// - Throws: ``SagaDefinitionError``, for the first field that can't be used.
    public init(json: Data, exponentOf: (String) -> Int?) throws(SagaDefinitionError) {
        let document: JSONValue
        do {
            document = try JSONDecoder().decode(JSONValue.self, from: json)
        } catch {
            throw SagaDefinitionError(field: "the file", problem: "is not JSON")
        }
        let root = try JSONFields(document, at: "", names: ["workflow", "sagaSteps"])
        let workflow = try JSONFields(
            root.required("workflow"), at: "workflow",
            names: [
                "workflowType", "workflowId", "taskQueue", "input", "workflowExecutionTimeout", "workflowRunTimeout",
                "workflowTaskTimeout", "retryPolicy",
            ])
        workflowType = try workflow.text("workflowType", oneOf: [DeclaredSagaWorkflow.workflowType])
        workflowID = try workflow.text("workflowId")
        taskQueue = try workflow.text("taskQueue", oneOf: [TaskQueues.orders])
        executionTimeout = try workflow.durationIfPresent("workflowExecutionTimeout")
        runTimeout = try workflow.durationIfPresent("workflowRunTimeout")
        taskTimeout = try workflow.durationIfPresent("workflowTaskTimeout")
        let input = try workflow.required("input")
        _ = try Order(declared: input, at: workflow.path(of: "input"), exponentOf: exponentOf)
        saga = DeclaredSaga(
            steps: try Self.steps(root.array("sagaSteps")),
            retries: try workflow.value("retryPolicy").map(Self.retries) ?? .standard, input: input)
    }

    private static func steps(_ values: [JSONValue]) throws(SagaDefinitionError) -> [DeclaredSaga.Step] {
        guard !values.isEmpty else {
            throw SagaDefinitionError(field: "sagaSteps", problem: "is empty: it must have a step")
        }
        let activities = DeclaredActivities.all.map(\.name)
        var steps: [DeclaredSaga.Step] = []
        for (index, value) in values.enumerated() {
            let fields = try JSONFields(
                value, at: "sagaSteps[\(index)]", names: ["step", "activity", "compensate", "timeout"])
            let number = try fields.wholeNumber("step", 1...1000)
            guard number == index + 1 else {
                throw SagaDefinitionError(
                    fields.path(of: "step"), .number(Decimal(number)), "must be \(index + 1): steps are numbered from 1"
                )
            }
            let activity = try fields.text("activity", oneOf: activities)
            guard !steps.contains(where: { $0.activity == activity }) else {
                throw SagaDefinitionError(fields.path(of: "activity"), .string(activity), "must not be there twice")
            }
            steps.append(
                DeclaredSaga.Step(
                    activity: activity,
                    compensation: fields.value("compensate") == nil
                        ? nil : try fields.text("compensate", oneOf: activities),
                    timeoutMilliseconds: try fields.duration("timeout").milliseconds,
                    heartbeatMilliseconds: DeclaredActivities.heartbeat(of: activity)?.milliseconds))
        }
        return steps
    }

    private static func retries(_ value: JSONValue) throws(SagaDefinitionError) -> DeclaredSaga.Retries {
        let fields = try JSONFields(
            value, at: "workflow.retryPolicy",
            names: [
                "initialInterval", "maximumInterval", "maximumAttempts", "backoffCoefficient", "nonRetryableErrorTypes",
            ])
        var retries = DeclaredSaga.Retries.standard
        if fields.value("initialInterval") != nil {
            retries.initialIntervalMilliseconds = try fields.duration("initialInterval").milliseconds
        }
        retries.maximumIntervalMilliseconds = try fields.durationIfPresent("maximumInterval")?.milliseconds
        if let maximum = retries.maximumIntervalMilliseconds, maximum < retries.initialIntervalMilliseconds {
            throw SagaDefinitionError(
                field: fields.path(of: "maximumInterval"), problem: "is shorter than initialInterval")
        }
        if fields.value("backoffCoefficient") != nil {
            retries.backoffCoefficient = Double("\(try fields.number("backoffCoefficient", from: 1))") ?? 1
        }
        if fields.value("maximumAttempts") != nil {
            retries.maximumAttempts = Int(try fields.wholeNumber("maximumAttempts", 0...Int64(Int32.max)))
        }
        if fields.value("nonRetryableErrorTypes") != nil {
            retries.nonRetryableErrorTypes = try errorTypes(fields)
        }
        return retries
    }

    private static func errorTypes(_ fields: JSONFields) throws(SagaDefinitionError) -> [String] {
        var types: [String] = []
        for (index, value) in try fields.array("nonRetryableErrorTypes").enumerated() {
            guard case .string(let type) = value, !type.isEmpty else {
                throw SagaDefinitionError(
                    "\(fields.path(of: "nonRetryableErrorTypes"))[\(index)]", value, "must be the name of an error type"
                )
            }
            types.append(type)
        }
        return types
    }
}

extension JSONFields {
    fileprivate func text(_ name: String, oneOf known: [String]) throws(SagaDefinitionError) -> String {
        let text = try text(name)
        guard known.contains(text) else {
            throw SagaDefinitionError(
                path(of: name), .string(text),
                "must be \(known.count > 1 ? "one of " : "")\(known.joined(separator: ", "))")
        }
        return text
    }

    fileprivate func durationIfPresent(_ name: String) throws(SagaDefinitionError) -> Duration? {
        value(name) == nil ? nil : try duration(name)
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
