/// The body of a call that undoes something, which says nothing.
struct UndoRequest: Encodable {}
