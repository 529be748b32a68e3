/** For our own questions: what the server wrote, also where an application has given parsers of its own to the driver or to the pool. */
export const OWN_TYPES = {
  getTypeParser: () => (text: string | Buffer) => text,
};
