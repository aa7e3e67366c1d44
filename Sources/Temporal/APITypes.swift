public import TemporalAPI

/// One encoded value with its metadata, as Temporal stores it.
public typealias Payload = Temporal_Api_Common_V1_Payload

/// An ordered list of encoded values: the arguments or the result of a call.
public typealias Payloads = Temporal_Api_Common_V1_Payloads

/// One event of a workflow's history, as the server records it.
public typealias HistoryEvent = Temporal_Api_History_V1_HistoryEvent
package typealias EventType = Temporal_Api_Enums_V1_EventType
package typealias Command = Temporal_Api_Command_V1_Command
package typealias ProtocolMessage = Temporal_Api_Protocol_V1_Message
package typealias Failure = Temporal_Api_Failure_V1_Failure
package typealias PollWorkflowTask = Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueResponse
package typealias PollActivityTask = Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse
