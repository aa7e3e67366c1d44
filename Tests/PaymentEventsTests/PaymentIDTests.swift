import PaymentEvents
import Testing

@Suite struct PaymentIDTests {
    @Test("A payment id is 1 to 64 letters, digits, dots, underscores and hyphens") func rule() {
        #expect(PaymentID.isValid("A.z_0-9"))
        #expect(PaymentID.isValid(String(repeating: "a", count: 64)))
        for text in ["", String(repeating: "a", count: 65), "a/b", "a b", "ä", "a\u{0}", "a\n"] {
            #expect(!PaymentID.isValid(text))
        }
    }
}
