/** Returns the server's text as it is. */
export const OWN_TEXT = (text: string | Buffer): string | Buffer => text;

/**
 * For the library's own queries: values stay the server's text, even if the application sets type parsers.
 */
export const OWN_TYPES = { getTypeParser: () => OWN_TEXT };
