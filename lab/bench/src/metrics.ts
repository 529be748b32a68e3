/** Names of what is measured, with their units, as tables and figures show them. */
export const RATE = 'operations/s';
export const REQUEST_RATE = 'requests/s';
export const CPU = 'all CPU µs';

/** In bytes: what metrics in MiB are divided by. */
export const MEBIBYTE = 1024 * 1024;
