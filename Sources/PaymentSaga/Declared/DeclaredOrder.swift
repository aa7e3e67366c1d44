import Foundation

extension Order {
    /// Whose account takes the money of declared orders that name no merchant.
    public static func defaultMerchantID(currency: String) -> String { "orders-\(currency)" }

    /// Reads the input of a declared order saga: `orderId`, `customerId`, `items` of `productId`, `quantity` and `unitPrice`,
    /// `totalAmount`, `currency` and, if there is one, `merchantId`. Amounts are decimal numbers of the currency's major unit.
    /// - Parameters:
    ///   - path: Where the input stands, for errors.
    ///   - exponentOf: How many decimal digits a currency has; nil for no currency.
    /// - Throws: ``SagaDefinitionError``, also when the items do not add up to the total.
    public init(
        declared input: JSONValue, at path: String, exponentOf: (String) -> Int?
    ) throws(SagaDefinitionError) {
        let fields = try JSONFields(
            input, at: path,
            names: ["orderId", "customerId", "merchantId", "items", "totalAmount", "currency"])
        let currency = try fields.text("currency", upTo: 3)
        guard let exponent = exponentOf(currency) else {
            throw SagaDefinitionError(
                fields.path(of: "currency"), .string(currency), "must be an ISO 4217 code in capitals")
        }
        let total = try fields.minorUnits("totalAmount", exponent)
        var items: [Item] = []
        var sum: Int64 = 0
        for (index, value) in try fields.array("items").enumerated() {
            let item = try JSONFields(
                value, at: "\(fields.path(of: "items"))[\(index)]", names: ["productId", "quantity", "unitPrice"])
            let quantity = try item.wholeNumber("quantity", 1...1_000_000)
            let (price, isTooLarge) = try item.minorUnits("unitPrice", exponent).multipliedReportingOverflow(
                by: quantity)
            let (next, isTooMuch) = sum.addingReportingOverflow(price)
            guard !isTooLarge, !isTooMuch else {
                throw SagaDefinitionError(field: item.path(of: "unitPrice"), problem: "is too large")
            }
            sum = next
            items.append(Item(productID: try item.text("productId", upTo: 64), quantity: quantity))
        }
        guard !items.isEmpty else {
            throw SagaDefinitionError(field: fields.path(of: "items"), problem: "is empty: it must have an item")
        }
        guard sum == total else {
            throw SagaDefinitionError(
                field: fields.path(of: "totalAmount"),
                problem: "is \(total) minor units of \(currency), but the items add up to \(sum)")
        }
        self.init(
            orderID: try fields.text("orderId", upTo: 64), customerID: try fields.text("customerId", upTo: 128),
            merchantID: fields.value("merchantId") == nil
                ? Self.defaultMerchantID(currency: currency) : try fields.text("merchantId", upTo: 128),
            items: items, total: Amount(currency: currency, minorUnits: total))
    }
}

extension JSONFields {
    /// A decimal number of major units above zero, as minor units; it must be a whole number of them.
    fileprivate func minorUnits(_ name: String, _ exponent: Int) throws(SagaDefinitionError) -> Int64 {
        let value = try required(name)
        guard case .number(let number) = value, number > 0,
            let units = Int64("\(number * Decimal(sign: .plus, exponent: exponent, significand: 1))")
        else {
            throw SagaDefinitionError(
                path(of: name), value, "must be a number above zero with at most \(exponent) decimal digits")
        }
        return units
    }
}
