/** The largest body that is read: 100 kB. */
export const MAX_BODY_BYTES = 100_000;
