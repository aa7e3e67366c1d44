import SwiftProtobuf
import TemporalAPI

/// The name of the worker's code, as polls and answers tell it. Older servers have one field for it, newer ones know it as a version.
extension Worker {
    private var namesBuild: Bool { !configuration.buildID.isEmpty }

    private var knowsVersions: Bool { service.capabilities.buildIDBasedVersioning }

    var binaryChecksum: String { knowsVersions ? "" : configuration.buildID }

    var versionCapabilities: Temporal_Api_Common_V1_WorkerVersionCapabilities? {
        namesBuild && knowsVersions ? .with { $0.buildID = configuration.buildID } : nil
    }

    var versionStamp: Temporal_Api_Common_V1_WorkerVersionStamp? {
        namesBuild && knowsVersions ? .with { $0.buildID = configuration.buildID } : nil
    }
}
