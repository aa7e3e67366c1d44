/// How the value of an event is encoded.
public enum EventContentType: String, CaseIterable, Sendable {
    /// The JSON mapping of protobuf, with the field names of the schema and integers as numbers.
    case json = "application/json"

    /// The binary encoding of protobuf.
    case protobuf = "application/protobuf"

    /// Reads a `content-type` header, whatever its case and parameters (`application/json; charset=utf-8`); nil for
    /// any other media type.
    public init?(header: String) {
        if let exact = Self(rawValue: header) {
            self = exact
            return
        }
        let mediaType = header.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
        self.init(rawValue: mediaType)
    }
}
