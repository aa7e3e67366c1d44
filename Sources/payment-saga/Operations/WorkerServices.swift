import PaymentSaga
import Temporal

/// One of the things a worker process can do, each with a task queue of its own.
enum WorkerService: Hashable {
    case payments(PaymentService)
    case orders, settlement

    static let all = PaymentService.allCases.map(WorkerService.payments) + [.orders, .settlement]

    var name: String {
        switch self {
        case .payments(let service): service.rawValue
        case .orders: "orders"
        case .settlement: "settlement"
        }
    }

    var taskQueue: String {
        switch self {
        case .payments(let service): service.taskQueue()
        case .orders: TaskQueues.orders
        case .settlement: TaskQueues.settlement
        }
    }

    /// The workflows that run on the task queue.
    var workflows: [any Workflow.Type] {
        switch self {
        case .payments(let service): service.workflows
        case .orders: [OrderFulfilmentWorkflow.self, DeclaredSagaWorkflow.self]
        case .settlement: [SettlementWorkflow.self, ReconciliationWorkflow.self]
        }
    }
}

/// What a worker process does.
struct WorkerServices {
    let list: [WorkerService]

    static let names = WorkerService.all.map(\.name).joined(separator: ",")

    /// Everything; orders only where it is known who has the goods and who carries them.
    static func `default`(_ settings: Settings) -> WorkerServices {
        let servesOrders = settings.text(.inventoryURL) != nil || settings.text(.shippingURL) != nil
        return WorkerServices(list: WorkerService.all.filter { $0 != .orders || servesOrders })
    }

    func contains(_ services: WorkerService...) -> Bool { services.contains { list.contains($0) } }
}

extension WorkerServices {
    /// - Parameter names: Separated by commas; nil comes of one that is no service.
    init?(names: String) {
        let given = names.split(separator: ",").map { $0.trimmingPrefix(" ").lowercased() }
        list = WorkerService.all.filter { given.contains($0.name) }
        guard !given.isEmpty, Set(given).count == list.count else { return nil }
    }
}
