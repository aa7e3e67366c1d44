import SwiftProtobuf
public import TemporalAPI

extension TemporalClient {
    /// Finds workflows. What has just happened may take a moment to be found.
    /// - Parameters:
    ///   - query: A list filter, such as `WorkflowType = 'Payment' AND ExecutionStatus = 'Running'`; empty is all.
    ///   - pageSize: How many to fetch at a time; the server's default unless given.
    public func listWorkflows(_ query: String = "", pageSize: Int? = nil) -> PagedSequence<WorkflowExecution> {
        PagedSequence { cursor in
            let response = try await service.call(
                .listWorkflowExecutions,
                .with {
                    $0.namespace = namespace
                    $0.query = query
                    $0.pageSize = Int32(clamping: pageSize ?? 0)
                    $0.nextPageToken = cursor
                }, .normal)
            return (response.executions.map(WorkflowExecution.init), response.nextPageToken)
        }
    }

    /// Counts workflows.
    /// - Parameter query: A list filter; with `GROUP BY ExecutionStatus` the count is also given for each status.
    /// - Throws: ``TemporalRPCError``.
    public func countWorkflows(_ query: String = "") async throws -> WorkflowCount {
        let response = try await service.call(
            .countWorkflowExecutions,
            .with {
                $0.namespace = namespace
                $0.query = query
            }, .normal)
        return WorkflowCount(
            count: Int(response.count),
            groups: response.groups.map { .init(values: $0.groupValues, count: Int($0.count)) })
    }
}

/// How many workflows there are.
public struct WorkflowCount: Sendable, Hashable {
    /// How many there are that have the same values.
    public struct Group: Sendable, Hashable {
        /// The values of the search attributes that were grouped by, in their order.
        public let values: [Payload]
        /// How many have them; approximate while workflows come and go.
        public let count: Int
    }

    /// How many there are in all; approximate while workflows come and go.
    public let count: Int
    /// Empty unless the query groups.
    public let groups: [Group]
}
