import HTTPTypes
import Hummingbird

/// What the sidecar serves as it was built.
enum StaticFile: CaseIterable {
    case page, style, script, interface

    func serve(by router: Router<SidecarContext>) {
        let response = Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        router.get(path) { _, _ in response }
    }

    private var path: RouterPath {
        switch self {
        case .page: "/"
        case .style: "page.css"
        case .script: "page.js"
        case .interface: "openapi.json"
        }
    }

    private var bytes: [UInt8] {
        switch self {
        case .page: PackageResources.page_html
        case .style: PackageResources.page_css
        case .script: PackageResources.page_js
        case .interface: PackageResources.openapi_json
        }
    }

    private var headers: HTTPFields {
        var headers: HTTPFields = [.cacheControl: "no-cache"]
        switch self {
        case .page:
            headers[.contentType] = "text/html; charset=utf-8"
            headers[.contentSecurityPolicy] = Self.policy
            headers[HTTPField.Name("Referrer-Policy")!] = "no-referrer"
        case .style: headers[.contentType] = "text/css; charset=utf-8"
        case .script: headers[.contentType] = "text/javascript; charset=utf-8"
        case .interface: headers[.contentType] = "application/json"
        }
        return headers
    }

    /// The page loads nothing but its own parts, and is shown in no other page.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
