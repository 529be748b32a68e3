import { parseArgs } from 'node:util';
import { ConfigError, loadDotEnv, mintDevelopmentToken, type TokenClaims } from '@app/service-kit';

const USAGE = `usage: npm run -s token -- <customer> [--role <role>]... [--tenant <tenant>]
for example: npm run -s token -- alice --role support --tenant acme`;

/** Prints a development token for the given subject, and nothing else. */
async function main(): Promise<void> {
  const { subject, claims } = readArguments();
  loadDotEnv();
  try {
    console.log(await mintDevelopmentToken(subject, process.env, claims));
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message);
    throw error;
  }
}

function readArguments(): { subject: string; claims: TokenClaims } {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { role: { type: 'string', multiple: true }, tenant: { type: 'string' } },
    });
    const [subject, ...rest] = positionals;
    if (subject === undefined || subject === '' || rest.length > 0) fail(USAGE);
    return { subject, claims: { roles: values.role, tenant: values.tenant } };
  } catch {
    // An unknown option, or one without a value.
    fail(USAGE);
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

void main();
