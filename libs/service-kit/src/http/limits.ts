/** The largest body that is read: 100 kB. */
export const MAX_BODY_BYTES = 100_000;

/**
 * The longest part of a path that stands for an id; the router refuses longer ones itself (414), before the handler's schema can say what an
 * id looks like.
 */
export const MAX_PATH_PARAMETER_LENGTH = 1_000;
