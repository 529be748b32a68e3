/** The path of a request's URL, without its query. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}

/** Health probes arrive every few seconds: they get no span, and a line in the log only at debug level. */
export function isProbe(url: string): boolean {
  return url.startsWith('/health');
}
