/**
 * The tokens of PostgreSQL's lexer, as far as telling them apart is needed to find literals and comments.
 * Bytes above ASCII belong to identifiers, as in PostgreSQL, even those that Unicode calls spaces.
 */
const PLAIN = String.raw`(?:[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[^A-Za-z_\u0080-\uffff0-9'"$;/\-]+)+`;
const QUOTED_IDENTIFIER = String.raw`"(?:[^"]|"")*"`;
const STRING = String.raw`'(?:[^']|'')*'`;
const NUMBER = String.raw`[0-9][\w.]*`;
const PARAMETER = String.raw`\$[0-9]+`;
const COMMENT = String.raw`--[^\n\r]*|/\*(?:(?!\*/|/\*)[\s\S])*\*/`;
const TOKEN = new RegExp(
  `${PLAIN}|(?<identifier>${QUOTED_IDENTIFIER})|(?<string>${STRING})|(?<number>${NUMBER})|${PARAMETER}|(?<comment>${COMMENT})|(?<odd>/\\*|['"$;])|[/-]`,
  'g',
);

const DATA_STATEMENT = /^[\s(]*(?:select|insert|update|delete|merge|with|values|table)\b/i;
const SHORT_INTEGER = /^[0-9]{1,9}$/;
/** A character before a quote that makes it other than a plain one: E'', B'', U&'', U&"", N'', 1''. */
const QUOTE_PREFIX = /[\w$&\u0080-\uffff]/;

/**
 * Returns the text without comments and with all plain strings and small integers made equal, so that texts
 * that differ only in these are parsed once: `… id = 17` and `… id = 18`, or one query with different trace
 * ids in its comment. The shape is SQL with the same syntax tree except for those constants, on which the
 * needs of a data statement do not depend. Undefined for every text that is not clearly of this kind: other
 * statements, several statements, dollar quotes, strings with a prefix, nested comments.
 */
export function shapeOf(text: string): string | undefined {
  const seen = { odd: false };
  const body = withoutFinalSemicolon(text);
  const shape = body.replace(TOKEN, (token: string, ...rest: unknown[]) => {
    const { identifier, string, number, comment, odd } = rest.at(-1) as Record<string, string | undefined>;
    const isQuoted = string !== undefined || identifier !== undefined;
    if (isQuoted && QUOTE_PREFIX.test(body.charAt((rest.at(-3) as number) - 1))) seen.odd = true;
    if (string !== undefined) return "''";
    if (number !== undefined) return SHORT_INTEGER.test(number) ? '0' : number;
    if (comment !== undefined) return ' ';
    if (odd !== undefined) seen.odd = true;
    return token;
  });
  return seen.odd || !DATA_STATEMENT.test(shape) ? undefined : shape;
}

function withoutFinalSemicolon(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\n\r;'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
