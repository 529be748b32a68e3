/** Shows the server that a request comes from its own page. */
export const token = document.querySelector('meta[name="console-token"]')?.getAttribute('content') ?? '';
