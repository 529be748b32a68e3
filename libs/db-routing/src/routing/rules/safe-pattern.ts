export const MAX_PATTERN_CHARS = 200;
/** Patterns are matched against this many leading characters of a text. */
export const MAX_MATCHED_CHARS = 2_000;
const MAX_UNBOUNDED = 4;

const TOKEN =
  /\\(?:[1-9]|k<)|\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\(\?(?:<?[=!])|\(|\)|[*+?]|\{\d+(,?)\d*\}|\|/g;

interface Group {
  hasUnbounded: boolean;
  hasAlternatives: boolean;
}

/**
 * Why a pattern could take exponential time, or too long, on some text; undefined when it cannot. A
 * backtracking matcher takes exponential time when a repeated group itself repeats or has alternatives, and
 * otherwise time polynomial in the number of unbounded repetitions. The first is refused; the number of
 * repetitions and the length of the text are bounded.
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
    if (/^\\(?:[1-9]|k<)/.test(token)) return 'must not contain a backreference';
    const isUnbounded =
      token === '*' || token === '+' || (token.startsWith('{') && comma === ',' && /,\}$/.test(token));
    const isRepeated = isUnbounded || token.startsWith('{');
    if (isRepeated && closed && (closed.hasUnbounded || closed.hasAlternatives)) {
      return 'must not repeat a group that itself repeats or has alternatives';
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

/** Compiles a pattern that passed patternObjection(). The match ignores case, and `.` matches line ends. */
export function compilePattern(pattern: string): (text: string) => boolean {
  const expression = new RegExp(pattern, 'is');
  return (text) => expression.test(text.slice(0, MAX_MATCHED_CHARS));
}
