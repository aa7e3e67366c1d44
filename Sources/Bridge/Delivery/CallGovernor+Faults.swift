import Temporal

extension CallGovernor.Outcome {
    /// What a failed call says about Temporal and about itself.
    init(_ error: any Error) {
        guard let error = error as? TemporalRPCError else {
            self = .unavailable
            return
        }
        if error.isMessageTooLarge {
            self = .failedAlone
            return
        }
        switch error.code {
        case .resourceExhausted: self = .exhausted
        // Some of these may be about one workflow only; all can be mended, or pass, while the record waits.
        case .unavailable, .deadlineExceeded, .cancelled, .aborted, .unauthenticated, .permissionDenied, .notFound,
            .unimplemented:
            self = .unavailable
        default: self = .failedAlone
        }
    }
}

extension TemporalRPCError {
    /// Whether the fault lies in what was asked, so that it will never be taken.
    var refusesForGood: Bool { code == .invalidArgument || isMessageTooLarge }
}
