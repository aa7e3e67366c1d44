internal import CGRPC

extension cgrpc_channel_options {
    /// Creates the core's channel, or returns nil if it refuses the credentials.
    func createChannel(target: ChannelTarget, security: ChannelSecurity) -> OpaquePointer? {
        var options = self
        // A scheme, because the core would read one out of `localhost:7233`.
        return "dns:///\(target)".withCString { address in
            options.target = address
            guard
                case .tls(let rootCertificates, let clientCertificate, let serverNameOverride) = security
            else { return cgrpc_channel_create(&options) }
            options.tls = true
            return withCString(rootCertificates) { roots in
                withCString(clientCertificate?.chain) { chain in
                    withCString(clientCertificate?.privateKey) { key in
                        withCString(serverNameOverride) { name in
                            options.root_certificates = roots
                            options.client_certificate_chain = chain
                            options.client_private_key = key
                            options.server_name = name
                            return cgrpc_channel_create(&options)
                        }
                    }
                }
            }
        }
    }
}

/// Lends a string to C, or NULL if there is none.
private func withCString<Result>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let string else { return body(nil) }
    return string.withCString(body)
}
