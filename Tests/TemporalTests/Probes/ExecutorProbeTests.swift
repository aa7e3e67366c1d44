import Testing

@Suite("What determinism rests on in Swift's runtime")
struct ExecutorProbeTests {
    @Test("The runtime runs the tasks of a workflow as it always did", arguments: ExecutorProbe.all.indices)
    func transcript(index: Int) {
        let probe = ExecutorProbe.all[index]
        #expect(probe.transcript() == probe.expected, "\(probe.name)")
    }
}
