/** The driver's result of a statement. The code above the engine passes it on unread. */
export type StatementResult = object;
