/** The comments and the skeleton of a text, found without a grammar. */
export interface ScannedText {
  /** The contents of each block comment, in order. */
  readonly comments: readonly string[];
  /**
   * The text in lower case with single spaces, without comments, and with a `?` for each constant and
   * parameter.
   */
  readonly skeleton: string;
}

const IDENTIFIER_PART = /[\w$\u0080-\uffff]/;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const PARAMETER = /\$\d+/y;
const NUMBER = /[0-9][\w.]*/y;
const LINE_COMMENT = /--[^\n\r]*/y;
const BLOCK_MARK = /\/\*|\*\//g;

/**
 * Scans like PostgreSQL's lexer: quotes hide comments, comments nest, and a dollar quote ends at its own tag.
 */
export function scanText(text: string): ScannedText {
  const comments: string[] = [];
  let skeleton = '';
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    const isInWord = at > 0 && IDENTIFIER_PART.test(text.charAt(at - 1));
    const match = (pattern: RegExp): string | undefined => {
      pattern.lastIndex = at;
      return pattern.exec(text)?.[0];
    };
    let token: string | undefined;
    if (char === "'") {
      at = endOfQuoted(text, at, /e/i.test(text.charAt(at - 1)) && !/[\w$]/.test(text.charAt(at - 2)));
      skeleton += '?';
    } else if (char === '"') {
      const end = endOfQuoted(text, at, false);
      skeleton += text.slice(at, end);
      at = end;
    } else if (char === '/' && text.charAt(at + 1) === '*') {
      const end = endOfBlockComment(text, at);
      comments.push(text.slice(at + 2, end - 2));
      skeleton += ' ';
      at = end;
    } else if ((token = match(LINE_COMMENT)) !== undefined) {
      skeleton += ' ';
      at += token.length;
    } else if (!isInWord && (token = match(DOLLAR_QUOTE)) !== undefined) {
      const close = text.indexOf(token, at + token.length);
      at = close === -1 ? text.length : close + token.length;
      skeleton += '?';
    } else if (!isInWord && (token = match(PARAMETER) ?? match(NUMBER)) !== undefined) {
      skeleton += '?';
      at += token.length;
    } else {
      skeleton += char.toLowerCase();
      at += 1;
    }
  }
  return { comments, skeleton: tidy(skeleton) };
}

function endOfQuoted(text: string, start: number, hasBackslashes: boolean): number {
  const quote = text.charAt(start);
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (hasBackslashes && char === '\\') at += 1;
    else if (char === quote) {
      if (text.charAt(at + 1) !== quote) return at + 1;
      at += 1;
    }
  }
  return text.length;
}

function endOfBlockComment(text: string, start: number): number {
  let depth = 0;
  BLOCK_MARK.lastIndex = start;
  for (let mark = BLOCK_MARK.exec(text); mark; mark = BLOCK_MARK.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return BLOCK_MARK.lastIndex;
  }
  return text.length;
}

/** Reduces a list of constants to a single `?`, and removes spaces around punctuation. */
function tidy(skeleton: string): string {
  return skeleton
    .replace(/\s+/g, ' ')
    .replace(/ ?([(),;=]) ?/g, '$1')
    .replace(/\?(?:,\?)+/g, '?')
    .replace(/^[ ;]+|[ ;]+$/g, '');
}
