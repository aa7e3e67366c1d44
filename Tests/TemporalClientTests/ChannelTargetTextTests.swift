import Temporal
import Testing

@Suite("The text of a server's address")
struct ChannelTargetTextTests {
    @Test(
        "a host, with or without port, is read",
        arguments: [
            ("localhost", "localhost", 7233), ("temporal.example:443", "temporal.example", 443),
            ("10.0.0.1:80", "10.0.0.1", 80), ("[::1]", "::1", 7233), ("[fe80::2]:7000", "fe80::2", 7000),
        ])
    func valid(text: String, host: String, port: Int) {
        #expect(ChannelTarget(text) == ChannelTarget(host: host, port: port))
    }

    @Test(
        "what is no address is refused",
        arguments: ["", ":7233", "host:", "host:seventy", "host:0", "host:70000", "http://host:1", "[::1]7233", "::1"])
    func invalid(text: String) {
        #expect(ChannelTarget(text) == nil)
    }
}
