/// A payment was started to take a course that a newer build brought.
struct UnknownCourse: Error, CustomStringConvertible {
    let course: Int

    var description: String {
        "the payment is to take course \(course), and this build knows none after \(PaymentPolicy.latestCourse)"
    }
}
