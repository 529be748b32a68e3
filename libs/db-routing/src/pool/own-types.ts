/** For our own questions: what the server wrote, whatever parsers an application has given to the driver or to the pool. */
export const OWN_TYPES = {
  getTypeParser: () => (text: string | Buffer) => text,
};
