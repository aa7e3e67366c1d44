/// Where scenarios play, so many at a time.
actor Places {
    static let count = 8

    private var free = Array(0..<count)
    private var waiting: [CheckedContinuation<Int, Never>] = []

    func take() async -> Int {
        if let place = free.popLast() { return place }
        return await withCheckedContinuation { waiting.append($0) }
    }

    func leave(_ place: Int) {
        if waiting.isEmpty {
            free.append(place)
        } else {
            waiting.removeFirst().resume(returning: place)
        }
    }
}
