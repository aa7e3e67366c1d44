/// The scripted server couldn't start.
package struct ScriptedServerError: Error, CustomStringConvertible {
    package var address: String

    package var description: String {
        "the scripted server can't listen on \(address): the port is taken, or the certificates are unusable"
    }
}
