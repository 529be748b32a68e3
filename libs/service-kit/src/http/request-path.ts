/** Where the OpenAPI UI is, and below it its assets and the document. */
export const API_DOCS_PATH = '/docs';

/** The path of a request's URL, without its query. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}

/** Health probes arrive every few seconds: they get no span, and a line in the log only at debug level. */
export function isProbe(url: string): boolean {
  return url.startsWith('/health');
}

/** The OpenAPI UI is made of documents that a browser may cache; all other answers are data. */
export function isApiDocs(url: string): boolean {
  return url.startsWith(API_DOCS_PATH);
}
