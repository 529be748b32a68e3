/** A test for any of several names, in which `*` stands for any text. Case matters. */
export function compileWildcards(names: readonly string[]): (name: string) => boolean {
  const exact = new Set(names.filter((name) => !name.includes('*')));
  const patterns = names
    .filter((name) => name.includes('*'))
    .map((name) => new RegExp(`^${name.split(/\*+/).map(escape).join('.*')}$`, 's'));
  return (name) => exact.has(name) || patterns.some((pattern) => pattern.test(name));
}

function escape(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
