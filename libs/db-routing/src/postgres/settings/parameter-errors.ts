import { closestMatch } from 'leven';
import { ConfigurationError } from '../../errors';

/** One typing error for each of these many characters still counts as the same word. */
const CHARACTERS_PER_ERROR = 3;
/** Longer names and values are not typing errors, and would hide the rest of the message. */
const MAX_SHOWN = 60;

/**
 * Makes the errors about the parameters of one URL. `isSecret`: a password is among the parameters, and an
 * unescaped `&` in it would make the rest of it look like another parameter, so no error repeats any of them.
 */
export class ParameterErrors {
  constructor(private readonly isSecret: boolean) {}

  /** `limit` follows the name and the value: "it must be prefer or disable". */
  invalid(name: string, value: string, limit: string): ConfigurationError {
    const shown = this.isSecret || value.length > MAX_SHOWN ? '***' : value;
    return inUrl(`its parameter ${name} is '${shown}': ${limit}`);
  }

  notOneOf(name: string, value: string, allowed: readonly string[]): ConfigurationError {
    return this.invalid(name, value, `it must be one of ${allowed.join(', ')}${didYouMean(value, allowed)}`);
  }

  unsupported(name: string, instead: string): ConfigurationError {
    return inUrl(`its parameter ${name} is not supported: ${instead}`);
  }

  /** `nth` counts from 1. The value is not repeated: under a misspelt name, it may be a password. */
  unknown(nth: number, name: string, known: readonly string[], meant: readonly string[]): ConfigurationError {
    const isShown = !this.isSecret && name.length <= MAX_SHOWN && /^\w+$/.test(name);
    const parameter = isShown ? `its parameter ${name}` : `parameter ${nth} of its query string`;
    const suggestion = didYouMean(name, meant);
    return inUrl(
      `${parameter} is unknown${suggestion === '' ? `; the known ones are ${known.join(', ')}` : suggestion}`,
    );
  }
}

function inUrl(problem: string): ConfigurationError {
  return new ConfigurationError('url', '***', problem);
}

function didYouMean(given: string, words: readonly string[]): string {
  const maxDistance = Math.floor(given.length / CHARACTERS_PER_ERROR);
  if (maxDistance === 0 || given.length > MAX_SHOWN) return '';
  // Other tools write sslMode and ssl-mode.
  const plain = (word: string) => word.toLowerCase().replace(/[_-]/g, '');
  const closest = closestMatch(plain(given), words.map(plain), { maxDistance });
  const meant = words.find((word) => plain(word) === closest);
  return meant === undefined ? '' : `, did you mean ${meant}?`;
}
