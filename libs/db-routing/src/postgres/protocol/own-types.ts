/**
 * For the library's own queries: values stay the server's text, even if the application sets type parsers.
 */
export const OWN_TYPES = {
  getTypeParser: () => (text: string | Buffer) => text,
};
