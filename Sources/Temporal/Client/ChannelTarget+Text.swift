extension ChannelTarget {
    /// Reads `host`, `host:port` or, for IPv6, `[address]:port`; nil if the text is none of them. The port is 7233
    /// unless given.
    public init?(_ text: String) {
        let afterHost: Substring
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = String(text[text.index(after: text.startIndex)..<end])
            afterHost = text[text.index(after: end)...]
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            host = String(text[..<end])
            afterHost = text[end...]
        }
        port = 7233
        if !afterHost.isEmpty {
            guard afterHost.hasPrefix(":"), let port = UInt16(afterHost.dropFirst()), port > 0 else { return nil }
            self.port = Int(port)
        }
        guard !host.isEmpty else { return nil }
    }
}
