internal import CRdKafka
internal import Dispatch
internal import Synchronization

/// A revocation that librdkafka waits for.
struct PendingRevocation: Sendable {
    let partitions: [TopicPartition]
    /// Tells this revocation from later ones, for a timeout that comes late.
    let id: ContinuousClock.Instant
}

extension GroupMember {
    /// librdkafka's rebalance callback; runs while the control queue is served.
    func rebalance(_ code: KafkaErrorCode, _ partitions: [TopicPartition]) {
        switch rd_kafka_resp_err_t(code.rawValue) {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            hasJoined.store(true, ordering: .releasing)
            intake.withLock { _ in
                assigned.add(partitions)
                if !partitions.isEmpty { mailbox.post(.assigned(partitions)) }
            }
            assign(partitions)
            hasShare.store(true, ordering: .releasing)
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            hasShare.store(false, ordering: .releasing)
            let isLost = (try? handle.use { rd_kafka_assignment_lost($0) != 0 }) ?? true
            if partitions.isEmpty {
                unassign(partitions)
            } else if isLost {
                assigned.remove(partitions)
                mailbox.post(.lost(partitions))
                unassign(partitions)
            } else {
                revoke(partitions)
            }
        default:
            hasShare.store(false, ordering: .releasing)
            warn(.failed(operation: "rebalance the group '\(configuration.groupID)'", code: code))
            assigned.remove(assigned.all)
            try? handle.use { client in check(rd_kafka_assign(client, nil), "unassign partitions") }
        }
    }

    /// Refuses to commit partitions that this member doesn't have and isn't handing back at the moment.
    ///
    /// The broker refuses such a commit too, but librdkafka takes its answer (unknown member) as a reason to join
    /// again, so an application that tried again would keep the member out of its group.
    ///
    /// - Throws: ``KafkaError/notAssigned(partitions:)``.
    func requireOwnership(of partitions: [TopicPartition]) throws {
        let revoked = pendingRevocation.withLock { $0?.partitions ?? [] }
        let foreign = partitions.filter { !assigned.contains($0) && !revoked.contains($0) }
        if !foreign.isEmpty { throw KafkaError.notAssigned(partitions: foreign) }
    }

    /// Hands the partitions back to the application and lets go of them when it has acknowledged, or after a while.
    private func revoke(_ partitions: [TopicPartition]) {
        let pending = PendingRevocation(partitions: partitions, id: .now)
        // In this order, so that at no moment a commit is refused.
        pendingRevocation.withLock { $0 = pending }
        assigned.remove(partitions)
        let revocation = KafkaRevocation(partitions) { [weak self] in
            self?.scheduler.queue.async { [weak self] in _ = self?.release(pending) }
        }
        mailbox.post(.revoked(revocation))
        if mailbox.listeners == 0 { revocation.acknowledge() }
        let limit = configuration.revocationTimeout
        scheduler.queue.asyncAfter(deadline: .now() + .milliseconds(Int(limit.milliseconds))) { [weak self] in
            guard let self, release(pending) else { return }
            warn(.revocationTimedOut(partitions: partitions, limit: limit))
        }
    }

    /// Lets go of revoked partitions; false if that has happened already.
    @discardableResult
    private func release(_ revocation: PendingRevocation) -> Bool {
        let isPending = pendingRevocation.withLock { pending in
            guard pending?.id == revocation.id else { return false }
            pending = nil
            return true
        }
        if isPending { unassign(revocation.partitions) }
        return isPending
    }

    private func assign(_ partitions: [TopicPartition]) {
        try? handle.use { client in
            // Fetching starts with the assignment, so the way to the record queue must be laid before.
            for partition in partitions {
                let queue = rd_kafka_queue_get_partition(client, partition.topic, partition.partition)
                rd_kafka_queue_forward(queue, records.pointer.raw)
                rd_kafka_queue_destroy(queue)
            }
            PartitionList.with(partitions) { list in
                switch configuration.assignment {
                case .cooperativeSticky:
                    check(rd_kafka_incremental_assign(client, list), "assign partitions")
                case .range, .roundRobin:
                    check(rd_kafka_assign(client, list), "assign partitions")
                }
            }
        }
    }

    private func unassign(_ partitions: [TopicPartition]) {
        try? handle.use { client in
            switch configuration.assignment {
            case .cooperativeSticky:
                PartitionList.with(partitions) { list in
                    check(rd_kafka_incremental_unassign(client, list), "unassign partitions")
                }
            case .range, .roundRobin:
                check(rd_kafka_assign(client, nil), "unassign partitions")
            }
        }
    }

    private func check(_ error: OpaquePointer?, _ operation: String) {
        guard let error else { return }
        check(rd_kafka_error_code(error), operation)
        rd_kafka_error_destroy(error)
    }

    private func check(_ code: rd_kafka_resp_err_t, _ operation: String) {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            warn(.failed(operation: operation, code: KafkaErrorCode(code)))
        }
    }
}
