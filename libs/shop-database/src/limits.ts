/**
 * The limits of an order. The migrations enforce the same numbers with CHECK constraints (a test compares the
 * two). Money is in cents and stays far below 2^31, so every amount is a PostgreSQL `integer` and a
 * JavaScript number, never a string.
 */
export const MAX_ORDER_LINES = 100;
export const MAX_QUANTITY_PER_SKU = 1_000;
export const MAX_ORDER_TOTAL_CENTS = 1_000_000_000;
export const MAX_SKU_LENGTH = 64;
export const MAX_IDEMPOTENCY_KEY_LENGTH = 255;
