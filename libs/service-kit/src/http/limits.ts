/** The largest body that the services read: 100 kB. */
export const MAX_BODY_BYTES = 100_000;

/**
 * The longest path segment that may be an id. The router refuses longer ones itself (414), before the
 * handler's schema can check the id.
 */
export const MAX_PATH_PARAMETER_LENGTH = 1_000;
