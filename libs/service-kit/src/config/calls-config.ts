import { z } from 'zod';
import type { CalledService } from '../service-definition';

const urlText = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

/** The options that say where the called services are. In production each of them must be set. */
export function callOptions(calls: readonly CalledService[], isProduction: boolean) {
  return Object.fromEntries(
    calls.map(({ urlVariable, defaultUrl }) => [
      urlVariable,
      isProduction ? urlText : urlText.default(defaultUrl),
    ]),
  );
}

export function callsOf(
  calls: readonly CalledService[],
  data: Readonly<Record<string, string>>,
): Readonly<Record<string, URL>> {
  return Object.fromEntries(
    calls.map(({ name, urlVariable, defaultUrl }) => [name, new URL(data[urlVariable] ?? defaultUrl)]),
  );
}
