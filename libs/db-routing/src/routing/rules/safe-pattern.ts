export const MAX_PATTERN_CHARS = 200;
/** No pattern is tried on more of a text than this. */
export const MAX_MATCHED_CHARS = 2_000;
const MAX_UNBOUNDED = 4;

const TOKEN =
  /\\(?:[1-9]|k<)|\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\(\?(?:<?[=!])|\(|\)|[*+?]|\{\d+(,?)\d*\}|\|/g;

interface Group {
  hasUnbounded: boolean;
  hasAlternatives: boolean;
}

/**
 * Why a pattern could take exponential time, or too long, on some text; undefined when it cannot. A backtracking
 * matcher is exponential where a repeated group repeats or chooses in itself, and polynomial in the number of
 * unbounded repetitions otherwise: the first is refused, the second bounded, and so is the text.
 */
export function patternObjection(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN_CHARS) return `must be at most ${MAX_PATTERN_CHARS} characters long`;
  try {
    new RegExp(pattern, 'is');
  } catch (error) {
    return `must be a regular expression: ${(error as Error).message}`;
  }
  const open: Group[] = [];
  let closed: Group | undefined;
  let unboundedCount = 0;
  for (const [token, comma] of pattern.matchAll(TOKEN)) {
    if (/^\\(?:[1-9]|k<)/.test(token)) return 'must not refer back to a group';
    const isUnbounded =
      token === '*' || token === '+' || (token.startsWith('{') && comma === ',' && /,\}$/.test(token));
    const isRepeated = isUnbounded || token.startsWith('{');
    if (isRepeated && closed && (closed.hasUnbounded || closed.hasAlternatives)) {
      return 'must not repeat a group that repeats or has alternatives in itself';
    }
    if (isUnbounded) {
      unboundedCount += 1;
      if (unboundedCount > MAX_UNBOUNDED) return `must have at most ${MAX_UNBOUNDED} unbounded repetitions`;
      for (const group of open) group.hasUnbounded = true;
    }
    if (token === '|') for (const group of open) group.hasAlternatives = true;
    closed = token === ')' ? open.pop() : undefined;
    if (token.startsWith('(')) open.push({ hasUnbounded: false, hasAlternatives: false });
  }
  return undefined;
}

/** Without regard to case; `.` matches line ends too. Only for patterns without objection. */
export function compilePattern(pattern: string): (text: string) => boolean {
  const expression = new RegExp(pattern, 'is');
  return (text) => expression.test(text.slice(0, MAX_MATCHED_CHARS));
}
