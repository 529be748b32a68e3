const PAIR = /^\s*([^\s=,']+)\s*=\s*'((?:[^'\\]|\\.)*)'\s*(?:,|$)/;

/**
 * The key-value pairs of comments in the sqlcommenter format: `key='value',other='value'`, both URL-encoded
 * (https://google.github.io/sqlcommenter/spec/). A comment in any other format has none.
 */
export function commentTags(comments: readonly string[]): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const comment of comments) for (const [key, value] of pairsOf(comment)) tags.set(key, value);
  return tags;
}

function pairsOf(comment: string): readonly (readonly [string, string])[] {
  const pairs: [string, string][] = [];
  let rest = comment.trim();
  while (rest !== '') {
    const match = PAIR.exec(rest);
    if (!match) return [];
    const [whole, key = '', value = ''] = match;
    pairs.push([decode(key), decode(value.replace(/\\(.)/g, '$1'))]);
    rest = rest.slice(whole.length).trim();
  }
  return pairs;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
