/** What the engine's driver gives for a statement. Everything above the engine passes it on unread. */
export type StatementResult = object;
