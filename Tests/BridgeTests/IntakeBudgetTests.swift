import Testing

@testable import Bridge

@Suite struct IntakeBudgetTests {
    @Test("Reading stops at the limit of records, and goes on when half of them are done") func records() {
        let holds = Recorded<[Bool]>([])
        let budget = IntakeBudget(records: 10, bytes: 1_000) { hold in holds.change { $0.append(hold) } }
        budget.add(9, bytes: 9)
        #expect(holds.value == [])
        budget.add(3, bytes: 3)
        #expect(holds.value == [true])
        budget.remove(6, bytes: 6)
        #expect(holds.value == [true])
        budget.remove(1, bytes: 1)
        #expect(holds.value == [true, false])
        #expect(budget.records == 5)
    }

    @Test("Few large records stop it too") func bytes() {
        let holds = Recorded<[Bool]>([])
        let budget = IntakeBudget(records: 10, bytes: 1_000) { hold in holds.change { $0.append(hold) } }
        budget.add(2, bytes: 1_200)
        budget.remove(1, bytes: 600)
        #expect(holds.value == [true])
        budget.remove(1, bytes: 600)
        #expect(holds.value == [true, false])
    }
}
